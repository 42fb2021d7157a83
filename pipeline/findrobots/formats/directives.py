"""Split a format string of Apache or nginx into its directives."""

import re
from typing import NamedTuple

from findrobots.errors import FormatError

__all__ = ["PARTS", "Directive", "split_string"]


class Directive(NamedTuple):
    """A directive of a format string, and the field that it writes, if any."""

    name: str
    field: str | None


# "Custom Log Formats" in mod_log_config of the Apache manual, with mod_logio's.
APACHE = re.compile(r"%[<>!,\d]*+(?>(?:\{(?P<argument>[^{}]*+)\})?)(?P<letter>\^t[io]|[A-Za-z%])?")
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

APACHE_BETWEEN = re.compile(r"%[<>!,\d]*+(?>(?:\{[^{}]*+\})?)(?:\^t[io]|[A-Za-z%])")
PARTS = ("method", "target")

# "Embedded Variables" of ngx_http_log_module and ngx_http_core_module in the manual of nginx.
# Modules and configurations may add further variables.
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

# A string in a configuration, quoted, perhaps in several pieces. The last piece may be unclosed:
# looking for its end after each quote would take quadratic time.
WHOLE = re.compile(r"\s*(?:LogFormat|CustomLog|log_format)\s[^'\"]*+(?P<pieces>['\"].*)", re.DOTALL)
PIECE = re.compile(r"\"((?>(?:\\.|[^\"\\])*))\"?|'((?>(?:\\.|[^'\\])*))'?", re.DOTALL)


def split_string(string: str) -> tuple[list[str], list[Directive]]:
    """Split a format string into its directives and the texts between them.

    Parameters
    ----------
    string
        A format string, or the directive of a configuration that defines it.

    Returns
    -------
    The texts before, between and after the directives; the directives.

    Raises
    ------
    FormatError
        A directive is unknown.
    """
    text = _unquoted(string)
    server = _nginx if re.search(r"\$[{A-Za-z]", text) else _apache
    return server(text)


def _unquoted(string: str) -> str:
    if whole := WHOLE.fullmatch(string):
        string = "".join(double or single for double, single in PIECE.findall(whole["pieces"]))
    return string.replace('\\"', '"').replace("\\'", "'").replace("\\t", "\t")


def _apache(text: str) -> tuple[list[str], list[Directive]]:
    """Split a format string of Apache."""
    text = re.sub(r"(?<!%)(%[<>!,\d]*t)", r"[\1]", text)  # Apache adds the brackets
    directives = []
    for match in APACHE.finditer(text):
        letter = match["letter"]
        if letter not in APACHE_LETTERS:
            raise FormatError(text, f"{match[0]} is not a directive of Apache's mod_log_config")
        key = (match["argument"] or "").lower() if letter == "i" else letter
        if match["argument"] == "c":  # the peer, perhaps a proxy; %a and %h are the client
            key = ""
        name = f"%{letter}" if match["argument"] is None else match[0]
        directives.append(Directive(name, APACHE_FIELDS.get(key)))
    return APACHE_BETWEEN.split(text), directives


def _nginx(text: str) -> tuple[list[str], list[Directive]]:
    """Split a format string of nginx, whose directives are variables."""
    directives = []
    for match in NGINX.finditer(text):
        name = match["name"] or match["braced"]
        if not name:
            raise FormatError(text, f"{text[match.start() :][:8]} is not a variable of nginx")
        directives.append(Directive(f"${name}", NGINX_FIELDS.get(name)))
    return NGINX_BETWEEN.split(text), directives
