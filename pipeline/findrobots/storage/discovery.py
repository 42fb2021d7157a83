"""Patterns to sources, packed into partitions of like weight."""

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fnmatch import translate
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from findrobots.errors import ListingError, LogNotFoundError, NoLogsError
from findrobots.storage.urls import is_url, list_logs

__all__ = ["DEFAULT_NAMES", "STANDARD_INPUT", "NamePatterns", "Source", "find_sources"]

Patterns = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

# The path that stands for standard input, as in most commands that read files (POSIX,
# Utility Syntax Guideline 13). A file of that name is ./-, here too.
STANDARD_INPUT = "-"
A_DASH = os.path.join(os.curdir, "-")


class NamePatterns(NamedTuple):
    """Which file names in a directory count as logs: shell patterns, case-sensitive."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def matcher(self) -> Callable[[str], object]:
        """Return what tells whether a file of some name, without its folder, counts."""
        # One expression for all: a million names are asked for.
        return re.compile(f"(?!{_either(self.exclude)})(?:{_either(self.include)})").match


def _either(patterns: Iterable[str]) -> str:
    """Return an expression that any of some shell patterns matches; of none, nothing."""
    return "|".join(map(translate, patterns)) or r"(?!)"


# Names as Apache, nginx and logrotate give them. Error logs mention the requests that
# failed in their own way and are no access logs.
DEFAULT_NAMES = NamePatterns(
    include=("*.log", "*.log.*", "*.log-*", "*access_log*", "*.gz"),
    exclude=("*error.log*", "*error_log*", "*.tar.gz"),
)


class Source(NamedTuple):
    """A log as it is stored: the path that opens it, its size in bytes as stored."""

    path: str
    size: int


def find_sources(patterns: Patterns, names: NamePatterns = DEFAULT_NAMES) -> list[Source]:
    """Find the logs that files, directories and globs name, sorted, each once.

    A file is taken whatever it is called; in a directory, at any depth, the names
    decide; links to directories are not followed there. What a glob matches is taken
    like a file or a directory named outright, unless ``names.exclude`` has it. ``-`` is
    standard input; a URL goes through fsspec.

    Raises
    ------
    LogNotFoundError
        A pattern names nothing.
    NoLogsError
        Nothing named holds a log.
    ListingError
        A directory cannot be listed.
    MissingExtraError, UnreachableError
        A URL cannot be listed.
    """
    if isinstance(patterns, str | os.PathLike):
        patterns = [patterns]
    asked = [os.fspath(pattern) for pattern in patterns]
    found = _find_here(
        [each for each in asked if each != STANDARD_INPUT and not is_url(each)], names
    )
    for url in filter(is_url, asked):
        stored = list_logs(url, names.matcher(), re.compile(_either(names.exclude)).match)
        found.update((each, Source(each, size)) for each, size in stored)
    if STANDARD_INPUT in asked:
        found[STANDARD_INPUT] = Source(STANDARD_INPUT, 0)
    if not found:
        raise NoLogsError(", ".join(asked), " ".join(names.include))
    return sorted(found.values(), key=itemgetter(0))


def _find_here(patterns: Iterable[str], names: NamePatterns) -> dict[str, Source]:
    """Find the logs of this machine, each by its place."""
    counts = names.matcher()
    found: dict[str, Source] = {}
    for path in sorted({path for pattern in patterns for path in _expand(pattern, names)}):
        # The place of a source tells whether it was named before, in another way.
        place, inner = os.path.abspath(path), len(path)
        if path == os.curdir:
            place, inner = os.path.join(place, ""), 0
        for source in _walk(path, counts):
            found.setdefault(place + source.path[inner:], source)
    dash = os.path.abspath(A_DASH)
    if dash in found:
        found[dash] = found[dash]._replace(path=A_DASH)
    return found


def _expand(pattern: str, names: NamePatterns) -> Iterator[str]:
    """Yield the files and directories that one pattern stands for."""
    if os.path.lexists(pattern):
        yield os.path.normpath(pattern)
        return
    matches = glob.glob(pattern, recursive=True)
    if not matches:
        raise LogNotFoundError(pattern)
    excluded = re.compile(_either(names.exclude)).match
    for match in map(os.path.normpath, matches):
        if not excluded(os.path.basename(match)):
            yield match


# Paths are strings, since a Path takes microseconds and there may be a million.
def _walk(path: str, counts: Callable[[str], object]) -> list[Source]:
    """Return a file itself, or the logs below a directory."""
    if not os.path.isdir(path):
        return [Source(path, _size(partial(os.stat, path)))]
    prefix = "" if path == os.curdir else os.path.join(path, "")
    found = []
    try:
        entries = os.scandir(path)
    except OSError as error:
        raise ListingError(path, error.strerror) from error
    with entries:
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                found += _walk(prefix + name, counts)
            elif counts(name) and _is_log(entry):
                found.append(Source(prefix + name, _size(entry.stat)))
    return found


def _is_log(entry: os.DirEntry[str]) -> bool:
    """Tell a file from a pipe or a directory; a link to nowhere is for the reader to report."""
    with suppress(OSError):  # a link to itself leads nowhere
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry))
    return True


def _size(stat: Callable[[], os.stat_result]) -> int:
    """Return a file's size in bytes; 0 where it cannot be told, for the reader to report."""
    try:
        return stat().st_size
    except OSError:
        return 0
