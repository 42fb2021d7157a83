"""Reserve a directory before the work, replace it atomically after it."""

import errno
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

from findrobots.errors import OutputError
from findrobots.writing.atomic import StrPath, check_link, check_parent, local_target, os_errors_as
from findrobots.writing.lock import locked, sync_directory, without_umask
from findrobots.writing.names import check_suffix

__all__ = ["SHARD_NAME", "OutputDirectory", "reserve_directory"]

# From linux/fcntl.h and linux/fs.h.
AT_FDCWD, RENAME_EXCHANGE = -100, 2
# The name of a shard has its number and the number of all shards.
# The size and the magic number at the end of a Parquet file, and the most that is read of a footer.
FOOTER_END, MAX_FOOTER = 8, 1 << 20
SHARD_NAME = re.compile(r"part-\d{5}-of-\d{5}\.parquet")


class OutputDirectory(NamedTuple):
    """A directory that only this run writes.

    Attributes
    ----------
    target
        The path of the output.
    temporary
        A directory for the new content, which ``commit`` renames to ``target``.
    scratch
        A directory for intermediate files.
    """

    target: Path
    temporary: Path
    scratch: Path

    def commit(self) -> None:
        """Replace the output with the temporary directory.

        Raises
        ------
        OutputError
            The output cannot be replaced.
        """
        with os_errors_as(self.target):
            for old in self.target.glob("part-*.parquet"):
                mode = stat.S_IMODE(old.stat().st_mode) & 0o666
                for new in self.temporary.iterdir():
                    new.chmod(mode)
                break
            sync_directory(self.temporary)
            try:
                self.temporary.rename(self.target)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
                _exchange(self.temporary, self.target)
            with suppress(OSError):  # it is renamed: no error may say that it is not
                sync_directory(self.target.parent)  # so that the rename survives a loss of power


@contextmanager
def reserve_directory(
    path: StrPath,
    *,
    names: re.Pattern[str] = SHARD_NAME,
    other_output: StrPath | None = None,
    waiting: Callable[[StrPath], object] = lambda _: None,
) -> Iterator[OutputDirectory]:
    """Reserve a directory within a ``with`` block: no other run writes it meanwhile.

    The content is written to ``.NAME.new`` beside the directory, which the next run removes
    if this one is killed. An existing directory is replaced if it contains only files that
    findrobots writes.

    Parameters
    ----------
    path
        The directory.
    names
        The names of the files that findrobots writes to such a directory.
    other_output
        Path of another output of this run, which must not be in the directory.
    waiting
        Called with the path if another run is writing it, before waiting for that run.

    Raises
    ------
    OutputError
        The directory cannot be written.
    """
    target = _check_target(path, names, other_output)
    workspace = target.with_name(f".{target.name}.new")
    directory = OutputDirectory(target, workspace / "temporary", workspace / "scratch")
    with ExitStack() as stack:
        with os_errors_as(path):
            stack.enter_context(locked(target, partial(waiting, path)))
            _check_target(path, names, other_output)  # again: another run may just have written it
            _remove_left_over(workspace, path)
            stack.callback(_remove, workspace)
            _make(workspace, directory)
        yield directory


def _make(workspace: Path, directory: OutputDirectory) -> None:
    """Make the directories of a run, which nobody may read who may not read the output."""
    target = directory.target
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else without_umask(0o777)
    workspace.mkdir(0o700)
    for each in (directory.temporary, directory.scratch):
        each.mkdir(0o700)
        each.chmod(mode)
    workspace.chmod(mode & 0o770)


def _check_target(path: StrPath, names: re.Pattern[str], other_output: StrPath | None) -> Path:
    check_suffix(path)
    check_link(path)
    target = local_target(path)
    if target is None:
        raise OutputError(path, "directories are written on this machine only", "name one here")
    if target.exists() and not target.is_dir():
        raise OutputError(path, "it is a file", "name a directory")
    if target.exists():
        entries = sorted(target.iterdir())
        for entry in entries:
            if not (names.fullmatch(entry.name) and entry.is_file()):
                raise OutputError(path, f"it contains {entry.name}", "name a new directory")
        with os_errors_as(path):
            if entries and not any(map(_is_ours, entries)):
                reason = f"findrobots did not write {entries[0].name} there"
                raise OutputError(path, reason, "name a new directory")
    check_parent(path, target.parent)
    other = None if other_output is None else local_target(other_output)
    if other and target in {other, *other.parents}:
        reason = f"it is in the directory {target.name}"
        raise OutputError(other_output, reason, "name a file in another directory")
    return target


def _remove_left_over(workspace: Path, path: StrPath) -> None:
    """Remove what a killed run left, unless that holds something else."""
    if os.path.lexists(workspace):
        strange = workspace.is_symlink() or {*os.listdir(workspace)} - {"temporary", "scratch"}  # noqa: PTH208 (names)
        if strange:
            raise OutputError(path, f"{workspace.name} is of no earlier run", "remove it")
    _remove(workspace)


def _is_ours(file: Path) -> bool:
    """Return whether the footer of a Parquet file has the metadata of findrobots."""
    # The Parquet file format: the footer, its size in four bytes, and "PAR1".
    with file.open("rb") as stored:
        size = stored.seek(0, os.SEEK_END)
        stored.seek(max(0, size - FOOTER_END))
        footer = int.from_bytes(stored.read(FOOTER_END)[:4], "little") + FOOTER_END
        stored.seek(max(0, size - footer))
        return b"findrobots." in stored.read(min(footer, MAX_FOOTER))


def _remove(directory: Path) -> None:
    if directory.exists():
        try:
            shutil.rmtree(directory)
        finally:  # also if the user interrupts it
            shutil.rmtree(directory, ignore_errors=True)


def _exchange(one: Path, other: Path) -> None:
    """Exchange the names of two directories atomically, by renameat2(2)."""
    import ctypes  # noqa: PLC0415 (imported only where it is needed)

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOTSUP, "this system cannot replace directories")
    arguments = (AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other))
    if libc.renameat2(*arguments, RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
