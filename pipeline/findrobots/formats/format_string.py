"""Directives of a format string to a row of the table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from findrobots.errors import FormatError
from findrobots.formats.client_address import listed_host
from findrobots.formats.directives import PARTS, Directive, split_string
from findrobots.formats.fields import TEXT
from findrobots.formats.format import Format
from findrobots.formats.ncsa import CONTAINER
from findrobots.formats.timestamps import stamp_times

__all__ = ["string_format"]

CLIENTS = ("host", "forwarded")

# What some directives write, where it is less than whatever ends before what follows.
PATTERNS = {
    "forwarded": rb'[^",\s]*+(?>(?:, ?[^",\s]*+)*)',
    "status": rb"\d{3}|-",
    "bytes_sent": rb"\d{1,15}|-",
    "%%": rb"%",
    "%q": rb"(?:\?[^\s\"]*+)?",
    "%U": rb"[^?\s\"]*+",
    # A user name may hold spaces; the time ends it.
    **dict.fromkeys(("%u", "$remote_user"), rb"(?>[^\n]*?(?= \[))|[^\s\"]*+"),
}
STRFTIME = {
    **dict.fromkeys("dHmMS", rb"\d\d"),
    "Y": rb"\d{4}",
    "b": rb"[A-Z][a-z][a-z]",
    "z": rb"[+-]\d{4}",
    "F": rb"\d{4}-\d\d-\d\d",
    "T": rb"\d\d:\d\d:\d\d",
}
OFFERS = {
    "host": "%h or %a, $remote_addr",
    "request": "%r or %U, $request or $request_uri",
    "time": "%t, $time_local, $time_iso8601 or $msec",
}


def string_format(string: str, host: str = "") -> Format:
    """Return the row of lines that a server writes by a format string.

    The host is the client, or what a header or variable of the string names.

    Raises
    ------
    FormatError
        A directive is not understood, or one that is needed is missing.
    """
    texts, directives = split_string(string)
    if host:
        directives = [*map(partial(_as_host, _header(host)), directives)]
    names = _names(string, directives)
    pattern = b"".join(_patterns(string, texts, directives, names))
    whole = CONTAINER + pattern + rb"\r?$"
    hosted = partial(string_format, string)
    return Format(string, "", whole, stamp_times, listed_host, hosted=hosted)


def _as_host(header: str, directive: Directive) -> Directive:
    """Return a directive as that of the host if it writes a header, and as none of it if not."""
    if _header(directive.name) == header:
        return directive._replace(field="forwarded")
    return directive._replace(field=None) if directive.field in CLIENTS else directive


def _header(name: str) -> str:
    """Return the name of a header as directives may write it, in lower case with hyphens."""
    return re.sub(r"^%\{|\}i$|^\$(http_)?", "", name).replace("_", "-").lower()


def _names(text: str, directives: Sequence[Directive]) -> Mapping[Directive, str]:
    """Return the directives that are read, each with its field: of several, the first."""
    firsts = {each.field: each for each in reversed(directives) if each.field}
    forwarded = firsts.pop("forwarded", None)
    if forwarded:
        firsts.setdefault("host", forwarded)
    if "request" in firsts:
        firsts = {field: each for field, each in firsts.items() if field not in PARTS}
    asked = "target" if "target" in firsts else "request"
    for field in ("host", asked, "time"):
        if field not in firsts:
            raise FormatError(text, f"a {field} is needed; add {OFFERS[field]}")
    times = [each.name for each in directives if each.field == "time" and "{" in each.name]
    if len(times) > 1:
        raise FormatError(text, f"a time in parts, {' '.join(times)}, is not understood")
    return {directive: field for field, directive in firsts.items()}


def _patterns(
    text: str, texts: Sequence[str], directives: Sequence[Directive], names: Mapping[Directive, str]
) -> Iterator[bytes]:
    """Yield the patterns of texts and of directives by turns."""
    unread = dict(names)
    yield _escaped(texts[0])
    for number, directive in enumerate(directives, 1):
        before, behind = texts[number - 1], texts[number]
        field = unread.pop(directive, None)
        pattern = PATTERNS.get(directive.field or "") or PATTERNS.get(directive.name)
        if directive.name.startswith("%{%"):
            pattern = _stamp(text, directive.name[2:-2])
        elif before.endswith('"') and behind.startswith('"'):
            pattern = pattern or TEXT
        elif not pattern and not behind and number < len(directives):
            raise FormatError(text, f"nothing parts {directive.name} from what follows it")
        value = pattern or rb"[^\n%b]*+" % (_escaped(behind[:1]) or rb"\r")
        yield rb"(?P<%b>%b)" % (field.encode(), value) if field else rb"(?:%b)" % value
        yield _escaped(behind)


def _escaped(text: str) -> bytes:
    """Return the pattern of a text, whose bytes may be no UTF-8."""
    return re.escape(text.encode("utf-8", "surrogateescape"))


def _stamp(text: str, layout: str) -> bytes:
    """Return the pattern of a time that strftime writes."""
    letters = re.findall("%(.?)", layout)
    if unknown := [letter for letter in letters if letter not in STRFTIME]:
        raise FormatError(text, f"%{unknown[0]} in the time {layout} is not understood")
    texts = [_escaped(part) for part in re.split("%.", layout)]
    patterns = [STRFTIME[letter] for letter in letters]
    return b"".join(map(b"%b%b".__mod__, zip(texts, [*patterns, b""], strict=True)))
