"""A line to the request it records, or to the reason why it gives none."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

from pipeline.addresses import canonical_host
from pipeline.lines import Line

__all__ = ["FORMATS", "Format", "Reject", "Request", "parse_line"]

Other = TypeVar("Other")


class Request(NamedTuple):
    """A request as a log records it."""

    host: str  # canonical
    time: int  # microseconds since 1970-01-01 UTC
    method: str
    target: bytes  # as RFC 9112, section 3.2, has it
    status: int  # 0 where the log has none
    bytes_sent: int  # 0 where the log has none
    user_agent: str | None
    source: str
    offset: int


class Reject(NamedTuple):
    """A line that gives no request: where it stands, why, and its text, decoded as it can be."""

    source: str
    offset: int
    reason: str
    text: str


class Format(NamedTuple):
    """A log format: a pattern of whole lines, with the groups that ``FIELDS`` names."""

    name: str
    pattern: re.Pattern[bytes]


FIELDS = ("host", "time", "request", "status", "bytes_sent", "user_agent")

# The inside of a quoted field, with \" and \x22 in it. It is possessive, as is all that
# repeats below, so that no line costs more than linear time.
TEXT = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
QUOTED = rb'"' + TEXT + rb'"'
# Whatever fields follow, to the line's end. Their quotes close: a line whose last quote
# stays open was cut short.
MORE = rb'(?:[ \t][^"]*+(?:' + QUOTED + rb'[^"]*+)*+)?\r?\Z'
# The user name may hold spaces and brackets. It ends where the first time with a quote
# behind it begins: no client can write that quote, servers escape it.
NCSA = (
    rb"(?P<host>\S++) \S++ (?>.*? \[(?P<time>\d\d/[A-Z][a-z][a-z]/\d{4}"
    rb':[0-2]\d:[0-5]\d:(?:[0-5]\d|60) [+-]\d{4})\] ")(?P<request>' + TEXT + rb')" '
    rb"(?P<status>\d{3}|-) (?P<bytes_sent>\d{1,15}|-)"
)
TWO_QUOTED = rb" " + QUOTED + rb" " + QUOTED + rb"(?:[ \t\r]|\Z)"


def _ncsa(name: str, tail: bytes) -> Format:
    return Format(name, re.compile(NCSA + tail + MORE, re.DOTALL))


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
MISSING = (b"-", b"")


def parse_line(
    line: Line | Other, formats: tuple[Format, ...] = FORMATS
) -> Request | Reject | Other:
    """Parse a line by the format that matches it; pass on what is no line.

    >>> parse_line(Line("a.log", 0, b"robots.txt")).reason
    'no known format'
    """
    if not isinstance(line, Line):
        return line
    result: Request | str = "no known format"
    for log_format in formats:
        if match := log_format.pattern.match(line.text):
            result = _read_fields(line, match.group(*FIELDS))
            break
    if isinstance(result, str):
        text = line.text.decode("utf-8", "backslashreplace")
        return Reject(line.source, line.offset, result, text)
    return result


def _read_fields(line: Line, fields: tuple[bytes, ...]) -> Request | str:
    """Read the fields of a line, as ``FIELDS`` has them, or say what is wrong with one."""
    host, time, request, status, bytes_sent, user_agent = fields
    if host in MISSING:
        return "no host"
    hour = _hour(time[:14], time[21:])
    if hour is None:
        return "no such time"
    method_and_target = _split_request(request)
    if method_and_target is None:
        return "no HTTP request"
    return Request(
        canonical_host(host),
        hour + (int(time[15:17]) * 60 + int(time[18:20])) * MICROSECONDS,
        *method_and_target,
        0 if status in MISSING else int(status),
        0 if bytes_sent in MISSING else int(bytes_sent),
        None if user_agent in MISSING else _text(user_agent),
        line.source,
        line.offset,
    )


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
    return _unescaped(field).decode("utf-8", "backslashreplace")


def _unescaped(field: bytes) -> bytes:
    """Undo the escapes of a quoted field: ``ap_escape_logitem`` of Apache, ``escape`` of nginx."""
    return ESCAPE.sub(_byte, field) if b"\\" in field else field


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16) if escape[1] else ESCAPED[ord(escape[2])]])
