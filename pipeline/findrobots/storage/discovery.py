"""Find the logs that files, directories, globs and URLs name."""

import errno
import glob
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fnmatch import translate
from functools import partial
from stat import S_ISREG
from typing import NamedTuple

from findrobots.errors import ListingError, LogNotFoundError, NoLogsError
from findrobots.storage.access import access_hint, locked_directory
from findrobots.storage.locations import FileSystemRoot, StoredObject
from findrobots.storage.sources import Source, Sources
from findrobots.storage.typed_urls import hide_secrets
from findrobots.storage.urls import exists, is_url, list_logs

__all__ = [
    "DEFAULT_NAMES",
    "MAX_INTEGER",
    "STANDARD_INPUT",
    "NamePatterns",
    "distinct",
    "find_sources",
    "lies_at",
    "objects_at",
]

Refuse = Callable[[str, object], None]
Patterns = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

# The path of standard input, as in most commands that read files (POSIX, Utility Syntax
# Guideline 13). A file of that name is written ./-, as for those commands.
STANDARD_INPUT = "-"
FILE_NAMED_DASH = os.path.join(os.curdir, "-")


# How often a directory is listed again while its logs are renamed.
LISTINGS = 3
# What a column of integers can hold.
MAX_INTEGER = (1 << 63) - 1


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


def find_sources(
    patterns: Patterns,
    names: NamePatterns = DEFAULT_NAMES,
    unlisted: list[ListingError] | None = None,
) -> Sources:
    """Find the logs that files, directories, globs and URLs name, each once, in any order.

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
    unlisted
        Receives an error for each directory that cannot be listed and that is not in it yet, and
        the other logs are returned. By default, the first error is raised.

    Returns
    -------
    Sources
        The logs.

    Raises
    ------
    LogNotFoundError
        A path does not exist, or a glob has no match.
    NoLogsError
        No log was found.
    ListingError
        A directory cannot be listed, and ``unlisted`` is None or no log was found.
    MissingExtraError
        The library for a URL's scheme is not installed.
    UnreachableError
        A server did not answer, or denied access.
    """
    if isinstance(patterns, str | os.PathLike):
        patterns = [patterns]
    paths = [os.fspath(pattern) for pattern in patterns]
    hide_secrets(path for path in paths if is_url(path) or not os.path.lexists(path))
    found = _find_local(
        [path for path in paths if path != STANDARD_INPUT and not is_url(path)], names, unlisted
    )
    objects = list[Source]()
    for url in filter(is_url, paths):
        stored = list_logs(url, names.matcher(), re.compile(_either(names.exclude)).match)
        objects += [
            Source(each.name, min(size, MAX_INTEGER), version=version, stored=each)
            for each, size, version in stored
        ]
    if STANDARD_INPUT in paths:
        found.extend(Sources([Source(STANDARD_INPUT, 0)]))
    if not found and not objects and unlisted:
        raise unlisted[0]
    if not found and not objects:
        raise NoLogsError(", ".join(paths), " ".join(names.include))
    found = _once(found)
    found.extend(Sources(distinct(objects)))
    return found


def distinct(objects: Iterable[Source]) -> list[Source]:
    """Drop the objects that are listed twice, and number those that differ in secrets alone.

    >>> logs = find_sources("data/logs")
    >>> distinct(logs) == logs
    True
    """
    found = dict[tuple[str, str], Source]()
    names = Counter[str]()
    for source in objects:
        each = source.stored
        key = (source.place or source.path, each.path if each else "")
        if each is None:
            found[key] = source
        elif key not in found:
            names[each.name] += 1
            number = names[each.name]
            name = each.name if number == 1 else f"{each.name}#{number}"
            found[key] = source._replace(path=name, stored=each._replace(name=name))
    return [*found.values()]


def _once(sources: Sources) -> Sources:
    """Drop the links to a file that is found itself, so that each file is read once."""
    inodes = [*filter(None, sources.inode)]
    if len({*inodes}) == len(inodes):
        return sources
    in_order = sorted(sources, key=lambda source: (os.path.islink(source.path), source.path))
    files = dict[tuple[object, ...], Source]()
    for source in in_order:
        key = (source.device, source.inode) if source.inode else (source.path,)
        files.setdefault(key, source)
    return Sources(files.values())


def _find_local(
    patterns: Iterable[str], names: NamePatterns, unlisted: list[ListingError] | None
) -> Sources:
    """Find local logs, each absolute path once."""
    refuse = partial(_refuse, unlisted)
    included = names.matcher()
    found = Sources()
    paths = sorted({path for pattern in patterns for path in _expand(pattern, names, refuse)})
    for path in paths:
        logs = _walk(path, included, refuse)
        # Absolute paths show that a log was named before in another way.
        absolute, inner = os.path.abspath(path), len(path)
        if path == os.curdir:
            absolute, inner = os.path.join(absolute, ""), 0
        if path != absolute:
            logs = logs.replaced(place=[absolute + each[inner:] for each in logs.path])
        found.extend(logs)
    if len(paths) > 1:
        firsts = {place: row for row, place in reversed([*enumerate(found.places())])}
        found = found.at(sorted(firsts.values()))
    if os.path.lexists(FILE_NAMED_DASH) and (dash := os.path.abspath(FILE_NAMED_DASH)) in (
        places := found.places()
    ):
        found.path[places.index(dash)] = FILE_NAMED_DASH
    return found


def _refuse(unlisted: list[ListingError] | None, path: str, reason: object) -> None:
    """Collect, once, or raise the error of a directory that cannot be listed."""
    error = ListingError(path, reason, access_hint(path))
    if unlisted is None:
        raise error
    if all(each.path != path for each in unlisted):
        unlisted.append(error)


def _expand(pattern: str, names: NamePatterns, refuse: Refuse) -> Iterator[str]:
    """Yield the files and directories that one path or glob names."""
    if os.path.lexists(pattern):
        yield os.path.normpath(pattern)
        return
    matches = glob.glob(pattern, recursive=True)
    if not matches and (directory := locked_directory(pattern)):
        refuse(directory, os.strerror(errno.EACCES))
    elif not matches:
        raise LogNotFoundError(pattern)
    excluded = re.compile(_either(names.exclude)).match
    for match in map(os.path.normpath, matches):
        if not excluded(os.path.basename(match)):
            yield match


# Paths are strings, since making a Path takes microseconds and there may be a million.
def _walk(path: str, included: Callable[[str], object], refuse: Refuse) -> Sources:
    """Return a file itself, or the logs below a directory, however deep."""
    found, directories = Sources(), [path]
    if not os.path.isdir(path):
        if not _look_up(path, partial(os.stat, path), found):
            found.add_file(path, 0)
        return found
    while directories:
        logs, below = _list(directories.pop(), included, refuse)
        found.extend(logs)
        directories += below
    return found


def _list(
    path: str, included: Callable[[str], object], refuse: Refuse
) -> tuple[Sources, list[str]]:
    """Return the logs in a directory, and the directories in it.

    A directory is listed again if a log is renamed meanwhile, since it may then be missed.
    """
    prefix = "" if path == os.curdir else os.path.join(path, "")
    found, directories = Sources(), list[str]()
    for _ in range(LISTINGS + 1):
        found, directories, renamed = Sources(), [], False
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    name = entry.name
                    if entry.is_dir(follow_symlinks=False):
                        directories.append(prefix + name)
                    elif included(name) and (
                        entry.is_file(follow_symlinks=False) or _is_log(entry)
                    ):
                        renamed |= not _look_up(prefix + name, entry.stat, found)
        except OSError as error:
            refuse(path, error.strerror)
        if not renamed:
            break
    return found, directories


def _is_log(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a file, or a dangling link, which the reader will report."""
    try:
        return entry.is_file() or (entry.is_symlink() and not os.path.exists(entry))
    except OSError:  # as a link to itself raises
        return True


def _look_up(path: str, stat: Callable[[], os.stat_result], found: Sources) -> bool:
    """Add a log as it is listed, without size on an error, which the reader will report.

    Return False for a log that was renamed meanwhile; another one may have its name by now.
    """
    try:
        status = stat()
    except FileNotFoundError:
        if not os.path.islink(path):
            return False
        found.add_file(path, 0)
    except OSError:
        found.add_file(path, 0)
    else:
        if S_ISREG(status.st_mode):
            device, inode = status.st_dev & MAX_INTEGER, status.st_ino & MAX_INTEGER
            found.add_file(path, status.st_size, device, inode, str(status.st_mtime_ns))
        else:
            found.add_file(path, status.st_size)
    return True


def lies_at(place: str, inode: int, size: int, roots: Iterable[FileSystemRoot] = ()) -> bool:
    """Return whether a log still lies where it was listed, and has not shrunk.

    Parameters
    ----------
    place
        The absolute path of a file, or the name of an object.
    inode
        The inode of a file.
    size
        The size of a file.
    roots
        The file systems in which an object may be looked for: those of the URLs that were typed. An
        object elsewhere is taken for one that is still there.
    """
    if not os.path.isabs(place):
        return all(exists(each) for each in objects_at(place, roots))
    try:
        status = os.stat(place)
    except OSError:
        return False
    return status.st_ino & MAX_INTEGER == inode and status.st_size >= size


def objects_at(name: str, roots: Iterable[FileSystemRoot]) -> Iterator[StoredObject]:
    """Yield the object that has a name, in the first of some file systems that may contain it."""
    for root in roots:
        path = root.path_of(name)
        if path is not None:
            yield StoredObject(name, root, path)
            return
