"""Report what a reader reads while it reads."""

__all__ = ["UNMONITORED", "Monitor"]


class Monitor:
    """What a reader reports while it reads; the base class reports nothing."""

    __slots__ = ()

    def start(self, source: str) -> None:
        """Report that the reader opens a source."""

    def add(self, count: int) -> None:
        """Report that ``count`` more stored bytes of the source were read."""

    def finish(self) -> None:
        """Report that the reader has finished with the source."""


UNMONITORED = Monitor()
