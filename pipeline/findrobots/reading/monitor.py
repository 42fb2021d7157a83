"""What a reader reports while it reads."""

from typing import Protocol

__all__ = ["Monitor"]


class Monitor(Protocol):
    """Told which source is read and how much of it, by whatever process reads."""

    def start(self, source: str) -> None:
        """Be told that a source is read from now on."""

    def add(self, count: int) -> None:
        """Be told that so many bytes more were read."""

    def finish(self) -> None:
        """Be told that the source is read."""
