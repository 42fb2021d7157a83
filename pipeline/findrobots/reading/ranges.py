"""Read a range of a large plain log, so that several tasks read one log.

A line belongs to the range in which it begins: its range is read to the end of the line.
"""

from collections.abc import Iterable
from itertools import pairwise

from findrobots.formats.containers import HEAD_SIZE, find_runtime
from findrobots.reading.checksum import combine_checksums
from findrobots.reading.compression import detect_compression
from findrobots.reading.decompress import read_plain
from findrobots.reading.fingerprint import NEWLINE, WINDOW, TextWindow, tee
from findrobots.reading.log_file import LogFile
from findrobots.reading.resume import NewText, resume_at
from findrobots.records import HEADER, NO_TEXT, READ, ByteRange, Checkpoint, RangeStatus

__all__ = ["can_be_split", "join_statuses", "read_range"]

# Bytes read at a time to find where a line ends: some lines.
STEP_SIZE = 8 * 1024


def can_be_split(head: bytes) -> bool:
    """Return whether the lines of a log can be read in any order, given its first 64 KiB.

    They cannot if the log is compressed, if its ``#Fields:`` headers say what the lines after them
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
        seam = before.status.bytes_text, before.status.tail_digest
        if before.status.unfinished_bytes or seam != (after.status.begin, after.text_before):
            return None
        checksum = combine_checksums(
            checksum, after.status.checksum, after.status.bytes_text - after.status.begin
        )
    first, last = in_order[0].status, in_order[-1]
    if (
        last.status.tail_digest == NO_TEXT
        or last.status.bytes_stored != last.status.bytes_text + last.status.unfinished_bytes
    ):
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
