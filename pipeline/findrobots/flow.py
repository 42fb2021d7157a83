"""The flow: Dask bag expressions that lead from partitions of logs to tables.

This is the only module that knows all stages. Nothing runs until a runner computes what these
functions return.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import dask.bag as db
import dask.threaded
from dask.bag.core import Bag

from findrobots.formats import Dialect
from findrobots.formats.found import parse_found
from findrobots.formats.parse import parse_lines
from findrobots.formats.recognize import parse_logs
from findrobots.reading.collector import BATCH_SIZE
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.probe import probe, survey
from findrobots.reading.search import read_lines
from findrobots.records import (
    ROW_TYPES,
    Lines,
    Probe,
    Survey,
    request_rows,
)
from findrobots.robots.column_filter import filter_columns
from findrobots.robots.filter import RequestFilter, filter_requests
from findrobots.running.gc_tuning import infrequent_gc
from findrobots.running.malloc_tuning import keep_memory
from findrobots.running.partitions import Partition
from findrobots.running.runner import Computable
from findrobots.tables.results import Item, ScanResult, Spill, merge, tabulate

if TYPE_CHECKING:
    from findrobots.tables.diagnosis import Diagnosis
    from findrobots.tables.judge import Judge

__all__ = [
    "RowBag",
    "ScanOptions",
    "audit_flow",
    "diagnosis_flow",
    "probe_flow",
    "request_bag",
    "row_bag",
    "scan_flow",
    "survey_flow",
]

EVERYTHING, AUTO = RequestFilter(), Dialect()

# Results that one task merges: the merge of many partitions is a tree.
MERGE_FAN_IN = 16

T = TypeVar("T")


class ScanOptions(NamedTuple):
    """Which requests a scan counts, what the logs are like, and what it keeps.

    Of the rejected lines the first ``max_rejects`` are kept, or all; all are counted. With
    ``spill``, hosts go to a disk when there are many. If logs may be ``growing``, a last line
    without a newline is left for a later run. With ``skip_identical``, a log whose text is that of
    another one does not count. With ``fetches``, each request is kept; with a ``judge``, all
    requests of robots are read, and judged; by ``compiled`` loops if there are many lines.
    """

    request_filter: RequestFilter = EVERYTHING
    dialect: Dialect = AUTO
    max_rejects: int | None = None
    spill: Spill | None = None
    growing: bool = False
    skip_identical: bool = False
    fetches: bool = False
    judge: "Judge | None" = None
    compiled: bool = False


def request_bag(
    partitions: Sequence[Partition], options: ScanOptions, *, monitor: Monitor = UNMONITORED
) -> Bag:
    """Build the bag of counted requests in batches, rejects, statuses and an overview.

    Requests are in the order of their lines.
    """
    parsed = _parsed(partitions, options, parse_lines, monitor)
    bag: Bag = parsed.map(filter_requests, request_filter=options.request_filter)
    return bag


def _parsed(
    partitions: Sequence[Partition],
    options: ScanOptions,
    parse: Callable[[Lines, Dialect], Sequence[Any]],
    monitor: Monitor,
) -> Bag:
    """Build the bag of all requests, rejects, statuses, unrecognized logs, and an overview."""
    wanted = options.request_filter
    detailed = bool(wanted.vhosts) or wanted.since is not None or wanted.until is not None
    parse_partition = partial(parse_logs, dialect=options.dialect, detailed=detailed, parse=parse)
    bag: Bag = (
        _logs(partitions)
        .starmap(read_lines, containing=wanted.paths, growing=options.growing, monitor=monitor)
        .flatten()  # lines that contain the path, rejects, a sample, and the log's status
        .map_partitions(parse_partition)
    )
    return bag


def scan_flow(
    partitions: Sequence[Partition], options: ScanOptions, *, monitor: Monitor = UNMONITORED
) -> Computable[ScanResult]:
    """Build the flow that tabulates the requests of some partitions."""
    result: Computable[ScanResult] = (
        _parsed(partitions, options, _parse_found, monitor)
        .map(filter_columns, request_filter=options.request_filter)
        .reduction(
            partial(
                _tabulate_partition,
                max_rejects=options.max_rejects,
                spill=options.spill,
                fetches=options.fetches,
            ),
            partial(merge, max_rejects=options.max_rejects),
            split_every=MERGE_FAN_IN,
            name="find-robots",
        )
    )
    return result


def audit_flow(
    partitions: Sequence[Partition], options: ScanOptions, *, monitor: Monitor = UNMONITORED
) -> Computable[ScanResult]:
    """Build the flow that judges all requests of robots, and tabulates their visits."""
    # Imported only now: a scan does not wait for what an audit needs.
    from findrobots.reading.blocks import read_blocks  # noqa: PLC0415
    from findrobots.tables.audit_results import tabulate_audit  # noqa: PLC0415
    from findrobots.tables.judge import is_robot  # noqa: PLC0415

    judge = options.judge
    if judge is None:
        message = "an audit needs a judge"
        raise ValueError(message)
    result: Computable[ScanResult] = (
        _logs(partitions)
        .starmap(read_blocks, growing=options.growing, monitor=monitor)
        .flatten()  # blocks of lines, rejects, a sample, and the log's status
        .map_partitions(
            partial(
                _parse_blocks,
                dialect=options.dialect,
                is_robot=is_robot,
                robot_hosts=judge.hosts,
                compiled=options.compiled,
            )
        )  # the requests of robots, rejects, and statuses
        .reduction(
            partial(tabulate_audit, judge=judge, max_rejects=options.max_rejects),
            partial(merge, max_rejects=options.max_rejects),
            split_every=MERGE_FAN_IN,
            name="audit-robots",
        )
    )
    return result


def diagnosis_flow(
    partitions: Sequence[Partition], options: ScanOptions, *, monitor: Monitor = UNMONITORED
) -> Computable["Diagnosis"]:
    """Build the flow that parses all lines of some partitions, and sums up what they are."""
    # Imported only now: a scan does not wait for what this needs.
    from findrobots.formats.columns import parse_blocks  # noqa: PLC0415
    from findrobots.reading.blocks import read_blocks  # noqa: PLC0415
    from findrobots.tables.diagnosis import (  # noqa: PLC0415
        every_agent,
        merge_diagnoses,
        tabulate_diagnosis,
    )

    result: Computable[Diagnosis] = (
        _logs(partitions)
        .starmap(read_blocks, growing=True, monitor=monitor)
        .flatten()  # blocks of lines, rejects, a sample, and the log's status
        .map_partitions(
            partial(
                parse_blocks,
                dialect=options.dialect,
                is_robot=every_agent,
                robot_hosts=frozenset(),
            )
        )  # all requests, rejects, and statuses
        .reduction(
            tabulate_diagnosis, merge_diagnoses, split_every=MERGE_FAN_IN, name="diagnose-logs"
        )
    )
    return result


def probe_flow(
    partitions: Sequence[Partition], *, monitor: Monitor = UNMONITORED
) -> Computable[list[Probe]]:
    """Build the flow that probes the logs of some partitions."""
    return _collect(_logs(partitions).starmap(probe, monitor=monitor))


def survey_flow(
    partitions: Sequence[Partition], *, monitor: Monitor = UNMONITORED
) -> Computable[list[Survey]]:
    """Build the flow that surveys the logs of some partitions."""
    return _collect(_logs(partitions).starmap(survey, monitor=monitor))


def _logs(partitions: Sequence[Partition]) -> Bag:
    """Build the bag of logs, each with its arguments."""
    logs: Bag = db.from_sequence(partitions, npartitions=len(partitions)).flatten()
    return logs


def _collect(bag: Bag) -> Computable[list[T]]:
    """Build the flow that returns the items of a bag as one list."""
    items: Computable[list[T]] = bag.reduction(list, _join, split_every=MERGE_FAN_IN)
    return items


def _join(lists: Iterable[list[T]]) -> list[T]:
    return [*chain.from_iterable(lists)]


class RowBag(Bag):
    """A bag of requests as dictionaries, which knows its columns."""

    # Dask runs bags in processes that import the user's script again, unless configured otherwise.
    __dask_scheduler__ = staticmethod(dask.threaded.get)

    def take(
        self,
        k: int,
        npartitions: int = 1,
        compute: bool = True,  # noqa: FBT001, FBT002 (as Dask has it)
        warn: bool = True,  # noqa: FBT001, FBT002 (as Dask has it)
    ) -> object:
        """Return the first rows, as ``dask.bag.Bag.take`` does."""
        taken = super().take(k, npartitions, compute=False, warn=warn)  # type: ignore[no-untyped-call]  # Dask's
        rows = RowBag(taken.dask, taken.name, taken.npartitions)
        return tuple(rows.compute()) if compute else rows  # type: ignore[no-untyped-call]  # Dask's

    def to_dataframe(
        self,
        meta: object = None,
        columns: Sequence[str] | None = None,
        optimize_graph: bool = True,  # noqa: FBT001, FBT002 (as Dask has it)
    ) -> object:
        """Return a Dask data frame, as ``dask.bag.Bag.to_dataframe`` does.

        Dask infers the columns from the first request, of which a partition may have none.
        """
        if meta is None and columns is None:
            meta = ROW_TYPES
        frame: object = super().to_dataframe(meta, columns, optimize_graph)  # type: ignore[no-untyped-call]  # Dask's
        return frame


def row_bag(partitions: Sequence[Partition], options: ScanOptions) -> RowBag:
    """Build the bag of counted requests, one dictionary per request."""
    rows = request_bag(partitions, options).map(request_rows).flatten()
    return RowBag(rows.dask, rows.name, rows.npartitions)


@infrequent_gc()
def _tabulate_partition(
    items: Iterable[Item],
    *,
    max_rejects: int | None,
    spill: Spill | None,
    fetches: bool,
) -> ScanResult:
    """Tabulate a partition's items, which are many small objects and no cycles of them."""
    return tabulate(items, max_rejects=max_rejects, spill=spill, fetches=fetches)


def _parse_found(lines: Lines, dialect: Dialect) -> Sequence[Any]:
    """Parse lines, with the process prepared for large arrays if a log has many of them."""
    if len(lines.text) >= BATCH_SIZE:
        keep_memory()
    return parse_found(lines, dialect)


def _parse_blocks(items: Iterable[T], **options: Any) -> Iterator[Any]:  # noqa: ANN401 (see parse_blocks)
    """Parse the blocks among some items, with the process prepared for large arrays."""
    from findrobots.formats.columns import parse_blocks  # noqa: PLC0415 (only an audit needs it)

    keep_memory()
    yield from parse_blocks(items, **options)
