"""Guess how a line of an unknown format could be read: by a format string, or as JSON."""

import json
import re
from collections.abc import Iterator, Mapping

from findrobots.errors import FindrobotsError
from findrobots.formats.parse import parse_lines
from findrobots.formats.registry import Dialect
from findrobots.records import Lines, Requests

__all__ = ["guess_dialect", "reads"]

# The parts of a line that show what they are, each with the variables of nginx that may write it;
# each variable is taken once. What is left are words, of which nothing is known, and punctuation.
PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "clock": (r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}", ("time_local",)),
    "iso": (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[^\s\"|,;\]]*+", ("time_iso8601",)),
    "epoch": (r"(?<![\w.])1\d{9}\.\d{3}(?![\w.])", ("msec",)),
    "request": (r"[A-Z]{3,16} [^\s\"]++ HTTP/[\d.]++", ("request",)),
    "method": (r"(?:GET|HEAD|POST|PUT|DELETE|OPTIONS)(?=\W)", ("request_method",)),
    "target": (r"/(?<=[\s\"'=|,;(]/)[^\s\"|,;)]*+", ("request_uri",)),
    "address": (
        r"(?<![\w.:])(?:\d+(?:\.\d+){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.:])",
        ("remote_addr",),
    ),
    "status": (r"(?<![\w.])[1-5]\d\d(?![\w.])", ("status", "body_bytes_sent")),
    "number": (r"(?<![\w.])\d++(?![\w.])", ("body_bytes_sent",)),
    "quoted": (r"\"[^\"]*+\"", ()),
    "agent": (r"(?!)", ("http_user_agent",)),  # only in quotes
    "word": (r"[^\s\"|,;()\[\]{}=]++(?!=)", ()),
}
# RFC 9110, section 10.1.5: a user agent begins with a product and its version.
AGENT = re.compile(r"[A-Za-z][\w. -]*+/\d")
PART = re.compile("|".join(f"(?P<{name}>{pattern})" for name, (pattern, _) in PARTS.items()))
# A line that is longer, or has more parts of which nothing is known, is hardly one of an access
# log, and no user could read the guess.
MAX_LENGTH, MAX_UNKNOWN = 1000, 8

# Names of fields in JSON logs of applications, the most specific ones first.
JSON_NAMES = {
    "host": "client_ip remote_addr clientip remote_ip client remoteip ip remote_host src_ip",
    "time": "time timestamp @timestamp ts date datetime time_local time_iso8601",
    "request": "request request_line",
    "target": "request_uri uri url path target request_path",
    "method": "method request_method verb",
    "status": "status status_code response code",
    "user_agent": "user_agent http_user_agent useragent agent",
}


def guess_dialect(line: str) -> Dialect | None:
    """Return a dialect that reads a line of an unknown format; None if none is found.

    >>> guess_dialect("192.0.2.1|2026-09-01T10:00:00Z|GET /robots.txt HTTP/1.1|200").format
    '$remote_addr|$time_iso8601|$request|$status'
    """
    if len(line) > MAX_LENGTH or not line.isprintable() or "'" in line:
        return None
    guess = _guess_json(line) if line.startswith("{") else Dialect(_guess_string(line))
    return guess if guess and reads(guess, line) else None


def reads(dialect: Dialect, line: str) -> bool:
    """Return whether a dialect reads a line as a request."""
    try:
        items = parse_lines(Lines("", [0], line.encode("utf-8", "surrogateescape")), dialect)
    except FindrobotsError:  # the dialect is a guess
        return False
    return any(isinstance(item, Requests) for item in items)


def _guess_string(line: str) -> str:
    """Return a format string of nginx with a variable for each part of a line."""
    texts, end, unknown, used = list[str](), 0, 0, set[str]()
    for match in PART.finditer(line):
        kind, quote = match.lastgroup or "", ""
        if kind == "quoted":
            kind, quote = _kind(match[0][1:-1]), '"'
        variable = next((each for each in PARTS[kind][1] if each not in used), "")
        if not variable:
            unknown += 1
            variable = f"field{unknown}"
        used.add(variable)
        texts += [line[end : match.start()], f"{quote}${variable}{quote}"]
        end = match.end()
    return "".join([*texts, line[end:]]) if unknown <= MAX_UNKNOWN else ""


def _kind(quoted: str) -> str:
    """Return the kind of part that a text in quotes is."""
    match = PART.fullmatch(quoted)
    if match and match.lastgroup not in {None, "word"}:
        return str(match.lastgroup)
    return "agent" if AGENT.match(quoted) else "word"


def _guess_json(line: str) -> Dialect | None:
    """Return the dialect of a JSON line whose fields have usual names."""
    try:
        names = {name.rpartition(".")[2].lower(): name for name in _names(json.loads(line))}
    except (ValueError, RecursionError):
        return None
    places = {
        field: next((names[each] for each in usual.split() if each in names), "")
        for field, usual in JSON_NAMES.items()
    }
    if places["target"]:
        del places["request"]
    return Dialect("json", ",".join(f"{field}={at}" for field, at in places.items() if at))


def _names(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the names of texts and numbers, nested with dots, those of outer objects last."""
    if not isinstance(value, Mapping):
        return
    for name, inner in value.items():
        yield from _names(inner, f"{prefix}{name}.")
    for name, inner in value.items():
        if isinstance(inner, str | int | float):
            yield prefix + name
