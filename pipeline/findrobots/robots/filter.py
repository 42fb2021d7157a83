"""Requests to those that are for robots.txt, and count."""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from operator import and_
from typing import NamedTuple, TypeVar

from findrobots.errors import InvalidPathError, TimeBoundError
from findrobots.formats import find_zone
from findrobots.formats.client_address import canonical_host
from findrobots.formats.field_cache import cached
from findrobots.records import Requests, select

__all__ = ["EPOCH", "ROBOTS_TXT", "RequestFilter", "filter_requests", "make_filter", "request_path"]

Other = TypeVar("Other")

# RFC 9309, section 2.3: the one place where robots look.
ROBOTS_TXT = "/robots.txt"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# RFC 9112, section 3.2.2: a request through a proxy names the whole address.
ABSOLUTE_FORM = re.compile(rb"https?://[^/?#]*([^?]*)", re.IGNORECASE | re.DOTALL)
WRITABLE = re.compile(r'/[^\s"\\?#\x00-\x1f\x7f]*')


class RequestFilter(NamedTuple):
    """Which requests count: those for any of some paths, as a log writes them.

    Where virtual hosts are given, only those to them; where times are, in microseconds
    since 1970-01-01 UTC, only those from ``since`` on and before ``until``.
    """

    paths: tuple[bytes, ...] = (ROBOTS_TXT.encode(),)
    vhosts: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def told(self) -> str:
        """Say it to a person."""
        parts = [" or ".join(os.fsdecode(path) for path in self.paths)]
        parts += [f"on {host}" for host in self.vhosts]
        for word, bound in (("since", self.since), ("until", self.until)):
            if bound is not None:
                parts.append(f"{word} {EPOCH + timedelta(microseconds=bound):%Y-%m-%d %H:%M:%S}")
        return " ".join(parts)


def make_filter(
    paths: str | Iterable[str] = ROBOTS_TXT,
    *,
    vhosts: Iterable[str] = (),
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    timezone: str = "UTC",
) -> RequestFilter:
    """Return which requests count, in the one form that equal choices have.

    Times are ISO 8601, in the time zone where they have no offset.

    Raises
    ------
    InvalidPathError
        A path that no request line can hold.
    TimeBoundError
        No time, or none that is later than ``since``.
    """
    hosts = sorted({canonical_host(os.fsencode(name)) or "" for name in vhosts})
    begin = _read_bound("since", since, timezone)
    end = _read_bound("until", until, timezone)
    if begin is not None and end is not None and begin >= end:
        parameter, hint = "until", "give a time later than {argument.since}"
        raise TimeBoundError(parameter, until, hint)
    return RequestFilter(_encode_paths(paths), tuple(hosts), begin, end)


def _read_bound(parameter: str, bound: str | datetime | None, timezone: str) -> int | None:
    if bound is None:
        return None
    try:
        instant = datetime.fromisoformat(bound) if isinstance(bound, str) else bound
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=find_zone(timezone))
        return (instant - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        hint = "write it like 2026-09-01 or 2026-09-01T12:00:00+02:00"
        raise TimeBoundError(parameter, bound, hint) from error


def _encode_paths(paths: str | Iterable[str]) -> tuple[bytes, ...]:
    """Return request paths as a log writes them, sorted, each once."""
    distinct = sorted({paths} if isinstance(paths, str) else set(paths))
    for path in distinct:
        if not WRITABLE.fullmatch(path):
            raise InvalidPathError(path)
    return tuple(os.fsencode(path) for path in distinct)


@cached(1 << 10)
def request_path(target: bytes) -> bytes:
    """Return the path of a request target, in origin form or in absolute form.

    >>> request_path(b"/robots.txt?x"), request_path(b"http://example.com/robots.txt")
    (b'/robots.txt', b'/robots.txt')
    """
    if absolute := ABSOLUTE_FORM.match(target):
        return absolute[1]
    return target.partition(b"?")[0]


def filter_requests(item: Requests | Other, *, request_filter: RequestFilter) -> Requests | Other:
    """Keep, of some requests, those that count; pass on what is no requests."""
    if not isinstance(item, Requests):
        return item
    wanted = [path in request_filter.paths for path in map(request_path, item.target)]
    if request_filter.vhosts:
        wanted = [*map(and_, wanted, map(request_filter.vhosts.__contains__, item.vhost))]
    if request_filter.since is not None:
        wanted = [*map(and_, wanted, map(request_filter.since.__le__, item.time))]
    if request_filter.until is not None:
        wanted = [*map(and_, wanted, map(request_filter.until.__gt__, item.time))]
    return item if all(wanted) else select(item, wanted)
