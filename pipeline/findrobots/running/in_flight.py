"""Record which log each worker process is reading, so that a crash report can name it."""

import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from findrobots.reading.monitor import Monitor
from findrobots.running.progress import Progress

__all__ = ["InFlightMonitor", "Slot", "assign_slot", "list_in_flight", "open_slot"]

# The longest path (PATH_MAX of Linux) with its closing zero byte fits; a slot is mapped by itself.
SLOT_SIZE = max(4096, mmap.ALLOCATIONGRANULARITY)


class Slot(NamedTuple):
    """A worker's part of the shared file, mapped into its memory: it outlives the worker."""

    memory: mmap.mmap

    def record(self, source: str) -> None:
        """Write the name of a source."""
        name = os.fsencode(source)[: SLOT_SIZE - 1] + b"\0"
        self.memory[: len(name)] = name

    def clear(self) -> None:
        """Erase the name."""
        self.memory[0] = 0


def open_slot(path: str) -> Slot | None:
    """Append a new slot to a shared file; return None where that fails."""
    with suppress(OSError), Path(path).open("a+b", buffering=0) as file:
        file.write(bytes(SLOT_SIZE))  # not a hole, for which there may be no memory later
        return Slot(mmap.mmap(file.fileno(), SLOT_SIZE, offset=file.tell() - SLOT_SIZE))
    return None


def list_in_flight(path: str) -> list[str]:
    """Return the sources that are recorded in a shared file, sorted."""
    slots = Path(path).read_bytes()
    return sorted(map(os.fsdecode, set(_names(slots)) - {b""}))


def _names(slots: bytes) -> Iterator[bytes]:
    for begin in range(0, len(slots), SLOT_SIZE):
        yield slots[begin : begin + SLOT_SIZE].partition(b"\0")[0]


# The slot of this process, if it is a worker of our own pool.
_own_slot: Slot | None = None


def assign_slot(slot: Slot | None) -> None:
    """Make this process record in ``slot`` what its tasks read."""
    global _own_slot  # noqa: PLW0603 (a process has one slot; tasks reach it in no other way)
    _own_slot = slot


class InFlightMonitor(Monitor):
    """Record the source in this worker's slot, and report bytes to a progress bar, if any."""

    __slots__ = ("progress",)

    def __init__(self, progress: Progress | None = None) -> None:
        self.progress = progress

    def start(self, source: str) -> None:
        """Record the source."""
        if _own_slot:
            _own_slot.record(source)

    def add(self, count: int) -> None:
        """Add ``count`` bytes to the progress bar."""
        if self.progress:
            self.progress.add(count)

    def finish(self) -> None:
        """Erase the source."""
        if _own_slot:
            _own_slot.clear()
