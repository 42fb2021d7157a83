"""Find the lines of a log that contain a path, and report how much of the log was read."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from typing import TypeVar

from findrobots.reading.collector import BATCH_SIZE, Collector, LineCollector
from findrobots.reading.decompress import BLOCK_SIZE, Damage
from findrobots.reading.fingerprint import WINDOW
from findrobots.reading.lines import (
    MAX_LINE,
    Block,
    PartialLine,
    align_to_lines,
    skip_first_line,
)
from findrobots.reading.log_file import LogFile, display_name, outcome_of
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.ranges import read_range
from findrobots.reading.resume import NewText, resume_at
from findrobots.reading.sample import take_sample
from findrobots.reading.small import read_small
from findrobots.reading.status import LineSearch, describe_damages, describe_source, may_grow
from findrobots.records import (
    NO_TEXT,
    REFUTED,
    UNREADABLE,
    ByteRange,
    Checkpoint,
    Lines,
    RangeStatus,
    Reject,
    Sample,
    SourceStatus,
    reject,
)
from findrobots.storage.remote import Log, path_of

__all__ = ["LINE_TOO_LONG", "LINE_TRUNCATED", "Collect", "read_lines", "read_log"]

Collected = TypeVar("Collected")
# Returns the collector for a log: its name, the W3C header in force, and its first bytes.
Collect = Callable[[str, bytes | None, bytes], Collector[Collected]]

LINE_TOO_LONG = f"line longer than {MAX_LINE:,} bytes"
LINE_TRUNCATED = "truncated line"


def read_lines(  # noqa: PLR0913 (options all but the first two)
    source: Log,
    inode: int = 0,
    checkpoint: Checkpoint | None = None,
    part: ByteRange | None = None,
    *,
    containing: tuple[bytes, ...],
    growing: bool = False,
    monitor: Monitor = UNMONITORED,
    block_size: int = BLOCK_SIZE,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Lines | Reject | Sample | SourceStatus | RangeStatus]:
    """Return the lines of a log that contain any of some byte strings, then its status.

    Nothing is raised because of the log: the status describes what could not be read, and
    the text before and after a damage is read. Memory is bounded by a block and a batch of
    lines, or by the longest line.

    Parameters
    ----------
    source
        A local path, an object, or one that is being opened.
    inode
        The inode that a local file must have; 0 for any.
    checkpoint
        Where the text of this log that is already counted ends. If it does not belong to the
        log's text, no lines are yielded.
    part
        Read only the lines that begin in this range, of a log of which other tasks read the others.
    containing
        The byte strings to look for.
    growing
        The log may still be growing: a last line without a newline, or without all of the parts
        into which a container runtime split it, is left for a later run, if the log is not
        compressed.
    monitor
        Where the source and the bytes read are reported.
    block_size
        Bytes of text that are decompressed and searched at a time.
    batch_size
        Bytes of lines after which a batch is yielded.

    Yields
    ------
    Lines or Reject or Sample or SourceStatus or RangeStatus
        Batches of lines, lines that are truncated or too long, a sample of the text, and at last
        the status; of a range only its status in place of both.
    """
    if inode and not (checkpoint or part) and isinstance(source, str):
        items = read_small(source, inode, containing, monitor, block_size)
        if items is not None:
            return items
    collect = partial(_collect_lines, containing, batch_size)
    return read_log(
        *(source, inode, checkpoint, part, collect),
        growing=growing,
        monitor=monitor,
        block_size=block_size,
    )


def _collect_lines(
    containing: tuple[bytes, ...], batch_size: int, source: str, header: bytes | None, head: bytes
) -> LineCollector:
    return LineCollector(source, containing, header, head=head, batch_size=batch_size)


def read_log(  # noqa: PLR0913 (options all but the first five)
    source: Log,
    inode: int,
    checkpoint: Checkpoint | None,
    part: ByteRange | None,
    collect: Collect[Collected],
    *,
    growing: bool,
    monitor: Monitor,
    block_size: int,
) -> Iterator[Collected | Reject | Sample | SourceStatus | RangeStatus]:
    """Yield what a collector collects of a log's new text, then a sample and the log's status.

    Parameters
    ----------
    source, inode, checkpoint, part, growing, monitor, block_size
        As for ``read_lines``.
    collect
        Returns the collector of what is to be yielded.

    Yields
    ------
    Collected or Reject or Sample or SourceStatus or RangeStatus
        What the collector yields, wanted lines that are truncated or too long, a sample of the
        text, and at last the status; of a range only its status in place of both.
    """
    name, path = display_name(source), os.fsencode(path_of(source))
    monitor.start(name)
    try:
        with closing(LogFile(source, monitor, inode=inode)) as file:
            if part is None:
                text = resume_at(file, checkpoint, block_size)
            else:
                text = read_range(file, part, checkpoint, block_size)
            if text.pieces is None:
                outcome = UNREADABLE if text.damage else REFUTED
                damages = [(text.damage, text.window.size)] if text.damage else []
                damage = describe_damages(damages)
                found = RangeStatus(SourceStatus(name, path, outcome, damage=damage))
            else:
                header = (checkpoint and checkpoint.w3c_header) or None
                lines = collect(name, header, text.window.head)
                before = text.window.tail_digest(text.begin) if part else NO_TEXT
                found = yield from _read_text(file, path, text, lines, growing=growing)
                compressed = bool(part and part.members)
                found = found._replace(text_before=before, compressed=compressed)
    except OSError as error:  # it cannot be opened, or its ends cannot be read
        outcome = outcome_of(error, inode)
        found = RangeStatus(SourceStatus(name, path, outcome, damage=error.strerror or str(error)))
    finally:
        monitor.finish()
    if part is not None:
        yield found
        return
    if found.sample:
        yield found.sample
    yield found.status


def _read_text(
    file: LogFile, path: bytes, text: NewText, lines: Collector[Collected], *, growing: bool
) -> Generator[Collected | Reject, None, RangeStatus]:
    """Yield the wanted lines of a log's new text; return its status and a sample of the text."""
    blocks = align_to_lines(text.pieces or (), text.begin)
    if not text.window.begins_line(text.begin):
        blocks = skip_first_line(blocks)
    searched, last_line = yield from _search(blocks, text, lines)
    if not (growing and may_grow(file)):
        if last_line:
            searched = yield from _search_last_line(last_line, lines, searched)
        searched = _search_last_parts(lines, searched, text)
    elif lines.unfinished is not None:
        searched = searched._replace(end=lines.unfinished)
    yield from lines.take()
    sample = take_sample(lines, text.window)
    return RangeStatus(describe_source(file, path, text, lines, searched), sample=sample)


def _search(
    blocks: Iterator[Block | PartialLine | Damage], text: NewText, lines: Collector[Collected]
) -> Generator[Collected | Reject, None, tuple[LineSearch, PartialLine | None]]:
    """Yield the wanted lines of some blocks; return a last line without a newline, if any.

    The last batch stays in ``lines``.
    """
    end, partial_line = text.begin, None
    rejects_after_end: list[Reject] = []
    damages: list[tuple[Damage, int]] = []
    for block in blocks:
        if isinstance(block, Block):
            lines.add(block.offset, block.text)
            end, rejects_after_end = block.offset + len(block.text), []
            if (begin := lines.unfinished) is not None:
                text.window.hold(begin)
            if lines.is_full:
                yield from lines.take()
        elif isinstance(block, Damage):
            damages.append((block, text.window.size))
            if not block.unread:  # else no text comes after it, and the rest is read another time
                lines.finish_parts()
            rejects_after_end = _rejects(partial_line, lines, LINE_TRUNCATED)
            yield from rejects_after_end
            partial_line = None
        elif block.ended:
            lines.finish_parts()
            yield from _rejects(block, lines, LINE_TOO_LONG)
            end, rejects_after_end = block.offset + block.size, []
        else:
            partial_line = block
    return LineSearch(end, len(rejects_after_end), tuple(damages)), partial_line


def _search_last_line(
    line: PartialLine, lines: Collector[Collected], searched: LineSearch
) -> Generator[Reject, None, LineSearch]:
    """Treat a last line without a newline as complete, if it is wanted or too long."""
    if not line.text:  # padding, of which nothing is counted
        if line.size <= WINDOW:
            return searched
    elif line.size > MAX_LINE:
        yield from _rejects(line, lines, LINE_TOO_LONG)
    elif lines.unfinished is not None or lines.wants(line.text):
        lines.add(line.offset, line.text)
    elif line.size <= WINDOW:  # else the text before it is no longer held for the digest
        return searched
    return searched._replace(end=line.offset + line.size)


def _search_last_parts(
    lines: Collector[Collected], searched: LineSearch, text: NewText
) -> LineSearch:
    """Treat last lines that lack a part as complete, if one of them or one after it matches."""
    begin = lines.unfinished
    if begin is None or lines.finish_parts() or text.window.size - begin > WINDOW:
        return searched
    return searched._replace(end=begin)


def _rejects(line: PartialLine | None, lines: Collector[Collected], reason: str) -> list[Reject]:
    """Reject a partial line, if it is wanted or too long to be searched."""
    if line is None or not line.text:
        return []
    if line.size > MAX_LINE:
        reason = LINE_TOO_LONG
    elif not lines.wants(line.text):
        return []
    return [reject(lines.source, line.offset, bytes(line.text), reason)]
