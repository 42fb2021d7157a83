"""Patterns to sources, packed into partitions of like weight."""

import glob
import heapq
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import NoLogsError, NoSuchLogError

__all__ = ["LOG_NAMES", "Names", "Source", "find_sources", "pack"]

Patterns = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
Partition = tuple["Source", ...]

# Opening a file and setting up its decompressor costs about as long as reading this
# many bytes of gzip, so a thousand tiny logs weigh more than their bytes.
OPENING_WEIGHT = 32 * 1024
# Below this weight another partition costs more than it spares: a pool of processes
# starts in the time in which one core reads about so much.
LEAST_WEIGHT = 8 * 1024 * 1024
# Enough for the cores to end together, few enough for a small task graph.
PARTITIONS_PER_WORKER = 4
# A partition's result is the unit of loss and of progress on a cluster.
MOST_WEIGHT = 1024 * 1024 * 1024


class Names(NamedTuple):
    """Which file names in a directory count as logs: shell patterns, case-sensitive."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def match(self, name: str) -> bool:
        """Tell whether a file of this name, without its folder, counts."""
        return any(fnmatchcase(name, pattern) for pattern in self.include) and not any(
            fnmatchcase(name, pattern) for pattern in self.exclude
        )


# Names as Apache, nginx and logrotate give them. Error logs mention the requests that
# failed in their own way and are no access logs.
LOG_NAMES = Names(
    include=("*.log", "*.log.*", "*.log-*", "*access_log*", "*.gz"),
    exclude=("*error.log*", "*error_log*", "*.tar.gz"),
)


class Source(NamedTuple):
    """A log as it is stored: the path that opens it, its size in bytes as stored."""

    path: str
    size: int

    @property
    def name(self) -> str:
        r"""The path as text: bytes that are no UTF-8 stand as ``\xNN``."""
        return os.fsencode(self.path).decode("utf-8", "backslashreplace")


def find_sources(patterns: Patterns, names: Names = LOG_NAMES) -> list[Source]:
    """Find the logs that files, directories and globs name, sorted, each once.

    A file is taken whatever it is called; in a directory, at any depth, the names
    decide; links to directories are not followed there. What a glob matches is taken
    like a file or a directory named outright, unless ``names.exclude`` has it.

    Raises
    ------
    NoSuchLogError
        A pattern names nothing.
    NoLogsError
        Nothing named holds a log.
    """
    if isinstance(patterns, str | os.PathLike):
        patterns = [patterns]
    asked = [os.fspath(pattern) for pattern in patterns]
    paths = {path for pattern in asked for path in _expand(pattern, names)}
    if not paths:
        raise NoLogsError(", ".join(asked), " ".join(names.include))
    by_place = {os.path.abspath(path): path for path in sorted(paths, reverse=True)}  # noqa: PTH100
    return sorted(Source(path, _size(path)) for path in by_place.values())


def _expand(pattern: str, names: Names) -> Iterator[str]:
    """Yield the files that one pattern stands for."""
    if os.path.lexists(pattern):
        yield from _walk(pattern, names)
        return
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 (Path.glob refuses absolute ones)
    if not matches:
        raise NoSuchLogError(pattern)
    for match in matches:
        if not any(fnmatchcase(Path(match).name, unwanted) for unwanted in names.exclude):
            yield from _walk(match, names)


def _walk(path: str, names: Names) -> Iterator[str]:
    """Yield a file itself, or the logs below a directory."""
    path = os.path.normpath(path)
    if not os.path.isdir(path):  # noqa: PTH112 (strings: Path is slow for a million files)
        yield path
        return
    for folder, _, files in os.walk(path, onerror=_refuse):
        for file in filter(names.match, files):
            yield os.path.join(folder, file).removeprefix("./")  # noqa: PTH118


def _refuse(error: OSError) -> None:
    """Raise what ``os.walk`` would pass over: a directory that cannot be listed is no empty one."""
    raise error


def _size(path: str) -> int:
    """Return a file's size in bytes; 0 where it cannot be told, for the reader to report."""
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0


def pack(sources: Iterable[Source], workers: int) -> list[Partition]:
    """Pack sources into partitions of like weight, the heaviest partition first.

    Few small logs make one partition, many share some, and a large one has its own,
    since gzip cannot be split. There are at most ``PARTITIONS_PER_WORKER * workers``,
    or more where they would weigh above ``MOST_WEIGHT``.
    """
    weighed = sorted(((source.size + OPENING_WEIGHT, source) for source in sources), reverse=True)
    total = sum(weight for weight, _ in weighed)
    most = max(PARTITIONS_PER_WORKER * workers, total // MOST_WEIGHT)
    count = max(1, min(most, total // LEAST_WEIGHT, len(weighed)))
    # Longest first, each to the bin that is lightest so far (Graham 1969): within 4/3
    # of the best balance there is.
    bins: list[tuple[int, int, list[Source]]] = [(0, number, []) for number in range(count)]
    for weight, source in weighed:
        load, number, members = bins[0]
        members.append(source)
        heapq.heapreplace(bins, (load + weight, number, members))
    heaviest_first = sorted(bins, key=lambda each: (-each[0], each[1]))
    return [tuple(sorted(members)) for _, _, members in heaviest_first]
