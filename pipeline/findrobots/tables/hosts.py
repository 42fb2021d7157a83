"""Define the columns of the host table; tabulate and merge hosts."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import Integers, empty_table, integers, numbers, table_of
from findrobots.records import Requests

__all__ = ["COLUMNS", "HOSTS", "Column", "Grouping", "merge_hosts", "tabulate_hosts"]

# Distinct texts kept per host: the smallest, so that the order of reading does not matter.
MAX_TEXTS = 16


class Grouping(NamedTuple):
    """Groups of rows with the same host.

    ``order`` sorts the rows by group, each group's earliest request first; ``starts`` has
    the position in that order at which each group begins.
    """

    order: Integers
    starts: Integers

    def group_of_rows(self) -> Integers:
        """Return the number of each row's group, in the order of the rows."""
        groups = np.zeros(len(self.order), np.int64)
        groups[self.starts[1:]] = 1
        in_row_order = np.empty_like(groups)
        in_row_order[self.order] = groups.cumsum()
        return in_row_order


INSTANT = pa.timestamp("us", "UTC")
# Parquet names the field of a list "element": a table keeps its type when it is read back.
TEXTS = pa.list_(pa.field("element", pa.string()))

Merge = Callable[[pa.Array, Grouping], pa.Array]


class Column(NamedTuple):
    """A column of the host table.

    Attributes
    ----------
    name, type
        Its name and Arrow type.
    values
        Returns the values of a table of requests, one per request.
    merge
        Merges the values of each host into one, associatively and commutatively.
    """

    name: str
    type: pa.DataType
    values: Callable[[pa.Table], pa.Array]
    merge: Merge


def _field(name: str) -> Callable[[pa.Table], pa.Array]:
    return lambda requests: requests.column(name).chunk(0)


def _one(requests: pa.Table) -> pa.Array:
    return integers(np.ones(requests.num_rows), pa.int64())


def _with_status(hundreds: int) -> Callable[[pa.Table], pa.Array]:
    def values(requests: pa.Table) -> pa.Array:
        return integers(numbers(_field("status")(requests)) // 100 == hundreds, pa.int64())

    return values


def _as_lists(name: str) -> Callable[[pa.Table], pa.Array]:
    def values(requests: pa.Table) -> pa.Array:
        texts = _field(name)(requests)
        present = (numbers(pc.binary_length(texts.dictionary)) > 0)[numbers(texts.indices)]
        offsets = integers(np.concatenate(([0], present.cumsum())), pa.int32())
        return pa.ListArray.from_arrays(offsets, _take(texts, np.flatnonzero(present)))

    return values


def _take(values: pa.Array, rows: Integers) -> pa.Array:
    return values.take(integers(rows, pa.int64()))


def _first(values: pa.Array, groups: Grouping) -> pa.Array:
    return _take(values, groups.order[groups.starts])


def _fold(fold: np.ufunc, values: pa.Array, groups: Grouping) -> pa.Array:
    return integers(fold.reduceat(numbers(values)[groups.order], groups.starts), values.type)


def _union(values: pa.ListArray, groups: Grouping) -> pa.Array:
    codes, distinct = _ranked(values.flatten())
    owners = groups.group_of_rows()[numbers(values.value_parent_indices())]
    # One number per pair of group and text: sorting the numbers sorts by both.
    count = max(len(distinct), 1)
    pairs = np.sort(owners * count + codes)  # numpy.unique hashes: ten times as long
    owners, codes = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], count)
    begins = np.searchsorted(owners, np.arange(len(groups.starts)))
    kept = np.arange(len(owners)) - begins[owners] < MAX_TEXTS
    offsets = np.searchsorted(owners[kept], np.arange(len(groups.starts) + 1))
    kept_texts = _take(distinct, codes[kept])
    return pa.ListArray.from_arrays(integers(offsets, pa.int32()), kept_texts, type=TEXTS)


def _ranked(values: pa.Array) -> tuple[Integers, pa.Array]:
    """Return the rank of each text, and the distinct texts sorted by bytes."""
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    order = numbers(pc.sort_indices(encoded.dictionary))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[numbers(encoded.indices)], _take(encoded.dictionary, order)


SUM: Merge = partial(_fold, np.add)
EARLIEST: Merge = partial(_fold, np.minimum)
LATEST: Merge = partial(_fold, np.maximum)

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
    Column("methods", TEXTS, _as_lists("method"), _union),
    Column("user_agents", TEXTS, _as_lists("user_agent"), _union),
    Column("vhosts", TEXTS, _as_lists("vhost"), _union),
    Column("source", pa.string(), _field("source"), _first),
    Column("offset", pa.int64(), _field("offset"), _first),
)
HOSTS = pa.schema([pa.field(column.name, column.type, nullable=False) for column in COLUMNS])

CODED = pa.dictionary(pa.int32(), pa.string())
REQUESTS = pa.schema(
    {
        "host": CODED,
        "time": INSTANT,
        "method": CODED,
        "status": pa.int64(),
        "bytes_sent": pa.int64(),
        "user_agent": CODED,
        "vhost": CODED,
        "source": CODED,
        "offset": pa.int64(),
    }
)


def tabulate_hosts(requests: Requests) -> pa.Table:
    """Return the host table of some requests: one row per host, sorted by host."""
    if not requests.host:
        return empty_table(HOSTS)
    table = table_of(requests._asdict(), REQUESTS)
    # Each request is a host table of one row.
    return _merge_rows([column.values(table) for column in COLUMNS])


def merge_hosts(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge host tables into one: one row per host, sorted by host.

    Associative and commutative, with the empty table as identity: any order and any
    grouping of the same tables gives equal bytes.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        Tables with the columns of ``HOSTS``.

    Returns
    -------
    pyarrow.Table
        The requests of each host added up, its times, texts and first request merged.

    Examples
    --------
    >>> import findrobots
    >>> static = findrobots.find_robots("data/logs/static")
    >>> others = findrobots.find_robots("data/logs", exclude=["access_log*"])
    >>> findrobots.merge_hosts([static, others]).num_rows
    58
    """
    filled = [table for table in tables if table.num_rows]
    if len(filled) <= 1:
        return filled[0] if filled else empty_table(HOSTS)
    rows = pa.concat_tables(filled).combine_chunks()
    return _merge_rows([column.chunk(0) for column in rows.columns])


def _merge_rows(values: list[pa.Array]) -> pa.Table:
    """Merge rows, given as the values of each of ``COLUMNS``, into one row per host."""
    groups = _group(dict(zip(HOSTS.names, values, strict=True)))
    merged = [
        column.merge(rows, groups).cast(column.type)
        for column, rows in zip(COLUMNS, values, strict=True)
    ]
    return pa.Table.from_arrays(merged, schema=HOSTS)


def _group(rows: dict[str, pa.Array]) -> Grouping:
    """Group rows by host; within a host, the row of its earliest request comes first."""
    hosts, _ = _ranked(rows["host"])
    sources, _ = _ranked(rows["source"])
    order = np.lexsort((numbers(rows["offset"]), sources, numbers(rows["first_seen"]), hosts))
    starts = np.flatnonzero(np.diff(hosts[order], prepend=-1))
    return Grouping(order, starts)
