"""Scan logs for the requests that count."""

from collections.abc import Sequence
from functools import partial

import pyarrow as pa

from findrobots.errors import DamagedLogsError, ListingError, MissingResultsError
from findrobots.flow import ScanOptions, audit_flow, scan_flow
from findrobots.formats import choose_formats
from findrobots.running.partitions import Partition
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.tables.results import NOTHING, ScanResult, describe_damage

__all__ = ["raise_for_damage", "scan_logs"]

# Damaged logs that an error names one by one.
MAX_NAMED = 3


def scan_logs(
    partitions: Sequence[Partition],
    options: ScanOptions,
    runner: Runner,
    *,
    progress: Progress | None = None,
) -> ScanResult:
    """Scan logs, and return the hosts that made the requests, and what was read.

    A damaged log is read as far as possible; ``sources`` of the result describes the damage.

    Raises
    ------
    FormatError, TimezoneError
        The dialect is not valid.
    MissingResultsError
        The status of a log is missing.
    FindrobotsError
        What the runner raises: a worker died, a cluster cannot be used.
    """
    choose_formats(options.dialect)  # an error here is raised once, not by each worker
    count = sum(len(partition.paths) for partition in partitions)
    if not count:
        return NOTHING
    flow = audit_flow if options.judge else scan_flow
    result = runner.compute(partial(flow, options=options), partitions, progress)
    # Each log, or range of one, ends in its status. A StopIteration that leaks out of a mapped
    # function ends a bag's partition without an error (dask issue 3545); the count shows it.
    statuses = result.sources.num_rows + len(result.ranges)
    if statuses != count:
        raise MissingResultsError(count - statuses, count)
    return result


def raise_for_damage(sources: pa.Table, unlisted: Sequence[ListingError] = ()) -> None:
    """Raise ``DamagedLogsError`` if some of the logs could not be read completely."""
    unread = [f"{error.path}: {error.reason}" for error in unlisted]
    if damaged := [*unread, *describe_damage(sources)]:
        count = "1 log" if len(damaged) == 1 else f"{len(damaged)} logs"
        raise DamagedLogsError(count, "; ".join(damaged[:MAX_NAMED]))
