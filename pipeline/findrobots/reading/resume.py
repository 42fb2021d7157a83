"""A log to its text that is not known yet."""

from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from findrobots.reading.compression import detect_compression
from findrobots.reading.decompress import BLOCK_SIZE, Damage, decompress_log, read_plain
from findrobots.reading.fingerprint import PREFIX_SIZES, WINDOW, TextWindow, digest, tee
from findrobots.reading.log_file import LogFile
from findrobots.records import NO_TEXT, Checkpoint

__all__ = ["START", "NewText", "is_known_prefix", "resume_at"]

Pieces = Iterator[bytes | Damage]

# Where the known text of a new log ends.
START = Checkpoint(0, digest(b""), b"")


class NewText(NamedTuple):
    """The text of a log from a byte on, what passed before it, and passes as it is read.

    There are no pieces where the log does not go on from there.
    """

    begin: int
    pieces: Pieces | None
    passed: TextWindow


def resume_at(file: LogFile, end: Checkpoint, block_size: int = BLOCK_SIZE) -> NewText:
    """Pass the text of a log up to an end; return the rest."""
    passed = TextWindow()
    if end is START:
        return NewText(0, tee(decompress_log(file, block_size), passed), passed)
    if end.offset and file.rereadable and not detect_compression(head := file.read_at(0, WINDOW)):
        # Stored as it is: no more is read than has to be.
        window = file.read_at(max(0, end.offset - WINDOW), min(WINDOW, end.offset))
        passed.skip_to(max(0, end.offset - WINDOW) + len(window), head, window)
        if not _goes_to(end, passed):
            return NewText(end.offset, None, passed)
        file.resume_at(end.offset)
        pieces = tee(read_plain(file, block_size, begin=end.offset), passed)
        return NewText(end.offset, pieces, passed)
    return _walk(decompress_log(file, block_size), end, passed)


def _walk(pieces: Pieces, end: Checkpoint, passed: TextWindow) -> NewText:
    """Pass the text of a log up to an end, piece by piece."""
    rest = b""
    while passed.size < end.offset:
        piece = next(pieces, None)
        if not isinstance(piece, bytes):
            return NewText(end.offset, None, passed)
        rest = piece[end.offset - passed.size :]
        passed.add(piece)
    goes_on = _goes_to(end, passed)
    following = chain([rest], tee(pieces, passed)) if goes_on else None
    return NewText(end.offset, following, passed)


def _goes_to(end: Checkpoint, passed: TextWindow) -> bool:
    """Tell whether the text passed is the known one, up to its end."""
    return (
        passed.size >= end.offset and passed.tail_digest(end.offset) == end.tail_digest != NO_TEXT
    )


def is_known_prefix(passed: TextWindow, end: Checkpoint) -> bool:
    """Tell whether a text that does not go on from a known one counts as a part of it.

    It does where it is shorter, if it is long enough to be told from others; and where the
    known text is that of a log that was damaged then, which its beginning tells alone.
    """
    return (
        end.tail_digest == NO_TEXT
        or PREFIX_SIZES[0] <= len(passed.head) <= passed.size < end.offset
    )
