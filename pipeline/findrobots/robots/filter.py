"""Keep the requests for robots.txt, or for other paths, hosts and times."""

import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import and_
from typing import NamedTuple, TypeVar

from findrobots.errors import InvalidPathError, TimeBoundError
from findrobots.formats.client_address import canonical_vhost
from findrobots.formats.field_cache import cached
from findrobots.records import EPOCH, Requests, select
from findrobots.robots.times import read_time

__all__ = ["EPOCH", "ROBOTS_TXT", "RequestFilter", "filter_requests", "make_filter", "request_path"]

Other = TypeVar("Other")

# RFC 9309, section 2.3: the one path at which robots look for it.
ROBOTS_TXT = "/robots.txt"

# RFC 9112, section 3.2.2: a request to a proxy contains the full URL.
ABSOLUTE_FORM = re.compile(rb"https?://[^/]*+", re.IGNORECASE)
# RFC 3986, section 6.2.2.2: an encoded letter, digit, hyphen, period, underscore or tilde is the
# same as the character itself. Any other encoded character may mean something else to a server.
UNRESERVED = re.compile(rb"%(2[DEde]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")
WRITABLE = re.compile(r'/[^\s"\\?#\x00-\x1f\x7f]*')


class RequestFilter(NamedTuple):
    """Which requests count.

    Attributes
    ----------
    paths
        Requests for any of these paths, as a log writes them. Other spellings of a path, with
        encoded letters, count as well.
    vhosts
        Only requests to these virtual hosts, if there are any.
    since, until
        Only requests at or after the one time and before the other, in microseconds since
        1970-01-01 UTC.
    """

    paths: tuple[bytes, ...] = (ROBOTS_TXT.encode(),)
    vhosts: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    def describe(self) -> str:
        """Describe the filter in words, for messages."""
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
    """Return a filter; equal choices give equal filters.

    Parameters
    ----------
    paths
        One request path, or several.
    vhosts
        Names of virtual hosts; by default requests to all of them count.
    since, until
        Start and end of the time range, as ``read_time`` takes them; the end is excluded.
    timezone
        Time zone of times without an offset, and of days such as ``yesterday``.

    Raises
    ------
    InvalidPathError
        No request line can contain a path.
    TimeBoundError
        A time is invalid, or the end is not later than the start.
    TimezoneError
        There is no such time zone.
    """
    hosts = sorted({canonical_vhost(os.fsencode(name)) for name in vhosts})
    begin = read_time("since", since, timezone)
    end = read_time("until", until, timezone)
    if begin is not None and end is not None and begin >= end:
        parameter, hint = "until", "give a time later than {argument.since}"
        raise TimeBoundError(parameter, until, hint)
    return RequestFilter(_encode_paths(paths), tuple(hosts), begin, end)


def _encode_paths(paths: str | Iterable[str]) -> tuple[bytes, ...]:
    """Return request paths as a log writes them, sorted, without duplicates."""
    distinct = sorted({paths} if isinstance(paths, str) else set(paths))
    for path in distinct:
        if not WRITABLE.fullmatch(path):
            raise InvalidPathError(path)
    return tuple(os.fsencode(path) for path in distinct)


@cached(1 << 10)
def request_path(target: bytes) -> bytes:
    """Return the path of a request target, in origin form or in absolute form.

    The query and a fragment are removed, and encoded letters decoded; all else is as written.

    >>> request_path(b"/robots.txt?x"), request_path(b"http://example.com/%72obots.txt")
    (b'/robots.txt', b'/robots.txt')
    """
    path = target.partition(b"#")[0].partition(b"?")[0]
    if absolute := ABSOLUTE_FORM.match(path):
        path = path[absolute.end() :]
    return UNRESERVED.sub(_decode, path) if b"%" in path else path


def _decode(encoded: re.Match[bytes]) -> bytes:
    return bytes.fromhex(encoded[1].decode("ascii"))


def filter_requests(item: Requests | Other, *, request_filter: RequestFilter) -> Requests | Other:
    """Keep the requests that count; return anything but requests unchanged."""
    if not isinstance(item, Requests):
        return item
    paths = {*map(request_path, request_filter.paths)}
    wanted = [path in paths for path in map(request_path, item.target)]
    if request_filter.vhosts:
        wanted = [*map(and_, wanted, map(request_filter.vhosts.__contains__, item.vhost))]
    if request_filter.since is not None:
        wanted = [*map(and_, wanted, map(request_filter.since.__le__, item.time))]
    if request_filter.until is not None:
        wanted = [*map(and_, wanted, map(request_filter.until.__gt__, item.time))]
    return item if all(wanted) else select(item, wanted)
