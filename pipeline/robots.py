"""A request to whether it is for robots.txt."""

import os
import re
from collections.abc import Iterable

from pipeline.errors import RequestPathError
from pipeline.formats import Request

__all__ = ["ROBOTS_TXT", "encode_paths", "is_wanted", "request_path"]

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


def request_path(target: bytes) -> bytes:
    """Return the path of a request target, in origin form or in absolute form.

    >>> request_path(b"/robots.txt?x"), request_path(b"http://example.com/robots.txt")
    (b'/robots.txt', b'/robots.txt')
    """
    if absolute := ABSOLUTE_FORM.match(target):
        return absolute[1]
    return target.partition(b"?")[0]


def is_wanted(item: object, paths: tuple[bytes, ...]) -> bool:
    """Tell whether to keep an item of the flow: all but the requests for other paths."""
    return (
        not isinstance(item, Request) or item.target in paths or request_path(item.target) in paths
    )
