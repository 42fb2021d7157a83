"""Report which source is being read, and how many bytes of it."""

__all__ = ["UNMONITORED", "Monitor"]


class Monitor:
    """What a reader reports while it reads; the base class reports nothing."""

    def start(self, source: str) -> None:
        """Report that a source is being read from now on."""

    def add(self, count: int) -> None:
        """Report that ``count`` more bytes were read."""

    def finish(self) -> None:
        """Report that the source is read."""


UNMONITORED = Monitor()
