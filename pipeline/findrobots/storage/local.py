"""Read files, pipes and terminals of this machine."""

import os
import stat
from typing import Protocol

from findrobots.storage.discovery import MAX_INTEGER, STANDARD_INPUT

__all__ = ["LocalFile", "StoredFile"]


class StoredFile(Protocol):
    """An open log, local or remote, read as it is stored."""

    @property
    def rereadable(self) -> bool:
        """Whether its bytes can be read at any offset, and more than once."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; return none at the end."""

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most ``size`` bytes at an offset, without moving the position of ``read``."""

    def seek(self, offset: int, /) -> None:
        """Set the position of ``read``."""

    def close(self) -> None:
        """Close the file."""


class LocalFile:
    """A log of this machine: a file, a pipe, a terminal, or /dev/null, which is empty."""

    __slots__ = ("begin", "descriptor", "inode", "rereadable")

    def __init__(self, path: str) -> None:
        self.descriptor = (
            os.dup(0) if path == STANDARD_INPUT else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        )
        status = os.fstat(self.descriptor)
        mode, self.inode = status.st_mode, status.st_ino & MAX_INTEGER
        if stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not self._ends()):
            self.close()
            message = "is a device, not a log file"
            raise OSError(message)
        self.rereadable = stat.S_ISREG(mode)
        # A file given as standard input may have been read in part by another program.
        self.begin = os.lseek(self.descriptor, 0, os.SEEK_CUR) if self.rereadable else 0

    def _ends(self) -> bool:
        """Return whether a character device ends: a terminal, or /dev/null, an empty log."""
        null = os.stat(os.devnull).st_rdev  # noqa: PTH116 (as the other calls here)
        return os.isatty(self.descriptor) or os.fstat(self.descriptor).st_rdev == null

    @property
    def size(self) -> int:
        """Current size in bytes."""
        return os.fstat(self.descriptor).st_size - self.begin

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; return none at the end."""
        return os.read(self.descriptor, size)

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most ``size`` bytes at an offset, without moving the position of ``read``."""
        return os.pread(self.descriptor, size, self.begin + offset)

    def seek(self, offset: int, /) -> None:
        """Set the position of ``read``."""
        os.lseek(self.descriptor, self.begin + offset, os.SEEK_SET)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)
