"""Convert Python and numpy values to Arrow arrays and tables, and back, without pandas.

``pyarrow.array``, ``Array.to_numpy``, ``Schema.empty_table`` and others import pandas if it is
installed, which takes as long as scanning half a gigabyte of logs. These functions do not.
"""

from collections.abc import Callable, Collection, Mapping, Sequence, Sized
from itertools import chain, repeat
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = [
    "MAX_HASHED",
    "Booleans",
    "Integers",
    "binaries",
    "coded",
    "combine",
    "compact",
    "distinct_rows",
    "empty_table",
    "encode",
    "integers",
    "joined",
    "numbers",
    "pack",
    "plain",
    "rank_texts",
    "rows_at",
    "rows_where",
    "table_of",
    "table_of_rows",
    "texts",
    "unpack",
]

# Numbers of combinations that fit into 64 bits with a sign.
MAX_NUMBER = 1 << 62
# Texts that are hashed at once: if all have one hash, each takes 3 microseconds.
MAX_HASHED = 1 << 12

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Booleans = np.ndarray[tuple[int], np.dtype[np.bool_]]


def numbers(array: pa.Array) -> Integers:
    """Return an Arrow array of integers or times, without nulls, as numpy's, uncopied."""
    if array.type.bit_width == pa.int64().bit_width:
        array = array.view(pa.int64())
    elif pa.types.is_date32(array.type):
        array = array.view(pa.int32())
    return np.from_dlpack(array)  # type: ignore[return-value]  # dlpack's type is any number


def integers(values: Sequence[int] | Integers | Booleans, kind: pa.DataType) -> pa.Array:
    """Return integers as an Arrow array of a type of 32 or 64 bits."""
    stored = np.asarray(values, np.int64).astype(f"i{kind.bit_width // 8}", copy=False)
    return pa.Array.from_buffers(kind, len(stored), [None, pa.py_buffer(stored)])


def texts(values: Sequence[str], kind: pa.DataType) -> pa.Array:
    """Return strings as an Arrow array."""
    together = "".join(values)
    if together.isascii():  # as most are: a character is a byte
        return _slices(values, together.encode(), kind)
    return binaries([value.encode() for value in values], kind)


def binaries(values: Sequence[bytes], kind: pa.DataType) -> pa.Array:
    """Return byte strings as an Arrow array of binaries, or of the strings they encode in UTF-8."""
    return _slices(values, b"".join(values), kind)


def _slices(values: Sequence[Sized], together: bytes, kind: pa.DataType) -> pa.Array:
    """Return an Arrow array of values as long as these, which are joined."""
    buffers = [None, pa.py_buffer(_offsets(values)), pa.py_buffer(together)]
    return pa.Array.from_buffers(kind, len(values), buffers)


def lists(values: Sequence[Sequence[Any]], kind: pa.DataType) -> pa.Array:
    """Return lists as an Arrow array of lists."""
    offsets = integers(_offsets(values).astype(np.int64), pa.int32())
    flat = _builder(kind.value_type)([*chain.from_iterable(values)], kind.value_type)
    return pa.ListArray.from_arrays(offsets, flat, type=kind)


def _offsets(values: Sequence[Sized]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the offset of each value, and the end of the last, when they are concatenated."""
    ends = np.fromiter(map(len, values), np.int64, len(values)).cumsum()
    return np.concatenate(([0], ends)).astype(np.int32)


class _Codes(dict[str, int]):
    """Maps strings to their numbers, in the order in which they first appear."""

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self)
        return code


def coded(values: Sequence[str], kind: pa.DataType) -> pa.Array:
    """Return strings as an Arrow dictionary array."""
    codes = _Codes()
    indices = integers([*map(codes.__getitem__, values)], kind.index_type)
    return pa.DictionaryArray.from_arrays(indices, texts(list(codes), kind.value_type))


def encode(values: pa.Array) -> pa.DictionaryArray:
    """Return texts as a dictionary array, whose dictionary is sorted by bytes.

    Arrow hashes texts of up to 16 bytes by a known function, without a key, so that a client can
    send any number with one hash. So few are hashed at once, and the distinct ones are sorted: the
    time is that of sorting, whatever the texts are.
    """
    parts = [
        values.slice(at, MAX_HASHED).dictionary_encode()
        for at in range(0, max(len(values), 1), MAX_HASHED)
    ]
    found = pa.concat_arrays([part.dictionary for part in parts])
    ranks, firsts = rank_texts(found)
    sizes = [len(part.dictionary) for part in parts]
    begins = np.cumsum([0, *sizes[:-1]])
    codes = [ranks[at:][numbers(part.indices)] for at, part in zip(begins, parts, strict=True)]
    indices = integers(np.concatenate(codes), pa.int32())
    return pa.DictionaryArray.from_arrays(indices, found.take(integers(firsts, pa.int64())))


def rank_texts(values: pa.Array) -> tuple[Integers, Integers]:
    """Return the rank of each text by its bytes, and the first row of each rank."""
    order = numbers(pc.sort_indices(values))
    in_order = values.take(integers(order, pa.int64()))
    is_new = np.ones(len(values), np.bool_)
    is_new[1:] = _differ(in_order[1:], in_order[:-1])
    ranks = np.empty(len(values), np.int64)
    ranks[order] = is_new.cumsum() - 1
    return ranks, order[is_new]


def _differ(one: pa.Array, other: pa.Array) -> Booleans:
    """Return where two arrays differ."""
    return numbers(pc.not_equal(one, other).cast(pa.int64())) > 0


def compact(array: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a dictionary array without the values that it does not use."""
    codes = numbers(array.indices)
    used = np.zeros(len(array.dictionary), np.bool_)
    used[codes] = True
    if used.all():
        return array
    new_codes = (used.cumsum() - 1)[codes]
    values = array.dictionary.take(integers(np.flatnonzero(used), pa.int64()))
    indices = integers(new_codes, array.type.index_type)
    return pa.DictionaryArray.from_arrays(indices, values)


def plain(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table as one with a schema whose texts are not coded; it has a chunk a column."""
    return table.cast(schema).combine_chunks()


def pack(table: pa.Table) -> bytes:
    """Return a table as bytes for another process: a fraction of what pickle makes of counts."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(packed: bytes) -> pa.Table:
    """Return a table that was packed."""
    options = pa.ipc.IpcReadOptions(use_threads=False)
    with pa.ipc.open_stream(pa.py_buffer(packed), options=options) as stream:
        return stream.read_all()


def distinct_rows(columns: Sequence[Integers]) -> tuple[Integers, Integers]:
    """Return a number per row, the same for equal rows of some columns of integers.

    Returns
    -------
    tuple of (array, array)
        The first row of each number, and the number of each row.
    """
    # Arrow hashes; numpy.unique takes ten times as long.
    encoded = integers(combine(columns), pa.int64()).dictionary_encode()
    codes = numbers(encoded.indices).astype(np.int64)
    firsts = np.empty(len(encoded.dictionary), np.int64)
    firsts[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return firsts, codes


def combine(columns: Sequence[Integers]) -> Integers:
    """Return a number per row, which compare as the rows of some columns of integers do."""
    rows = columns[0].astype(np.int64, copy=False)  # days have 32 bits
    for column in columns[1:]:
        (upper, size), (lower, width) = _from_zero(rows), _from_zero(column)
        if width == 1:  # as most columns of counts
            continue
        if size * width > MAX_NUMBER:
            (upper, size), (lower, width) = _ranks(rows), _ranks(column)
        rows = upper * width + lower
    return rows


def _from_zero(column: Integers) -> tuple[Integers, int]:
    """Return a column that begins at zero, and a number above all of it."""
    column = column.astype(np.int64, copy=False)
    low = int(column.min()) if len(column) else 0
    return (column - low if low else column), int(column.max(initial=low)) - low + 1


def _ranks(column: Integers) -> tuple[Integers, int]:
    """Return the rank of each number, and how many ranks there are."""
    distinct, ranks = np.unique(column, return_inverse=True)
    return ranks, len(distinct)


def table_of(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Return columns of integers, timestamps, strings and lists as a table with a schema."""
    arrays = [_builder(field.type)(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def table_of_rows(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Return rows of values, in the order of the schema's columns, as a table with that schema."""
    columns = zip(*rows, strict=True) if rows else repeat(())
    return table_of(dict(zip(schema.names, columns, strict=False)), schema)


def _builder(kind: pa.DataType) -> Callable[[Any, pa.DataType], pa.Array]:
    return BUILDERS.get(kind.id, integers)


def joined(column: pa.ChunkedArray) -> pa.Array:
    """Return the chunks of a column as one array."""
    if column.num_chunks > 1:
        return pa.concat_arrays(column.chunks)
    return column.chunk(0) if column.num_chunks else _builder(column.type)([], column.type)


def rows_where(table: pa.Table, wanted: Booleans) -> pa.Table:
    """Return the rows of a table for which ``wanted`` is true."""
    if wanted.all():
        return table
    return table.take(integers(np.flatnonzero(wanted), pa.int64()))


def rows_at(table: pa.Table, rows: Collection[int]) -> pa.Table:
    """Return the rows of a table with these numbers, which are in ascending order."""
    if len(rows) == table.num_rows:
        return table
    return table.take(integers([*rows], pa.int64()))


BUILDERS: Mapping[int, Callable[[Any, pa.DataType], pa.Array]] = {
    pa.lib.Type_DICTIONARY: coded,
    pa.lib.Type_STRING: texts,
    pa.lib.Type_BINARY: binaries,
    pa.lib.Type_LIST: lists,
}


def empty_table(schema: pa.Schema) -> pa.Table:
    """Return a table without rows."""
    return pa.Table.from_batches([], schema=schema)
