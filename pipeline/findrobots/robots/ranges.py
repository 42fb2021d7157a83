"""Read the lists of addresses that operators of robots publish, each with its day.

A directory of lists has one directory per list, with one file per day::

    LISTS/openai-gptbot/2026-09-02.json    as the operator publishes it
    LISTS/pingdom/2026-09-02.txt           one prefix or address per line

Lists change, so that a request is judged by those from about its day. The package carries a
snapshot, whose source is named in ``snapshot/README.md``.
"""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from findrobots.robots.errors import AddressListError, NoAddressListsError
from findrobots.robots.prefixes import (
    MAX_BYTES,
    Intervals,
    NotAListError,
    covers,
    merge_prefixes,
    parse_prefixes,
)

__all__ = [
    "SUFFIXES",
    "AddressList",
    "ListHistory",
    "default_directory",
    "load_lists",
    "make_list",
]

SNAPSHOT = Path(__file__).with_name("snapshot")
SUFFIXES = (".json", ".txt")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NAME_IT = "name it YYYY-MM-DD.json or YYYY-MM-DD.txt, by the day on which it was fetched"
FETCH_AGAIN = "remove the file, and fetch the list again with findrobots lists update"


class AddressList(NamedTuple):
    """The addresses of a robot, as its operator published them on a day.

    Attributes
    ----------
    name
        The name of the list, such as openai-gptbot.
    day
        The day on which it was fetched, UTC.
    prefixes
        The distinct prefixes, sorted, as in ``192.0.2.0/24``.
    v4, v6
        The intervals that they cover.
    """

    name: str
    day: date
    prefixes: tuple[str, ...]
    v4: Intervals
    v6: Intervals

    def __contains__(self, address: object) -> bool:
        """Return whether an address is in the list; no other text is.

        An IPv4-mapped IPv6 address counts as the IPv4 address.
        """
        return isinstance(address, str) and covers(self.v4, self.v6, address)


class ListHistory:
    """All lists of all names, by their days. A list is read when it is first returned.

    Parameters
    ----------
    files
        The file of each list, by name and day.
    """

    def __init__(self, files: dict[str, dict[date, Path]]) -> None:
        self._files = {name: dict(sorted(days.items())) for name, days in sorted(files.items())}
        self._lists: dict[tuple[str, date], AddressList] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names of the lists, sorted."""
        return tuple(self._files)

    def days(self, name: str) -> tuple[date, ...]:
        """Return the days of which there is a list of this name, the earliest first."""
        return tuple(self._files.get(name, ()))

    def has_any(self, name: str) -> bool:
        """Return whether there is a list of this name, of any day."""
        return bool(self._files.get(name))

    def read(self, name: str, day: date) -> AddressList:
        """Return the list of this name and day.

        Raises
        ------
        AddressListError
            Its file cannot be read, or is no address list.
        KeyError
            There is none.
        """
        key = (name, day)
        if key not in self._lists:
            self._lists[key] = _read_list(self._files[name][day], name, day)
        return self._lists[key]

    def nearest(self, name: str, day: date) -> tuple[AddressList | None, AddressList | None]:
        """Return the nearest lists before and after a day.

        Returns
        -------
        The list of that very day twice, if there is one; otherwise the nearest earlier and
        the nearest later one, each ``None`` if there is none.

        Raises
        ------
        AddressListError
            A list cannot be read, or is no address list.
        """
        days = self.days(name)
        before = max((each for each in days if each <= day), default=None)
        after = min((each for each in days if each >= day), default=None)
        return (
            None if before is None else self.read(name, before),
            None if after is None else self.read(name, after),
        )


def default_directory() -> Path:
    """Return the directory of lists in the user's data directory."""
    from platformdirs import user_data_path  # noqa: PLC0415 (only a search for lists needs it)

    return user_data_path("findrobots") / "lists"


def load_lists(directory: Path | None = None, *, may_be_empty: bool = False) -> ListHistory:
    """Return the lists of the package's snapshot together with those in a directory.

    Where both have a list of the same name and day, that in the directory is taken.

    Parameters
    ----------
    directory
        The directory of lists; by default that of ``default_directory()``, if it exists.
    may_be_empty
        Accept a named directory that does not exist, or has no list.

    Raises
    ------
    AddressListError
        A file in the directory has a name without a day.
    NoAddressListsError
        The directory that was named does not exist, cannot be read or has no list.
    """
    files: dict[str, dict[date, Path]] = {}
    for name, day, path in _find_lists(SNAPSHOT):
        files.setdefault(name, {})[day] = path
    place = default_directory() if directory is None else directory
    try:
        found = [*_find_lists(place)]
    except FileNotFoundError as error:
        if directory is not None and not may_be_empty:
            raise NoAddressListsError(directory, error.strerror) from error
        found = []
    except OSError as error:
        raise NoAddressListsError(place, error.strerror) from error
    if directory is not None and not found and not may_be_empty:
        raise NoAddressListsError(directory, "it contains no NAME/YYYY-MM-DD.json or .txt")
    for name, day, path in found:
        files.setdefault(name, {})[day] = path
    return ListHistory(files)


def _find_lists(directory: Path) -> Iterator[tuple[str, date, Path]]:
    """Yield the name, day and file of each list in a directory, without reading them.

    Where a day has a file of both forms, that in JSON comes last.

    Raises
    ------
    AddressListError
        The name of a file is not a day.
    OSError
        The directory cannot be read.
    """
    for folder in _visible(directory):
        if not folder.is_dir():
            continue
        for path in sorted(_visible(folder), key=lambda each: each.suffix, reverse=True):
            if path.suffix in SUFFIXES:
                yield folder.name, _day_of(path), path


def _visible(directory: Path) -> Iterable[Path]:
    """Return what is in a directory, sorted, without hidden files, which may be temporary."""
    names = sorted(name for name in os.listdir(directory) if not name.startswith("."))  # noqa: PTH208 (a test of the name is enough)
    return [directory / name for name in names]


def _day_of(path: Path) -> date:
    try:
        if DAY.fullmatch(path.stem):
            return date.fromisoformat(path.stem)
    except ValueError:  # there is no such day
        pass
    raise AddressListError(path, f"{path.stem} is not a day", NAME_IT)


def _read_list(path: Path, name: str, day: date) -> AddressList:
    """Read a list from its file.

    Raises
    ------
    AddressListError
        The file cannot be read, or is no address list.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return make_list(name, day, content)
    except OSError as error:
        raise AddressListError(path, error.strerror, "make it readable") from error
    except NotAListError as error:
        raise AddressListError(path, error, FETCH_AGAIN) from error


def make_list(name: str, day: date, content: bytes) -> AddressList:
    """Return the list that an operator published on a day, from its content.

    Raises
    ------
    NotAListError
        The content is no list of prefixes.
    """
    prefixes = parse_prefixes(content)
    v4, v6 = merge_prefixes(prefixes)
    return AddressList(name, day, tuple(map(str, prefixes)), v4, v6)
