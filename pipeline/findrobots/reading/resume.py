"""A log to its text that is not known yet."""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from findrobots.reading.compression import compression_of
from findrobots.reading.decompress import BLOCK_SIZE, Damage, decompressed, plain
from findrobots.reading.fingerprint import MARKED, WINDOW, TextPassed, digest, watch
from findrobots.reading.log_file import Stored
from findrobots.records import NO_TEXT, End

__all__ = ["START", "UnknownText", "is_part_of_known", "pass_known"]

Pieces = Iterator[bytes | Damage]

# Where the known text of a new log ends.
START = End(0, digest(b""), b"")


class UnknownText(NamedTuple):
    """The text of a log from a byte on, what passed before it, and passes as it is read.

    There are no pieces where the log does not go on from there.
    """

    begin: int
    pieces: Pieces | None
    passed: TextPassed


def pass_known(file: Stored, end: End, block_size: int = BLOCK_SIZE) -> UnknownText:
    """Pass the text of a log up to an end; return the rest."""
    passed = TextPassed()
    if end is START:
        return UnknownText(0, watch(decompressed(file, block_size), passed), passed)
    if end.offset and file.lasts and not compression_of(head := file.read_at(0, WINDOW)):
        # Stored as it is: no more is read than has to be.
        window = file.read_at(max(0, end.offset - WINDOW), min(WINDOW, end.offset))
        passed.jump(max(0, end.offset - WINDOW) + len(window), head, window)
        if not _goes_to(end, passed):
            return UnknownText(end.offset, None, passed)
        file.go_on_at(end.offset)
        pieces = watch(plain(file, block_size, begin=end.offset), passed)
        return UnknownText(end.offset, pieces, passed)
    return _walk(decompressed(file, block_size), end, passed)


def _walk(pieces: Pieces, end: End, passed: TextPassed) -> UnknownText:
    """Pass the text of a log up to an end, piece by piece."""
    rest = b""
    while passed.size < end.offset:
        piece = next(pieces, None)
        if not isinstance(piece, bytes):
            return UnknownText(end.offset, None, passed)
        rest = piece[end.offset - passed.size :]
        passed.add(piece)
    goes_on = _goes_to(end, passed)
    following = chain([rest], watch(pieces, passed)) if goes_on else None
    return UnknownText(end.offset, following, passed)


def _goes_to(end: End, passed: TextPassed) -> bool:
    """Tell whether the text passed is the known one, up to its end."""
    return passed.size >= end.offset and passed.tell_last(end.offset) == end.last != NO_TEXT


def is_part_of_known(passed: TextPassed, end: End) -> bool:
    """Tell whether a text that does not go on from a known one counts as a part of it.

    It does where it is shorter, if it is long enough to be told from others; and where the
    known text is that of a log that was damaged then, which its beginning tells alone.
    """
    return end.last == NO_TEXT or MARKED[0] <= len(passed.head) <= passed.size < end.offset
