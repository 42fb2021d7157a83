"""A log to what a glance at it tells: how it is stored, and how its text begins."""

import os
from contextlib import closing
from typing import NamedTuple

from pipeline.decompression import Damage, decompressed
from pipeline.identities import NO_TEXT, WINDOW, tell_head
from pipeline.stored import Stored, stored_digest

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
    try:
        size, stored = stored_digest(path)
        with closing(Stored(path, None)) as file:
            head = b""
            for piece in decompressed(file):
                head += piece if isinstance(piece, bytes) else b""
                if isinstance(piece, Damage) or len(head) >= WINDOW:
                    break
    except OSError:
        return Glance(os.fsencode(path), 0, b"", NO_TEXT, b"")
    identity = tell_head(head[:WINDOW])
    return Glance(os.fsencode(path), size, stored, identity.first, identity.marks)
