"""Count the bytes that all processes of this machine have read, for a progress bar."""

from typing import NamedTuple, Protocol

from findrobots.reading.monitor import Monitor

__all__ = ["COUNT_SIZE", "ByteCounter", "Progress", "ProgressMonitor"]

COUNT_SIZE = 8


class Progress(Protocol):
    """What receives the number of bytes read, such as the counter of a progress bar.

    Worker processes call a copy of it, so it must survive ``pickle``.
    """

    def add(self, count: int) -> None:
        """Add ``count`` bytes."""


class ByteCounter(NamedTuple):
    """A counter that any process of this machine can add to: a file that only grows.

    Short appends to a file are atomic (POSIX ``write`` with ``O_APPEND``), so workers
    share it by its path, without a lock, a queue or a thread.
    """

    path: str

    def add(self, count: int) -> None:
        """Append ``count`` to the file."""
        with open(self.path, "ab", buffering=0) as file:  # noqa: PTH123 (its path is a string)
            file.write(count.to_bytes(COUNT_SIZE, "little"))


class ProgressMonitor(Monitor):
    """Report the bytes read to a progress bar."""

    __slots__ = ("progress",)

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def add(self, count: int) -> None:
        """Add ``count`` bytes to the progress bar."""
        self.progress.add(count)
