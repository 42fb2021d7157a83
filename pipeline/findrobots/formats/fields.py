"""Define the patterns of log fields, and convert fields to values."""

import re

from findrobots.formats.field_cache import cached

__all__ = [
    "CLIENT",
    "FIELD",
    "MISSING",
    "MORE",
    "QUOTED",
    "TEXT",
    "WORD",
    "escaped_request",
    "escaped_text",
    "fields",
    "number",
    "plain_request",
    "plain_text",
    "quoted",
    "words",
]

MISSING = (b"-", b"")

# The content of a quoted field, with escapes such as \" and \x22. All repetitions in patterns of
# lines are possessive, so that matching takes linear time, and none matches a newline, so that
# many lines are parsed in one call. A repeated group is in an atomic group instead: before 3.11.5,
# Python mishandles a possessive quantifier of a group that fails midway (CPython issue 106052).
TEXT = rb'[^"\\\n]*+(?>(?:\\.[^"\\\n]*+)*)'
QUOTED = rb'"' + TEXT + rb'"'
FIELD = rb"\S++"
# Any further fields up to the end of the line. Their quotes are closed: a line with an unclosed
# quote is truncated. A time before a quote begins another request, whose line lost its beginning.
NO_TIME = rb"(?<![+-]\d{4}\] )"
MORE = rb'(?:[ \t][^"\n]*+(?>(?:' + NO_TIME + rb'"' + TEXT + NO_TIME + rb'"[^"\n]*+)*))?\r?$'

# A user name: one word, or several, none of which may be a client. "-", an address or a name with
# dots there shows that another program wrote text before the line, so that its first field is not
# the client.
WORD = rb"[^ \n]*+"
CLIENT = rb"[^\s\w:-]*+(?:-(?= )|[\w-]++\.\w|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:)"

# RFC 9110, section 5.6.2: a method is a token. 64 bytes is the limit of Apache.
REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ++(\S.*+)")
VERSION = re.compile(rb"HTTP/\d(?:\.\d)?")
ESCAPE = re.compile(rb'\\(?:x([0-9A-Fa-f]{2})|(["\\abfnrtv]))')
ESCAPED = dict(zip(b'"\\abfnrtv', b'"\\\a\b\f\n\r\t\v', strict=True))


def quoted(name: str) -> bytes:
    """Return the pattern of a quoted field, as a named group."""
    return rb'"(?P<%b>%b)"' % (name.encode(), TEXT)


def words(end: bytes) -> bytes:
    """Return the pattern of a user name of several words, up to a space and a pattern."""
    return rb"(?!%b)%b(?>(?: (?!%b|%b)%b)*)" % (CLIENT, WORD, end, CLIENT, WORD)


def fields(*patterns: bytes) -> bytes:
    """Return the pattern of several fields, separated by spaces."""
    return rb" ".join(patterns)


@cached(1 << 16)
def number(field: bytes) -> int:
    """Convert a number; 0 if it is missing."""
    return 0 if field in MISSING else int(field)


@cached(1 << 10)
def escaped_text(field: bytes) -> str:
    r"""Decode a field with escapes; bytes that are not UTF-8 become ``\xNN``."""
    return "" if field in MISSING else _decoded(_unescaped(field))


@cached(1 << 10)
def plain_text(field: bytes) -> str:
    r"""Decode a field without escapes; bytes that are not UTF-8 become ``\xNN``."""
    return "" if field in MISSING else _decoded(field)


@cached(1 << 10)
def escaped_request(request: bytes) -> tuple[str, bytes] | None:
    """Split a request line with escapes, as ``plain_request`` does."""
    return plain_request(_unescaped(request))


def plain_request(request: bytes) -> tuple[str, bytes] | None:
    """Split a request line into method and target; None if it is invalid.

    Both are empty if the log has no request line.
    """
    if request in MISSING:
        return "", b""
    match = REQUEST_LINE.fullmatch(request.rstrip(b" "))
    if not match:
        return None
    # Not in the pattern, which would look for the version after each of many spaces.
    target, space, version = match[2].rpartition(b" ")
    if not (space and VERSION.fullmatch(version)):
        target = match[2]
    return match[1].decode("ascii"), target.rstrip(b" ")


def _decoded(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")


def _unescaped(field: bytes) -> bytes:
    """Undo the escapes of Apache (``ap_escape_logitem``) and nginx (``escape``)."""
    return ESCAPE.sub(_byte, field) if b"\\" in field else field


def _byte(escape: re.Match[bytes]) -> bytes:
    return bytes([int(escape[1], 16) if escape[1] else ESCAPED[ord(escape[2])]])
