"""Read the stored bytes of a log, whether it is a file, a pipe or an object at a URL."""

import os
import tempfile
from contextlib import closing
from typing import IO

from findrobots.reading.fingerprint import WINDOW, HeadTail, digest
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.records import CHANGED, UNOPENED
from findrobots.storage.discovery import STANDARD_INPUT
from findrobots.storage.local import LocalFile, StoredFile
from findrobots.storage.locations import StoredObject
from findrobots.storage.remote import Log, PendingLog, RemoteFile, path_of

__all__ = ["LogFile", "digest_ends", "display_name", "outcome_of"]

FETCH_SIZE = 1024 * 1024

# The first byte of gzip (RFC 1952, section 2.3.1), the only compression of which anything is
# read again. No text begins with it.
GZIP_FIRST_BYTE = b"\x1f"


class _ReplacedError(OSError):
    """Another file has the name of a log by now."""


class LogFile:
    """A log as it is stored: reads its bytes, and reports how many to a monitor.

    What is read of a gzip log that can be read only once, as from a pipe, is kept in an
    unnamed temporary file, so that a corrupt log can be read again.

    Parameters
    ----------
    source
        A local path, an object, or one that is being opened.
    monitor
        Where the number of bytes read is reported.
    inode
        The inode that a local file must have; 0 for any.

    Raises
    ------
    OSError
        The log cannot be opened; reading raises no other error either.
    """

    __slots__ = ("_copy", "_end", "_monitor", "_path", "_seen", "_stored")

    def __init__(self, source: Log, monitor: Monitor = UNMONITORED, *, inode: int = 0) -> None:
        self._path, self._stored = path_of(source), _open(source)
        if inode and isinstance(self._stored, LocalFile) and self._stored.inode != inode:
            self._stored.close()
            message = "was replaced by another file"
            raise _ReplacedError(message)
        self._copy: IO[bytes] | None = None
        self._seen = HeadTail(WINDOW)
        self._end: int | None = None
        self._monitor = monitor

    @property
    def bytes_read(self) -> int:
        """How many bytes were read, or skipped."""
        return self._seen.size

    @property
    def head(self) -> bytes:
        """The first 64 KiB of what was read."""
        return self._seen.head

    @property
    def rereadable(self) -> bool:
        """Whether it is a file or an object, which can be read again, and grow."""
        return self._stored.rereadable and self._path != STANDARD_INPUT

    @property
    def has_shrunk(self) -> bool:
        """Whether a local file has fewer bytes by now than were read of it."""
        try:
            return isinstance(self._stored, LocalFile) and self._stored.size < self._seen.size
        except OSError:  # what was read counts
            return False

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; return none at the end."""
        if self._end is not None:
            size = max(0, min(size, self._end - self._seen.size))
        stored = self._stored.read(size)
        if not stored:
            return stored
        if (
            not self._seen.size
            and not self._stored.rereadable
            and stored.startswith(GZIP_FIRST_BYTE)
        ):
            self._copy = _temporary_file()
        if self._copy and not _write_all(self._copy, stored):
            self._copy.close()
            self._copy = None
        self._seen.add(stored)
        self._monitor.add(len(stored))
        return stored

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most ``size`` bytes at an offset, without moving the position of ``read``.

        If the log can be read only once, its copy is read instead; a URL is fetched again.
        """
        stored = self._stored
        if not self._copy and not stored.rereadable and isinstance(stored, RemoteFile):
            self._copy = _temporary_file()
            if self._copy:
                _fetch(stored.place, self._copy)
        if self._copy:
            return os.pread(self._copy.fileno(), size, offset)
        return self._read_stored_at(offset, size)

    def resume_at(self, offset: int) -> None:
        """Set the position of ``read``, as if all bytes before it had been read."""
        self._monitor.add(offset - self.bytes_read)
        self.skip_to(offset)

    def skip_to(self, offset: int) -> None:
        """Set the position of ``read`` without reporting the bytes before it as read."""
        head = self.read_at(0, min(offset, WINDOW))
        tail = self.read_at(max(0, offset - WINDOW), min(offset, WINDOW))
        self._seen.skip_to(offset, head, tail)
        self._stored.seek(offset)

    def stop_at(self, offset: int | None) -> None:
        """Let the log end at an offset for ``read``, or where it ends."""
        self._end = offset

    def digest(self) -> bytes:
        """Return a digest of what was read: of its first 64 KiB, its last ones, and its size."""
        return digest_ends(self._seen.head, self._seen.tail(), self._seen.size)

    def stored_digest(self) -> bytes:
        """Return the digest of the stored bytes; only the first and last 64 KiB are read.

        For an unchanged log it equals ``digest()`` after reading it all.

        Raises
        ------
        OSError
            The log cannot be read, can be read only once, or has no known size.
        """
        size = self._stored.size
        head = self._read_stored_at(0, WINDOW)
        tail = self._read_stored_at(max(0, size - WINDOW), WINDOW)
        return digest_ends(head, tail, size)

    def close(self) -> int:
        """Close the log and return how many bytes were read."""
        self._stored.close()
        if self._copy:
            self._copy.close()
        return self.bytes_read

    def _read_stored_at(self, offset: int, size: int) -> bytes:
        if not self._stored.rereadable:
            message = "can be read only once"
            raise OSError(message)
        return self._stored.read_at(offset, size)


def outcome_of(error: OSError, inode: int) -> str:
    """Return what an error means for a log that was listed with an inode, 0 if with none."""
    is_gone = inode and isinstance(error, FileNotFoundError)
    return CHANGED if is_gone or isinstance(error, _ReplacedError) else UNOPENED


def _open(source: Log) -> StoredFile:
    if isinstance(source, str):
        return LocalFile(source)
    return source.future.result() if isinstance(source, PendingLog) else RemoteFile(source)


def _temporary_file() -> IO[bytes] | None:
    """Return an unnamed file, or None if there is no space for one."""
    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError:
        return None


def _fetch(place: StoredObject, file: IO[bytes]) -> None:
    """Write the bytes of an object to a file, until the disk is full."""
    with closing(RemoteFile(place)) as remote:
        while (stored := remote.read(FETCH_SIZE)) and _write_all(file, stored):
            pass


def _write_all(file: IO[bytes], stored: bytes) -> bool:
    """Write all bytes; return False if the disk is full, which is no error of the log."""
    try:
        while stored:
            stored = stored[file.write(stored) :]
    except OSError:
        return False
    return True


def digest_ends(head: bytes, tail: bytes, size: int) -> bytes:
    """Return a digest of stored bytes, given the first 64 KiB, the last ones, and their size."""
    return digest(head + tail + size.to_bytes(8, "little"))


def display_name(source: Log) -> str:
    r"""Return a local path, or the name of an object, as text that can be stored and shown.

    Bytes that are not UTF-8 are shown as ``\xNN``.
    """
    path = path_of(source)
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")
