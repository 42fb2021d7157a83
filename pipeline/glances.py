"""A log to what a glance at it tells: how it is stored, and how its text begins."""

import os
from contextlib import closing
from typing import NamedTuple

from pipeline.decompression import Damage, decompressed
from pipeline.identities import NO_TEXT, WINDOW, tell_head
from pipeline.stored import Stored, name_of, stored_digest
from pipeline.whereabouts import forget, note

__all__ = ["Glance", "glance"]


class Glance(NamedTuple):
    """A log's path, its size and a digest as it is stored, and what tells how its text begins."""

    path: bytes  # as the system has it, which may be no text
    bytes_stored: int
    stored: bytes
    first: bytes
    marks: bytes


def glance(path: str) -> Glance:
    """Look at the ends of a log; of one that cannot be read there is nothing to tell.

    Its first and its last 64 KiB are read, whatever its size.
    """
    note(name_of(path))
    try:
        size, stored = stored_digest(path)
        first, marks = tell_head(_head(path))
    except OSError:
        size, stored, first, marks = 0, b"", NO_TEXT, b""
    forget()
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
