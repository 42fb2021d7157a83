"""A log's place to the bytes that are stored there."""

import os
import tempfile
from collections import deque
from contextlib import closing
from typing import IO

from findrobots.reading.fingerprint import WINDOW, digest
from findrobots.reading.monitor import Monitor
from findrobots.sanitize import without_credentials
from findrobots.storage.discovery import STANDARD_INPUT
from findrobots.storage.local import LocalFile, StoredFile
from findrobots.storage.remote import open_stored
from findrobots.storage.urls import is_url

__all__ = ["LogFile", "display_name", "file_digest"]

FETCH_SIZE = 1024 * 1024

# What gzip begins with (RFC 1952, 2.3.1), the only compression of which anything is read
# again. No text does.
READ_AGAIN = b"\x1f"


def _open(path: str) -> StoredFile:
    return open_stored(path) if is_url(path) else LocalFile(path)


class LogFile:
    """A log as it is stored: counts the bytes that are read of it, and tells a meter.

    Of a gzip log that can be read only once, as a pipe, what was read is kept in a
    temporary file without a name, so that a broken one can be read again.
    """

    __slots__ = (
        *("_kept", "_last", "_last_size", "_path", "_place"),
        *("bytes_read", "first", "meter"),
    )

    def __init__(self, path: str, meter: Monitor | None) -> None:
        self._path, self._place = path, _open(path)
        self._kept: IO[bytes] | None = None
        self.first, self._last, self._last_size = b"", deque[bytes](), 0
        self.meter = meter
        self.bytes_read = 0

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""
        stored = self._place.read(size)
        if not stored:
            return stored
        if not self.bytes_read and not self._place.rereadable and stored.startswith(READ_AGAIN):
            self._kept = _temporary_file()
        if self._kept and not _wrote(self._kept, stored):
            self._kept.close()
            self._kept = None
        if len(self.first) < WINDOW:
            self.first += stored[: WINDOW - len(self.first)]
        self._last.append(stored)
        self._last_size += len(stored)
        while self._last_size - len(self._last[0]) >= WINDOW:
            self._last_size -= len(self._last.popleft())
        self.bytes_read += len(stored)
        if self.meter:
            self.meter.add(len(stored))
        return stored

    @property
    def rereadable(self) -> bool:
        """Whether it is a file or an object, which may be read again, and grow."""
        return self._place.rereadable and self._path != STANDARD_INPUT

    def resume_at(self, offset: int) -> None:
        """Go on as if all before an offset had been read."""
        if self.meter:
            self.meter.add(offset - self.bytes_read)
        self.first = self.read_at(0, min(offset, WINDOW))
        before = self.read_at(max(0, offset - WINDOW), min(offset, WINDOW))
        self._last, self._last_size = deque([before]), len(before)
        self.bytes_read = offset
        self._place.seek(offset)

    def skip_to_end(self) -> int:
        """Go on as if all had been read, and return how many bytes that is."""
        self.resume_at(self._place.size)
        return self.bytes_read

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most so many bytes from an offset on; what ``read`` gives stays the same.

        What can be read only once is read of what was kept, or is fetched anew.
        """
        if not self._kept and not self._place.rereadable and is_url(self._path):
            self._kept = _temporary_file()
            if self._kept:
                _fetch(self._path, self._kept)
        if self._kept:
            return os.pread(self._kept.fileno(), size, offset)
        return _read_at(self._place, offset, size)

    def digest(self) -> bytes:
        """Return a digest of what was read: of its first bytes, its last ones, and its size."""
        return _digest(self.first, b"".join(self._last), self.bytes_read)

    def close(self) -> int:
        """Close the file and return how many bytes were read of it."""
        self._place.close()
        if self._kept:
            self._kept.close()
        return self.bytes_read


def _temporary_file() -> IO[bytes] | None:
    """Return a file without a name, none where there is no place for one."""
    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError:
        return None


def _fetch(url: str, file: IO[bytes]) -> None:
    """Write what is at a URL into a file, as far as there is room."""
    with closing(open_stored(str(url))) as remote:
        while (stored := remote.read(FETCH_SIZE)) and _wrote(file, stored):
            pass


def _wrote(file: IO[bytes], stored: bytes) -> bool:
    """Write all of it, and tell whether there was room: want of it is no fault of the log."""
    try:
        while stored:
            stored = stored[file.write(stored) :]
    except OSError:
        return False
    return True


def file_digest(path: str) -> tuple[int, bytes]:
    """Return a log's size in bytes as stored and its digest, of which only the ends are read.

    Of an unchanged log they are what ``LogFile`` gives that has read all of it.

    Raises
    ------
    OSError
        It cannot be read, only once, or does not tell its size.
    """
    place = _open(path)
    try:
        size = place.size
        first = _read_at(place, 0, WINDOW)
        last = _read_at(place, max(0, size - WINDOW), WINDOW)
    finally:
        place.close()
    return size, _digest(first, last, size)


def _read_at(place: StoredFile, offset: int, size: int) -> bytes:
    if not place.rereadable:
        message = "it can be read only once"
        raise OSError(message)
    return place.read_at(offset, size)


def _digest(first: bytes, last: bytes, size: int) -> bytes:
    return digest(first + last[-WINDOW:] + size.to_bytes(8, "little"))


def display_name(path: str) -> str:
    r"""Return a path or URL as text that can be stored.

    Bytes that are no UTF-8 stand as ``\xNN``; credentials are left out.
    """
    if is_url(path):
        path = without_credentials(path)
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")
