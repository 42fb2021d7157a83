"""Read a range of a large log, so that several tasks read one log.

Of a plain log, a line belongs to the range in which it begins: its range is read to the end of the
line. A range of a gzip log begins with a member. What is before it is not known there, so that a
line that begins with the member belongs to the range before.
"""

from collections.abc import Iterable
from itertools import chain, pairwise

from findrobots.formats.containers import HEAD_SIZE, find_runtime
from findrobots.reading.checksum import combine_checksums
from findrobots.reading.compression import detect_compression
from findrobots.reading.decompress import Damage, decompress_log, read_head, read_plain
from findrobots.reading.fingerprint import NEWLINE, WINDOW, TextWindow, tee
from findrobots.reading.log_file import LogFile
from findrobots.reading.resume import NewText, Pieces, resume_at
from findrobots.records import HEADER, NO_TEXT, READ, ByteRange, Checkpoint, RangeStatus

__all__ = ["can_be_split", "join_statuses", "read_range"]

# Bytes read at a time to find where a line ends: some lines.
STEP_SIZE = 8 * 1024


def can_be_split(head: bytes) -> bool:
    """Return whether the lines of a log can be read in any order, given its first 64 KiB of text.

    They cannot if the text is compressed, if its ``#Fields:`` headers say what the lines after them
    mean, or if a container runtime wrote it, which splits lines.
    """
    first_lines = head[: head.rfind(b"\n") + 1]
    return not (
        detect_compression(head)
        or HEADER in head
        or find_runtime(head[:HEAD_SIZE])
        or find_runtime(first_lines[:HEAD_SIZE])
    )


def read_range(
    file: LogFile, part: ByteRange, checkpoint: Checkpoint | None, block_size: int
) -> NewText:
    """Return the text of the lines that begin in a range of a log.

    Parameters
    ----------
    file
        A log of which nothing was read yet.
    part
        The range; the first one of a log begins at the checkpoint, if any.
    checkpoint
        Where the text that is already counted ends; None for the beginning.
    block_size
        Bytes of text per piece.

    Returns
    -------
    NewText
        The text, whose ``pieces`` are None if the log cannot be read in ranges, or if the
        checkpoint does not belong to it. The checksum of its ``window`` begins with the range, that
        of the first range with the checkpoint.
    """
    if part.members:
        return _read_members(file, part, part.members, block_size)
    window = TextWindow()
    head = file.read_at(0, WINDOW)
    if not (file.rereadable and can_be_split(head)):
        return NewText(part.begin, None, window)
    is_first = part.begin == (checkpoint.offset if checkpoint else 0)
    begin = part.begin if is_first else _find_line(file, part.begin, part.end)
    if begin is None:  # a line of an earlier range goes on
        file.stop_at(0)
        return NewText(0, iter(()), window)
    end = None if part.end is None else _find_line(file, part.end)
    if end is not None:
        file.stop_at(end)
    if is_first:
        return resume_at(file, checkpoint, block_size)
    tail = file.read_at(max(0, begin - WINDOW), min(begin, WINDOW))
    window.skip_to_checkpoint(Checkpoint(begin, 0, NO_TEXT), head[:begin], tail)
    file.skip_to(begin)
    return NewText(begin, tee(read_plain(file, block_size, begin=begin), window), window)


def _find_line(file: LogFile, offset: int, end: int | None = None) -> int | None:
    """Return where the first line at or after an offset begins, None if not before ``end``."""
    at = offset - 1
    while (end is None or at < end - 1) and (step := file.read_at(at, STEP_SIZE)):
        found = step.find(NEWLINE)
        if found >= 0:
            begin = at + found + 1
            return begin if end is None or begin < end else None
        at += len(step)
    return None


def _read_members(
    file: LogFile, part: ByteRange, members: tuple[int, int | None], block_size: int
) -> NewText:
    """Return the text of the lines of a range of a gzip log; see ``read_range``."""
    window, begin = TextWindow(), part.begin
    head, damage = read_head(file, WINDOW)
    if damage or not (file.rereadable and can_be_split(head)):
        return NewText(begin, None, window)
    stored, end = members
    file.skip_to(stored)
    pieces = decompress_log(file, block_size, begin=stored)
    if part.end is not None:
        file.stop_at(end)
        pieces = _to_line_end(file, pieces, part.end - begin, block_size)
    if stored:
        begin, pieces = _after_line(pieces, begin)
        if part.end is not None and begin > part.end:  # a line of an earlier range goes on
            return NewText(0, iter(()), window)
        window.skip_to_checkpoint(Checkpoint(begin, 0, NO_TEXT), head, b"")
    return NewText(begin, tee(pieces, window), window)


def _to_line_end(file: LogFile, pieces: Pieces, size: int, block_size: int) -> Pieces:
    """Yield the text of some members, and what follows them to the end of a line.

    If the text is not as long as the members said, there is a damage.
    """
    for piece in pieces:
        size -= 0 if isinstance(piece, Damage) else len(piece)
        yield piece
    if size:
        yield Damage(file.bytes_read, "the members of the log have another size")
    file.stop_at(None)
    for piece in decompress_log(file, block_size, begin=file.bytes_read):
        if isinstance(piece, bytes) and (end := piece.find(b"\n") + 1):
            yield piece[:end]
            break
        yield piece


def _after_line(pieces: Pieces, at: int) -> tuple[int, Pieces]:
    """Skip text to the end of a line; return where the next one begins, and the text from there."""
    for piece in pieces:
        if isinstance(piece, Damage):
            return at, chain((piece,), pieces)
        end = piece.find(b"\n") + 1
        if end:
            return at + end, chain((piece[end:],), pieces)
        at += len(piece)
    return at, pieces


def join_statuses(ranges: Iterable[RangeStatus]) -> RangeStatus | None:
    """Return the status of a log as if it was read as a whole, from those of all its ranges.

    None is returned if the ranges do not fit together, because the log was changed between two
    tasks, or if any of them was not read completely.
    """
    in_order = sorted((each for each in ranges if _size(each)), key=lambda each: each.status.begin)
    if not in_order or any(each.status.outcome != READ or each.status.damage for each in ranges):
        return None
    checksum = in_order[0].status.checksum
    for before, after in pairwise(in_order):
        if before.status.unfinished_bytes or before.status.bytes_text != after.status.begin:
            return None
        # Before a member nothing is decompressed. Each range has seen how long its own text is.
        if not after.compressed and before.status.tail_digest != after.text_before:
            return None
        checksum = combine_checksums(
            checksum, after.status.checksum, after.status.bytes_text - after.status.begin
        )
    first, last = in_order[0].status, in_order[-1]
    size = last.status.bytes_text + last.status.unfinished_bytes
    if not last.compressed and size != last.status.bytes_stored:
        return None
    if last.status.tail_digest == NO_TEXT:
        return None
    return last._replace(
        status=last.status._replace(
            begin=first.begin,
            checksum=checksum,
            matched_lines=sum(each.status.matched_lines for each in in_order),
        ),
        text_before=in_order[0].text_before,
        has_requests=any(each.has_requests for each in in_order),
        has_rejects=any(each.has_rejects for each in in_order),
    )


def _size(part: RangeStatus) -> int:
    """Return how many bytes of text a range has."""
    return part.status.bytes_text - part.status.begin + part.status.unfinished_bytes
