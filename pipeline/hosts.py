"""Requests to a host table; host tables to one host table."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.formats import Request

__all__ = ["COLUMNS", "HOSTS", "Column", "Grouping", "merge_hosts", "tabulate_hosts"]

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]

# Most distinct texts kept of one host: the smallest, so that no order of reading matters.
MOST_TEXTS = 16


class Grouping(NamedTuple):
    """Rows that belong together: ``order`` sorts them, first evidence first; ``starts`` begins each group."""

    order: Integers
    starts: Integers

    def of_rows(self) -> Integers:
        """Return each row's group, in the rows' own order."""
        groups = np.zeros(len(self.order), np.int64)
        groups[self.starts[1:]] = 1
        in_row_order = np.empty_like(groups)
        in_row_order[self.order] = groups.cumsum()
        return in_row_order


Merge = Callable[[pa.Array, Grouping], pa.Array]


class Column(NamedTuple):
    """A column of evidence: how requests become its values, and how a host's values merge.

    ``merge`` must not care how the values are grouped or ordered before it sees them.
    """

    name: str
    type: pa.DataType
    of: Callable[[pa.RecordBatch], pa.Array]
    merge: Merge


def _field(name: str) -> Callable[[pa.RecordBatch], pa.Array]:
    return lambda requests: requests.column(name)


def _one(requests: pa.RecordBatch) -> pa.Array:
    return pa.array(np.ones(len(requests), np.int64))


def _with_status(hundreds: int) -> Callable[[pa.RecordBatch], pa.Array]:
    def of(requests: pa.RecordBatch) -> pa.Array:
        return pc.equal(pc.divide(requests.column("status"), 100), hundreds).cast(pa.int64())

    return of


def _as_lists(name: str) -> Callable[[pa.RecordBatch], pa.Array]:
    def of(requests: pa.RecordBatch) -> pa.Array:
        texts = requests.column(name)
        ends = np.cumsum(texts.is_valid().to_numpy(zero_copy_only=False), dtype=np.int32)
        return pa.ListArray.from_arrays(
            pa.array(np.concatenate(([0], ends)), pa.int32()), texts.drop_null()
        )

    return of


def _first(values: pa.Array, groups: Grouping) -> pa.Array:
    return values.take(pa.array(groups.order[groups.starts]))


def _fold(fold: np.ufunc, values: pa.Array, groups: Grouping) -> pa.Array:
    numbers = values.view(pa.int64()).to_numpy()[groups.order]
    return pa.array(fold.reduceat(numbers, groups.starts)).view(values.type)


def _union(values: pa.ListArray, groups: Grouping) -> pa.Array:
    codes, texts = _ranked(values.flatten())
    owners = groups.of_rows()[values.value_parent_indices().to_numpy()]
    # One number for each pair of group and text: distinct, and sorted by both at once.
    owners, codes = np.divmod(np.unique(owners * max(len(texts), 1) + codes), max(len(texts), 1))
    begins = np.searchsorted(owners, np.arange(len(groups.starts)))
    kept = np.arange(len(owners)) - begins[owners] < MOST_TEXTS
    offsets = np.searchsorted(owners[kept], np.arange(len(groups.starts) + 1))
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), texts.take(pa.array(codes[kept])), type=values.type
    )


def _ranked(texts: pa.Array) -> tuple[Integers, pa.Array]:
    """Return each text's rank among the distinct ones, and these, sorted by their bytes."""
    encoded = texts.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(order))


SUM: Merge = partial(_fold, np.add)
EARLIEST: Merge = partial(_fold, np.minimum)
LATEST: Merge = partial(_fold, np.maximum)
INSTANT = pa.timestamp("us", "UTC")

COLUMNS = (
    Column("host", pa.string(), _field("host"), _first),
    Column("requests", pa.int64(), _one, SUM),
    Column("first_seen", INSTANT, _field("time"), EARLIEST),
    Column("last_seen", INSTANT, _field("time"), LATEST),
    Column("status_2xx", pa.int64(), _with_status(2), SUM),
    Column("status_3xx", pa.int64(), _with_status(3), SUM),
    Column("status_4xx", pa.int64(), _with_status(4), SUM),
    Column("status_5xx", pa.int64(), _with_status(5), SUM),
    Column("bytes_sent", pa.int64(), _field("bytes_sent"), SUM),
    Column("methods", pa.list_(pa.string()), _as_lists("method"), _union),
    Column("user_agents", pa.list_(pa.string()), _as_lists("user_agent"), _union),
    Column("source", pa.string(), _field("source"), _first),
    Column("offset", pa.int64(), _field("offset"), _first),
)
HOSTS = pa.schema([pa.field(column.name, column.type, nullable=False) for column in COLUMNS])

REQUESTS = pa.schema(
    {
        "host": pa.string(),
        "time": INSTANT,
        "method": pa.string(),
        "target": pa.binary(),
        "status": pa.int64(),
        "bytes_sent": pa.int64(),
        "user_agent": pa.string(),
        "source": pa.string(),
        "offset": pa.int64(),
    }
)


def tabulate_hosts(requests: Sequence[Request]) -> pa.Table:
    """Make the host table of some requests: one row a host, sorted by host."""
    if not requests:
        return HOSTS.empty_table()
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(values, field.type)
            for values, field in zip(zip(*requests, strict=True), REQUESTS, strict=True)
        ],
        schema=REQUESTS,
    )
    one_row_each = [column.of(batch) for column in COLUMNS]
    return merge_hosts([pa.Table.from_arrays(one_row_each, schema=HOSTS)])


def merge_hosts(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge host tables into one: one row a host, sorted by host.

    Associative and commutative, with the empty table as identity, and idempotent on
    its own results but for the counts: any order and any grouping of the same tables
    gives equal bytes.
    """
    rows = pa.concat_tables([HOSTS.empty_table(), *tables]).combine_chunks()
    if not rows.num_rows:
        return HOSTS.empty_table()
    groups = _group(rows)
    merged = [column.merge(rows.column(column.name).chunk(0), groups) for column in COLUMNS]
    return pa.Table.from_arrays(merged, schema=HOSTS)


def _group(rows: pa.Table) -> Grouping:
    """Group rows by host; within a host, its first request's row comes first."""
    hosts, _ = _ranked(rows.column("host").chunk(0))
    sources, _ = _ranked(rows.column("source").chunk(0))
    times = rows.column("first_seen").chunk(0).view(pa.int64()).to_numpy()
    order = np.lexsort((rows.column("offset").chunk(0).to_numpy(), sources, times, hosts))
    starts = np.flatnonzero(np.diff(hosts[order], prepend=-1))
    return Grouping(order, starts)
