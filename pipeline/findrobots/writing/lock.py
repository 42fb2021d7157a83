"""Lock an output file by its temporary file, which leaves no lock file."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path

__all__ = ["identity", "locked", "sync_directory", "temporary_path"]


def temporary_path(target: Path) -> Path:
    """Return the path of the temporary file of an output, in the same directory."""
    return target.with_name(f".{target.name}.tmp")


def identity(path: str | Path | int) -> tuple[int, int] | None:
    """Return the device and inode number of a file, or None if it cannot be accessed."""
    try:
        status = os.stat(path)  # noqa: PTH116 (a descriptor is not a Path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def locked(target: Path, waiting: Callable[[], object]) -> Iterator[FileIO]:
    """Open and lock the temporary file of an output, empty, and remove it at the end.

    A run that is killed leaves the file unlocked; the next run recognises it as stale and
    reuses it.

    Parameters
    ----------
    target
        The output.
    waiting
        Called if another run has the lock, before waiting for it.

    Raises
    ------
    OSError
        The file cannot be opened or locked.
    """
    temporary = temporary_path(target)
    with _lock(temporary, waiting) as file:
        try:
            yield file
        finally:
            # If it was renamed, the name may already belong to the file of another run.
            if identity(temporary) == identity(file.fileno()):
                temporary.unlink()


def _lock(temporary: Path, waiting: Callable[[], object]) -> FileIO:
    """Open a file and lock it by flock(2), which ends with the process."""
    operation = fcntl.LOCK_EX | fcntl.LOCK_NB
    while True:
        with ExitStack() as closing:
            # Opening it for appending does not truncate the file of another run.
            file = closing.enter_context(FileIO(temporary, "ab", opener=_open_no_link))
            try:
                fcntl.flock(file, operation)
            except BlockingIOError:
                waiting()
                operation = fcntl.LOCK_EX
                continue
            # While this run waited, the other may have renamed or removed the file.
            if identity(temporary) == identity(file.fileno()):
                file.truncate(0)
                closing.pop_all()
                return file


def _open_no_link(path: str, flags: int) -> int:
    """Open a file, but refuse a symbolic link, which an attacker may plant."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
