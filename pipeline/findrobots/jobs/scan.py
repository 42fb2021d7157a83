"""Sources to what a scan of them finds."""

import warnings
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

import pyarrow as pa

from findrobots.errors import DamagedLogsError, DamagedLogsWarning, MissingResultsError
from findrobots.flow import AUTO, EVERYTHING, scan_flow
from findrobots.formats import Dialect, choose_formats
from findrobots.robots.filter import ROBOTS_TXT, RequestFilter, make_filter
from findrobots.running.partitions import Checkpoints, pack
from findrobots.running.progress import Meter
from findrobots.running.schedulers import CPU_COUNT, Scheduler
from findrobots.storage.discovery import (
    DEFAULT_NAMES,
    STANDARD_INPUT,
    NamePatterns,
    Patterns,
    Source,
    find_sources,
)
from findrobots.tables.host_table import with_metadata
from findrobots.tables.results import ScanResult, Spill, describe_damage

__all__ = ["find_robots", "raise_for_damage", "scan"]


DAMAGES_NAMED = 3


WHERE = Scheduler()


def scan(  # noqa: PLR0913 (options all but the first two)
    sources: Sequence[Source],
    request_filter: RequestFilter = EVERYTHING,
    *,
    checkpoints: Checkpoints | None = None,
    dialect: Dialect = AUTO,
    scheduler: Scheduler = WHERE,
    max_rejects: int | None = None,
    meter: Meter | None = None,
    spill: Spill | None = None,
) -> ScanResult:
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
        scan_flow,
        request_filter=request_filter,
        checkpoints=checkpoints,
        dialect=dialect,
        max_rejects=max_rejects,
        spill=spill,
    )
    with scheduler.connected() as where:
        partitions = pack(sources, where.workers)
        result: ScanResult = where.compute(flow, partitions, meter=meter)
    # Each source's last item is its reading. A StopIteration that leaks out of a mapped
    # function ends a bag's partition without an error (dask issue 3545): not unseen here.
    if result.sources.num_rows != len(sources):
        raise MissingResultsError(len(sources) - result.sources.num_rows, len(sources))
    return result


def raise_for_damage(statuses: pa.Table) -> None:
    """Refuse readings of logs that could not be read wholly.

    Raises
    ------
    DamagedLogsError
        There are some.
    """
    if told := describe_damage(statuses):
        count = "1 log" if len(told) == 1 else f"{len(told)} logs"
        raise DamagedLogsError(count, "; ".join(told[:DAMAGES_NAMED]))


def find_robots(  # noqa: PLR0913 (options all but the first)
    logs: Patterns,
    *,
    paths: str | Iterable[str] = ROBOTS_TXT,
    since: str | datetime | None = None,
    until: str | datetime | None = None,
    names: NamePatterns = DEFAULT_NAMES,
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
    request_filter = make_filter(paths, since=since, until=until, timezone=dialect.timezone)
    sources = find_sources(logs, names)
    result = scan(sources, request_filter, dialect=dialect, scheduler=where, max_rejects=0)
    if told := describe_damage(result.sources):
        warnings.warn("; ".join(told), DamagedLogsWarning, stacklevel=2)
    return with_metadata(result.hosts, request_filter)
