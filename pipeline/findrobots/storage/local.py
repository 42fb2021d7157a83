"""A path of this machine to the bytes that are stored there."""

import os
import stat
from typing import Protocol

from findrobots.storage.discovery import STANDARD_INPUT

__all__ = ["LocalFile", "StoredFile"]


class StoredFile(Protocol):
    """Where a log is stored."""

    @property
    def rereadable(self) -> bool:
        """Whether its bytes can be read at any offset, and more than once."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most so many bytes from an offset on; what ``read`` gives stays the same."""

    def seek(self, offset: int, /) -> None:
        """Have ``read`` go on at an offset."""

    def close(self) -> None:
        """Let go of it."""


class LocalFile:
    """A log of this machine: a file, a pipe, or a terminal."""

    __slots__ = ("begin", "descriptor", "rereadable")

    def __init__(self, path: str) -> None:
        self.descriptor = (
            os.dup(0) if path == STANDARD_INPUT else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        )
        mode = os.fstat(self.descriptor).st_mode
        if stat.S_ISBLK(mode) or (stat.S_ISCHR(mode) and not os.isatty(self.descriptor)):
            self.close()
            message = "it is a device, not a log"
            raise OSError(message)
        self.rereadable = stat.S_ISREG(mode)
        # Who gives us a file as standard input may have read of it.
        self.begin = os.lseek(self.descriptor, 0, os.SEEK_CUR) if self.rereadable else 0

    @property
    def size(self) -> int:
        """How many bytes there are by now."""
        return os.fstat(self.descriptor).st_size - self.begin

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""
        return os.read(self.descriptor, size)

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most so many bytes from an offset on."""
        return os.pread(self.descriptor, size, self.begin + offset)

    def seek(self, offset: int, /) -> None:
        """Have ``read`` go on at an offset."""
        os.lseek(self.descriptor, self.begin + offset, os.SEEK_SET)

    def close(self) -> None:
        """Let go of it."""
        os.close(self.descriptor)
