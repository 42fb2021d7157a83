"""Combine what a scan finds: hosts, rejects, and what was read."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

import pyarrow as pa

from findrobots.arrow import empty_table, table_of_rows
from findrobots.records import Reject, Requests, SourceStatus, concat_requests
from findrobots.tables.hosts import HOSTS, merge_hosts, tabulate_hosts
from findrobots.tables.ledger import SOURCES

__all__ = [
    "NOTHING",
    "REJECTS",
    "SPILL_SIZE",
    "ScanResult",
    "Spill",
    "describe_damage",
    "merge",
    "tabulate",
]

Item = Requests | Reject | SourceStatus

REJECTS = pa.schema(
    {"source": pa.string(), "offset": pa.int64(), "reason": pa.string(), "text": pa.string()}
)

# Requests tabulated at a time: enough for columns to pay, few enough for memory.
BATCH_SIZE = 1 << 16
# Bytes of their texts, likewise: a stranger may make them as long as a line.
BATCH_BYTES = 1 << 22
# Hosts that are gathered before they are merged with those so far.
MERGE_SIZE = 1 << 18
MERGE_BYTES = 1 << 23
# Bytes of hosts that are held where there is a disk to put them on.
SPILL_SIZE = 1 << 26

# What puts a host table on a disk, and says under which name.
Spill = Callable[[pa.Table], str]


Counts = tuple[tuple[str, int], ...]


class ScanResult(NamedTuple):
    """Host table, rejects (their number by source, and the first of them), and what was read.

    ``formats`` are the names of the formats met, each with its number of requests. Counts
    are sorted by name. ``spill_files`` are the names under which more hosts are on a disk:
    they are merged with these, and one another, by who wants them.
    """

    hosts: pa.Table
    reject_counts: Counts
    rejects: pa.Table
    sources: pa.Table
    format_counts: Counts
    spill_files: tuple[str, ...] = ()

    @property
    def reject_count(self) -> int:
        """How many lines were rejected."""
        return sum(count for _, count in self.reject_counts)


NOTHING = ScanResult(empty_table(HOSTS), (), empty_table(REJECTS), empty_table(SOURCES), ())


def tabulate(
    items: Iterable[Item], *, max_rejects: int | None = None, spill: Spill | None = None
) -> ScanResult:
    """Tabulate a partition's items; its memory is that of its hosts, whatever their requests.

    With ``spill``, hosts go to a disk whenever there are many, and all in the end.
    """
    whole, parts = NOTHING, list[ScanResult]()
    for batch in _batches(items):
        parts.append(_tabulate_batch(batch))
        # Merging when the parts have grown as large as the whole keeps both the work
        # and the memory linear.
        rows = sum(part.hosts.num_rows for part in parts)
        size = sum(part.hosts.nbytes for part in parts)
        if rows > max(MERGE_SIZE, whole.hosts.num_rows) or size > max(
            MERGE_BYTES, whole.hosts.nbytes
        ):
            whole, parts = merge([whole, *parts], max_rejects=max_rejects), []
            if spill and whole.hosts.nbytes >= SPILL_SIZE:
                whole = _spilled(whole, spill)
    whole = merge([whole, *parts], max_rejects=max_rejects)
    return _spilled(whole, spill) if spill and whole.hosts.num_rows else whole


def _spilled(whole: ScanResult, spill: Spill) -> ScanResult:
    spill_files = (*whole.spill_files, spill(whole.hosts))
    return whole._replace(hosts=NOTHING.hosts, spill_files=spill_files)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Gather items until they are so many rows, or bytes."""
    batch, rows, size = list[Item](), 0, 0
    for item in items:
        batch.append(item)
        if isinstance(item, Requests):
            rows += len(item.host)
            size += sum(
                sum(map(len, column)) for column in (item.host, item.target, item.user_agent)
            )
        else:
            rows += 1
        if rows >= BATCH_SIZE or size >= BATCH_BYTES:
            yield batch
            batch, rows, size = [], 0, 0
    yield batch


def _tabulate_batch(items: list[Item]) -> ScanResult:
    requests = [item for item in items if isinstance(item, Requests)]
    rejects = [item for item in items if isinstance(item, Reject)]
    statuses = [item for item in items if isinstance(item, SourceStatus)]
    whole = concat_requests(requests)
    return ScanResult(
        tabulate_hosts(whole),
        _added([Counter(reject.source for reject in rejects)]),
        table_of_rows(rejects, REJECTS),
        table_of_rows(statuses, SOURCES),
        _added([Counter(whole.format)]),
    )


def merge(result: Iterable[ScanResult], *, max_rejects: int | None = None) -> ScanResult:
    """Merge findings: associative and commutative, with ``NOTHING`` as identity.

    Only the readings come in any order: there may be a million, and nobody needs one.
    Of the rejects, the first ``max_rejects`` by source and offset are kept, or all;
    ``rejected`` counts them all.
    """
    hosts, rejected, rejects, statuses, formats, spill_files = zip(NOTHING, *result, strict=True)
    rows = pa.concat_tables(rejects)
    in_order = rows.sort_by([(name, "ascending") for name in rows.column_names])
    return ScanResult(
        merge_hosts(hosts),
        _added(map(dict, rejected)),
        in_order.slice(0, max_rejects).combine_chunks(),
        pa.concat_tables(statuses).combine_chunks(),
        _added(map(dict, formats)),
        tuple(sorted(chain.from_iterable(spill_files))),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> Counts:
    """Add numbers by name."""
    whole = Counter[str]()
    for each in counts:
        whole.update(each)
    return tuple(sorted(whole.items()))


def describe_damage(statuses: pa.Table) -> list[str]:
    """Return what could not be read, a line for each log, sorted."""
    damages = zip(statuses["source"].to_pylist(), statuses["damage"].to_pylist(), strict=True)
    return sorted(f"{source}: {damage}" for source, damage in damages if damage)
