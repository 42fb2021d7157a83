"""A log to what a glance at it tells: how it is stored, and how its text begins."""

import os
from contextlib import closing

from findrobots.reading.decompress import Damage, decompress_log
from findrobots.reading.fingerprint import WINDOW, fingerprint_head
from findrobots.reading.log_file import LogFile, display_name, file_digest
from findrobots.reading.monitor import Monitor
from findrobots.records import NO_TEXT, Probe

__all__ = ["probe"]


def probe(path: str, *, meter: Monitor | None = None) -> Probe:
    """Look at the ends of a log; of one that cannot be read there is nothing to tell.

    Its first and its last 64 KiB are read, whatever its size.
    """
    if meter:
        meter.start(display_name(path))
    try:
        size, stored = file_digest(path)
        first, marks = fingerprint_head(_head(path))
    except OSError:
        size, stored, first, marks = 0, b"", NO_TEXT, b""
    if meter:
        meter.finish()
    return Probe(os.fsencode(path), size, stored, first, marks)


def _head(path: str) -> bytes:
    """Return the first 64 KiB of a log's text, or as much as there is."""
    head = b""
    with closing(LogFile(path, None)) as file:
        for piece in decompress_log(file):
            if isinstance(piece, Damage):
                break
            head += piece
            if len(head) >= WINDOW:
                break
    return head[:WINDOW]
