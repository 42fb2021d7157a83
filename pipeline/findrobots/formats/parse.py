"""Parse log lines into requests, detecting the format of each line."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from findrobots.errors import FormatError
from findrobots.formats.field_cache import clear_caches
from findrobots.formats.format import Format, to_requests
from findrobots.formats.prefixes import PART_OF_LINE, remove_prefix
from findrobots.formats.registry import FORMATS, Dialect, choose_formats
from findrobots.records import HEADER, Lines, Reject, Requests, reject

__all__ = ["parse_lines"]


Other = TypeVar("Other")


AUTO = Dialect()
KNOWN = frozenset(row.name for row in FORMATS)

# A line of a log with its offset.
Line = tuple[int, bytes]

# Prefixes that are removed from one line: a container runtime writes one before that of syslog.
# Without a limit, a line that repeats a prefix would take quadratic time.
MAX_PREFIXES = 2

# Mean bytes per line above which fields are not kept in the caches, so that memory is bounded.
# Servers write lines of a few hundred bytes.
LONG_LINE = 2048


def parse_lines(
    lines: Lines | Other, dialect: Dialect = AUTO
) -> Sequence[Requests | Reject | Other]:
    """Parse lines, each by the format that matches it.

    Parameters
    ----------
    lines
        Lines of one log, or an item that is passed through.
    dialect
        What is known of the logs; by default, formats are detected.

    Returns
    -------
    Requests, and a ``Reject`` for each line that could not be parsed; other items unchanged.

    >>> parse_lines(Lines("a.log", [0], b"robots.txt"))
    [Reject(source='a.log', offset=0, reason='unknown format', text='robots.txt')]
    """
    if not isinstance(lines, Lines):
        return [lines]
    if len(lines.text) > LONG_LINE * len(lines.offsets):
        clear_caches()
    if lines.header is None:
        return _parse(lines, choose_formats(dialect))
    return [
        item
        for header, under in _by_header(lines)
        for item in _parse(under, _formats_under(header, dialect))
    ]


def _by_header(lines: Lines) -> Iterator[tuple[bytes, Lines]]:
    """Yield the lines that follow each header of a W3C extended log, with the header."""
    header, offsets, texts = lines.header or b"", list[int](), list[bytes]()
    for offset, text in zip(lines.offsets, lines.text.split(b"\n"), strict=True):
        if not text.startswith(HEADER):
            offsets.append(offset)
            texts.append(text)
            continue
        if offsets:
            yield header, Lines(lines.source, offsets, b"\n".join(texts))
        header, offsets, texts = text, [], []
    if offsets:
        yield header, Lines(lines.source, offsets, b"\n".join(texts))


@lru_cache(maxsize=1 << 10)
def _formats_under(header: bytes, dialect: Dialect) -> tuple[Format, ...]:
    """Return the formats to try for lines after a header: first the one it describes.

    A header that lacks a needed field describes none. If the user names a format, only that
    one is tried.
    """
    if dialect.format != AUTO.format:
        return choose_formats(dialect)
    fields = " ".join(header.decode("utf-8", "backslashreplace").split())
    try:
        rows = choose_formats(dialect._replace(format=fields)) if header else ()
    except FormatError:
        rows = ()
    return (*(row._replace(name="w3c") for row in rows), *choose_formats(dialect))


def _parse(
    lines: Lines, formats: Sequence[Format], prefixes: int = MAX_PREFIXES
) -> list[Requests | Reject]:
    """Parse lines, each by the first format that matches it, without up to N prefixes."""
    first = _format_of(lines.text, formats)
    if first is not None:
        # Most logs have one format: then a single call extracts the fields of all lines.
        columns = first.columns(lines.text)
        if len(columns["host"]) == len(lines.offsets):
            return list(to_requests(first, columns, lines))
    each_line = zip(lines.offsets, lines.text.split(b"\n"), strict=True)
    # Trying all formats in vain takes most of the time. No known format matches a line with a
    # prefix, but one of the user may describe it.
    prefix_first = first is None and prefixes and all(row.name in KNOWN for row in formats)
    parse = _parse_prefixed if prefix_first else _parse_each
    return list(parse(lines.source, each_line, formats, prefixes))


def _format_of(line: bytes, formats: Sequence[Format]) -> Format | None:
    """Return the format of a line, or of the first of several, if it is known."""
    return next((row for row in formats if row.pattern.match(line)), None)


def _parse_each(
    source: str, lines: Iterable[Line], formats: Sequence[Format], prefixes: int
) -> Iterator[Requests | Reject]:
    """Parse lines of several formats, some of them unknown, format by format."""
    by_format: dict[Format, list[Line]] = {}
    unknown: list[Line] = []
    for line in lines:
        log_format = _format_of(line[1], formats)
        if log_format is None:
            unknown.append(line)
        else:
            by_format.setdefault(log_format, []).append(line)
    for log_format, own_lines in by_format.items():
        own = _join(source, own_lines)
        yield from to_requests(log_format, log_format.columns(own.text), own)
    if prefixes:
        yield from _parse_prefixed(source, unknown, formats, prefixes)
    else:
        yield from (reject(source, *line, "unknown format") for line in unknown)


def _parse_prefixed(
    source: str, lines: Iterable[Line], formats: Sequence[Format], prefixes: int
) -> Iterator[Requests | Reject]:
    """Parse lines without their prefixes; rejects have the whole line."""
    whole: dict[int, bytes] = {}
    bare: list[Line] = []
    unprefixed: list[Line] = []
    for offset, text in lines:
        rest = remove_prefix(text)
        if rest is None:
            unprefixed.append((offset, text))
        elif rest == PART_OF_LINE:
            yield reject(source, offset, text, "line split by the container runtime")
        else:
            whole[offset] = text
            bare.append((offset, rest))
    for item in _parse(_join(source, bare), formats, prefixes - 1) if bare else ():
        if not isinstance(item, Reject):
            yield item
        elif _format_of(whole[item.offset], formats):
            # Lines of Classic Load Balancers and of Heroku begin with a time, as a prefix may.
            unprefixed.append((item.offset, whole[item.offset]))
        else:
            yield reject(source, item.offset, whole[item.offset], item.reason)
    yield from _parse_each(source, unprefixed, formats, 0)


def _join(source: str, lines: Sequence[Line]) -> Lines:
    offsets, texts = map(list, zip(*lines, strict=True))
    return Lines(source, offsets, b"\n".join(texts))
