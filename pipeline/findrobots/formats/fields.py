"""Fields as logs write them to the values they stand for."""

import re

from findrobots.formats.field_cache import cached

__all__ = [
    "FIELD",
    "MISSING",
    "MORE",
    "QUOTED",
    "TEXT",
    "escaped_request",
    "escaped_text",
    "fields",
    "number",
    "plain_request",
    "plain_text",
    "quoted",
]

MISSING = (b"-", b"")

# The inside of a quoted field, with \" and \x22 in it. It is possessive, as is all that
# repeats in patterns of lines, so that no line costs more than linear time; and nothing
# goes beyond a line, so that many are parsed in one call. What repeats a group is in an atomic
# one, since Python before 3.11.5 takes a group that fails in its middle for matched where a
# possessive quantifier repeats it (CPython issue 106052).
TEXT = rb'[^"\\\n]*+(?>(?:\\.[^"\\\n]*+)*)'
QUOTED = rb'"' + TEXT + rb'"'
FIELD = rb"\S++"
# Whatever fields follow, to the line's end. Their quotes close: a line whose last quote
# stays open was cut short.
MORE = rb'(?:[ \t][^"\n]*+(?>(?:' + QUOTED + rb'[^"\n]*+)*))?\r?$'

# RFC 9110, section 5.6.2: a method is a token. No method is longer than Apache's limit.
REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ++(\S.*+)")
VERSION = re.compile(rb"HTTP/\d(?:\.\d)?")
ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\abfnrtv]))')
ESCAPED = dict(zip(b'"\\abfnrtv', b'"\\\a\b\f\n\r\t\v', strict=True))


def quoted(name: str) -> bytes:
    """Return the pattern of a quoted field of some name."""
    return rb'"(?P<%b>%b)"' % (name.encode(), TEXT)


def fields(*patterns: bytes) -> bytes:
    """Return the pattern of some fields, a space between two."""
    return rb" ".join(patterns)


@cached(1 << 16)
def number(field: bytes) -> int:
    """Read a number; 0 where the log has none."""
    return 0 if field in MISSING else int(field)


@cached(1 << 10)
def escaped_text(field: bytes) -> str:
    r"""Decode a quoted field; bytes that are no UTF-8 stand as ``\xNN``, as servers do it."""
    return "" if field in MISSING else _decoded(_unescaped(field))


@cached(1 << 10)
def plain_text(field: bytes) -> str:
    r"""Decode a field that has no escapes; bytes that are no UTF-8 stand as ``\xNN``."""
    return "" if field in MISSING else _decoded(field)


@cached(1 << 10)
def escaped_request(request: bytes) -> tuple[str, bytes] | None:
    """Split a quoted request line into method and target; both empty where the log has none."""
    return plain_request(_unescaped(request))


def plain_request(request: bytes) -> tuple[str, bytes] | None:
    """Split a request line that has no escapes likewise."""
    if request in MISSING:
        return "", b""
    match = REQUEST_LINE.fullmatch(request.rstrip(b" "))
    if not match:
        return None
    # Not by the pattern, which would look for the version at each of many spaces.
    target, space, version = match[2].rpartition(b" ")
    if not (space and VERSION.fullmatch(version)):
        target = match[2]
    return match[1].decode("ascii"), target.rstrip(b" ")


def _decoded(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")


def _unescaped(field: bytes) -> bytes:
    """Undo the escapes of a quoted field: ``ap_escape_logitem`` of Apache, ``escape`` of nginx."""
    return ESCAPE.sub(_byte, field) if b"\\" in field else field


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16) if escape[1] else ESCAPED[ord(escape[2])]])
