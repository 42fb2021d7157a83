"""Partitions to findings: the flow, in one expression."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import dask.bag as db
import pyarrow as pa
from dask.bag.core import Item

from pipeline.errors import DamagedLogsError, DamagedLogsWarning, LostLogsError
from pipeline.findings import Findings, Spill, merge, tabulate
from pipeline.formats import Dialect, choose_formats, parse_lines
from pipeline.identities import End
from pipeline.metadata import describe
from pipeline.progress import Meter
from pipeline.robots import ROBOTS_TXT, Scope, choose_scope, keep_wanted
from pipeline.schedulers import CPU_COUNT, Scheduler
from pipeline.search import read_lines
from pipeline.sources import (
    LOG_NAMES,
    STANDARD_INPUT,
    Names,
    Partition,
    Patterns,
    Source,
    find_sources,
    pack,
)

__all__ = ["check_damages", "find_robots", "scan", "survey", "tell_damages"]

DAMAGES_NAMED = 3
AUTO, EVERYTHING, WHERE = Dialect(), Scope(), Scheduler()
Ends = Mapping[str, tuple[End, ...]]


@dataclass(frozen=True, slots=True)
class Unread:
    """A partition's paths, each with the ends of known text of this partition's logs.

    To Dask it is opaque, as a partition is.
    """

    partition: Partition
    ends: Ends | None

    def __iter__(self) -> Iterator[tuple[str, Ends | None]]:
        return ((path, self.ends) for path in self.partition)

    def __dask_tokenize__(self) -> object:
        return self.partition.__dask_tokenize__()


def survey(  # noqa: PLR0913 (options all but the first two)
    partitions: Sequence[Partition],
    scope: Scope = EVERYTHING,
    *,
    ends: Ends | None = None,
    dialect: Dialect = AUTO,
    most_rejects: int | None = None,
    meter: Meter | None = None,
    spill: Spill | None = None,
) -> Item:
    """Say how findings come out of partitions; nothing runs until it is computed."""
    findings: Item = (
        db.from_sequence(
            [_unread(partition, ends) for partition in partitions], npartitions=len(partitions)
        )
        .flatten()  # paths
        .starmap(read_lines, mentioning=scope.paths, meter=meter)
        .flatten()  # lines, rejects, and how much was read
        .map(parse_lines, dialect=dialect)
        .flatten()  # requests, and rejects
        .map(keep_wanted, scope=scope)
        .reduction(
            partial(tabulate, most_rejects=most_rejects, spill=spill),
            partial(merge, most_rejects=most_rejects),
            split_every=16,
            name="find-robots",
        )
    )
    return findings


def _unread(partition: Partition, ends: Ends | None) -> Unread:
    """Give a partition the ends of its own logs: a task is sent no others."""
    if ends is None:
        return Unread(partition, None)
    return Unread(partition, {path: ends[path] for path in partition.paths if path in ends})


def scan(  # noqa: PLR0913 (options all but the first two)
    sources: Sequence[Source],
    scope: Scope = EVERYTHING,
    *,
    ends: Ends | None = None,
    dialect: Dialect = AUTO,
    scheduler: Scheduler = WHERE,
    most_rejects: int | None = None,
    meter: Meter | None = None,
    spill: Spill | None = None,
) -> Findings:
    """Scan sources for the requests that count.

    What is damaged is read as far as it can be, and named in the findings' readings. With
    ``ends``, logs may be growing: see ``read_lines``; with ``spill``, hosts go to a disk: see
    ``tabulate``.

    Raises
    ------
    FormatError, SchedulerError, TimezoneError, WorkerDiedError
        As their names say.
    """
    if Source(STANDARD_INPUT, 0) in sources and scheduler.place != "threads":
        scheduler = Scheduler("sync", scheduler.workers)  # no other process has it
    choose_formats(dialect)  # before any worker does
    flow = partial(
        survey, scope=scope, ends=ends, dialect=dialect, most_rejects=most_rejects, spill=spill
    )
    with scheduler.connected() as where:
        partitions = pack(sources, where.workers)
        findings: Findings = where.compute(flow, partitions, meter=meter)
    # Each source's last item is its reading. A StopIteration that leaks out of a mapped
    # function ends a bag's partition without an error (dask issue 3545): not unseen here.
    if findings.readings.num_rows != len(sources):
        raise LostLogsError(len(sources) - findings.readings.num_rows, len(sources))
    return findings


def tell_damages(readings: pa.Table) -> list[str]:
    """Return what could not be read, a line for each log, sorted."""
    damages = zip(readings["source"].to_pylist(), readings["damage"].to_pylist(), strict=True)
    return sorted(f"{source}: {damage}" for source, damage in damages if damage)


def check_damages(readings: pa.Table) -> None:
    """Refuse readings of logs that could not be read wholly.

    Raises
    ------
    DamagedLogsError
        There are some.
    """
    if told := tell_damages(readings):
        count = "1 log" if len(told) == 1 else f"{len(told)} logs"
        raise DamagedLogsError(count, "; ".join(told[:DAMAGES_NAMED]))


def find_robots(  # noqa: PLR0913 (options all but the first)
    logs: Patterns,
    *,
    paths: str | Iterable[str] = ROBOTS_TXT,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    names: Names = LOG_NAMES,
    dialect: Dialect = AUTO,
    scheduler: object = "auto",
    workers: int | None = None,
) -> pa.Table:
    """Find the hosts that asked for robots.txt, with the evidence: one row a host.

    Parameters
    ----------
    logs
        Files, directories and globs: one, or several. ``-`` is standard input.
    paths
        The request paths to look for.
    since, until
        Count requests from the one time on and before the other: ISO 8601, or a datetime.
    names
        Which file names in a directory count as logs.
    dialect
        What is known of the logs: by default, each line's format is found.
    scheduler
        ``auto``, ``sync``, ``threads``, ``processes`` or ``local``, the address of a Dask
        scheduler, or a Dask client or cluster. Processes may start this program's main
        module anew: guard it with ``if __name__ == "__main__":``.
    workers
        How many threads or processes; by default one for each processor.

    Returns
    -------
    A table with the columns of ``HOSTS``, sorted by host. Lines that mention a path
    but cannot be parsed are left out; ``scan`` gives them.

    Warns
    -----
    DamagedLogsWarning
        Logs could not be read wholly: what can be, is.

    Raises
    ------
    FindrobotsError
        One of its leaves: nothing there, a wrong argument.
    """
    where = Scheduler(scheduler, workers or CPU_COUNT)
    scope = choose_scope(paths, since=since, until=until, timezone=dialect.timezone)
    sources = find_sources(logs, names)
    findings = scan(sources, scope, dialect=dialect, scheduler=where, most_rejects=0)
    if told := tell_damages(findings.readings):
        warnings.warn("; ".join(told), DamagedLogsWarning, stacklevel=2)
    return describe(findings.hosts, scope)
