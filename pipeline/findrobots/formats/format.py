"""Define what a log format is, and parse the lines of one format."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import compress
from typing import NamedTuple, TypeVar

from findrobots.formats.client_address import canonical_host, canonical_vhost
from findrobots.formats.field_cache import cached
from findrobots.formats.fields import escaped_request, escaped_text, number
from findrobots.formats.timestamps import Columns, clock_times
from findrobots.records import Lines, Reject, Requests, reject

__all__ = ["Format", "to_requests"]

Value = TypeVar("Value")


def _extract_groups(pattern: re.Pattern[bytes], text: bytes) -> Columns:
    """Return the groups of a pattern as columns, a row per matching line."""
    rows = pattern.findall(text)
    return dict(zip(pattern.groupindex, zip(*rows, strict=True), strict=True))


@lru_cache(maxsize=1 << 8)
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression, re.MULTILINE)


class Format(NamedTuple):
    """A log format.

    Attributes
    ----------
    name, example
        Its name, and a line of it.
    expression
        The regular expression of a complete line. All groups are named: ``host``, ``request``
        (or ``method`` and ``target``), ``status``, ``bytes_sent``, ``user_agent``, ``vhost``,
        and those that ``times`` reads.
    times
        Converts the timestamps of all lines; None for an invalid one.
    host, request, text
        Convert a client address, a request line and a text; None for an invalid one.
    with_host_field
        Returns the same format with the client address in another field, if it may be there.
    extract
        Extracts the fields of all lines that match the compiled expression.
    """

    name: str
    example: str
    expression: bytes
    times: Callable[..., list[int | None]] = clock_times
    host: Callable[[bytes], str | None] = canonical_host
    request: Callable[[bytes], tuple[str, bytes] | None] = escaped_request
    text: Callable[[bytes], str] = escaped_text
    with_host_field: "Callable[[str], Format] | None" = None
    extract: Callable[[re.Pattern[bytes], bytes], Columns] = _extract_groups

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """Return the compiled expression; formats that are not needed are not compiled."""
        return _compiled(self.expression)

    def columns(self, text: bytes) -> Columns:
        """Return the fields of the lines of this format; at least one must match."""
        return self.extract(self.pattern, text)


# Why a line is rejected whose host, time or request, in this order, is None.
REJECT_REASONS = ("no client address", "invalid timestamp", "not an HTTP request")


def to_requests(row: Format, columns: Columns, lines: Lines) -> Sequence[Requests | Reject]:
    """Convert the fields of lines of one format to requests and rejects.

    Parameters
    ----------
    row
        The format of the lines.
    columns
        Their fields, as ``Format.columns`` returns them.
    lines
        The lines themselves.
    """
    host = [*map(row.host, columns["host"])]
    time = row.times(columns)
    request = _requests(row, columns)
    if None in host or None in time or None in request:
        return _without_invalid(row, columns, lines, list(zip(host, time, request, strict=True)))
    method, target = zip(*request, strict=True)
    return [
        Requests(
            host=host,  # type: ignore[arg-type]  # none of them is None
            time=time,  # type: ignore[arg-type]  # none of them is None
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
    """Return the method and target of each request, or None if invalid."""
    if "request" in columns:
        return [*map(row.request, columns["request"])]
    if "method" not in columns:
        return [("", target) if target else None for target in columns["target"]]
    parts = zip(columns["method"], columns["target"], strict=True)
    return [*map(row.request, map(b"%b %b".__mod__, parts))]


def _read(read: Callable[[bytes], Value], columns: Columns, name: str) -> list[Value]:
    """Convert a field of all lines; it is empty if the format does not have it."""
    if name in columns:
        return [*map(read, columns[name])]
    return [read(b"")] * len(columns["host"])


@cached(1 << 10)
def _virtual_host(field: bytes) -> str:
    """Return the canonical name of a virtual host or of the host of a URL."""
    name = field.partition(b"://")[2].partition(b"/")[0] if b"://" in field else field
    return canonical_vhost(name)


def _without_invalid(
    row: Format, columns: Columns, lines: Lines, values: list[tuple[object, ...]]
) -> list[Requests | Reject]:
    """Reject the lines with an invalid value, and convert the others."""
    valid = [None not in value for value in values]
    items: list[Requests | Reject] = [
        reject(lines.source, offset, text, REJECT_REASONS[value.index(None)])
        for offset, text, value in zip(lines.offsets, lines.text.split(b"\n"), values, strict=True)
        if None in value
    ]
    if any(valid):
        others = {name: list(compress(column, valid)) for name, column in columns.items()}
        offsets = list(compress(lines.offsets, valid))
        items += to_requests(row, others, lines._replace(offsets=offsets))
    return items
