"""A directory's place to the directory there: whole or not at all, one run at a time."""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from findrobots.errors import OutputError
from findrobots.writing.atomic import StrPath, check_parent, local_target, os_errors_as
from findrobots.writing.lock import locked, sync_directory

__all__ = ["SHARD_NAME", "OutputDirectory", "reserve_directory"]

# From linux/fcntl.h and linux/fs.h.
AT_FDCWD, RENAME_EXCHANGE = -100, 2
# The name of a shard says which of how many it is.
SHARD_NAME = re.compile(r"part-\d{5}-of-\d{5}\.parquet")


class OutputDirectory(NamedTuple):
    """A directory that this run alone makes: ``made`` takes its place when it is put.

    ``scratch`` is a directory for what is needed meanwhile.
    """

    target: Path
    made: Path
    scratch: Path

    def commit(self) -> None:
        """Let what was made take its place, and what stood there go.

        Raises
        ------
        OutputError
            It cannot.
        """
        with os_errors_as(self.target):
            sync_directory(self.made)
            try:
                self.made.rename(self.target)
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
                _exchange(self.made, self.target)
            sync_directory(self.target.parent)  # the rename too survives a loss of power


@contextmanager
def reserve_directory(
    path: StrPath,
    *,
    apart: StrPath | None = None,
    waiting: Callable[[StrPath], object] = lambda _: None,
) -> Iterator[OutputDirectory]:
    """Claim the place of a directory: no other run writes there until the end.

    It is made in ``.NAME.shards`` beside its place, which the next run clears if this one is
    killed. A directory that stands there is replaced if it holds nothing but shards.
    Another output has to be ``apart`` from it.

    Raises
    ------
    OutputError
        It cannot be written there.
    """
    target = _check_folder(path, apart)
    workshop = target.with_name(f".{target.name}.shards")
    folder = OutputDirectory(target, workshop / "made", workshop / "scratch")
    with ExitStack() as held:
        with os_errors_as(path):
            held.enter_context(locked(target, partial(waiting, path)))
            _check_folder(path, apart)  # again: another run may have been waited for
            held.callback(_clear, workshop)
            _clear(workshop)
            for place in (workshop, folder.made, folder.scratch):
                place.mkdir()
        yield folder


def _check_folder(path: StrPath, apart: StrPath | None) -> Path:
    target = local_target(path)
    if target is None:
        raise OutputError(path, "shards go to a directory of this machine", "name one")
    if target.exists() and not target.is_dir():
        raise OutputError(path, "it is a file", "name a directory for the shards")
    if target.exists():
        for other in sorted(target.iterdir()):
            if not SHARD_NAME.fullmatch(other.name):
                raise OutputError(path, f"it holds {other.name}", "name a new directory")
    check_parent(path, target.parent)
    temporary_path = None if apart is None else local_target(apart)
    if temporary_path and target in {temporary_path, *temporary_path.parents}:
        raise OutputError(apart, "the shards would go there", "name a file elsewhere")
    return target


def _clear(workshop: Path) -> None:
    if workshop.exists():
        shutil.rmtree(workshop)


def _exchange(one: Path, other: Path) -> None:
    """Let two directories take one another's place, by renameat2(2), in one step."""
    import ctypes  # noqa: PLC0415 (only this pays for it)

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOTSUP, "this system replaces no directory")
    places = (AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other))
    if libc.renameat2(*places, RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
