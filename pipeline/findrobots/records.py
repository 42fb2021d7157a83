"""The values that pass between the stages: lines, requests, rejects, the status of each log."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain, compress, repeat
from typing import NamedTuple

__all__ = [
    "CHANGED",
    "EPOCH",
    "HEADER",
    "INTERRUPTED",
    "NO_TEXT",
    "READ",
    "REFUTED",
    "ROW_TYPES",
    "SHRUNK",
    "UNOPENED",
    "UNREADABLE",
    "Block",
    "ByteRange",
    "Checkpoint",
    "Lines",
    "Overview",
    "Probe",
    "RangeStatus",
    "Reject",
    "Requests",
    "Sample",
    "SourceStatus",
    "Survey",
    "TextKey",
    "Unrecognized",
    "concat_requests",
    "reject",
    "request_rows",
    "select",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# "Extended Log File Format", W3C working draft WD-logfile-960323: the directive that names the
# fields of the lines after it. It contains no path, but decides how those lines are parsed.
HEADER = b"#Fields:"

# The digest of no text.
NO_TEXT = b""

# Characters kept of a rejected line: memory is bounded, and the offset leads to the whole line.
REJECT_LENGTH = 1024
# UTF-8 (RFC 3629).
MAX_BYTES_PER_CHARACTER = 4


# A text is known by its size in bytes, CRC-32, and a digest of its last 64 KiB.
TextKey = tuple[int, int, bytes]


class Checkpoint(NamedTuple):
    """Where the counted text of a log ends, and how to recognize it there.

    An empty ``tail_digest`` means that the text cannot be recognized: the log was damaged.
    ``same_file`` says that the checkpoint was set in the very file that is read, so that the 64 KiB
    before it suffice as a proof.
    """

    offset: int  # in bytes of decompressed text
    checksum: int  # CRC-32 of all text before the offset
    tail_digest: bytes  # of the last 64 KiB before the offset
    w3c_header: bytes = b""  # the last #Fields: line before the offset; empty for other formats
    same_file: bool = False


class ByteRange(NamedTuple):
    """The part of a log that one task reads, in bytes of its text; the last one has no end.

    Of a gzip log, ``members`` is where its first member is stored, and where the next range begins.
    """

    begin: int
    end: int | None
    members: tuple[int, int | None] | None = None


class Lines(NamedTuple):
    """Lines of one log, joined by newlines, with the offset of each in the decompressed text.

    In a W3C extended log some lines may be ``#Fields:`` headers, and ``header`` is the last one
    before them, empty if there was none. In other logs ``header`` is None.
    """

    source: str
    offsets: list[int]
    text: bytes
    header: bytes | None = None


class Block(NamedTuple):
    """Consecutive complete lines of one log, whatever they contain, and their offset in the text.

    They are in pieces of complete lines, since joining them takes time. Each line ends with a
    newline; the last line of a log may lack it. ``header`` is as in ``Lines``.
    """

    source: str
    offset: int
    pieces: Sequence[bytes | memoryview]
    header: bytes | None = None

    @property
    def text(self) -> bytes:
        """The pieces, joined."""
        return b"".join(self.pieces)


class Requests(NamedTuple):
    """Requests in columns of equal length, one row per request."""

    host: Sequence[str]  # canonical
    time: Sequence[int]  # microseconds since 1970-01-01 UTC
    method: Sequence[str]
    target: Sequence[bytes]  # RFC 9112, section 3.2
    status: Sequence[int]  # 0 if the log has none
    bytes_sent: Sequence[int]  # 0 if the log has none
    user_agent: Sequence[str]  # empty if the log has none
    vhost: Sequence[str]  # the virtual host, canonical; empty if the log has none
    format: Sequence[str]  # the name of the log's format
    source: Sequence[str]
    offset: Sequence[int]


# The types of the columns of a data frame of requests, as pandas names them.
ROW_TYPES = {
    "host": "str",
    "time": "datetime64[us, UTC]",
    "method": "str",
    "target": "str",
    "status": "int64",
    "bytes_sent": "int64",
    "user_agent": "str",
    "vhost": "str",
    "format": "str",
    "source": "str",
    "offset": "int64",
}


class Reject(NamedTuple):
    """A line that could not be parsed: where it is, why, and its beginning, decoded."""

    source: str
    offset: int
    reason: str
    text: str


# What became of a log that was to be read. Of one that was changed, refuted, unopened or unreadable
# no line counts.
READ = "read"
SHRUNK = "shrunk"  # read, but it was truncated meanwhile
INTERRUPTED = "interrupted"  # read up to an error of the system or the network
CHANGED = "changed"  # another file has its name by now, or none
REFUTED = "refuted"  # its text is not that of the checkpoint
UNOPENED = "unopened"  # it cannot be opened, or its ends cannot be read
UNREADABLE = "unreadable"  # it cannot be read up to what was to be read or compared


class SourceStatus(NamedTuple):
    """How much of a log was read, its fingerprint, and its damage.

    All offsets and sizes are in bytes.
    """

    source: str
    path: bytes = b""  # as the operating system has it, perhaps not UTF-8
    outcome: str = READ
    begin: int = 0  # the offset in the text at which reading began
    bytes_stored: int = 0
    file_digest: bytes = b""
    bytes_text: int = 0  # the offset at which the last complete line ends
    unfinished_bytes: int = 0  # after the last complete line
    prefix_checksums: bytes = b""  # of the first 64, 128, … bytes, up to 64 KiB
    checksum: int = 0  # CRC-32 of all text up to bytes_text
    tail_digest: bytes = NO_TEXT
    w3c_header: bytes = b""
    matched_lines: int = 0
    unfinished_rejects: int = 0  # rejects after the last complete line
    equal_lines: int = 0  # how many lines there are, if all are the same
    damage: str = ""


class Probe(NamedTuple):
    """How a log begins, by which it is looked up among the logs of a ledger."""

    path: bytes  # as the operating system has it, perhaps not UTF-8
    outcome: str  # READ, CHANGED, UNOPENED or UNREADABLE
    damage: str = ""
    file_digest: bytes = b""  # empty if the log can be read only once
    prefix_checksums: bytes = b""  # of the first 64, 128, … bytes of its text
    compressed: bool = False


class Survey(NamedTuple):
    """The text of a log as a whole, and the texts with which it begins."""

    path: bytes  # as the operating system has it, perhaps not UTF-8
    outcome: str  # READ, CHANGED, UNOPENED or UNREADABLE
    bytes_text: int = 0
    checksum: int = 0
    tail_digest: bytes = NO_TEXT
    matched: tuple[TextKey, ...] = ()
    damage: str = ""
    is_cut_short: bool = False  # damaged before some of the texts to compare it with ended

    @property
    def text(self) -> TextKey:
        """What its text is known by."""
        return self.bytes_text, self.checksum, self.tail_digest


class Sample(NamedTuple):
    """The beginning and the end of a log's text, to recognize whether it is an access log."""

    source: str
    head: bytes
    tail: bytes  # empty if the head is all of the text
    header: bytes | None  # as in Lines


class RangeStatus(NamedTuple):
    """How much of a range of a log was read, and what its lines are.

    The checksum of the ``status`` is that of the range alone, that of the first range goes on from
    the checkpoint.
    """

    status: SourceStatus
    text_before: bytes = NO_TEXT  # the digest of the 64 KiB before the range
    compressed: bool = False
    sample: Sample | None = None
    has_requests: bool = False
    has_rejects: bool = False


class Unrecognized(NamedTuple):
    """A log of which no line has a known format, and the beginning of one of its lines."""

    source: str
    line: str


class Overview(NamedTuple):
    """What the lines that contain the path have, before a filter drops those that do not count.

    ``known_logs`` also counts the logs that are recognized by other lines. The defaults are
    the identities of sum, or, minimum and maximum, by which overviews are merged.
    """

    requests: int = 0
    known_logs: int = 0
    has_vhosts: bool = False
    first_time: int = sys.maxsize  # in microseconds since 1970-01-01 UTC
    last_time: int = -sys.maxsize


def select(requests: Requests, wanted: Sequence[bool]) -> Requests:
    """Return the requests for which ``wanted`` is true."""
    return Requests._make(list(compress(column, wanted)) for column in requests)


def concat_requests(batches: Sequence[Requests]) -> Requests:
    """Return the requests of several batches as one batch."""
    if not batches:
        return Requests._make(repeat((), len(Requests._fields)))
    return Requests._make(
        list(chain.from_iterable(column)) for column in zip(*batches, strict=True)
    )


def request_rows(item: object) -> list[dict[str, object]]:
    """Return requests as dictionaries, one per request; nothing for any other item."""
    if not isinstance(item, Requests):
        return []
    columns = item._replace(
        time=[EPOCH + timedelta(microseconds=time) for time in item.time],  # type: ignore[misc]  # rows have datetimes
        target=[target.decode("utf-8", "backslashreplace") for target in item.target],  # type: ignore[misc]  # and text
    )
    names = Requests._fields
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def reject(source: str, offset: int, text: bytes, reason: str) -> Reject:
    """Return the ``Reject`` of a line, with as much of its text as is kept."""
    text = text[: MAX_BYTES_PER_CHARACTER * REJECT_LENGTH]
    return Reject(source, offset, reason, text.decode("utf-8", "backslashreplace")[:REJECT_LENGTH])
