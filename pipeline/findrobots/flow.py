"""Partitions to findings: the flow, in one expression."""

from collections.abc import Iterable, Sequence
from functools import partial

import dask.bag as db
import pyarrow as pa
from dask.bag.core import Item

from findrobots.arrow import table_of_rows
from findrobots.formats import Dialect
from findrobots.formats.parse import parse_lines
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.probe import probe
from findrobots.reading.search import read_lines
from findrobots.records import Probe, Reject, Requests, SourceStatus
from findrobots.robots.filter import RequestFilter, filter_requests
from findrobots.running.gc_tuning import infrequent_gc
from findrobots.running.partitions import Checkpoints, Partition, _unread
from findrobots.tables.ledger import PROBES
from findrobots.tables.results import ScanResult, Spill, merge, tabulate

__all__ = ["AUTO", "EVERYTHING", "probe_flow", "scan_flow"]

AUTO, EVERYTHING = Dialect(), RequestFilter()


@infrequent_gc()
def tabulate_partition(
    items: Iterable[Requests | Reject | SourceStatus],
    *,
    max_rejects: int | None,
    spill: Spill | None,
) -> ScanResult:
    """Tabulate a partition's items, which are many small values and no cycles of them."""
    return tabulate(items, max_rejects=max_rejects, spill=spill)


def scan_flow(  # noqa: PLR0913 (options all but the first two)
    partitions: Sequence[Partition],
    request_filter: RequestFilter = EVERYTHING,
    *,
    checkpoints: Checkpoints | None = None,
    dialect: Dialect = AUTO,
    max_rejects: int | None = None,
    meter: Monitor | None = None,
    spill: Spill | None = None,
) -> Item:
    """Say how findings come out of partitions; nothing runs until it is computed."""
    result: Item = (
        db.from_sequence(
            [_unread(partition, checkpoints) for partition in partitions],
            npartitions=len(partitions),
        )
        .flatten()  # paths
        .starmap(read_lines, containing=request_filter.paths, monitor=meter or UNMONITORED)
        .flatten()  # lines, rejects, and how much was read
        .map(parse_lines, dialect=dialect)
        .flatten()  # requests, and rejects
        .map(filter_requests, request_filter=request_filter)
        .reduction(
            partial(tabulate_partition, max_rejects=max_rejects, spill=spill),
            partial(merge, max_rejects=max_rejects),
            split_every=16,
            name="find-robots",
        )
    )
    return result


def probe_flow(partitions: Sequence[Partition], *, meter: Monitor | None = None) -> Item:
    """Say how glances come out of partitions; nothing runs until it is computed."""
    probes: Item = (
        db.from_sequence(partitions, npartitions=len(partitions))
        .flatten()  # paths
        .map(probe, monitor=meter or UNMONITORED)
        .reduction(tabulate_probes, pa.concat_tables, split_every=16, name="glance")
    )
    return probes


def tabulate_probes(probes: Iterable[Probe]) -> pa.Table:
    """Make a table of glances, one a row."""
    return table_of_rows(list(probes), PROBES)
