"""URLs to the bytes that are stored there."""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from findrobots.errors import FindrobotsError
from findrobots.storage.retry import retry
from findrobots.storage.urls import error_text, filesystem_of, is_async, translate_error

T = TypeVar("T")

__all__ = ["RemoteFile", "open_stored", "prefetch", "read_whole"]

# Bytes asked for at a time: a network's latency is then a small part of the time.
RANGE_SIZE = 4 * 1024 * 1024
# Logs that are opened and begun while one is read: a small one is there when its turn
# comes. Each holds a range or less.
AHEAD = 16
BEGIN_SIZE = 128 * 1024


class RemoteFile:
    """A log at a URL, read in ranges. Whatever goes wrong for good is an ``OSError``."""

    def __init__(self, url: str) -> None:
        self.url, self.position = url, 0
        self.system: Any = None
        self.file: Any = None
        self.range_size = RANGE_SIZE
        self.begun, self.moved = io.BytesIO(), False
        self._tried(self._open)

    def begin(self) -> "RemoteFile":
        """Read the first bytes, to be given by the first reads."""
        self.begun = io.BytesIO(self.read(BEGIN_SIZE))
        return self

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""
        if stored := self.begun.read(size):
            return stored
        stored = self._tried(lambda: self._read(size))
        self.position += len(stored)
        return stored

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most so many bytes from an offset on; what ``read`` gives stays the same."""
        position, self.position, self.moved = self.position, offset, True
        try:
            return self._tried(lambda: self._read_range(size))
        finally:
            self.position, self.moved = position, True
            if not self.range_size:
                self.close()

    @property
    def rereadable(self) -> bool:
        """Tell whether it may be read at any offset, as far as is known.

        fsspec knows no size of what it reads as a stream.
        """
        return bool(self.range_size) and getattr(self.file, "size", None) is not None

    @property
    def size(self) -> int:
        """Its size in bytes."""
        size = getattr(self.file, "size", None)
        if size is None:
            message = "it does not tell its size"
            raise OSError(message)
        return int(size)

    def close(self) -> None:
        """Let go of it."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _tried(self, func: Callable[[], T]) -> T:
        try:
            return retry(func)
        except Exception as error:
            raise OSError(error_text(error)) from error

    def _open(self) -> None:
        # An archive is closed when nobody holds its file system any more.
        self.system, path = filesystem_of(self.url)
        self.file = self.system.open(path, "rb", block_size=self.range_size)

    def _read(self, size: int) -> bytes:
        """Read on from the position, opening the log anew after a fault."""
        try:
            if self.file is None:
                self._open()
                self._skip(self.position)
            elif self.moved:
                self.file.seek(self.position)
            self.moved = False
            return bytes(self.file.read(size))
        except ValueError:
            # fsspec says so where a web server gives no ranges: it is read as a stream.
            self.range_size = 0
            self.close()
            raise
        except Exception:
            self.close()
            raise

    def seek(self, offset: int, /) -> None:
        """Have ``read`` go on at an offset."""
        self.begun = io.BytesIO()
        self.position, self.moved = offset, True

    def _read_range(self, size: int) -> bytes:
        if self.range_size:
            return self._read(size)
        message = "it can be read only once"
        raise FindrobotsError(message)  # which no further try mends

    def _skip(self, size: int) -> None:
        if self.range_size:
            self.file.seek(size)
            return
        while size and (skipped := len(self.file.read(min(size, RANGE_SIZE)))):
            size -= skipped


class _Opening(str):
    """A URL whose log a thread opens."""

    __slots__ = ("remote",)
    remote: "Future[RemoteFile]"


def prefetch(urls: Iterable[str]) -> Iterator[str]:
    """Yield URLs, and meanwhile have threads open and begin the logs of the next ones.

    The threads wait for fsspec's coroutines, which is where the network is waited for.
    """
    waiting: deque[str] = deque()
    pool = ThreadPoolExecutor(AHEAD)
    try:
        for url in urls:
            waiting.append(_opening(url, pool) if is_async(url) else url)
            if len(waiting) > AHEAD:
                yield waiting.popleft()
        yield from waiting
    finally:  # whoever is interrupted does not wait for what is not wanted any more
        pool.shutdown(wait=False, cancel_futures=True)


def _opening(url: str, pool: ThreadPoolExecutor) -> _Opening:
    opening = _Opening(url)
    opening.remote = pool.submit(lambda: RemoteFile(url).begin())
    return opening


def open_stored(url: str) -> RemoteFile:
    """Open the log at a URL, or take it from the thread that has.

    Raises
    ------
    OSError
        It cannot be opened; reading raises nothing else either.
    """
    return url.remote.result() if isinstance(url, _Opening) else RemoteFile(url)


def read_whole(url: str) -> bytes:
    """Return all bytes at a URL.

    Raises
    ------
    LogNotFoundError, MissingExtraError, UnreachableError
        As their names say.
    """
    try:
        system, path = filesystem_of(url)
        return bytes(retry(lambda: system.cat_file(path)))
    except Exception as error:
        raise translate_error(url, error) from error
