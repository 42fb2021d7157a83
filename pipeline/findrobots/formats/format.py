"""Lines of one format to the requests they record."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import compress
from typing import NamedTuple, TypeVar

from findrobots.formats.client_address import canonical_host
from findrobots.formats.field_cache import cached
from findrobots.formats.fields import escaped_request, escaped_text, number
from findrobots.formats.timestamps import Columns, clock_times
from findrobots.records import Lines, Reject, Requests, reject

__all__ = ["Format", "read_lines_of"]

Value = TypeVar("Value")


def _take_groups(pattern: re.Pattern[bytes], text: bytes) -> Columns:
    """Take apart all lines of a text that match a pattern, by its groups."""
    rows = pattern.findall(text)
    return dict(zip(pattern.groupindex, zip(*rows, strict=True), strict=True))


@lru_cache(maxsize=1 << 8)
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression, re.MULTILINE)


class Format(NamedTuple):
    """A log format: a row of the table of formats.

    The expression is that of one whole line. All of its groups are named: ``host``,
    ``request`` (or ``method`` and ``target``), ``status``, ``bytes_sent``, ``user_agent``,
    ``vhost``, and what ``times`` reads.
    """

    name: str
    example: str
    expression: bytes
    times: Callable[..., list[int | None]] = clock_times
    host: Callable[[bytes], str | None] = canonical_host
    request: Callable[[bytes], tuple[str, bytes] | None] = escaped_request
    text: Callable[[bytes], str] = escaped_text
    # The row of the same lines whose host stands in another field, where they may have one.
    hosted: "Callable[[str], Format] | None" = None
    take: Callable[[re.Pattern[bytes], bytes], Columns] = _take_groups

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """The expression compiled, which only the formats that are met are."""
        return _compiled(self.expression)

    def columns(self, text: bytes) -> Columns:
        """Return the fields of lines of this format, of which the text has one at least."""
        return self.take(self.pattern, text)


# What a line is rejected for, where its host, its time or its request is none.
REJECT_REASONS = ("no host", "no such time", "no HTTP request")


def read_lines_of(row: Format, columns: Columns, lines: Lines) -> Sequence[Requests | Reject]:
    """Read the fields of lines of one format, and reject the lines that make no sense."""
    host = [*map(row.host, columns["host"])]
    time = row.times(columns)
    request = _requests(row, columns)
    if None in host or None in time or None in request:
        return _without_nonsense(row, columns, lines, list(zip(host, time, request, strict=True)))
    method, target = zip(*request, strict=True)
    return [
        Requests(
            host=host,  # type: ignore[arg-type]  # none of them is None
            time=time,  # type: ignore[arg-type]  # likewise
            method=method,
            target=target,
            status=_read(number, columns, "status"),
            bytes_sent=_read(number, columns, "bytes_sent"),
            user_agent=_read(row.text, columns, "user_agent"),
            vhost=_read(_virtual_host, columns, "vhost"),
            format=[row.name] * len(host),
            source=[lines.source] * len(host),
            offset=lines.offsets,
        )
    ]


def _requests(row: Format, columns: Columns) -> list[tuple[str, bytes] | None]:
    """Read requests, put together where a log has their parts."""
    if "request" in columns:
        return [*map(row.request, columns["request"])]
    if "method" not in columns:
        return [("", target) if target else None for target in columns["target"]]
    parts = zip(columns["method"], columns["target"], strict=True)
    return [*map(row.request, map(b"%b %b".__mod__, parts))]


def _read(read: Callable[[bytes], Value], columns: Columns, name: str) -> list[Value]:
    """Read a field of all lines, as empty where the format has none of the name."""
    if name in columns:
        return [*map(read, columns[name])]
    return [read(b"")] * len(columns["host"])


@cached(1 << 10)
def _virtual_host(field: bytes) -> str:
    """Return the canonical name of a virtual host, or of a whole address's; empty for none."""
    name = field.partition(b"://")[2].partition(b"/")[0] if b"://" in field else field
    return canonical_host(name) or ""


def _without_nonsense(
    row: Format, columns: Columns, lines: Lines, values: list[tuple[object, ...]]
) -> list[Requests | Reject]:
    """Reject the lines of which a value is none, and read the others."""
    sound = [None not in value for value in values]
    found: list[Requests | Reject] = [
        reject(lines.source, offset, text, REJECT_REASONS[value.index(None)])
        for offset, text, value in zip(lines.offsets, lines.text.split(b"\n"), values, strict=True)
        if None in value
    ]
    if any(sound):
        others = {name: list(compress(column, sound)) for name, column in columns.items()}
        offsets = list(compress(lines.offsets, sound))
        found += read_lines_of(row, others, lines._replace(offsets=offsets))
    return found
