"""Resume a log at a checkpoint, so that only its new text is read."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from findrobots.reading.compression import detect_compression
from findrobots.reading.decompress import BLOCK_SIZE, Damage, decompress_log, read_plain
from findrobots.reading.fingerprint import WINDOW, TextWindow, digest, tee
from findrobots.reading.log_file import LogFile
from findrobots.records import NO_TEXT, Checkpoint

__all__ = ["NewText", "is_at", "resume_at", "split_at"]

Pieces = Iterator[bytes | Damage]


class NewText(NamedTuple):
    """The text of a log after a checkpoint, and the window of all text up to what was read.

    ``pieces`` is None if the log's text is not the one that the checkpoint describes, or, with a
    ``damage``, if that could not be found out.
    """

    begin: int
    pieces: Pieces | None
    window: TextWindow
    damage: Damage | None = None


def resume_at(
    file: LogFile,
    checkpoint: Checkpoint | None = None,
    block_size: int = BLOCK_SIZE,
) -> NewText:
    """Skip the text before a checkpoint and return the rest.

    Parameters
    ----------
    file
        A log of which nothing was read yet.
    checkpoint
        Where the text that is already counted ends; None for the beginning.
    block_size
        Bytes of text per piece.

    Returns
    -------
    NewText
        The rest, whose ``pieces`` are None if the checkpoint does not belong to this text.
    """
    window = TextWindow()
    if checkpoint is None:
        return NewText(0, tee(decompress_log(file, block_size, window=window), window), window)
    end = checkpoint.offset
    if (
        checkpoint.same_file
        and file.rereadable
        and not detect_compression(head := file.read_at(0, WINDOW))
    ):
        # Plain text can be read from the checkpoint on.
        tail = file.read_at(max(0, end - WINDOW), min(WINDOW, end))
        if len(tail) < min(WINDOW, end) or digest(tail) != checkpoint.tail_digest:
            return NewText(end, None, window)
        window.skip_to_checkpoint(checkpoint, head[:end], tail)
        file.resume_at(end)
        return NewText(end, tee(read_plain(file, block_size, begin=end), window), window)
    pieces = split_at(decompress_log(file, block_size, window=window), (end,))
    return _skip(pieces, checkpoint, window)


def _skip(pieces: Pieces, checkpoint: Checkpoint, window: TextWindow) -> NewText:
    """Read the text before a checkpoint, piece by piece, and return the rest."""
    while window.size < checkpoint.offset:
        piece = next(pieces, None)
        if not isinstance(piece, bytes):
            return NewText(checkpoint.offset, None, window, piece)
        window.add(piece)
    window.mark()
    if not is_at(checkpoint, window):
        return NewText(checkpoint.offset, None, window)
    return NewText(checkpoint.offset, tee(pieces, window), window)


def is_at(checkpoint: Checkpoint, window: TextWindow) -> bool:
    """Return whether the text so far is the one before a checkpoint."""
    return (
        (window.size, window.checksum) == (checkpoint.offset, checkpoint.checksum)
        and checkpoint.tail_digest != NO_TEXT
        and window.tail_digest(window.size) == checkpoint.tail_digest
    )


def split_at(pieces: Iterable[bytes | Damage], offsets: Iterable[int]) -> Pieces:
    """Split text so that pieces end at each of some offsets, which are in ascending order."""
    at, ahead = 0, iter(offsets)
    end = next(ahead, None)
    for piece in pieces:
        if isinstance(piece, Damage):
            yield piece
            continue
        begin = 0
        while end is not None and end <= at + len(piece):
            if end - at > begin:
                yield piece[begin : end - at]
                begin = end - at
            end = next(ahead, None)
        at += len(piece)
        yield piece[begin:] if begin else piece
