"""Find the lines of a log that contain a path, and report how much of the log was read."""

import os
from collections.abc import Generator, Iterator
from contextlib import closing

from findrobots.reading.decompress import BLOCK_SIZE, Damage
from findrobots.reading.fingerprint import WINDOW
from findrobots.reading.lines import (
    BATCH_SIZE,
    MAX_LINE,
    Block,
    LineCollector,
    PartialLine,
    align_to_lines,
    find_lines,
    skip_first_line,
)
from findrobots.reading.log_file import LogFile, display_name, outcome_of
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.resume import NewText, resume_at
from findrobots.reading.sample import take_sample
from findrobots.reading.status import LineSearch, describe_damages, describe_source, may_grow
from findrobots.records import (
    REFUTED,
    UNREADABLE,
    Checkpoint,
    Lines,
    Reject,
    Sample,
    SourceStatus,
    reject,
)
from findrobots.storage.remote import Log, path_of

__all__ = ["LINE_TOO_LONG", "LINE_TRUNCATED", "read_lines"]

LINE_TOO_LONG = f"line longer than {MAX_LINE:,} bytes"
LINE_TRUNCATED = "truncated line"


def read_lines(  # noqa: PLR0913 (options all but the first two)
    source: Log,
    inode: int = 0,
    checkpoint: Checkpoint | None = None,
    *,
    containing: tuple[bytes, ...],
    growing: bool = False,
    monitor: Monitor = UNMONITORED,
    block_size: int = BLOCK_SIZE,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Lines | Reject | Sample | SourceStatus]:
    """Yield the lines of a log that contain any of some byte strings, then its status.

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
    containing
        The byte strings to look for.
    growing
        The log may still be growing: a last line without a newline is left for a later run, if
        the log is not compressed.
    monitor
        Where the source and the bytes read are reported.
    block_size
        Bytes of text that are decompressed and searched at a time.
    batch_size
        Bytes of lines after which a batch is yielded.

    Yields
    ------
    Lines or Reject or Sample or SourceStatus
        Batches of lines, lines that are truncated or too long, a sample of the text, and at last
        the status.
    """
    name, path = display_name(source), os.fsencode(path_of(source))
    monitor.start(name)
    try:
        with closing(LogFile(source, monitor, inode=inode)) as file:
            text = resume_at(file, checkpoint, block_size)
            if text.pieces is None:
                outcome = UNREADABLE if text.damage else REFUTED
                damages = [(text.damage, text.window.size)] if text.damage else []
                damage = describe_damages(damages)
                yield SourceStatus(name, path, outcome, damage=damage)
            else:
                header = (checkpoint and checkpoint.w3c_header) or None
                lines = LineCollector(name, containing, header, batch_size=batch_size)
                yield from _read_text(file, path, text, lines, growing=growing)
    except OSError as error:  # it cannot be opened, or its ends cannot be read
        outcome = outcome_of(error, inode)
        yield SourceStatus(name, path, outcome, damage=error.strerror or str(error))
    finally:
        monitor.finish()


def _read_text(
    file: LogFile, path: bytes, text: NewText, lines: LineCollector, *, growing: bool
) -> Iterator[Lines | Reject | Sample | SourceStatus]:
    """Yield the matching lines of a log's new text, a sample of the text, then its status."""
    blocks = align_to_lines(text.pieces or (), text.begin)
    if not text.window.begins_line(text.begin):
        blocks = skip_first_line(blocks)
    searched, last_line = yield from _search(blocks, text, lines)
    if last_line and not (growing and may_grow(file)):
        searched = yield from _search_last_line(last_line, lines, searched)
    yield from lines.take()
    yield take_sample(lines, text.window)
    yield describe_source(file, path, text, lines, searched)


def _search(
    blocks: Iterator[Block | PartialLine | Damage], text: NewText, lines: LineCollector
) -> Generator[Lines | Reject, None, tuple[LineSearch, PartialLine | None]]:
    """Yield the matching lines of some blocks; return a last line without a newline, if any.

    The last batch stays in ``lines``.
    """
    end, partial_line = text.begin, None
    rejects_after_end: list[Reject] = []
    damages: list[tuple[Damage, int]] = []
    for block in blocks:
        if isinstance(block, Block):
            lines.add(block.offset, block.text)
            end, rejects_after_end = block.offset + len(block.text), []
            if lines.is_full:
                yield from lines.take()
        elif isinstance(block, Damage):
            damages.append((block, text.window.size))
            rejects_after_end = _rejects(partial_line, lines, LINE_TRUNCATED)
            yield from rejects_after_end
            partial_line = None
        elif block.ended:
            yield from _rejects(block, lines, LINE_TOO_LONG)
            end, rejects_after_end = block.offset + block.size, []
        else:
            partial_line = block
    return LineSearch(end, len(rejects_after_end), tuple(damages)), partial_line


def _search_last_line(
    line: PartialLine, lines: LineCollector, searched: LineSearch
) -> Generator[Reject, None, LineSearch]:
    """Treat a last line without a newline as complete, if it matches or is too long."""
    if line.size > MAX_LINE:
        yield from _rejects(line, lines, LINE_TOO_LONG)
    elif find_lines(line.text, lines.needles):
        lines.add(line.offset, line.text)
    elif line.size <= WINDOW:  # else the text before it is no longer held for the digest
        return searched
    return searched._replace(end=line.offset + line.size)


def _rejects(line: PartialLine | None, lines: LineCollector, reason: str) -> list[Reject]:
    """Reject a partial line, if it matches or is too long to be searched."""
    if line is None:
        return []
    if line.size > MAX_LINE:
        reason = LINE_TOO_LONG
    elif not find_lines(line.text, lines.needles):
        return []
    return [reject(lines.source, line.offset, bytes(line.text), reason)]
