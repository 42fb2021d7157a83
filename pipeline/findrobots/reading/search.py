"""Find the lines of a log that contain a path, and report how much of the log was read."""

from collections.abc import Generator, Iterator
from contextlib import closing

from findrobots.reading.decompress import BLOCK_SIZE, Damage
from findrobots.reading.fingerprint import WINDOW, TextWindow, fingerprint_head
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
from findrobots.reading.log_file import LogFile, display_name
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.resume import START, NewText, is_known_prefix, resume_at
from findrobots.reading.status import LineSearch, describe_source, may_grow
from findrobots.records import Checkpoint, Lines, Reject, SourceStatus, reject
from findrobots.storage.remote import PendingLog, path_of

__all__ = ["LINE_TOO_LONG", "LINE_TRUNCATED", "read_lines"]

LINE_TOO_LONG = f"line longer than {MAX_LINE:,} bytes"
LINE_TRUNCATED = "truncated line"
DAMAGED_BEFORE = "counted only up to an earlier damage; rescan all logs to count the rest"


def read_lines(  # noqa: PLR0913 (options all but the first two)
    source: str | PendingLog,
    checkpoints: tuple[Checkpoint, ...] | None = None,
    *,
    containing: tuple[bytes, ...],
    monitor: Monitor = UNMONITORED,
    block_size: int = BLOCK_SIZE,
    batch_size: int = BATCH_SIZE,
) -> Iterator[Lines | Reject | SourceStatus]:
    """Yield the lines of a log that contain any of some byte strings, then its status.

    Nothing is raised because of the log: the status describes what could not be read, and
    the text before and after a damage is read. Memory is bounded by a block and a batch of
    lines, or by the longest line.

    Parameters
    ----------
    source
        A path, a URL, or a log that is being opened.
    checkpoints
        Where the text of this log that is already counted may end. The log is read from the
        first of them that belongs to its text, else from its beginning. With a tuple, even
        an empty one, the log may still be growing: a last line without a newline is left
        for a later run, if the log is not compressed. With None, all of the log is read.
    containing
        The byte strings to look for.
    monitor
        Where the source and the bytes read are reported.
    block_size
        Bytes of text that are decompressed and searched at a time.
    batch_size
        Bytes of lines after which a batch is yielded.

    Yields
    ------
    Lines or Reject or SourceStatus
        Batches of lines, lines that are truncated or too long, and at last the status.
    """
    name, prefix_status = display_name(source), None
    monitor.start(name)
    try:
        for checkpoint in (*(checkpoints or ()), START):
            if prefix_status and checkpoint is START:  # and no other checkpoint belongs to it
                yield prefix_status
                break
            with closing(LogFile(source, monitor)) as file:
                source = path_of(source)  # a pending log is open only once
                text = resume_at(file, checkpoint, block_size)
                if text.pieces is not None:
                    header = checkpoint.w3c_header or None
                    lines = LineCollector(name, containing, header, batch_size=batch_size)
                    yield from _read_text(file, text, lines, growing=checkpoints is not None)
                    break
                if not prefix_status and is_known_prefix(text.window, checkpoint):
                    prefix_status = _known_prefix_status(name, file, text.window, checkpoint)
    except OSError as error:  # it cannot be opened, or its ends cannot be read
        yield SourceStatus(name, damage=error.strerror or str(error))
    finally:
        monitor.finish()


def _known_prefix_status(
    name: str, file: LogFile, window: TextWindow, checkpoint: Checkpoint
) -> SourceStatus:
    """Return the status of a log whose text is all counted already."""
    first, checksums = fingerprint_head(window.head)
    size = file.skip_to_end()
    return SourceStatus(
        name,
        begin=checkpoint.offset,
        bytes_stored=size,
        file_digest=file.digest(),
        first_line_digest=first,
        prefix_checksums=checksums,
        damage="" if checkpoint.tail_digest else DAMAGED_BEFORE,
    )


def _read_text(
    file: LogFile, text: NewText, lines: LineCollector, *, growing: bool
) -> Iterator[Lines | Reject | SourceStatus]:
    """Yield the matching lines of a log's new text, then its status."""
    blocks = align_to_lines(text.pieces or (), text.begin)
    if not text.window.begins_line(text.begin):
        blocks = skip_first_line(blocks)
    searched, last_line = yield from _search(blocks, text, lines)
    if last_line and not (growing and may_grow(file)):
        searched = yield from _search_last_line(last_line, lines, searched)
    yield from lines.take()
    yield describe_source(file, text, lines, searched)


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
