"""Read logs at URLs through fsspec, in ranges, and prefetch the next ones."""

import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from findrobots.errors import FindrobotsError
from findrobots.storage.locations import StoredObject, check_path, filesystem_of
from findrobots.storage.retry import retry
from findrobots.storage.urls import error_text, is_async, is_object, translate_error

T = TypeVar("T")

__all__ = ["Log", "PendingLog", "RemoteFile", "path_of", "prefetch", "read_whole"]

# Bytes per request: large enough that a network's latency is a small part of the time.
RANGE_SIZE = 4 * 1024 * 1024
# Logs that are opened while another one is read, and the bytes read of each: a small log is
# complete when its turn comes. Each holds at most one range in memory.
PREFETCHED = 16
PREFETCH_SIZE = 128 * 1024


class RemoteFile:
    """A log that is an object, read in ranges.

    Every error that remains after the retries is an ``OSError``.

    Parameters
    ----------
    place
        Where the log is.
    range_size
        Bytes per request.
    """

    def __init__(self, place: StoredObject, *, range_size: int = RANGE_SIZE) -> None:
        self.place, self.position = place, 0
        self.system: Any = None
        self.file: Any = None
        self.range_size = range_size  # 0: the server has no ranges
        self.prefetched, self.moved = io.BytesIO(), False
        self._retry(self._open)

    def prefetch(self) -> "RemoteFile":
        """Read the first bytes; ``read`` returns them later."""
        self.prefetched = io.BytesIO(self.read(PREFETCH_SIZE))
        return self

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; return none at the end."""
        if stored := self.prefetched.read(size):
            return stored
        stored = self._retry(lambda: self._read(size))
        self.position += len(stored)
        return stored

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most ``size`` bytes at an offset, without moving the position of ``read``."""
        position, self.position, self.moved = self.position, offset, True
        try:
            return self._retry(lambda: self._read_range(size))
        finally:
            self.position, self.moved = position, True
            if not self.range_size:
                self.close()

    @property
    def rereadable(self) -> bool:
        """Whether it can be read at any offset, according to what the server said so far.

        fsspec reports no size for a file that it can only stream.
        """
        return bool(self.range_size) and getattr(self.file, "size", None) is not None

    @property
    def size(self) -> int:
        """Size in bytes."""
        size = getattr(self.file, "size", None)
        if size is None:
            message = "the server does not report a size"
            raise OSError(message)
        return int(size)

    def seek(self, offset: int, /) -> None:
        """Set the position of ``read``."""
        self.prefetched = io.BytesIO()
        self.position, self.moved = offset, True

    def close(self) -> None:
        """Close the file; a later read opens it again."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _retry(self, func: Callable[[], T]) -> T:
        try:
            return retry(func)
        except Exception as error:
            raise OSError(error_text(error)) from error

    def _open(self) -> None:
        # The file system is kept because an archive is closed with the last reference to it.
        self.system, _ = filesystem_of(self.place.root.url)
        check_path(self.system, self.place)
        self.file = self.system.open(self.place.path, "rb", block_size=self.range_size)

    def _read(self, size: int) -> bytes:
        """Read at the position; open the file again if an error has closed it."""
        try:
            if self.file is None:
                self._open()
                self._skip(self.position)
            elif self.moved:
                self.file.seek(self.position)
            self.moved = False
            return bytes(self.file.read(size))
        except ValueError:
            # fsspec raises it where a web server has no ranges: go on as a stream.
            self.range_size = 0
            self.close()
            raise
        except Exception:
            self.close()
            raise

    def _read_range(self, size: int) -> bytes:
        if self.range_size:
            return self._read(size)
        message = "can be read only once"
        raise FindrobotsError(message)  # not an OSError, which would be retried

    def _skip(self, size: int) -> None:
        if self.range_size:
            self.file.seek(size)
            return
        while size and (skipped := len(self.file.read(min(size, RANGE_SIZE)))):
            size -= skipped


class FetchedFile:
    """A small log that is an object, fetched whole by one request.

    Parameters
    ----------
    stored
        All its bytes.
    """

    def __init__(self, stored: bytes) -> None:
        self._stored, self._position = stored, 0

    @property
    def rereadable(self) -> bool:
        """True: its bytes are in memory."""
        return True

    @property
    def size(self) -> int:
        """Size in bytes."""
        return len(self._stored)

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; return none at the end."""
        stored = self.read_at(self._position, size)
        self._position += len(stored)
        return stored

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most ``size`` bytes at an offset, without moving the position of ``read``."""
        return self._stored[offset : offset + size]

    def seek(self, offset: int, /) -> None:
        """Set the position of ``read``."""
        self._position = offset

    def close(self) -> None:
        """Do nothing: no connection is open."""


def _fetch_small(place: StoredObject) -> FetchedFile | None:
    """Fetch a small object whole; return None if it is large or cannot be fetched in this way.

    To open it, its size and version would be requested first. The answer to this request is
    consistent by itself.
    """
    if not 0 < place.size <= PREFETCH_SIZE or not is_object(place.root.url):
        return None
    try:
        system, _ = filesystem_of(place.root.url)
        check_path(system, place)
        stored = system.cat_file(place.path, start=0, end=PREFETCH_SIZE + 1)
    except Exception:  # noqa: BLE001 (of any storage library: opening it reports it)
        return None
    return FetchedFile(stored) if len(stored) <= PREFETCH_SIZE else None  # it has grown


class PendingLog(NamedTuple):
    """An object that a thread is opening; the future gives the open file."""

    place: StoredObject
    future: Future[RemoteFile | FetchedFile]


# A log to read: the path of a file of this machine, or an object.
Log = str | StoredObject | PendingLog


def path_of(log: Log) -> str:
    """Return what a log is called in a run: a local path, or the name of an object."""
    if isinstance(log, str):
        return log
    return log.place.name if isinstance(log, PendingLog) else log.name


def prefetch(logs: Iterable[str | StoredObject], *, range_size: int = RANGE_SIZE) -> Iterator[Log]:
    """Yield logs while threads open the next ones and read their first bytes.

    Threads suffice, since fsspec waits for the network in coroutines. A URL that fsspec
    reads without them, and a path, is yielded as it is.

    Parameters
    ----------
    logs
        Objects and local paths.
    range_size
        Bytes per request.
    """
    waiting: deque[Log] = deque()
    pool = ThreadPoolExecutor(PREFETCHED)

    def open_log(place: StoredObject) -> RemoteFile | FetchedFile:
        return _fetch_small(place) or RemoteFile(place, range_size=range_size).prefetch()

    try:
        for log in logs:
            if isinstance(log, StoredObject) and is_async(log.root.url):
                waiting.append(PendingLog(log, pool.submit(open_log, log)))
            else:
                waiting.append(log)
            if len(waiting) > PREFETCHED:
                yield waiting.popleft()
        yield from waiting
    finally:  # an interrupted run does not wait for logs that it will not read
        pool.shutdown(wait=False, cancel_futures=True)


def read_whole(url: str) -> bytes:
    """Return all bytes at a URL.

    Raises
    ------
    LogNotFoundError
        There is no object at the URL.
    MissingExtraError
        The library for the URL's scheme is not installed.
    UnreachableError
        The server did not answer, or denied access.
    """
    try:
        system, path = filesystem_of(url)
        return bytes(retry(lambda: system.cat_file(path)))
    except Exception as error:
        raise translate_error(url, error) from error
