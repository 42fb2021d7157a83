"""Find the distinct fields of many lines, without a Python object for each line."""

import numpy as np
import pyarrow as pa

from findrobots.arrow import MAX_HASHED, Integers
from findrobots.formats.coded import Coded

__all__ = ["distinct", "distinct_texts"]

EVERY_OTHER_BIT = 0b01010101
# Bytes of the longest text of which Arrow's hash can be inverted.
LONGEST_MADE = 16


def distinct(text: bytes, begin: Integers, end: Integers) -> Coded[bytes]:
    r"""Return fields of a text, each distinct one as one value; of many short ones as a few.

    Parameters
    ----------
    text
        The text of some lines.
    begin, end
        Where the fields begin and end: in ascending order, at least one.

    >>> distinct(b"one two one", np.array([0, 4, 8]), np.array([3, 7, 11]))
    Coded(codes=array([0, 1, 0]), values=[b'one', b'two'])
    """
    # Many short fields may have been made to have one hash; see ``arrow.encode``.
    step = MAX_HASHED if np.count_nonzero(end - begin <= LONGEST_MADE) > MAX_HASHED else len(begin)
    codes, values = list[Integers](), list[bytes]()
    for at in range(0, len(begin), step):
        coded = _encode(text, begin[at : at + step], end[at : at + step], pa.binary())
        codes.append(_codes(coded) + len(values))
        values += coded.dictionary.to_pylist()
    return Coded(np.concatenate(codes), values)


def distinct_texts(text: bytes, begin: Integers, end: Integers) -> Coded[str]:
    """Return the same as ``distinct``, for fields that are ASCII, as strings."""
    coded = _encode(text, begin, end, pa.string())
    return Coded(_codes(coded), coded.dictionary.to_pylist())


def _encode(text: bytes, begin: Integers, end: Integers, kind: pa.DataType) -> pa.DictionaryArray:
    # In Arrow a value begins where the one before it ends: so the text between two fields is a
    # value, too, and every other value is marked as missing.
    count = len(begin)
    offsets = np.empty(2 * count + 1, np.int32)
    offsets[0:-1:2], offsets[1::2], offsets[-1] = begin, end, end[-1]
    is_field = np.full(count // 4 + 1, EVERY_OTHER_BIT, np.uint8)
    buffers = [pa.py_buffer(is_field), pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(kind, 2 * count, buffers).dictionary_encode()


def _codes(coded: pa.DictionaryArray) -> Integers:
    return np.frombuffer(coded.indices.buffers()[1], np.int32)[: len(coded) : 2].astype(np.int64)
