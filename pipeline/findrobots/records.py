"""What passes between the stages of the flow: lines, requests, rejects, what was read."""

from collections.abc import Sequence
from itertools import chain, compress, repeat
from typing import NamedTuple

__all__ = [
    "HEADER",
    "NO_TEXT",
    "Checkpoint",
    "Lines",
    "Probe",
    "Reject",
    "Requests",
    "SourceStatus",
    "concat_requests",
    "reject",
    "select",
]


class Requests(NamedTuple):
    """Requests as a log records them: columns of equal length, a request a row."""

    host: Sequence[str]  # canonical
    time: Sequence[int]  # microseconds since 1970-01-01 UTC
    method: Sequence[str]
    target: Sequence[bytes]  # as RFC 9112, section 3.2, has it
    status: Sequence[int]  # 0 where the log has none
    bytes_sent: Sequence[int]  # 0 where the log has none
    user_agent: Sequence[str]  # empty where the log has none
    vhost: Sequence[str]  # the virtual host, canonical; empty where the log has none
    format: Sequence[str]  # the name of the log's format
    source: Sequence[str]
    offset: Sequence[int]


def select(requests: Requests, wanted: Sequence[bool]) -> Requests:
    """Return the requests that are wanted."""
    return Requests._make(list(compress(column, wanted)) for column in requests)


def concat_requests(batches: Sequence[Requests]) -> Requests:
    """Return the requests of several batches as one."""
    if not batches:
        return Requests._make(repeat((), len(Requests._fields)))
    return Requests._make(
        list(chain.from_iterable(column)) for column in zip(*batches, strict=True)
    )


# Letters kept of a rejected line: memory is bounded, and it can be looked up by its offset.
REJECT_LENGTH = 1024


class Reject(NamedTuple):
    """A line that gives no request: where it stands, why, and its text, decoded as it can be."""

    source: str
    offset: int
    reason: str
    text: str


def reject(source: str, offset: int, text: bytes, reason: str) -> Reject:
    """Say that a line gives no request, and why."""
    # A letter takes four bytes at most.
    text = text[: 4 * REJECT_LENGTH]
    return Reject(source, offset, reason, text.decode("utf-8", "backslashreplace")[:REJECT_LENGTH])


# "Extended Log File Format", W3C working draft WD-logfile-960323: the directive that names
# the fields of the lines behind it. It mentions no path, but decides how lines are parsed.
HEADER = b"#Fields:"


class Lines(NamedTuple):
    """Some lines of a log: a newline between two, and the byte of its text each begins at.

    In a W3C extended log they may be headers too, and ``header`` is the last one before
    them, empty where there is none; in other logs it is None.
    """

    source: str
    offsets: list[int]
    text: bytes
    header: bytes | None = None


NO_TEXT = b""


class Checkpoint(NamedTuple):
    """Where the known text of a log ends: its byte, and a digest of the window before it.

    Without a digest nobody can tell whether another text goes as far. ``w3c_header`` is that
    under which a W3C extended log goes on, empty for other logs.
    """

    offset: int
    tail_digest: bytes
    w3c_header: bytes


class SourceStatus(NamedTuple):
    """How much of a source was read, what tells its text from others, and what was wrong.

    ``begin`` is the byte of the text at which the reading began: 0, or where the text that
    was known ended. ``bytes_text`` is where its last whole line ends; where that stands
    before ``begin``, nothing of it counts, since all of it was known.
    """

    source: str
    begin: int = 0
    bytes_stored: int = 0
    file_digest: bytes = b""  # a digest
    bytes_text: int = 0
    unfinished_bytes: int = 0  # bytes behind the last whole line
    first_line_digest: bytes = NO_TEXT
    prefix_checksums: bytes = b""
    tail_digest: bytes = NO_TEXT
    w3c_header: bytes = b""
    matched_lines: int = 0
    unfinished_rejects: int = 0  # of its rejects, those behind the last whole line
    damage: str = ""


class Probe(NamedTuple):
    """A log's path, its size and a digest as it is stored, and what tells how its text begins."""

    path: bytes  # as the system has it, which may be no text
    bytes_stored: int
    file_digest: bytes
    first_line_digest: bytes
    prefix_checksums: bytes
