"""A log to its lines that mention a path, and to how much of it was read."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

from findrobots.reading.decompress import BLOCK_SIZE, Damage
from findrobots.reading.fingerprint import WINDOW, TextWindow, fingerprint_head
from findrobots.reading.lines import (
    MAX_LINE,
    Block,
    LineCollector,
    PartialLine,
    align_to_lines,
    find_lines,
    skip_first_line,
)
from findrobots.reading.log_file import LogFile, display_name
from findrobots.reading.monitor import Monitor
from findrobots.reading.resume import START, NewText, is_known_prefix, resume_at
from findrobots.reading.status import LineSearch, describe_source, may_grow
from findrobots.records import Checkpoint, Lines, Reject, SourceStatus, reject

__all__ = ["CUT_OFF", "TOO_LONG", "read_lines"]

TOO_LONG = f"longer than {MAX_LINE:,} bytes"
REPAIRED = (
    "it counts as far as it was read when it was damaged; scan everything anew to count it whole"
)
CUT_OFF = "cut off by damage"


def read_lines(
    path: str,
    checkpoints: Mapping[str, tuple[Checkpoint, ...]] | None = None,
    *,
    containing: tuple[bytes, ...],
    meter: Monitor | None = None,
    block_size: int = BLOCK_SIZE,
) -> Iterator[Lines | Reject | SourceStatus]:
    """Yield a log's lines that mention any of some byte strings, then its reading.

    Where ``ends`` is given, the log may be growing. Then a last line without a newline is
    none, if the log is stored as it is; and where there are ends of known text for the
    path, and the log's text goes on from one of them, that is where it is read from.

    Nothing is raised on account of the log: its reading tells what could not be read, and
    what stands before and behind the damage is read. Memory is a block and a batch of
    lines, or the longest line that is one.
    """
    source, part = display_name(path), None
    if meter:
        meter.start(source)
    try:
        for end in (*(checkpoints or {}).get(path, ()), START):
            if part and end is START:  # and goes on from no other known text
                yield part
                break
            with closing(LogFile(path, meter)) as file:
                rest = resume_at(file, end, block_size)
                if rest.pieces is not None:
                    lines = LineCollector(source, containing, end.w3c_header or None)
                    yield from _read_rest(file, rest, lines, growing=checkpoints is not None)
                    break
                if not part and is_known_prefix(rest.passed, end):
                    part = _known_prefix_status(file, rest.passed, end)._replace(source=source)
    except OSError as error:  # it cannot be opened, or its ends not be read
        yield SourceStatus(source, damage=error.strerror or str(error))
    if meter:
        meter.finish()


def _known_prefix_status(file: LogFile, passed: TextWindow, end: Checkpoint) -> SourceStatus:
    """Say that all of a log is known."""
    first, marks = fingerprint_head(passed.head)
    size = file.skip_to_end()
    return SourceStatus(
        "",
        begin=end.offset,
        bytes_stored=size,
        file_digest=file.digest(),
        first_line_digest=first,
        prefix_checksums=marks,
        damage="" if end.tail_digest else REPAIRED,
    )


def _read_rest(
    file: LogFile, text: NewText, lines: LineCollector, *, growing: bool
) -> Iterator[Lines | Reject | SourceStatus]:
    """Yield the lines that mention a path in the rest of a log's text, then its reading."""
    blocks = align_to_lines(text.pieces or (), text.begin)
    if not text.passed.begins_line(text.begin):
        blocks = skip_first_line(blocks)
    searched, rest = yield from _search(blocks, text, lines)
    if rest and not (growing and may_grow(file)):
        searched = yield from _finish(rest, lines, searched)
    yield from lines.take()
    reading = describe_source(file, text.passed, searched)
    yield reading._replace(
        source=lines.source,
        begin=text.begin,
        w3c_header=lines.header or b"",
        matched_lines=lines.count,
    )


def _search(
    blocks: Iterator[Block | PartialLine | Damage], text: NewText, lines: LineCollector
) -> Generator[Lines | Reject, None, tuple[LineSearch, PartialLine | None]]:
    """Yield the lines that mention a path in blocks, but the last ones; return the rest."""
    end, rest, behind = text.begin, None, list[Reject]()
    damages = list[tuple[Damage, int]]()
    for block in blocks:
        if isinstance(block, Block):
            lines.add(block.offset, block.text)
            end, behind = block.offset + len(block.text), []
            if lines.many:
                yield from lines.take()
        elif isinstance(block, Damage):
            damages.append((block, text.passed.size))
            yield from (behind := _rejects(rest, lines, CUT_OFF))
            rest = None
        elif block.ended:
            yield from _rejects(block, lines, TOO_LONG)
            end, behind = block.offset + block.size, []
        else:
            rest = block
    return LineSearch(end, len(behind), tuple(damages)), rest


def _finish(
    rest: PartialLine, lines: LineCollector, searched: LineSearch
) -> Generator[Reject, None, LineSearch]:
    """Take a last line without a newline for whole, where it mentions a path or is too long."""
    if rest.size > MAX_LINE:
        yield from _rejects(rest, lines, TOO_LONG)
    elif find_lines(rest.text, lines.needles):
        lines.add(rest.offset, rest.text)
    elif rest.size <= WINDOW:  # else the text before it is held no more
        return searched
    return searched._replace(end=rest.offset + rest.size)


def _rejects(fragment: PartialLine | None, lines: LineCollector, reason: str) -> list[Reject]:
    """Reject a line that is none, if it is too long to be searched or mentions a path."""
    if fragment is None:
        return []
    if fragment.size > MAX_LINE:
        reason = TOO_LONG
    elif not find_lines(fragment.text, lines.needles):
        return []
    return [reject(lines.source, fragment.offset, bytes(fragment.text), reason)]
