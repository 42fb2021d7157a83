"""A log to what a glance at it tells: how it is stored, and how its text begins."""

import os
from contextlib import closing

from findrobots.reading.decompress import Damage, decompressed
from findrobots.reading.fingerprint import WINDOW, tell_head
from findrobots.reading.log_file import Stored, name_of, stored_digest
from findrobots.reading.monitor import Monitor
from findrobots.records import NO_TEXT, Glance

__all__ = ["glance"]


def glance(path: str, *, meter: Monitor | None = None) -> Glance:
    """Look at the ends of a log; of one that cannot be read there is nothing to tell.

    Its first and its last 64 KiB are read, whatever its size.
    """
    if meter:
        meter.start(name_of(path))
    try:
        size, stored = stored_digest(path)
        first, marks = tell_head(_head(path))
    except OSError:
        size, stored, first, marks = 0, b"", NO_TEXT, b""
    if meter:
        meter.finish()
    return Glance(os.fsencode(path), size, stored, first, marks)


def _head(path: str) -> bytes:
    """Return the first 64 KiB of a log's text, or as much as there is."""
    head = b""
    with closing(Stored(path, None)) as file:
        for piece in decompressed(file):
            if isinstance(piece, Damage):
                break
            head += piece
            if len(head) >= WINDOW:
                break
    return head[:WINDOW]
