"""Partitions to findings: the flow, in one expression."""

from collections.abc import Iterable, Sequence
from functools import partial

import dask.bag as db
import pyarrow as pa
from dask.bag.core import Item

from pipeline.addresses import canonical_host
from pipeline.errors import DamagedLogsError, LostLogsError
from pipeline.findings import Findings, merge, tabulate
from pipeline.formats import Dialect, choose_formats, parse_lines
from pipeline.lines import read_lines
from pipeline.parquet import describe
from pipeline.progress import Meter
from pipeline.robots import ROBOTS_TXT, encode_paths, keep_wanted
from pipeline.schedulers import CPU_COUNT, Scheduler
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

__all__ = ["find_robots", "scan", "survey"]

DAMAGES_NAMED = 3


def survey(  # noqa: PLR0913 (options all but the first two)
    partitions: Sequence[Partition],
    paths: tuple[bytes, ...],
    *,
    dialect: Dialect = Dialect(),  # noqa: B008 (immutable)
    vhosts: frozenset[str] = frozenset(),
    most_rejects: int | None = None,
    meter: Meter | None = None,
) -> Item:
    """Say how findings come out of partitions; nothing runs until it is computed."""
    findings: Item = (
        db.from_sequence(partitions, npartitions=len(partitions))
        .flatten()  # paths
        .map(read_lines, mentioning=paths, meter=meter)
        .flatten()  # lines, and how much was read
        .map(parse_lines, dialect=dialect)
        .flatten()  # requests, and rejects
        .map(keep_wanted, paths=paths, vhosts=vhosts)
        .reduction(
            partial(tabulate, most_rejects=most_rejects),
            partial(merge, most_rejects=most_rejects),
            split_every=16,
        )
    )
    return findings


def scan(  # noqa: PLR0913 (options all but the first two)
    sources: Sequence[Source],
    paths: str | Iterable[str] = ROBOTS_TXT,
    *,
    dialect: Dialect = Dialect(),  # noqa: B008 (immutable)
    vhosts: Iterable[str] = (),
    scheduler: Scheduler = Scheduler(),  # noqa: B008 (immutable)
    most_rejects: int | None = None,
    meter: Meter | None = None,
) -> Findings:
    """Scan sources for requests of some paths, on some virtual hosts or on all.

    Raises
    ------
    DamagedLogsError
        A log could not be read to its end.
    FormatError, RequestPathError, SchedulerError, TimezoneError, WorkerDiedError
        As their names say.
    """
    encoded = encode_paths(paths)
    if Source(STANDARD_INPUT, 0) in sources and scheduler.name in {"auto", "processes"}:
        scheduler = scheduler._replace(name="sync")  # Python takes it away from its workers
    partitions = pack(sources, scheduler.workers)
    choose_formats(dialect)  # before any worker does
    kept = frozenset(canonical_host(name.encode()) or "" for name in vhosts)
    flow = survey(
        partitions,
        encoded,
        dialect=dialect,
        vhosts=kept,
        most_rejects=most_rejects,
        meter=meter,
    )
    findings: Findings = scheduler.compute(flow, len(partitions))
    _check_readings(findings.readings, len(sources))
    return findings._replace(hosts=describe(findings.hosts, encoded, kept))


def _check_readings(readings: pa.Table, sources: int) -> None:
    """Refuse findings that some source is missing from, or a part of one."""
    # Each source's last item is its reading. A StopIteration that leaks out of a mapped
    # function ends a bag's partition without an error (dask issue 3545): not unseen here.
    if readings.num_rows != sources:
        raise LostLogsError(sources - readings.num_rows, sources)
    damages = readings["damage"].to_pylist()
    if any(damages):
        damaged = sorted(
            log for log in zip(readings["source"].to_pylist(), damages, strict=True) if log[1]
        )
        count = "1 log" if len(damaged) == 1 else f"{len(damaged)} logs"
        reasons = [f"{source}: {damage}" for source, damage in damaged[:DAMAGES_NAMED]]
        raise DamagedLogsError(count, "; ".join(reasons))


def find_robots(  # noqa: PLR0913 (options all but the first)
    logs: Patterns,
    *,
    paths: str | Iterable[str] = ROBOTS_TXT,
    names: Names = LOG_NAMES,
    dialect: Dialect = Dialect(),  # noqa: B008 (immutable)
    scheduler: str = "auto",
    workers: int | None = None,
) -> pa.Table:
    """Find the hosts that asked for robots.txt, with the evidence: one row a host.

    Parameters
    ----------
    logs
        Files, directories and globs: one, or several. ``-`` is standard input.
    paths
        The request paths to look for.
    names
        Which file names in a directory count as logs.
    dialect
        What is known of the logs: by default, each line's format is found.
    scheduler
        ``auto``, ``sync``, ``threads`` or ``processes``. Processes may start this
        program's main module anew: guard it with ``if __name__ == "__main__":``.
    workers
        How many threads or processes; by default one for each processor.

    Returns
    -------
    A table with the columns of ``HOSTS``, sorted by host. Lines that mention a path
    but cannot be parsed are left out; ``scan`` gives them.

    Raises
    ------
    FindrobotsError
        One of its leaves: nothing there, a damaged log, a wrong argument.
    """
    where = Scheduler(scheduler, workers or CPU_COUNT)
    sources = find_sources(logs, names)
    return scan(sources, paths, dialect=dialect, scheduler=where, most_rejects=0).hosts
