"""Requests to those that are for robots.txt."""

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from operator import and_
from typing import TypeVar

from pipeline.errors import RequestPathError
from pipeline.requests import Requests, select

__all__ = ["ROBOTS_TXT", "encode_paths", "keep_wanted", "request_path"]

Other = TypeVar("Other")

# RFC 9309, section 2.3: the one place where robots look.
ROBOTS_TXT = "/robots.txt"

# RFC 9112, section 3.2.2: a request through a proxy names the whole address.
ABSOLUTE_FORM = re.compile(rb"https?://[^/?#]*([^?]*)", re.IGNORECASE | re.DOTALL)
WRITABLE = re.compile(r'/[^\s"\\?#\x00-\x1f\x7f]*')


def encode_paths(paths: str | Iterable[str]) -> tuple[bytes, ...]:
    """Return request paths as a log writes them, sorted, each once.

    Raises
    ------
    RequestPathError
        A path that no request line can hold.
    """
    distinct = sorted({paths} if isinstance(paths, str) else set(paths))
    for path in distinct:
        if not WRITABLE.fullmatch(path):
            raise RequestPathError(path)
    return tuple(os.fsencode(path) for path in distinct)


@lru_cache(maxsize=1 << 10)
def request_path(target: bytes) -> bytes:
    """Return the path of a request target, in origin form or in absolute form.

    >>> request_path(b"/robots.txt?x"), request_path(b"http://example.com/robots.txt")
    (b'/robots.txt', b'/robots.txt')
    """
    if absolute := ABSOLUTE_FORM.match(target):
        return absolute[1]
    return target.partition(b"?")[0]


def keep_wanted(
    item: Requests | Other, *, paths: tuple[bytes, ...], vhosts: frozenset[str] = frozenset()
) -> Requests | Other:
    """Keep, of some requests, those for any of the paths; pass on what is no requests.

    Where virtual hosts are given, requests to others are not wanted.
    """
    if not isinstance(item, Requests):
        return item
    wanted = [path in paths for path in map(request_path, item.target)]
    if vhosts:
        wanted = [*map(and_, wanted, map(vhosts.__contains__, item.vhost))]
    return item if all(wanted) else select(item, wanted)
