"""A format string of Apache or nginx to a row of the table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.errors import FormatError
from pipeline.formats.ncsa import CONTAINER
from pipeline.formats.rows import Format
from pipeline.formats.texts import TEXT
from pipeline.formats.times import stamp_times

__all__ = ["string_format"]


class Directive(NamedTuple):
    """What a format string has the server write: its name there, and its field here, if any."""

    name: str
    field: str | None


# "Custom Log Formats" in mod_log_config of the Apache manual, with mod_logio's.
APACHE = re.compile(r"%[<>!,\d]*(?:\{(?P<argument>[^}]*)\})?(?P<letter>\^t[io]|[A-Za-z%])?")
APACHE_LETTERS = {*"aABbCDefhHiIklLmnoOpPqrRsStTuUvVX%", "^ti", "^to"}
APACHE_FIELDS = {
    "a": "host",
    "h": "host",
    "v": "vhost",
    "V": "vhost",
    "t": "time",
    "r": "request",
    "m": "method",
    "U": "target",
    "s": "status",
    "b": "bytes_sent",
    "B": "bytes_sent",
    "O": "bytes_sent",
    "user-agent": "user_agent",
    "host": "vhost",
    "x-forwarded-for": "forwarded",
}

APACHE_BETWEEN = re.compile(r"%[<>!,\d]*(?:\{[^}]*\})?(?:\^t[io]|[A-Za-z%])")
PARTS = ("method", "target")

# "Embedded Variables" in ngx_http_log_module and ngx_http_core_module of nginx's manual. Any
# module and any configuration may add variables.
NGINX = re.compile(r"\$(?:(?P<name>[A-Za-z0-9_]+)|\{(?P<braced>[A-Za-z0-9_]+)\})?")
NGINX_BETWEEN = re.compile(r"\$(?:[A-Za-z0-9_]+|\{[A-Za-z0-9_]+\})")
NGINX_FIELDS = {
    "remote_addr": "host",
    "http_x_forwarded_for": "forwarded",
    "request": "request",
    "host": "vhost",
    "http_host": "vhost",
    "server_name": "vhost",
    "time_local": "time",
    "time_iso8601": "time",
    "msec": "time",
    "request_method": "method",
    "request_uri": "target",
    "uri": "target",
    "status": "status",
    "body_bytes_sent": "bytes_sent",
    "bytes_sent": "bytes_sent",
    "http_user_agent": "user_agent",
}

# A string as it stands in a configuration, in quotes and perhaps in pieces.
WHOLE = re.compile(r"\s*(?:LogFormat|CustomLog|log_format)\s+[^'\"]*(?P<pieces>['\"].*)", re.DOTALL)
PIECE = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'", re.DOTALL)

# What some directives write, where it is less than whatever ends before what follows.
PATTERNS = {
    "status": rb"\d{3}|-",
    "bytes_sent": rb"\d{1,15}|-",
    "%%": rb"%",
    "%q": rb"(?:\?[^\s\"]*+)?",
    "%U": rb"[^?\s\"]*+",
    # A user name may hold spaces; the time ends it.
    **dict.fromkeys(("%u", "$remote_user"), rb"(?>[^\n]*?(?= \[))|[^\s\"]*+"),
}
# The first client that X-Forwarded-For names is taken.
PATTERNS["forwarded"] = rb'[^",\s]*+'
MORE_CLIENTS = rb'(?:, ?[^",\s]*+)*+'
STRFTIME = {
    **dict.fromkeys("dHmMSy", rb"\d\d"),
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


def string_format(string: str) -> Format:
    """Return the row of lines that a server writes by a format string.

    Raises
    ------
    FormatError
        A directive is not understood, or one that is needed is missing.
    """
    text = _unquoted(string)
    server = _nginx if re.search(r"\$[{A-Za-z]", text) else _apache
    texts, directives = server(text)
    names = _names(text, directives)
    pattern = b"".join(_patterns(text, texts, directives, names))
    whole = re.compile(CONTAINER + pattern + rb"\r?$", re.MULTILINE)
    return Format(string, "", whole, stamp_times)


def _unquoted(string: str) -> str:
    if whole := WHOLE.fullmatch(string):
        string = "".join(double or single for double, single in PIECE.findall(whole["pieces"]))
    return string.replace('\\"', '"').replace("\\'", "'").replace("\\t", "\t")


def _apache(text: str) -> tuple[list[str], list[Directive]]:
    """Return an Apache string's directives, and the texts before, between and behind them."""
    text = re.sub(r"(?<!%)(%[<>!,\d]*t)", r"[\1]", text)  # it writes the brackets, too
    directives = []
    for match in APACHE.finditer(text):
        letter = match["letter"]
        if letter not in APACHE_LETTERS:
            raise FormatError(text, f"{match[0]} is no directive of Apache's mod_log_config")
        key = (match["argument"] or "").lower() if letter == "i" else letter
        if match["argument"] == "c":  # the peer, a proxy perhaps, where %a and %h are the client
            key = ""
        name = f"%{letter}" if match["argument"] is None else match[0]
        directives.append(Directive(name, APACHE_FIELDS.get(key)))
    return APACHE_BETWEEN.split(text), directives


def _nginx(text: str) -> tuple[list[str], list[Directive]]:
    """Return an nginx string's variables likewise."""
    directives = []
    for match in NGINX.finditer(text):
        name = match["name"] or match["braced"]
        if not name:
            raise FormatError(text, f"{text[match.start() :][:8]} is no variable of nginx")
        directives.append(Directive(f"${name}", NGINX_FIELDS.get(name)))
    return NGINX_BETWEEN.split(text), directives


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
    yield re.escape(texts[0].encode())
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
        value = pattern or rb"[^\n%b]*+" % re.escape(behind[:1].encode() or b"\r")
        yield rb"(?P<%b>%b)" % (field.encode(), value) if field else rb"(?:%b)" % value
        yield (MORE_CLIENTS if directive.field == "forwarded" else b"") + re.escape(behind.encode())


def _stamp(text: str, layout: str) -> bytes:
    """Return the pattern of a time that strftime writes."""
    letters = re.findall("%(.?)", layout)
    if unknown := [letter for letter in letters if letter not in STRFTIME]:
        raise FormatError(text, f"%{unknown[0]} in the time {layout} is not understood")
    texts = [re.escape(part.encode()) for part in re.split("%.", layout)]
    patterns = [STRFTIME[letter] for letter in letters]
    return b"".join(map(b"%b%b".__mod__, zip(texts, [*patterns, b""], strict=True)))
