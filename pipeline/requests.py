"""Requests to columns of their fields, many at a time."""

from collections.abc import Sequence
from itertools import chain, compress, repeat
from typing import NamedTuple

__all__ = ["Reject", "Requests", "join", "reject", "select"]


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


def join(batches: Sequence[Requests]) -> Requests:
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
