"""Resume a log at a checkpoint, so that only its new text is read."""

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

# The checkpoint of a log of which nothing is counted yet.
START = Checkpoint(0, digest(b""), b"")


class NewText(NamedTuple):
    """The text of a log after a checkpoint, and the window of all text up to what was read.

    ``pieces`` is None if the log's text is not the one that the checkpoint describes.
    """

    begin: int
    pieces: Pieces | None
    window: TextWindow


def resume_at(file: LogFile, checkpoint: Checkpoint, block_size: int = BLOCK_SIZE) -> NewText:
    """Skip the text before a checkpoint and return the rest.

    Parameters
    ----------
    file
        A log of which nothing was read yet.
    checkpoint
        Where the text that is already counted ends.
    block_size
        Bytes of text per piece.

    Returns
    -------
    NewText
        The rest, whose ``pieces`` are None if the checkpoint does not belong to this text.
    """
    window = TextWindow()
    if checkpoint is START:
        return NewText(0, tee(decompress_log(file, block_size), window), window)
    end = checkpoint.offset
    if end and file.rereadable and not detect_compression(head := file.read_at(0, WINDOW)):
        # Plain text can be read from the checkpoint on.
        tail = file.read_at(max(0, end - WINDOW), min(WINDOW, end))
        window.skip_to(max(0, end - WINDOW) + len(tail), head, tail)
        if not _matches(checkpoint, window):
            return NewText(end, None, window)
        file.resume_at(end)
        return NewText(end, tee(read_plain(file, block_size, begin=end), window), window)
    return _skip(decompress_log(file, block_size), checkpoint, window)


def _skip(pieces: Pieces, checkpoint: Checkpoint, window: TextWindow) -> NewText:
    """Read the text before a checkpoint, piece by piece, and return the rest."""
    rest, end = b"", checkpoint.offset
    while window.size < end:
        piece = next(pieces, None)
        if not isinstance(piece, bytes):
            return NewText(end, None, window)
        rest = piece[end - window.size :]
        window.add(piece)
    following = chain([rest], tee(pieces, window)) if _matches(checkpoint, window) else None
    return NewText(end, following, window)


def _matches(checkpoint: Checkpoint, window: TextWindow) -> bool:
    """Return whether the text before a checkpoint is the one that it describes."""
    return (
        window.size >= checkpoint.offset
        and window.tail_digest(checkpoint.offset) == checkpoint.tail_digest != NO_TEXT
    )


def is_known_prefix(window: TextWindow, checkpoint: Checkpoint) -> bool:
    """Return whether this text is a prefix of one that is already counted.

    A truncated copy is, if it has the 64 bytes of the shortest prefix checksum. If the
    counted log was damaged, its checkpoint has no digest; then its beginning is enough, which
    was compared before.
    """
    return (
        checkpoint.tail_digest == NO_TEXT
        or PREFIX_SIZES[0] <= len(window.head) <= window.size < checkpoint.offset
    )
