"""Fetch the operators' address lists, and keep each day's."""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from pathlib import Path
from typing import NamedTuple

from findrobots.jobs.download import DownloadError, download
from findrobots.robots.errors import AddressListError
from findrobots.robots.prefixes import (
    MAX_BYTES,
    NotAListError,
    check_public,
    parse_prefixes,
    suffix_of,
)
from findrobots.robots.published import PublishedList
from findrobots.robots.ranges import (
    SUFFIXES,
    AddressList,
    ListHistory,
    load_lists,
    make_list,
)
from findrobots.writing.atomic import check_parent, os_errors_as, write_file

__all__ = ["FetchLimits", "ListUpdate", "update_lists"]


class FetchLimits(NamedTuple):
    """How long to wait, and how much to take.

    Attributes
    ----------
    timeout
        Seconds that a server may be silent.
    seconds
        Seconds in which all lists have to be there.
    max_bytes
        The largest size of a list.
    connections
        How many lists are fetched at a time.
    """

    timeout: float = 20.0
    seconds: float = 120.0
    max_bytes: int = MAX_BYTES
    connections: int = 8


DEFAULT_LIMITS = FetchLimits()


class ListUpdate(NamedTuple):
    """What became of a list.

    Attributes
    ----------
    name
        Its name.
    day
        The day of the list that is now the latest; ``None`` if there is none.
    prefixes
        How many prefixes that has.
    added, removed
        How many it has that the one before it had not, and the reverse; ``None`` if it is
        the first of its name.
    failure
        Why it could not be fetched; empty if it was. The earlier lists are kept.
    warning
        What is remarkable about it; empty if nothing is.
    """

    name: str
    day: date | None
    prefixes: int = 0
    added: int | None = None
    removed: int | None = None
    failure: str = ""
    warning: str = ""


def update_lists(
    directory: Path,
    published: Iterable[PublishedList],
    *,
    day: date,
    limits: FetchLimits = DEFAULT_LIMITS,
) -> list[ListUpdate]:
    """Fetch lists, and write each that is valid as the list of a day.

    All are fetched before the first is written. Each is written atomically, as the operator
    publishes it; a list of the same day is replaced. Those of earlier days are not touched.

    Parameters
    ----------
    directory
        The directory of lists; it is made if it does not exist.
    published
        The lists. Those without a URL are skipped.
    day
        Today, UTC.
    limits
        How long to wait, and how much to take.

    Returns
    -------
    What became of each list, in order.

    Raises
    ------
    OutputError
        The directory cannot be written.
    AddressListError
        A file in the directory has a name without a day.
    """
    with os_errors_as(directory):
        directory.mkdir(parents=True, exist_ok=True)
    check_parent(directory, directory)
    history = load_lists(directory, may_be_empty=True)
    wanted = [each for each in published if each.urls]
    fetched = _fetch_all(wanted, limits)
    return [_keep(directory, each.name, day, fetched[each.name], history) for each in wanted]


def _fetch_all(
    wanted: Iterable[PublishedList], limits: FetchLimits
) -> Mapping[str, bytes | DownloadError]:
    """Download lists at the same time; return the content or the error of each."""
    deadline = time.monotonic() + limits.seconds
    pool = ThreadPoolExecutor(limits.connections)
    try:
        futures = {each.name: pool.submit(_fetch, each, limits, deadline) for each in wanted}
        done = wait(futures.values(), limits.seconds).done
    finally:
        # Not waiting for a server that sends its headers letter by letter.
        pool.shutdown(wait=False, cancel_futures=True)
    late = DownloadError(f"no answer within {limits.seconds:g} s")
    return {name: future.result() if future in done else late for name, future in futures.items()}


def _fetch(wanted: PublishedList, limits: FetchLimits, deadline: float) -> bytes | DownloadError:
    try:
        return b"\n".join(
            download(url, max_bytes=limits.max_bytes, timeout=limits.timeout, deadline=deadline)
            for url in wanted.urls
        )
    except DownloadError as error:
        return error


def _keep(
    directory: Path, name: str, day: date, content: bytes | DownloadError, history: ListHistory
) -> ListUpdate:
    """Check a list that was fetched, compare it with the latest one and write it."""
    before, warning = _latest(history, name, day)
    try:
        if isinstance(content, DownloadError):
            raise content
        check_public(parse_prefixes(content))
        after = make_list(name, day, content)
    except (DownloadError, NotAListError) as error:
        known, count = (before.day, len(before.prefixes)) if before else (None, 0)
        return ListUpdate(name, known, count, failure=str(error), warning=warning)
    _write(directory / name, day, content)
    if before is None:
        return ListUpdate(name, day, len(after.prefixes), warning=warning)
    if 2 * len(after.prefixes) < len(before.prefixes):
        warning = (
            f"it has {len(after.prefixes):,} prefixes, fewer than half of the "
            f"{len(before.prefixes):,} of {before.day}"
        )
    added = len({*after.prefixes} - {*before.prefixes})
    removed = len({*before.prefixes} - {*after.prefixes})
    return ListUpdate(name, day, len(after.prefixes), added, removed, warning=warning)


def _latest(history: ListHistory, name: str, day: date) -> tuple[AddressList | None, str]:
    """Return the latest list until a day; if it cannot be read, none and why."""
    days = [each for each in history.days(name) if each <= day]
    try:
        return (history.read(name, days[-1]) if days else None), ""
    except AddressListError as error:
        return None, str(error)


def _write(folder: Path, day: date, content: bytes) -> None:
    """Write the list of a day, in place of one of that day in whatever form."""
    target = folder / f"{day}{suffix_of(content)}"
    with os_errors_as(target):
        folder.mkdir(exist_ok=True)
        write_file(target, content)
        for suffix in SUFFIXES:
            if suffix != target.suffix:
                target.with_suffix(suffix).unlink(missing_ok=True)
