"""Find the distinct fields of many lines, without a Python object for each line."""

from typing import Any

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, integers, numbers

__all__ = ["distinct", "distinct_texts"]


def distinct(text: bytes, begin: Integers, end: Integers) -> tuple[list[bytes], Integers]:
    r"""Return the distinct fields among some of a text, and for each its place among those.

    Parameters
    ----------
    text
        The text of some lines.
    begin, end
        Where the fields begin and end: in ascending order, at least one.

    >>> distinct(b"one two one", np.array([0, 4, 8]), np.array([3, 7, 11]))
    ([b'one', b'two'], array([0, 1, 0]))
    """
    return _distinct(text, begin, end, pa.binary())


def distinct_texts(text: bytes, begin: Integers, end: Integers) -> tuple[list[str], Integers]:
    """Return the same as ``distinct``, for fields that are ASCII, as strings."""
    return _distinct(text, begin, end, pa.string())


def _distinct(
    text: bytes, begin: Integers, end: Integers, kind: pa.DataType
) -> tuple[list[Any], Integers]:
    # In Arrow a value begins where the one before it ends: so the text between two fields is a
    # value, too, and only every other value is taken.
    offsets = np.empty(2 * len(begin) + 1, np.int32)
    offsets[0:-1:2], offsets[1::2], offsets[-1] = begin, end, end[-1]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(text)]
    values = pa.Array.from_buffers(kind, len(offsets) - 1, buffers)
    fields = values.take(integers(np.arange(0, len(offsets) - 1, 2), pa.int32()))
    coded = fields.dictionary_encode()
    return coded.dictionary.to_pylist(), numbers(coded.indices).astype(np.int64)
