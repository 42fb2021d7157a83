"""Download small files over HTTPS: bounded in size, time and redirects."""

import http.client
import ssl
import time
import urllib.request
import zlib
from collections.abc import Iterator
from email.message import Message
from http import HTTPStatus
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from findrobots import __version__
from findrobots.storage.retry import retry

__all__ = ["DownloadError", "download"]

USER_AGENT = f"findrobots/{__version__} (+https://github.com/findrobots/findrobots)"
MAX_REDIRECTS = 5
CHUNK = 1 << 16
TOO_LONG = "the answer takes too long"
GZIP = 31  # of zlib: a header and a trailer of gzip


class DownloadError(Exception):
    """A URL that cannot be downloaded; the message is untrusted text."""


class _RefusedError(Exception):
    """An answer that another attempt would not change."""

    status = HTTPStatus.BAD_REQUEST  # of our own, by which ``retry`` knows it as permanent


class _HttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, to HTTPS only."""

    max_redirections = MAX_REDIRECTS

    def redirect_request(  # noqa: PLR0913, PLR0917 (urllib's own)
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            fp.close()
            message = f"it redirects to {newurl}, which is not HTTPS"
            raise _RefusedError(message)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, *, max_bytes: int, timeout: float, deadline: float) -> bytes:
    """Return what a URL answers, decompressed.

    The proxies of the environment are used (``HTTPS_PROXY``, ``NO_PROXY``), and the
    certificates that OpenSSL trusts (``SSL_CERT_FILE``). Transient errors are retried.

    Parameters
    ----------
    url
        An HTTPS URL.
    max_bytes
        The largest size, compressed or not.
    timeout
        Seconds that the server may be silent.
    deadline
        When to give up, by ``time.monotonic()``.

    Raises
    ------
    DownloadError
        There is no answer, or it is not a complete file of this size.
    """
    if urlsplit(url).scheme != "https":
        message = "its URL is not HTTPS"
        raise DownloadError(message)
    try:
        return retry(lambda: _attempt(url, max_bytes, timeout, deadline))
    except (OSError, http.client.HTTPException, ValueError, _RefusedError) as error:
        raise DownloadError(_describe(error, timeout)) from error


def _attempt(url: str, max_bytes: int, timeout: float, deadline: float) -> bytes:
    if time.monotonic() > deadline:
        raise _RefusedError(TOO_LONG)
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json, text/plain, */*;q=0.1"}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 (it is HTTPS)
    with _open(request, timeout) as response:
        if response.status != HTTPStatus.OK:
            message = f"HTTP status {response.status}"
            raise _RefusedError(message)
        content = b"".join(_pieces(response, max_bytes, deadline))
        return _decompress(content, response.headers, max_bytes)


def _open(request: urllib.request.Request, timeout: float) -> http.client.HTTPResponse:
    try:
        return _opener().open(request, timeout=timeout)  # type: ignore[no-any-return]
    except HTTPError as error:
        error.close()
        if error.code not in range(300, 400):
            raise
        message = "it redirects too often"
        raise _RefusedError(message) from error


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener that knows nothing but HTTPS."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        _HttpsRedirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _pieces(response: http.client.HTTPResponse, max_bytes: int, deadline: float) -> Iterator[bytes]:
    size = 0
    # read1: read would wait until a slow server has filled the whole piece.
    while piece := response.read1(CHUNK):
        size += len(piece)
        if size > max_bytes:
            raise _RefusedError(_too_large(max_bytes))
        if time.monotonic() > deadline:
            raise _RefusedError(TOO_LONG)
        yield piece
    if response.length:
        # read1 ends in silence where less comes than Content-Length says.
        raise http.client.IncompleteRead(piece, response.length)


def _decompress(content: bytes, headers: Message, max_bytes: int) -> bytes:
    """Decompress an answer: some servers compress without being asked to."""
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "identity":
        return content
    if encoding not in {"gzip", "x-gzip"}:
        message = f"it is encoded as {encoding}, which was not asked for"
        raise _RefusedError(message)
    decompressor = zlib.decompressobj(GZIP)
    try:
        text = decompressor.decompress(content, max_bytes + 1)
    except zlib.error as error:
        message = "it is not gzip, as which it is declared"
        raise _RefusedError(message) from error
    if len(text) > max_bytes:
        raise _RefusedError(_too_large(max_bytes))
    if not decompressor.eof:
        raise http.client.IncompleteRead(content)
    return text


def _too_large(max_bytes: int) -> str:
    return f"it has more than {max_bytes:,} bytes"


def _describe(error: Exception, timeout: float) -> str:
    """Return in a few words why a download failed."""
    if isinstance(error, HTTPError):
        return f"HTTP status {error.code}"
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        error = error.reason
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
