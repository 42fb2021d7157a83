"""Lines to the requests they record, or to the reason why one gives none."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from pipeline.formats.rows import Format, read_lines_of, reject
from pipeline.formats.table import FORMATS, Dialect, choose_formats
from pipeline.lines import Lines
from pipeline.requests import Reject, Requests

__all__ = ["FORMATS", "Dialect", "Format", "choose_formats", "parse_lines"]

Other = TypeVar("Other")

AUTO = Dialect()


def parse_lines(
    lines: Lines | Other, dialect: Dialect = AUTO
) -> Sequence[Requests | Reject | Other]:
    """Parse lines, each by the format that matches it; pass on what is no lines.

    >>> parse_lines(Lines("a.log", [0], b"robots.txt"))
    [Reject(source='a.log', offset=0, reason='no known format', text='robots.txt')]
    """
    if not isinstance(lines, Lines):
        return [lines]
    formats = choose_formats(dialect)
    first = _format_of(lines.text, formats)
    if first is not None:
        # Most logs are in one format: then one call takes all of their lines apart.
        columns = first.columns(lines.text)
        if len(columns["host"]) == len(lines.offsets):
            return read_lines_of(first, columns, lines)
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
