"""Download a small file over HTTP, with the time of its last change."""

from email.utils import parsedate_to_datetime
from typing import NamedTuple

from findrobots.errors import UnreachableError
from findrobots.storage.retry import retry
from findrobots.storage.urls import error_text

__all__ = ["Download", "download"]

TIMEOUT_SECONDS = 30
SCHEMES = ("https://", "http://")


class Download(NamedTuple):
    """What a server answered.

    Attributes
    ----------
    content
        The file, or its beginning.
    last_modified
        When it last changed, in seconds since 1970-01-01 UTC (RFC 9110, section 8.8.2); None if
        the server does not say so.
    """

    content: bytes
    last_modified: int | None


def download(url: str, limit: int) -> Download:
    """Download a file.

    Parameters
    ----------
    url
        Its address, ``https://`` or ``http://``.
    limit
        Number of bytes to read at most.

    Raises
    ------
    UnreachableError
        The server does not answer, or not with the file.
    """
    # Only a URL needs these.
    from urllib.request import Request, urlopen  # noqa: PLC0415

    from findrobots import __version__  # noqa: PLC0415

    if not url.startswith(SCHEMES):
        raise UnreachableError(url, "expected a URL that begins with https:// or http://")
    request = Request(url, headers={"User-Agent": f"findrobots/{__version__}"})  # noqa: S310 (checked above)

    def attempt() -> Download:
        with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (checked above)
            return Download(answer.read(limit), _read_time(answer.headers["Last-Modified"]))

    try:
        return retry(attempt)
    except (OSError, ValueError) as error:  # urllib raises ValueError for an invalid URL
        raise UnreachableError(url, error_text(error)) from error


def _read_time(stamp: str | None) -> int | None:
    """Return an HTTP date in seconds since 1970-01-01 UTC, or None if it is not one."""
    try:
        return int(parsedate_to_datetime(stamp).timestamp()) if stamp else None
    except (ValueError, OverflowError):
        return None
