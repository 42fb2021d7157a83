"""A file's place to the file in the making beside it, which is its lock too."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO
from pathlib import Path

__all__ = ["identity", "locked", "sync_directory", "temporary_path"]


def temporary_path(target: Path) -> Path:
    """Return the name under which a file is made, and locked, before it takes its place."""
    return target.with_name(f".{target.name}.tmp")


def identity(path: str | Path | int) -> tuple[int, int] | None:
    """Return what tells a file from all others, whatever it is called; none if it is not there."""
    try:
        status = os.stat(path)  # noqa: PTH116 (a descriptor is no Path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def locked(target: Path, waiting: Callable[[], object]) -> Iterator[FileIO]:
    """Open the file in the making beside a place, empty, once no other run holds it.

    Who finds it held calls ``waiting``, then waits. A run that is killed leaves the file,
    but not locked: the next run takes it over, and so it is gone thereafter.

    Raises
    ------
    OSError
        It cannot be opened or locked.
    """
    temporary = temporary_path(target)
    with _lock(temporary, waiting) as file:
        try:
            yield file
        finally:
            # Where it was renamed, another run's may bear the name by now.
            if identity(temporary) == identity(file.fileno()):
                temporary.unlink()


def _lock(temporary: Path, waiting: Callable[[], object]) -> FileIO:
    """Open a file and lock it, by flock(2): until it is closed, or every process with it ends."""
    how = fcntl.LOCK_EX | fcntl.LOCK_NB
    while True:
        with ExitStack() as closing:
            # Opening it for appending does not empty another run's.
            file = closing.enter_context(FileIO(temporary, "ab", opener=_open_no_link))
            try:
                fcntl.flock(file, how)
            except BlockingIOError:
                waiting()
                how = fcntl.LOCK_EX
                continue
            # While this one waited, the other's was renamed or removed.
            if identity(temporary) == identity(file.fileno()):
                file.truncate(0)
                closing.pop_all()
                return file


def _open_no_link(path: str, flags: int) -> int:
    """Open a file, but not one that somebody else's link of that name leads to."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def sync_directory(folder: Path) -> None:
    """Put the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
