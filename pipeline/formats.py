"""Lines to the requests they record, or to the reason why one gives none."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import compress
from operator import add
from typing import NamedTuple, TypeVar

from pipeline.addresses import canonical_host
from pipeline.lines import Lines
from pipeline.requests import Reject, Requests

__all__ = ["FORMATS", "Format", "parse_lines"]

Other = TypeVar("Other")


class Format(NamedTuple):
    """A log format: a pattern of one whole line, with the groups that ``FIELDS`` names."""

    name: str
    pattern: re.Pattern[bytes]


FIELDS = ("host", "hour", "minute", "zone", "request", "status", "bytes_sent", "user_agent")

# The inside of a quoted field, with \" and \x22 in it. It is possessive, as is all that
# repeats below, so that no line costs more than linear time; and nothing goes beyond a
# line, so that many are parsed in one call.
TEXT = rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+'
QUOTED = rb'"' + TEXT + rb'"'
# Whatever fields follow, to the line's end. Their quotes close: a line whose last quote
# stays open was cut short.
MORE = rb'(?:[ \t][^"\n]*+(?:' + QUOTED + rb'[^"\n]*+)*+)?\r?$'
# The user name may hold spaces and brackets. It ends where the first time with a quote
# behind it begins: no client can write that quote, servers escape it.
NCSA = (
    rb"^(?P<host>\S++) \S++ (?>.*? \[(?P<hour>\d\d/[A-Z][a-z][a-z]/\d{4}:[0-2]\d)"
    rb':(?P<minute>[0-5]\d:(?:[0-5]\d|60)) (?P<zone>[+-]\d{4})\] ")(?P<request>' + TEXT + rb')" '
    rb"(?P<status>\d{3}|-) (?P<bytes_sent>\d{1,15}|-)"
)
TWO_QUOTED = rb" " + QUOTED + rb" " + QUOTED + rb"(?:[ \t\r]|$)"


def _ncsa(name: str, tail: bytes) -> Format:
    return Format(name, re.compile(NCSA + tail + MORE, re.MULTILINE))


# Each line is parsed by the one row that matches it. "Log Files" in the Apache 2.4 manual
# names common and combined; nginx's ngx_http_log_module has combined predefined.
FORMATS = (
    _ncsa("combined", rb" " + QUOTED + rb' "(?P<user_agent>' + TEXT + rb')"'),
    _ncsa("common", rb"(?P<user_agent>)(?!" + TWO_QUOTED + rb")"),
)

# RFC 9110, section 5.6.2: a method is a token. No method is longer than Apache's limit.
REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) +(\S.*?)(?: +HTTP/\d(?:\.\d)?)? *")
ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\abfnrtv]))')
ESCAPED = dict(zip(b'"\\abfnrtv', b'"\\\a\b\f\n\r\t\v', strict=True))
MONTHS = {
    month: number
    for number, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
MICROSECONDS = 1_000_000
# Minute and second to microseconds; the 60th second is a leap second.
MINUTES = {
    b"%02d:%02d" % (minute, second): (minute * 60 + second) * MICROSECONDS
    for minute in range(60)
    for second in range(61)
}
MISSING = (b"-", b"")


def parse_lines(lines: Lines | Other) -> Sequence[Requests | Reject | Other]:
    """Parse lines, each by the format that matches it; pass on what is no lines.

    >>> parse_lines(Lines("a.log", [0], b"robots.txt"))
    [Reject(source='a.log', offset=0, reason='no known format', text='robots.txt')]
    """
    if not isinstance(lines, Lines):
        return [lines]
    first = _format_of(lines.text)
    if first is not None:
        # Most logs are in one format: then one call takes all of their lines apart.
        rows = first.pattern.findall(lines.text)
        if len(rows) == len(lines.offsets):
            return _read_rows(rows, lines)
    return [item for alike in _sorted_out(lines) for item in alike]


def _format_of(line: bytes) -> Format | None:
    """Return the format of a line, or of the first of several."""
    return next((row for row in FORMATS if row.pattern.match(line)), None)


def _sorted_out(lines: Lines) -> Iterator[list[Requests | Reject]]:
    """Parse lines of several formats, and of none."""
    kinds: dict[Format | None, list[tuple[int, bytes]]] = {}
    for offset, text in zip(lines.offsets, lines.text.split(b"\n"), strict=True):
        kinds.setdefault(_format_of(text), []).append((offset, text))
    for log_format, alike in kinds.items():
        offsets, texts = map(list, zip(*alike, strict=True))
        if log_format is None:
            yield [_reject(lines.source, *line, "no known format") for line in alike]
        else:
            same = Lines(lines.source, offsets, b"\n".join(texts))
            yield _read_rows(log_format.pattern.findall(same.text), same)


def _reject(source: str, offset: int, text: bytes, reason: str) -> Reject:
    return Reject(source, offset, reason, text.decode("utf-8", "backslashreplace"))


def _read_rows(rows: list[tuple[bytes, ...]], lines: Lines) -> list[Requests | Reject]:
    """Read the fields of lines, as ``FIELDS`` has them, and reject those that make no sense."""
    hosts, hours, minutes, zones, requests, statuses, sizes, agents = zip(*rows, strict=True)
    host = [*map(canonical_host, hosts)]
    hour = [*map(_hour, hours, zones)]
    request = [*map(_split_request, requests)]
    if None in host or None in hour or None in request:
        return _without_nonsense(rows, lines, list(zip(host, hour, request, strict=True)))
    method, target = zip(*request, strict=True)
    return [
        Requests(
            host=host,  # type: ignore[arg-type]  # none of them is None
            time=[*map(add, hour, map(MINUTES.__getitem__, minutes))],
            method=method,
            target=target,
            status=[*map(_number, statuses)],
            bytes_sent=[*map(_number, sizes)],
            user_agent=[*map(_text, agents)],
            source=[lines.source] * len(rows),
            offset=lines.offsets,
        )
    ]


# What a line is rejected for, where its host, its hour or its request is none.
NONSENSE = ("no host", "no such time", "no HTTP request")


def _without_nonsense(
    rows: list[tuple[bytes, ...]], lines: Lines, values: list[tuple[object, ...]]
) -> list[Requests | Reject]:
    """Reject the lines of which a value is none, and read the others."""
    sound = [None not in value for value in values]
    found: list[Requests | Reject] = [
        _reject(lines.source, offset, text, NONSENSE[value.index(None)])
        for offset, text, value in zip(lines.offsets, lines.text.split(b"\n"), values, strict=True)
        if None in value
    ]
    if any(sound):
        others = lines._replace(offsets=list(compress(lines.offsets, sound)))
        found += _read_rows(list(compress(rows, sound)), others)
    return found


@lru_cache(maxsize=1 << 16)
def _number(field: bytes) -> int:
    """Read a number; 0 where the log has none."""
    return 0 if field in MISSING else int(field)


@lru_cache(maxsize=1 << 12)
def _hour(hour: bytes, zone: bytes) -> int | None:
    """Return when an hour like ``17/Dec/2012:00``, ``-0600`` began: microseconds, or never."""
    year, month, day = int(hour[7:11]), hour[3:6], int(hour[:2])
    try:
        began = datetime(year, MONTHS[month], day, int(hour[12:]), tzinfo=UTC)
    except (KeyError, ValueError):
        return None
    east = (int(zone[1:3]) * 60 + int(zone[3:])) * (-60 if zone.startswith(b"-") else 60)
    return (int(began.timestamp()) - east) * MICROSECONDS


@lru_cache(maxsize=1 << 10)
def _split_request(request: bytes) -> tuple[str, bytes] | None:
    """Split a request line into method and target; both empty where the log has none."""
    if request in MISSING:
        return "", b""
    match = REQUEST_LINE.fullmatch(_unescaped(request))
    return (match[1].decode("ascii"), match[2]) if match else None


@lru_cache(maxsize=1 << 10)
def _text(field: bytes) -> str:
    r"""Decode a quoted field; bytes that are no UTF-8 stand as ``\xNN``, as servers do it."""
    return "" if field in MISSING else _unescaped(field).decode("utf-8", "backslashreplace")


def _unescaped(field: bytes) -> bytes:
    """Undo the escapes of a quoted field: ``ap_escape_logitem`` of Apache, ``escape`` of nginx."""
    return ESCAPE.sub(_byte, field) if b"\\" in field else field


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16) if escape[1] else ESCAPED[ord(escape[2])]])
