"""A log to its lines that mention a path, and to how much of it was read."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

from findrobots.reading.decompress import BLOCK_SIZE, Damage
from findrobots.reading.fingerprint import WINDOW, TextPassed, tell_head
from findrobots.reading.lines import (
    MOST_LINE,
    Block,
    Fragment,
    MentioningLines,
    behind_first_line,
    mentions,
    whole_lines,
)
from findrobots.reading.log_file import Stored, name_of
from findrobots.reading.monitor import Monitor
from findrobots.reading.resume import START, UnknownText, is_part_of_known, pass_known
from findrobots.reading.status import Searched, may_grow, tell_reading
from findrobots.records import End, Lines, Reading, Reject, reject

__all__ = ["CUT_OFF", "TOO_LONG", "read_lines"]

TOO_LONG = f"longer than {MOST_LINE:,} bytes"
MENDED = (
    "it counts as far as it was read when it was damaged; scan everything anew to count it whole"
)
CUT_OFF = "cut off by damage"


def read_lines(
    path: str,
    ends: Mapping[str, tuple[End, ...]] | None = None,
    *,
    mentioning: tuple[bytes, ...],
    meter: Monitor | None = None,
    block_size: int = BLOCK_SIZE,
) -> Iterator[Lines | Reject | Reading]:
    """Yield a log's lines that mention any of some byte strings, then its reading.

    Where ``ends`` is given, the log may be growing. Then a last line without a newline is
    none, if the log is stored as it is; and where there are ends of known text for the
    path, and the log's text goes on from one of them, that is where it is read from.

    Nothing is raised on account of the log: its reading tells what could not be read, and
    what stands before and behind the damage is read. Memory is a block and a batch of
    lines, or the longest line that is one.
    """
    source, part = name_of(path), None
    if meter:
        meter.start(source)
    try:
        for end in (*(ends or {}).get(path, ()), START):
            if part and end is START:  # and goes on from no other known text
                yield part
                break
            with closing(Stored(path, meter)) as file:
                rest = pass_known(file, end, block_size)
                if rest.pieces is not None:
                    lines = MentioningLines(source, mentioning, end.header or None)
                    yield from _read_rest(file, rest, lines, growing=ends is not None)
                    break
                if not part and is_part_of_known(rest.passed, end):
                    part = _tell_part(file, rest.passed, end)._replace(source=source)
    except OSError as error:  # it cannot be opened, or its ends not be read
        yield Reading(source, damage=error.strerror or str(error))
    if meter:
        meter.finish()


def _tell_part(file: Stored, passed: TextPassed, end: End) -> Reading:
    """Say that all of a log is known."""
    first, marks = tell_head(passed.head)
    size = file.go_to_end()
    return Reading(
        "",
        begin=end.offset,
        bytes_stored=size,
        stored=file.digest(),
        first=first,
        marks=marks,
        damage="" if end.last else MENDED,
    )


def _read_rest(
    file: Stored, text: UnknownText, lines: MentioningLines, *, growing: bool
) -> Iterator[Lines | Reject | Reading]:
    """Yield the lines that mention a path in the rest of a log's text, then its reading."""
    blocks = whole_lines(text.pieces or (), text.begin)
    if not text.passed.begins_line(text.begin):
        blocks = behind_first_line(blocks)
    searched, rest = yield from _search(blocks, text, lines)
    if rest and not (growing and may_grow(file)):
        searched = yield from _finish(rest, lines, searched)
    yield from lines.take()
    reading = tell_reading(file, text.passed, searched)
    yield reading._replace(
        source=lines.source,
        begin=text.begin,
        header=lines.header or b"",
        mentions=lines.count,
    )


def _search(
    blocks: Iterator[Block | Fragment | Damage], text: UnknownText, lines: MentioningLines
) -> Generator[Lines | Reject, None, tuple[Searched, Fragment | None]]:
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
    return Searched(end, len(behind), tuple(damages)), rest


def _finish(
    rest: Fragment, lines: MentioningLines, searched: Searched
) -> Generator[Reject, None, Searched]:
    """Take a last line without a newline for whole, where it mentions a path or is too long."""
    if rest.size > MOST_LINE:
        yield from _rejects(rest, lines, TOO_LONG)
    elif mentions(rest.text, lines.needles):
        lines.add(rest.offset, rest.text)
    elif rest.size <= WINDOW:  # else the text before it is held no more
        return searched
    return searched._replace(end=rest.offset + rest.size)


def _rejects(fragment: Fragment | None, lines: MentioningLines, reason: str) -> list[Reject]:
    """Reject a line that is none, if it is too long to be searched or mentions a path."""
    if fragment is None:
        return []
    if fragment.size > MOST_LINE:
        reason = TOO_LONG
    elif not mentions(fragment.text, lines.needles):
        return []
    return [reject(lines.source, fragment.offset, bytes(fragment.text), reason)]
