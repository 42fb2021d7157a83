"""Lines to the requests they record, or to the reason why one gives none."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from findrobots.errors import FormatError
from findrobots.formats.field_cache import clear_caches
from findrobots.formats.format import Format, read_lines_of
from findrobots.formats.registry import Dialect, choose_formats
from findrobots.records import HEADER, Lines, Reject, Requests, reject

__all__ = ["parse_lines"]


Other = TypeVar("Other")


AUTO = Dialect()


# Bytes of a line that are many: fields of longer ones are not remembered for long, so that
# memory is bounded. Servers write lines of a few hundred bytes.
LONG_LINE = 2048


def parse_lines(
    lines: Lines | Other, dialect: Dialect = AUTO
) -> Sequence[Requests | Reject | Other]:
    """Parse lines, each by the format that matches it; pass on what is no lines.

    >>> parse_lines(Lines("a.log", [0], b"robots.txt"))
    [Reject(source='a.log', offset=0, reason='no known format', text='robots.txt')]
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
    """Yield the lines of a W3C extended log under each of its headers."""
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
    """Return the rows of lines under a header: its own first, if its fields tell requests.

    A format that the user names is the only one.
    """
    if dialect.format != AUTO.format:
        return choose_formats(dialect)
    fields = " ".join(header.decode("utf-8", "backslashreplace").split())
    try:
        rows = choose_formats(dialect._replace(format=fields)) if header else ()
    except FormatError:
        rows = ()
    return (*(row._replace(name="w3c") for row in rows), *choose_formats(dialect))


def _parse(lines: Lines, formats: Sequence[Format]) -> list[Requests | Reject]:
    """Parse lines, each by the first of some formats that matches it."""
    first = _format_of(lines.text, formats)
    if first is not None:
        # Most logs are in one format: then one call takes all of their lines apart.
        columns = first.columns(lines.text)
        if len(columns["host"]) == len(lines.offsets):
            return list(read_lines_of(first, columns, lines))
    return [item for alike in _sorted_out(lines, formats) for item in alike]


def _format_of(line: bytes, formats: Sequence[Format]) -> Format | None:
    """Return the format of a line, or of the first of several."""
    return next((row for row in formats if row.pattern.match(line)), None)


def _sorted_out(lines: Lines, formats: Sequence[Format]) -> Iterator[Sequence[Requests | Reject]]:
    """Parse lines of several formats, and of none."""
    kinds: dict[Format | None, list[tuple[int, bytes]]] = {}
    for offset, text in zip(lines.offsets, lines.text.split(b"\n"), strict=True):
        kinds.setdefault(_format_of(text, formats), []).append((offset, text))
    for log_format, alike in kinds.items():
        offsets, texts = map(list, zip(*alike, strict=True))
        if log_format is None:
            yield [reject(lines.source, *line, "no known format") for line in alike]
        else:
            same = Lines(lines.source, offsets, b"\n".join(texts))
            yield read_lines_of(log_format, log_format.columns(same.text), same)
