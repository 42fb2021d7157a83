"""Find the logs that files, directories, globs and URLs name."""

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

# The path of standard input, as in most commands that read files (POSIX, Utility Syntax
# Guideline 13). A file of that name is written ./-, as for those commands.
STANDARD_INPUT = "-"
FILE_NAMED_DASH = os.path.join(os.curdir, "-")


class NamePatterns(NamedTuple):
    """Case-sensitive shell patterns of the file names that are logs, for directories."""

    include: tuple[str, ...]
    exclude: tuple[str, ...]

    def matcher(self) -> Callable[[str], object]:
        """Return a function that matches a file name without its directory."""
        # One expression for all patterns, since there may be a million names.
        return re.compile(f"(?!{_either(self.exclude)})(?:{_either(self.include)})").match


def _either(patterns: Iterable[str]) -> str:
    """Return a regular expression that matches what any of the shell patterns does."""
    return "|".join(map(translate, patterns)) or r"(?!)"


# Names as Apache, nginx and logrotate give them. Error logs mention failed requests too, but
# are not access logs.
DEFAULT_NAMES = NamePatterns(
    include=("*.log", "*.log.*", "*.log-*", "*access_log*", "*.gz"),
    exclude=("*error.log*", "*error_log*", "*.tar.gz"),
)


class Source(NamedTuple):
    """A log: its path or URL, and its stored size in bytes."""

    path: str
    size: int


def find_sources(patterns: Patterns, names: NamePatterns = DEFAULT_NAMES) -> list[Source]:
    """Find the logs that files, directories, globs and URLs name, sorted, each once.

    A file is taken whatever its name. A directory is searched recursively for names that
    ``names`` includes, without following links to directories. The matches of a glob are
    taken like files and directories, unless ``names`` excludes them. ``-`` is standard
    input.

    Parameters
    ----------
    patterns
        One path, glob or URL, or several.
    names
        Shell patterns of the file names to include and to exclude.

    Returns
    -------
    list of Source
        The logs, sorted by path.

    Raises
    ------
    LogNotFoundError
        A path does not exist, or a glob has no match.
    NoLogsError
        No log was found.
    ListingError
        A directory cannot be listed.
    MissingExtraError
        The library for a URL's scheme is not installed.
    UnreachableError
        A server did not answer, or denied access.
    """
    if isinstance(patterns, str | os.PathLike):
        patterns = [patterns]
    paths = [os.fspath(pattern) for pattern in patterns]
    found = _find_local(
        [path for path in paths if path != STANDARD_INPUT and not is_url(path)], names
    )
    for url in filter(is_url, paths):
        stored = list_logs(url, names.matcher(), re.compile(_either(names.exclude)).match)
        found.update((each, Source(each, size)) for each, size in stored)
    if STANDARD_INPUT in paths:
        found[STANDARD_INPUT] = Source(STANDARD_INPUT, 0)
    if not found:
        raise NoLogsError(", ".join(paths), " ".join(names.include))
    return sorted(found.values(), key=itemgetter(0))


def _find_local(patterns: Iterable[str], names: NamePatterns) -> dict[str, Source]:
    """Find local logs, each by its absolute path."""
    included = names.matcher()
    found: dict[str, Source] = {}
    for path in sorted({path for pattern in patterns for path in _expand(pattern, names)}):
        # Absolute paths show that a log was named before in another way.
        absolute, inner = os.path.abspath(path), len(path)
        if path == os.curdir:
            absolute, inner = os.path.join(absolute, ""), 0
        for source in _walk(path, included):
            found.setdefault(absolute + source.path[inner:], source)
    dash = os.path.abspath(FILE_NAMED_DASH)
    if dash in found:
        found[dash] = found[dash]._replace(path=FILE_NAMED_DASH)
    return found


def _expand(pattern: str, names: NamePatterns) -> Iterator[str]:
    """Yield the files and directories that one path or glob names."""
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


# Paths are strings, since making a Path takes microseconds and there may be a million.
def _walk(path: str, included: Callable[[str], object]) -> list[Source]:
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
                found += _walk(prefix + name, included)
            elif included(name) and _is_log(entry):
                found.append(Source(prefix + name, _size(entry.stat)))
    return found


def _is_log(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file, or a dangling link, which the reader will report."""
    with suppress(OSError):  # a link to itself raises one
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry))
    return True


def _size(stat: Callable[[], os.stat_result]) -> int:
    """Return a file's size in bytes, or 0 on an error, which the reader will report."""
    try:
        return stat().st_size
    except OSError:
        return 0
