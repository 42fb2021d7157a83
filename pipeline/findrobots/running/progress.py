"""Bytes read, by whatever process, to one progress bar."""

from typing import NamedTuple

from findrobots.running.in_flight import clear_source, record_source

__all__ = ["Meter"]

COUNT_SIZE = 8


class Meter(NamedTuple):
    """A count that any process of this machine can add to: a file that only grows.

    Short appends to a file are atomic (POSIX ``write`` with ``O_APPEND``), so workers
    share it by its path, without a lock, a queue or a thread.
    """

    path: str = ""

    def start(self, source: str) -> None:
        """Note which source this process reads, if it is a worker that keeps notes."""
        record_source(source)

    def finish(self) -> None:
        """Take the note back."""
        clear_source()

    def add(self, count: int) -> None:
        """Add a number of bytes, where somebody counts them."""
        if not self.path:
            return
        with open(self.path, "ab", buffering=0) as file:  # noqa: PTH123 (its path is a string)
            file.write(count.to_bytes(COUNT_SIZE, "little"))
