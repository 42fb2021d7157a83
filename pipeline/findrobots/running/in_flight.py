"""What a worker reads to a note of it that outlives the worker."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["clear_source", "list_in_flight", "open_slot", "record_source"]

# A note has the room of the longest path (PATH_MAX) and the zero behind it.
SLOT_SIZE = 4096


class Slot(NamedTuple):
    """Where a worker's note stands: a descriptor of the shared file, and a place in it."""

    file: int
    offset: int


# This process's own: one if it is a worker that keeps notes, else none.
_slots: list[Slot] = []


def open_slot(path: str) -> None:
    """Have this worker note what it reads, in a slot of its own at the end of a shared file."""
    with suppress(OSError), Path(path).open("ab", buffering=0) as file:
        file.write(bytes(SLOT_SIZE))
        offset = file.tell() - SLOT_SIZE
        # Linux's pwrite(2) does not heed its offset in a file that is open for appending.
        _slots[:] = [Slot(os.open(path, os.O_WRONLY | os.O_CLOEXEC), offset)]


def record_source(source: str) -> None:
    """Note which source this worker reads; a fault of the note is none of the scan's."""
    for slot in _slots:
        with suppress(OSError):
            os.pwrite(slot.file, os.fsencode(source)[: SLOT_SIZE - 1] + b"\0", slot.offset)


def clear_source() -> None:
    """Take this worker's note back."""
    record_source("")


def list_in_flight(path: str) -> list[str]:
    """Return the sources that workers still have a note of, sorted."""
    slots = Path(path).read_bytes()
    notes = {
        slots[begin : begin + SLOT_SIZE].partition(b"\0")[0]
        for begin in range(0, len(slots), SLOT_SIZE)
    }
    return sorted(map(os.fsdecode, notes - {b""}))
