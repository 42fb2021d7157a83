"""Places of outputs to the files there: whole or not at all, one run at a time."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO, FileIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from findrobots.errors import OutputError
from findrobots.storage.discovery import STANDARD_INPUT
from findrobots.storage.urls import is_url, local_path, same_place
from findrobots.writing.lock import identity, locked, sync_directory, temporary_path
from findrobots.writing.upload import check_destination, object_version, upload

__all__ = [
    "Outputs",
    "StrPath",
    "Writer",
    "check_not_a_log",
    "check_output",
    "check_parent",
    "exists",
    "local_target",
    "os_errors_as",
    "reserve_outputs",
]

StrPath = str | os.PathLike[str]
# What writes an output's bytes into a file.
Writer = Callable[[BinaryIO], object]


class _File(NamedTuple):
    """A place here that this run alone writes: the file in the making beside it is locked."""

    target: Path
    lock: FileIO

    def fill(self, fill: Writer) -> None:
        with os.fdopen(self.lock.fileno(), "ab", closefd=False) as file:
            fill(file)
        os.fsync(self.lock.fileno())

    def commit(self) -> None:
        made = temporary_path(self.target)
        if identity(made) != identity(self.lock.fileno()):
            raise OutputError(self.target, f"somebody took {made.name} away", "run again")
        made.replace(self.target)
        sync_directory(self.target.parent)  # the rename too survives a loss of power


class _Object(NamedTuple):
    """A URL, and what stood there before if the output builds on that."""

    url: str
    stood: object
    content: BytesIO

    def fill(self, fill: Writer) -> None:
        fill(self.content)

    def commit(self) -> None:
        if self.stood is not None and object_version(self.url) != self.stood:
            raise OutputError(self.url, "another run wrote it meanwhile", "run again")
        upload(self.url, self.content.getvalue())


class Outputs(NamedTuple):
    """Outputs that this run may write, once."""

    places: dict[StrPath, _File | _Object]

    def write(self, fills: Mapping[StrPath, Writer]) -> None:
        """Write every output with what fills it: each whole, or not at all.

        What stood at a place stands until all outputs are on the disk. What goes to a URL
        goes there first, so that its fault leaves the files here as they were.

        Raises
        ------
        OutputError
            One cannot be written, or a URL that is built on has changed meanwhile.
        """
        for path, place in self.places.items():
            with os_errors_as(path):
                place.fill(fills[path])
        for path, place in reversed(self.places.items()):
            with os_errors_as(path):
                place.commit()


@contextmanager
def reserve_outputs(
    paths: Iterable[StrPath],
    *,
    waiting: Callable[[StrPath], object] = lambda _: None,
    building_on: bool = False,
) -> Iterator[Outputs]:
    """Claim outputs before the work: no other run writes a file here until the end.

    Where one does, ``waiting`` is called with the path, and then waited. A URL cannot be
    locked: if the outputs are built on what stands there, ``write`` refuses one that has
    changed.

    Raises
    ------
    OutputError
        One cannot be written, or two are the same.
    """
    places: dict[StrPath, _File | _Object] = {}
    with ExitStack() as held:
        # All runs claim in one order, so that no two wait for one another.
        targets = [(local_target(path), path) for path in paths]
        for target, path in sorted(targets, key=lambda each: (each[0] is None, str(each[0]))):
            check_output(path)
            if path in places or (target and _is_claimed(target, places.values())):
                raise OutputError(path, "both tables would go there", "give each its own file")
            if target:
                with os_errors_as(path, f"{temporary_path(target).name}: "):
                    lock = held.enter_context(locked(target, partial(waiting, path)))
                places[path] = _File(target, lock)
            else:
                stood = object_version(str(path)) if building_on else None
                places[path] = _Object(str(path), stood, BytesIO())
        yield Outputs(places)


def local_target(path: StrPath) -> Path | None:
    """Return the file here that an output goes to, links followed; none for another URL."""
    here = local_path(os.fspath(path))
    return None if here is None else Path(os.path.realpath(here))


def _is_claimed(target: Path, places: Iterable[_File | _Object]) -> bool:
    """Tell whether a place is one that this run has locked, by whatever name."""
    own = {identity(each.lock.fileno()) for each in places if isinstance(each, _File)}
    return identity(temporary_path(target)) in own


@contextmanager
def os_errors_as(path: StrPath, detail: str = "") -> Iterator[None]:
    """Turn the system's faults into ones that name an output."""
    try:
        yield
    except OSError as error:
        why = f"{detail}{error.strerror or error}"
        raise OutputError(path, why, "write elsewhere") from error


def exists(path: StrPath) -> bool:
    """Tell whether there is something at the place of an output."""
    target = local_target(path)
    return bool(object_version(os.fspath(path))) if target is None else target.exists()


def check_output(path: StrPath) -> None:
    """Refuse a place where no file can be written, before the work and not after.

    Raises
    ------
    OutputError
        It is a directory, or there is none to hold it, or it may not be written.
    """
    target = local_target(path)
    if target is None:
        check_destination(os.fspath(path))
        return
    if target.is_dir():
        raise OutputError(path, "it is a directory", "name a file in it, or give --shards")
    if target.exists() and not target.is_file():
        raise OutputError(path, "it is not a regular file", "name another")
    check_parent(path, target.parent)


def check_parent(path: StrPath, holder: Path) -> None:
    """Refuse a place whose directory is not there, or may not be written."""
    if not holder.is_dir():
        raise OutputError(path, "its directory does not exist", "make it first")
    if not os.access(holder, os.W_OK):
        raise OutputError(path, "its directory may not be written", "write elsewhere")


def check_not_a_log(outputs: Iterable[StrPath], logs: Iterable[str]) -> None:
    """Refuse outputs that would take a log's place, whatever name either goes by.

    Raises
    ------
    OutputError
        An output is one of the logs.
    """
    os_errors_as = list(logs)
    for path in outputs:
        if _is_log(path, os_errors_as):
            raise OutputError(path, "it is one of the logs", "name another file")


def _is_log(path: StrPath, logs: list[str]) -> bool:
    target = local_target(path)
    if target is None:
        return any(same_place(os.fspath(path), log) for log in logs)
    temporary = temporary_path(target)
    if not target.exists():  # but the file in the making may bear the name of a log
        logs = [log for log in logs if log.endswith(temporary.name)]
    own = {identity(target), identity(temporary)} - {None}
    return any(identity(_opened(log)) in own for log in logs)


def _opened(log: str) -> str | int:
    """Return the file here, or its descriptor, that is read where a log is; else an empty name."""
    if log == STANDARD_INPUT:
        return 0
    return local_path(log.rpartition("::")[2] if is_url(log) else log) or ""
