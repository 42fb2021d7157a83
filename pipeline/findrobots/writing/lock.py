"""Lock an output file by its temporary file, which leaves no lock file."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from io import FileIO
from pathlib import Path
from typing import NamedTuple

__all__ = ["LockedFile", "identity", "locked", "sync_directory", "temporary_path", "without_umask"]


def temporary_path(target: Path) -> Path:
    """Return the path of the temporary file of an output, in the same directory."""
    return target.with_name(f".{target.name}.tmp")


def identity(path: str | Path | int, directory: int | None = None) -> tuple[int, int] | None:
    """Return the device and inode number of a file, or None if it cannot be accessed.

    A name in an open directory is not followed if it is a link.
    """
    try:
        follow = directory is None
        status = os.stat(path, dir_fd=directory, follow_symlinks=follow)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class LockedFile(NamedTuple):
    """The temporary file of an output, which only this run writes.

    Its directory is held open, so that another one that gets its name meanwhile is not written to.
    """

    target: Path
    file: FileIO
    directory: int

    @property
    def is_in_place(self) -> bool:
        """Whether the name of the temporary file is still that of this file."""
        own = identity(self.file.fileno())
        return identity(temporary_path(self.target).name, self.directory) == own

    def replace_target(self) -> None:
        """Rename the temporary file to the output; a link there is replaced, not followed.

        Raises
        ------
        OSError
            The file cannot be renamed, or something else had its name just then.
        """
        name, place = temporary_path(self.target).name, self.directory
        _restrict(self.file.fileno(), self.target.name, place)
        os.rename(name, self.target.name, src_dir_fd=place, dst_dir_fd=place)
        if identity(self.target.name, place) != identity(self.file.fileno()):
            message = "another process exchanged its temporary file"
            raise OSError(message)
        # So that the rename survives a loss of power. It is done: without this, too, the output is
        # the old one or the new one, and no error may say that it is not written.
        with suppress(OSError):
            os.fsync(place)


@contextmanager
def locked(target: Path, waiting: Callable[[], object]) -> Iterator[LockedFile]:
    """Open and lock the temporary file of an output, empty, and remove it at the end.

    A run that is killed leaves the file unlocked; the next run recognises it as stale and
    reuses it, unless it is a link, or another user's.

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
    directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with _lock(target, directory, waiting) as file:
            temporary = LockedFile(target, file, directory)
            try:
                yield temporary
            finally:
                # If it was renamed, the name may already belong to the file of another run.
                if temporary.is_in_place:
                    os.unlink(temporary_path(target).name, dir_fd=directory)
    finally:
        os.close(directory)


def _lock(target: Path, directory: int, waiting: Callable[[], object]) -> FileIO:
    """Open a file and lock it by flock(2), which ends with the process."""
    name = temporary_path(target).name
    operation = fcntl.LOCK_EX | fcntl.LOCK_NB
    while True:
        with ExitStack() as closing:
            # Opening it for appending does not truncate the file of another run.
            opener = partial(_open_own, directory=directory)
            file = closing.enter_context(FileIO(name, "ab", opener=opener))
            try:
                fcntl.flock(file, operation)
            except BlockingIOError:
                waiting()
                operation = fcntl.LOCK_EX
                continue
            # While this run waited, the other may have renamed or removed the file.
            if identity(name, directory) == identity(file.fileno()):
                _check_own(os.fstat(file.fileno()))
                file.truncate(0)
                _restrict(file.fileno(), target.name, directory)
                closing.pop_all()
                return file


def _open_own(path: str, flags: int, directory: int) -> int:
    """Open a regular file, or make one that nobody else can read.

    A symbolic link, which an attacker may plant, is refused, and a pipe does not make it wait.
    """
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600, dir_fd=directory)
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        message = "it is no file of an earlier run: remove it"
        raise OSError(message)
    return descriptor


def _check_own(status: os.stat_result) -> None:
    """Refuse a file that another user left: the output would be that user's."""
    if status.st_uid != os.geteuid():
        message = "it belongs to another user: remove it"
        raise OSError(message)


def _restrict(descriptor: int, target: str, directory: int) -> None:
    """Give a temporary file the owner and the permissions that the output has, or will have.

    A new output has those that the user's umask leaves; an existing one keeps its own.
    """
    try:
        old = os.stat(target, dir_fd=directory, follow_symlinks=False)
    except OSError:
        old = None
    if old is None or not stat.S_ISREG(old.st_mode):
        _set_mode(descriptor, without_umask(0o666))
        return
    mode = stat.S_IMODE(old.st_mode) & 0o666
    for owner, group in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
        with suppress(OSError):  # only root can give a file away
            os.fchown(descriptor, owner, group)
            break
    else:  # this group gets no more than all others
        mode = mode & ~0o060 | (mode & 0o006) << 3 & mode
    _set_mode(descriptor, mode)


def _set_mode(descriptor: int, mode: int) -> None:
    with suppress(OSError):  # as on FAT, where all files have the same mode
        os.fchmod(descriptor, mode)


def without_umask(mode: int) -> int:
    """Return what the user's umask leaves of a mode."""
    umask = os.umask(0o077)  # what other threads make at this moment is more private
    os.umask(umask)
    return mode & ~umask


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory to disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
