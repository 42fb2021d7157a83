"""Group requests by a key: each column of a table merges the values of a group into one."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import (
    Integers,
    combine,
    compact,
    empty_table,
    encode,
    integers,
    joined,
    numbers,
    rank_texts,
)

__all__ = [
    "CODED",
    "CODED_TEXTS",
    "EARLIEST",
    "FIRST",
    "FIRST_TEXT",
    "INSTANT",
    "LARGEST",
    "LATEST",
    "MAX_TEXTS",
    "REQUESTS",
    "SUM",
    "TEXTS",
    "UNION",
    "Column",
    "Grouping",
    "TableKind",
    "as_lists",
    "as_plain",
    "code_texts",
    "field",
    "one",
    "text_ranks",
    "with_status",
]

# Distinct texts kept per group: the smallest, so that the order of reading does not matter.
MAX_TEXTS = 16

LARGEST_NUMBER = (1 << 63) - 1
HALF, LOW_HALF = 32, (1 << 32) - 1
# Bits of a number that are sorted at a time.
DIGIT = 16


class Grouping(NamedTuple):
    """Groups of rows with the same key.

    Attributes
    ----------
    order
        Sorts the rows by group.
    starts
        The position in that order at which each group begins.
    firsts
        The first row of each group: that of its earliest request.
    """

    order: Integers
    starts: Integers
    firsts: Integers


INSTANT = pa.timestamp("us", "UTC")
# Parquet names the field of a list "element": a table keeps its type when it is read back.
TEXTS = pa.list_(pa.field("element", pa.string()))
# Texts of which each is stored once; tables are passed on and merged with them.
CODED = pa.dictionary(pa.int32(), pa.string())
CODED_TEXTS = pa.list_(pa.field("element", CODED))

Merge = Callable[[pa.Array, Grouping], pa.Array]


class Column(NamedTuple):
    """A column of a table of groups.

    Attributes
    ----------
    name, type
        Its name and Arrow type.
    values
        Returns the values of a table of requests, one per request.
    merge
        Merges the values of each group into one, associatively and commutatively.
    """

    name: str
    type: pa.DataType
    values: Callable[[pa.Table], pa.Array]
    merge: Merge


def field(name: str) -> Callable[[pa.Table], pa.Array]:
    """Return a function that returns this column of a table of requests."""
    return lambda requests: requests.column(name).chunk(0)


def one(requests: pa.Table) -> pa.Array:
    """Return a one for each request."""
    return integers(np.ones(requests.num_rows), pa.int64())


def with_status(hundreds: int) -> Callable[[pa.Table], pa.Array]:
    """Return a function that returns a one for each request with such a status, else a zero."""

    def values(requests: pa.Table) -> pa.Array:
        status = numbers(field("status")(requests))
        begin = 100 * hundreds
        return integers((status >= begin) & (status < begin + 100), pa.int64())

    return values


def as_lists(name: str) -> Callable[[pa.Table], pa.Array]:
    """Return a function that returns a list of a column's text for each request."""

    def values(requests: pa.Table) -> pa.Array:
        texts = field(name)(requests)
        present = (numbers(pc.binary_length(texts.dictionary)) > 0)[numbers(texts.indices)]
        offsets = integers(np.concatenate(([0], present.cumsum())), pa.int32())
        found = texts if present.all() else _take(texts, np.flatnonzero(present))
        return pa.ListArray.from_arrays(offsets, found)

    return values


def _take(values: pa.Array, rows: Integers) -> pa.Array:
    return values.take(integers(rows, pa.int64()))


def _first(values: pa.Array, groups: Grouping) -> pa.Array:
    found = _take(values, groups.firsts)
    return compact(found) if pa.types.is_dictionary(found.type) else found


def _first_text(values: pa.Array, groups: Grouping) -> pa.Array:
    """Return coded texts whose dictionary is sorted: equal columns are stored alike."""
    codes, distinct = _ranked(_first(values, groups))
    return pa.DictionaryArray.from_arrays(integers(codes, CODED.index_type), distinct)


def _fold(fold: np.ufunc, values: pa.Array, groups: Grouping) -> pa.Array:
    return integers(fold.reduceat(numbers(values)[groups.order], groups.starts), values.type)


def _union(values: pa.ListArray, groups: Grouping) -> pa.Array:
    codes, distinct = _ranked(values.values)
    begins = numbers(values.offsets).astype(np.int64)
    lengths = np.diff(begins)[groups.order]
    ends = lengths.cumsum()
    # The texts by group: those of a row follow one another in the array.
    places = np.arange(ends[-1]) + (begins[groups.order] - (ends - lengths)).repeat(lengths)
    owners = np.arange(len(groups.starts)).repeat(np.add.reduceat(lengths, groups.starts))
    # One number per pair of group and text: sorting the numbers sorts by both.
    count = max(len(distinct), 1)
    pairs = np.sort(owners * count + codes[places], kind="stable")
    is_new = np.diff(pairs, prepend=-1) > 0
    owners, pairs = owners[is_new], pairs[is_new]
    sizes = np.bincount(owners, minlength=len(groups.starts))
    kept = np.arange(len(owners)) - (sizes.cumsum() - sizes)[owners] < MAX_TEXTS
    offsets = np.concatenate(([0], sizes.clip(max=MAX_TEXTS).cumsum()))
    kept_codes = integers((pairs - owners * count)[kept], CODED.index_type)
    kept_texts = compact(pa.DictionaryArray.from_arrays(kept_codes, distinct))
    return pa.ListArray.from_arrays(integers(offsets, pa.int32()), kept_texts)


def _ranked(values: pa.Array) -> tuple[Integers, pa.Array]:
    """Return the rank of each text, and the distinct texts sorted by bytes."""
    if not pa.types.is_dictionary(values.type):
        values = encode(values)
        return numbers(values.indices).astype(np.int64), values.dictionary
    order = numbers(pc.sort_indices(values.dictionary))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[numbers(values.indices)], _take(values.dictionary, order)


def _add(values: pa.Array, groups: Grouping) -> pa.Array:
    """Add numbers that are not negative; a sum that is too large is the largest number.

    So adding stays associative, whatever a log claims to have sent.
    """
    amounts = numbers(values)
    if not amounts.any():  # as in most columns
        return integers(np.zeros(len(groups.starts), np.int64), values.type)
    amounts = amounts[groups.order]
    if int(amounts.max()) > LARGEST_NUMBER // len(amounts):
        low = np.add.reduceat(amounts & LOW_HALF, groups.starts)
        high = np.add.reduceat(amounts >> HALF, groups.starts) + (low >> HALF)
        fits = high <= LARGEST_NUMBER >> HALF
        sums = np.where(fits, (high << HALF) | (low & LOW_HALF), LARGEST_NUMBER)
        return integers(sums, values.type)
    return integers(np.add.reduceat(amounts, groups.starts), values.type)


SUM: Merge = _add
EARLIEST: Merge = partial(_fold, np.minimum)
LATEST: Merge = partial(_fold, np.maximum)
LARGEST = LATEST
FIRST: Merge = _first
FIRST_TEXT: Merge = _first_text
UNION: Merge = _union

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


def as_plain(schema: pa.Schema) -> pa.Schema:
    """Return a schema without coded texts, as files have it."""
    plain_types = {CODED: pa.string(), CODED_TEXTS: TEXTS}
    return pa.schema([each.with_type(plain_types.get(each.type, each.type)) for each in schema])


def code_texts(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table as one with a schema in which texts are coded."""
    if table.schema.equals(schema):
        return table
    coders = {CODED: _code, CODED_TEXTS: _code_lists}
    columns = [
        coders.get(each.type, _unchanged)(joined(table[each.name])).cast(each.type)
        for each in schema
    ]
    return pa.table(columns, schema=schema)


def _code(values: pa.Array) -> pa.Array:
    return encode(values)


def _code_lists(values: pa.ListArray) -> pa.Array:
    lengths = numbers(values.value_lengths()) if len(values) else np.zeros(0, np.int64)
    offsets = np.concatenate(([0], lengths.cumsum()))
    coded = encode(values.flatten())
    return pa.ListArray.from_arrays(integers(offsets, pa.int32()), coded)


def _unchanged(values: pa.Array) -> pa.Array:
    return values


class TableKind(NamedTuple):
    """What a table of groups has: its columns, and the key that its rows are grouped by.

    Attributes
    ----------
    columns
        The columns; those of the key are text or integers.
    key
        The names of the columns that are equal in a group; rows are sorted by them.
    order
        The names of the columns that say which row of a group comes first.
    """

    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...] = ("first_seen", "source", "offset")

    @property
    def schema(self) -> pa.Schema:
        """Return the names and types of the columns."""
        return pa.schema(
            [pa.field(column.name, column.type, nullable=False) for column in self.columns]
        )

    def tabulate(self, requests: pa.Table) -> pa.Table:
        """Return the table of some requests: one row per group, sorted by the key."""
        if not requests.num_rows:
            return empty_table(self.schema)
        # Each request is a table of one row.
        values = {column.name: column.values for column in self.columns}
        return self._merge_rows(lambda name: values[name](requests))

    def merge(self, tables: Iterable[pa.Table]) -> pa.Table:
        """Merge tables of this kind into one: one row per group, sorted by the key.

        Associative and commutative, with the empty table as identity.
        """
        filled = [code_texts(table, self.schema) for table in tables if table.num_rows]
        if len(filled) <= 1:
            return filled[0] if filled else empty_table(self.schema)
        rows = pa.concat_tables(filled)
        return self._merge_rows(lambda name: joined(rows[name]))

    def _merge_rows(self, values: Callable[[str], pa.Array]) -> pa.Table:
        """Merge rows, given a function that returns the values of a column.

        It is called for one column after the other, so that memory holds copies of few.
        """
        groups = self._group(values)
        merged = [
            column.merge(values(column.name), groups).cast(column.type) for column in self.columns
        ]
        return pa.Table.from_arrays(merged, schema=self.schema)

    def _group(self, values: Callable[[str], pa.Array]) -> Grouping:
        """Group rows by the key; within a group, the first by ``order`` is its first."""
        keys = combine([_sortable(values(name)) for name in self.key])
        order = _sort(keys)
        starts = _begins(keys[order])
        return Grouping(order, starts, self._firsts(values, order, starts))

    def _firsts(
        self, values: Callable[[str], pa.Array], order: Integers, starts: Integers
    ) -> Integers:
        """Return the first row of each group by ``order``."""
        firsts, sizes = order[starts], np.diff(starts, append=len(order))
        several = np.flatnonzero(sizes > 1)
        left, sizes = order[np.repeat(sizes > 1, sizes)], sizes[several]
        for name in self.order:
            if len(left) == len(several):
                break
            starts = np.cumsum(sizes) - sizes
            candidates = _sortable(_take(values(name), left))
            least = np.minimum.reduceat(candidates, starts)
            is_least = candidates == least.repeat(sizes)
            sizes = np.add.reduceat(is_least, starts, dtype=np.int64)
            left = left[is_least]
        firsts[several] = left[np.cumsum(sizes) - sizes]
        return firsts


def _sort(keys: Integers) -> Integers:
    """Return the order of rows by a key; those of equal keys stay in their order.

    A digit of 16 bits after the other, the lowest one first: each takes a fifth of the time of
    comparing numbers.
    """
    descents = np.count_nonzero(keys[1:] < keys[:-1])
    if descents < len(keys) >> 4:  # rows of sorted tables, whose runs are merged
        return np.argsort(keys, kind="stable")
    digits = (keys - keys.min(initial=LARGEST_NUMBER)).view(np.uint64)
    order = np.argsort(digits.astype(np.uint16), kind="stable")
    for shift in range(DIGIT, int(digits.max(initial=0)).bit_length(), DIGIT):
        order = order[np.argsort((digits >> shift).astype(np.uint16)[order], kind="stable")]
    return order


def _begins(in_order: Integers) -> Integers:
    """Return where each group of equal numbers begins."""
    return np.flatnonzero(np.append([True], in_order[1:] != in_order[:-1])[: len(in_order)])


def text_ranks(values: pa.Array) -> Integers:
    """Return the rank of each text by its bytes."""
    if pa.types.is_dictionary(values.type):
        return rank_texts(values.dictionary)[0][numbers(values.indices)]
    return rank_texts(values)[0]


def _sortable(values: pa.Array) -> Integers:
    """Return numbers that sort as the values do."""
    kind = values.type
    if pa.types.is_dictionary(kind) or pa.types.is_string(kind) or pa.types.is_binary(kind):
        return text_ranks(values)
    return numbers(values)
