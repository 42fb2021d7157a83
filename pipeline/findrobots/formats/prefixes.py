"""Remove what syslog, journald and container runtimes write before each line of a log."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

from findrobots.formats.json_lines import decode_json, encode_text

__all__ = ["PART_OF_LINE", "PREFIXES", "Prefix", "remove_prefix"]

# The text of a line that has only a part of what the server wrote.
PART_OF_LINE = b""


def _text_after(match: re.Match[bytes]) -> bytes:
    return match.string[match.end() :]


class Prefix(NamedTuple):
    """What a program writes before each line of a server.

    Attributes
    ----------
    name, example
        Its name, and an example, with LINE in the place of the server's line.
    expression
        The regular expression of the prefix. A line that it matches has no known format: no
        format begins with it.
    unwrap
        Returns the server's line; ``PART_OF_LINE`` if it is not all there, None if the line does
        not have this prefix.
    """

    name: str
    example: str
    expression: bytes
    unwrap: Callable[[re.Match[bytes]], bytes | None] = _text_after


def remove_prefix(line: bytes) -> bytes | None:
    """Return a line without its prefix, ``PART_OF_LINE``, or None if it has no known prefix.

    >>> remove_prefix(b"Sep  1 10:00:00 web01 nginx: 192.0.2.1 - -")
    b'192.0.2.1 - -'
    >>> remove_prefix(b"192.0.2.1 - -")
    """
    for pattern, unwrap in _patterns():
        if match := pattern.match(line):
            return unwrap(match)
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[bytes], Callable[[re.Match[bytes]], bytes | None]], ...]:
    """Compile the expressions; a scan of logs without prefixes does without."""
    return tuple((re.compile(row.expression), row.unwrap) for row in PREFIXES)


def _whole_message(match: re.Match[bytes]) -> bytes:
    """Return the message of a container runtime, unless it is tagged as a part of a line."""
    return _text_after(match) if match["tag"] == b"F" else PART_OF_LINE


def _whole_log(match: re.Match[bytes]) -> bytes | None:
    """Return the message in a JSON object of Docker; its last part ends with a newline."""
    entry = decode_json(match.string)
    if not isinstance(entry, Mapping) or not {"log", "stream", "time"} <= entry.keys():
        return None
    log = entry["log"]
    if not isinstance(log, str) or "\n" in log[:-1]:
        return None
    return encode_text(log[:-1]) if log.endswith("\n") else PART_OF_LINE


PRIORITY = rb"<\d{1,3}>"
CLOCK = rb"\d\d:\d\d:\d\d"
FRACTION = rb"(?>(?:[.,]\d{1,9})?)"
# The time of RFC 3164, section 4.1.2. Some senders write days of one digit with one space.
BSD_TIME = rb"[A-Z][a-z][a-z] {1,2}\d{1,2} " + CLOCK + FRACTION
# RFC 3339; journald writes the offset without a colon.
ISO_TIME = rb"\d{4}-\d\d-\d\dT" + CLOCK + FRACTION + rb"(?:Z|[+-]\d\d:?\d\d)"
NUMBER = rb"(?>(?:\[[^\]\s]*+\])?)"
# The name of the machine, which some programs leave out, then process and number: web01 nginx[7]:
# The machine may be an IPv6 address, but is no time, and only the process ends with a colon.
MACHINE = rb'(?!\d{4}-)[^\s\["{]\S*+(?<!:) '
SENDER = rb"(?:" + MACHINE + rb')?[^\s:\[\]"|]++' + NUMBER + rb": "
# rsyslog writes no colon after the process if it received the message as RFC 5424. So that the
# process is no client, it is no address, no name with dots, and no hyphen.
BARE_SENDER = MACHINE + rb"[A-Za-z_][\w/-]*+" + NUMBER + rb" "
SENDERS = rb"(?:" + SENDER + rb"|" + BARE_SENDER + rb")"

PREFIXES = (
    # "CRI logging format" in Kubernetes' design proposals, node/kubelet-cri-logging.md: a time, the
    # stream, and a tag that is P for a part of a line and F for its last part, or a whole line.
    Prefix(
        "kubernetes",
        "2026-09-01T10:00:00.123456789Z stdout F LINE",
        rb"\d{4}-\d\d-\d\dT\S++ std(?:out|err) (?P<tag>[FP])(?>(?::\S*+)?) ",
        _whole_message,
    ),
    # "JSON File logging driver" in Docker's manual: one object per line, or per 16 KiB of it.
    Prefix(
        "docker json-file",
        '{"log":"LINE\\n","stream":"stdout","time":"2026-09-01T10:00:00.123456789Z"}',
        rb'\{"log":"',
        _whole_log,
    ),
    # "docker compose logs" in Docker's manual: the container, padded with spaces, and a bar.
    Prefix("docker compose", "web-1  | LINE", rb"[A-Za-z0-9][\w.-]*+ ++\| "),
    # RFC 3164, section 4.1, as nginx sends it ("Logging to syslog" in its manual), and as rsyslog
    # (RSYSLOG_TraditionalFileFormat) and "journalctl -o short" write it, without the priority.
    # "nohostname" of nginx leaves out the machine.
    Prefix(
        "syslog",
        "<190>Sep  1 10:00:00 web01 nginx: LINE",
        rb"(?:" + PRIORITY + rb")?" + BSD_TIME + rb" " + SENDERS,
    ),
    # RSYSLOG_FileFormat in "rsyslog Templates" of rsyslog's manual, its default; "short-iso" and
    # "short-iso-precise" in journalctl(1); "classic" in Fastly's "Changing log line formats".
    Prefix(
        "syslog iso",
        "2026-09-01T10:00:00.123456+00:00 web01 nginx: LINE",
        rb"(?:" + PRIORITY + rb")?" + ISO_TIME + rb" " + SENDERS,
    ),
    # RFC 5424, section 6, with structured data; RFC 6587, section 3.4.1, puts the size before it.
    # Section 6.4 allows a byte order mark before the message. rsyslog keeps a space of RFC 3164.
    Prefix(
        "syslog rfc 5424",
        '<190>1 2026-09-01T10:00:00.123Z web01 nginx 7 - [origin ip="192.0.2.7"] LINE',
        rb"(?:\d{1,7} )?" + PRIORITY + rb"1 (?:" + ISO_TIME + rb"|-) \S++ \S++ \S++ \S++ "
        rb'(?:-|(?>(?:\[[^\s="\]]++(?>(?: [^\s="\]]++="[^"\\\]]*+(?>(?:\\.[^"\\\]]*+)*)")*)\])+)) '
        rb"(?>(?:\xef\xbb\xbf| )?)",
    ),
    # "short-full", "with-unit", "short-unix", "short-monotonic" and "short-delta" in journalctl(1).
    Prefix(
        "journald",
        "Tue 2026-09-01 10:00:00 UTC web01 nginx[7]: LINE",
        rb"(?:[A-Z][a-z][a-z] \d{4}-\d\d-\d\d " + CLOCK + FRACTION + rb" \S++|\d{10}\.\d{6}|"
        rb"\[ *+\d++\.\d{6}[^]\n]*+\]) " + SENDER,
    ),
    # "--timestamps" of "docker logs" and "kubectl logs"; "iso", "timed", "short" and "priority" of
    # "log" in HAProxy's manual.
    Prefix(
        "timestamp",
        "2026-09-01T10:00:00.123456789Z LINE",
        rb"(?:(?:" + PRIORITY + rb")?" + ISO_TIME + rb" |" + PRIORITY + rb")",
    ),
)
