"""Reserve outputs before the work, and write them atomically after it.

A local file is written under a temporary name beside it and renamed when it is complete. The
temporary file is locked meanwhile, so that only one run writes each output.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from findrobots.errors import OutputError
from findrobots.storage.discovery import MAX_INTEGER, STANDARD_INPUT
from findrobots.storage.sources import Source, Sources
from findrobots.storage.urls import local_path, local_path_of, same_place
from findrobots.writing.lock import LockedFile, identity, locked, temporary_path
from findrobots.writing.names import check_suffix
from findrobots.writing.upload import check_destination, object_version, upload

__all__ = [
    "Outputs",
    "StrPath",
    "Writer",
    "check_link",
    "check_not_a_log",
    "check_output",
    "check_parent",
    "exists",
    "local_target",
    "os_errors_as",
    "reserve_outputs",
    "write_file",
]

StrPath = str | os.PathLike[str]
WRITE_ELSEWHERE = "write to another directory"
# Writes the bytes of an output to an open file.
Writer = Callable[[BinaryIO], object]


class _LocalOutput(NamedTuple):
    """A local file that only this run writes, by its locked temporary file."""

    temporary: LockedFile

    def write(self, writer: Writer) -> None:
        descriptor = self.temporary.file.fileno()
        with os.fdopen(descriptor, "ab", closefd=False) as file:
            writer(file)
        os.fsync(descriptor)

    def commit(self) -> None:
        if not self.temporary.is_in_place:
            target = self.temporary.target
            name = temporary_path(target).name
            reason = f"the temporary file {name} was removed by another process"
            raise OutputError(target, reason, "run again")
        self.temporary.replace_target()


class _RemoteOutput(NamedTuple):
    """A URL, the version that it must still have, if any, and the new content."""

    url: str
    version: object
    content: BytesIO

    def write(self, writer: Writer) -> None:
        writer(self.content)

    def commit(self) -> None:
        if self.version is not None and object_version(self.url) != self.version:
            raise OutputError(self.url, "another run has written it meanwhile", "run again")
        upload(self.url, self.content.getvalue())


class Outputs(NamedTuple):
    """Reserved outputs, which this run may write once."""

    destinations: dict[StrPath, _LocalOutput | _RemoteOutput]

    def write(self, writers: Mapping[StrPath, Writer]) -> None:
        """Write every output atomically.

        The old files are kept until all outputs are on disk. URLs are committed first, so that
        if that fails, the local files are unchanged.

        Parameters
        ----------
        writers
            The writer of each reserved path.

        Raises
        ------
        OutputError
            An output cannot be written, or a URL has changed that must not.
        """
        for path, destination in self.destinations.items():
            with os_errors_as(path):
                destination.write(writers[path])
        for path, destination in reversed(self.destinations.items()):
            with os_errors_as(path):
                destination.commit()


@contextmanager
def reserve_outputs(
    paths: Iterable[StrPath],
    *,
    waiting: Callable[[StrPath], object] = lambda _: None,
    if_unchanged: bool = False,
    formats: Mapping[StrPath, str] = MappingProxyType({}),
) -> Iterator[Outputs]:
    """Reserve outputs in a ``with`` block: other runs wait for local files.

    Parameters
    ----------
    paths
        Paths and URLs.
    waiting
        Called with the path of a file that another run is writing, before waiting for it.
    if_unchanged
        Write a URL only if it has not changed since it was reserved. A URL cannot be locked,
        and an update replaces what it has read there.
    formats
        The format of each path that is not written as Parquet.

    Raises
    ------
    OutputError
        An output cannot be written, or two outputs are the same file.
    """
    destinations: dict[StrPath, _LocalOutput | _RemoteOutput] = {}
    with ExitStack() as stack:
        # All runs lock in the same order, which rules out a deadlock.
        targets = [(local_target(path), path) for path in paths]
        for target, path in sorted(targets, key=lambda each: (each[0] is None, str(each[0]))):
            check_output(path, formats.get(path, "parquet"))
            if path in destinations or (target and _is_reserved(target, destinations.values())):
                raise OutputError(path, "it is named for two outputs", "name a file for each")
            if target:
                with os_errors_as(path, f"{temporary_path(target).name}: "):
                    temporary = stack.enter_context(locked(target, partial(waiting, path)))
                destinations[path] = _LocalOutput(temporary)
            else:
                version = object_version(str(path)) if if_unchanged else None
                destinations[path] = _RemoteOutput(str(path), version, BytesIO())
        yield Outputs(destinations)


def write_file(target: Path, content: bytes, waiting: Callable[[], object] = lambda: None) -> None:
    """Write a local file atomically.

    If another run is writing it, ``waiting`` is called, and that run is waited for.

    Raises
    ------
    OutputError
        The temporary file was removed meanwhile.
    OSError
        The file cannot be written.
    """
    with locked(target, waiting) as temporary:
        output = _LocalOutput(temporary)
        output.write(lambda file: file.write(content))
        output.commit()


def local_target(path: StrPath) -> Path | None:
    """Return the local file of an output, links resolved; None if remote."""
    local = local_path(os.fspath(path))
    return None if local is None else Path(os.path.realpath(local))


def _is_reserved(target: Path, destinations: Iterable[_LocalOutput | _RemoteOutput]) -> bool:
    """Return whether this run has already locked a file, perhaps under another name."""
    own = {
        identity(each.temporary.file.fileno())
        for each in destinations
        if isinstance(each, _LocalOutput)
    }
    return identity(temporary_path(target)) in own


@contextmanager
def os_errors_as(path: StrPath, detail: str = "") -> Iterator[None]:
    """Raise each ``OSError`` as an ``OutputError`` that names an output."""
    try:
        yield
    except OSError as error:
        reason = f"{detail}{error.strerror or error}"
        raise OutputError(path, reason, WRITE_ELSEWHERE) from error


def exists(path: StrPath) -> bool:
    """Return whether an output exists already."""
    target = local_target(path)
    return bool(object_version(os.fspath(path))) if target is None else target.exists()


def check_output(path: StrPath, written: str = "parquet") -> None:
    """Check before the work that an output can be written in a format.

    Parameters
    ----------
    path
        The output.
    check_name
        Raises an error if its name promises another format.

    Raises
    ------
    OutputError
        The output is a directory, its suffix is that of another format, or its directory is
        missing or not writable.
    """
    check_suffix(path, written)
    target = local_target(path)
    if target is None:
        check_destination(os.fspath(path))
        return
    check_link(path)
    if target.is_dir():
        raise OutputError(path, "it is a directory", "name a file in it, or use {argument.shards}")
    if target.exists() and not target.is_file():
        raise OutputError(path, "it is not a regular file", "name another file")
    check_parent(path, target.parent)


def check_link(path: StrPath) -> None:
    """Check that an output is no link that another user may have planted.

    Links are followed. In a directory that everybody can write to, such as /tmp, only those of this
    user and of the directory's owner are, as Linux has it (``fs.protected_symlinks``, proc(5)).

    Raises
    ------
    OutputError
        It is one.
    """
    place = local_path(os.fspath(path)) or ""
    try:
        link, parent = os.lstat(place), os.stat(os.path.dirname(place) or os.curdir)  # noqa: PTH116, PTH120 (a trailing slash means something)
    except OSError:
        return
    is_shared = parent.st_mode & stat.S_ISVTX and parent.st_mode & stat.S_IWOTH
    is_ours = link.st_uid in {os.geteuid(), parent.st_uid}
    if stat.S_ISLNK(link.st_mode) and is_shared and not is_ours:
        raise OutputError(path, "it is a link of another user", "name another file")


def check_parent(path: StrPath, directory: Path) -> None:
    """Check that the directory of an output exists and is writable.

    Raises
    ------
    OutputError
        It is not.
    """
    if not directory.is_dir():
        raise OutputError(path, "its directory does not exist", "create it first")
    if not os.access(directory, os.W_OK):
        raise OutputError(path, "permission denied for its directory", WRITE_ELSEWHERE)


def check_not_a_log(outputs: Iterable[StrPath], logs: Iterable[Source]) -> None:
    """Check that no output is one of the input logs, also through links or URLs.

    Raises
    ------
    OutputError
        An output would replace a log.
    """
    inputs = Sources.of(logs)
    for path in outputs:
        if _is_log(path, inputs):
            raise OutputError(path, "it is one of the logs", "name another file")


def _is_log(path: StrPath, logs: Sources) -> bool:
    target = local_target(path)
    if target is None:
        url = os.fspath(path)
        return any(same_place(url, stored) for stored in logs.stored if stored)
    # Of an output that does not exist yet, the temporary file may have the name of a log.
    found = (identity(target), identity(temporary_path(target)))
    own = {*found, *((each[0] & MAX_INTEGER, each[1] & MAX_INTEGER) for each in found if each)}
    own -= {None}
    if not own.isdisjoint(zip(logs.device, logs.inode, strict=True)):
        return True
    unknown = [row for row, inode in enumerate(logs.inode) if not inode] if own else []
    return not own.isdisjoint(map(_identity_of, logs.at(unknown)))


def _identity_of(log: Source) -> tuple[int, int] | None:
    """Return the device and inode of a log that had not been looked up when it was listed."""
    if log.stored:
        return identity(local_path_of(log.stored) or "")
    return identity(0 if log.path == STANDARD_INPUT else log.path)
