"""Python and numpy values to Arrow's, and back, without pandas.

``pyarrow.array``, ``Array.to_numpy`` and ``Schema.empty_table`` import pandas wherever it
is installed, which takes as long as scanning half a gigabyte. These do not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["Integers", "coded", "empty_table", "integers", "numbers", "table_of", "texts"]

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]


def numbers(array: pa.Array) -> Integers:
    """Return an Arrow array of numbers or instants, without nulls, as numpy's, uncopied."""
    if array.type.bit_width == pa.int64().bit_width:
        array = array.view(pa.int64())
    return np.from_dlpack(array)  # type: ignore[return-value]  # dlpack's type is any number


def integers(values: Sequence[int] | Integers, kind: pa.DataType) -> pa.Array:
    """Return integers as an Arrow array of a type 32 or 64 bits wide."""
    stored = np.asarray(values, np.int64).astype(f"i{kind.bit_width // 8}", copy=False)
    return pa.Array.from_buffers(kind, len(stored), [None, pa.py_buffer(stored)])


def texts(values: Sequence[str], kind: pa.DataType) -> pa.Array:
    """Return texts as an Arrow array of strings."""
    encoded = [value.encode() for value in values]
    ends = np.fromiter(map(len, encoded), np.int64, len(encoded)).cumsum()
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(kind, len(values), buffers)


class _Codes(dict[str, int]):
    """Texts and the order in which they first came."""

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self)
        return code


def coded(values: Sequence[str], kind: pa.DataType) -> pa.Array:
    """Return texts as an Arrow array of codes and the distinct texts they stand for."""
    codes = _Codes()
    indices = integers([*map(codes.__getitem__, values)], kind.index_type)
    return pa.DictionaryArray.from_arrays(indices, texts(list(codes), kind.value_type))


def table_of(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Return columns of integers, instants and texts as the table that a schema describes."""
    arrays = [_builder(field.type)(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _builder(kind: pa.DataType) -> Callable[[Any, pa.DataType], pa.Array]:
    if pa.types.is_dictionary(kind):
        return coded
    return texts if pa.types.is_string(kind) else integers


def empty_table(schema: pa.Schema) -> pa.Table:
    """Return a table without rows."""
    return pa.Table.from_batches([], schema=schema)
