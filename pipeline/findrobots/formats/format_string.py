"""Define a format by a format string of Apache or nginx."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from findrobots.errors import FormatError
from findrobots.formats.client_address import listed_host
from findrobots.formats.directives import PARTS, Directive, split_string
from findrobots.formats.fields import CLIENT, TEXT, WORD, words
from findrobots.formats.format import Format
from findrobots.formats.timestamps import stamp_times

__all__ = ["string_format"]

CLIENTS = ("host", "forwarded")

# A user name may contain spaces if the time follows it.
USER = rb"(?>(?:%b|%b)(?= \[))|[^\s\"]*+" % (WORD, words(rb"\["))
# Directives that need a stricter pattern than "anything up to the next text".
PATTERNS = {
    "forwarded": rb'[^",\s]*+(?>(?:, ?[^",\s]*+)*)',
    "status": rb"\d{3}|-",
    "bytes_sent": rb"\d{1,15}|-",
    "%%": rb"%",
    "%q": rb"(?:\?[^\s\"]*+)?",
    "%U": rb"[^?\s\"]*+",
    **dict.fromkeys(("%u", "$remote_user"), USER),
    "%l": rb"-|(?!" + CLIENT + rb')[^\s"]*+',
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
    """Return the format of the lines that a server writes with a format string.

    Parameters
    ----------
    string
        A format string, or the directive of a configuration that defines it.
    host
        The header or variable with the client address; by default that of the client.

    Raises
    ------
    FormatError
        A directive is unknown, or a needed one is missing.
    """
    texts, directives = split_string(string)
    if host:
        directives = [*map(partial(_as_host, _header(host)), directives)]
    names = _names(string, directives)
    pattern = b"".join(_patterns(string, texts, directives, names))
    line = rb"^" + pattern + rb"\r?$"
    with_host_field = partial(string_format, string)
    return Format(string, "", line, stamp_times, listed_host, with_host_field=with_host_field)


def _as_host(header: str, directive: Directive) -> Directive:
    """Mark a directive as the client address if it writes this header; unmark others."""
    if _header(directive.name) == header:
        return directive._replace(field="forwarded")
    return directive._replace(field=None) if directive.field in CLIENTS else directive


def _header(name: str) -> str:
    """Return the header that a directive or variable names, in lower case."""
    return re.sub(r"^%\{|\}i$|^\$(http_)?", "", name).replace("_", "-").lower()


def _names(text: str, directives: Sequence[Directive]) -> Mapping[Directive, str]:
    """Return the directives to read, the first of each field, with the fields."""
    firsts = {each.field: each for each in reversed(directives) if each.field}
    forwarded = firsts.pop("forwarded", None)
    if forwarded:
        firsts.setdefault("host", forwarded)
    if "request" in firsts:
        firsts = {field: each for field, each in firsts.items() if field not in PARTS}
    request = "target" if "target" in firsts else "request"
    for field in ("host", request, "time"):
        if field not in firsts:
            raise FormatError(text, f"a {field} is needed; add {OFFERS[field]}")
    times = [each.name for each in directives if each.field == "time" and "{" in each.name]
    if len(times) > 1:
        raise FormatError(
            text, f"a time in several directives, {' '.join(times)}, is not supported"
        )
    return {directive: field for field, directive in firsts.items()}


def _patterns(
    text: str, texts: Sequence[str], directives: Sequence[Directive], names: Mapping[Directive, str]
) -> Iterator[bytes]:
    """Yield the patterns of texts and of directives, alternately."""
    unread = dict(names)
    yield _escape(texts[0])
    for number, directive in enumerate(directives, 1):
        before, after = texts[number - 1], texts[number]
        field = unread.pop(directive, None)
        pattern = PATTERNS.get(directive.field or "") or PATTERNS.get(directive.name)
        if directive.name.startswith("%{%"):
            pattern = _stamp(text, directive.name[2:-2])
        elif before.endswith('"') and after.startswith('"'):
            pattern = pattern or TEXT
        elif not pattern and not after and number < len(directives):
            raise FormatError(text, f"nothing separates {directive.name} from the next directive")
        value = pattern or rb"[^\n%b]*+" % (_escape(after[:1]) or rb"\r")
        yield rb"(?P<%b>%b)" % (field.encode(), value) if field else rb"(?:%b)" % value
        yield _escape(after)


def _escape(text: str) -> bytes:
    """Return the pattern of a literal text, whose bytes may not be UTF-8."""
    return re.escape(text.encode("utf-8", "surrogateescape"))


def _stamp(text: str, layout: str) -> bytes:
    """Return the pattern of a time in the notation of strftime."""
    letters = re.findall("%(.?)", layout)
    if unknown := [letter for letter in letters if letter not in STRFTIME]:
        raise FormatError(text, f"%{unknown[0]} in the time {layout} is not supported")
    texts = [_escape(part) for part in re.split("%.", layout)]
    patterns = [STRFTIME[letter] for letter in letters]
    return b"".join(map(b"%b%b".__mod__, zip(texts, [*patterns, b""], strict=True)))
