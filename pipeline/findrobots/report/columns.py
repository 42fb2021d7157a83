"""Group the rows of large tables by codes, in numpy."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, joined, numbers

__all__ = [
    "Groups",
    "code_of",
    "day_text",
    "extremes",
    "group",
    "numbers_in",
    "segments",
    "sums",
    "time_text",
]


class Groups(NamedTuple):
    """Rows that are grouped by some columns.

    Attributes
    ----------
    codes
        The number of each row's group.
    last
        The last row of each group.
    """

    codes: Integers
    last: Integers

    @property
    def total(self) -> int:
        """How many groups there are."""
        return len(self.last)


def numbers_in(table: pa.Table, name: str) -> Integers:
    """Return a column of integers, days or times as numpy's."""
    return numbers(joined(table[name])).astype(np.int64, copy=False)


def code_of(values: pa.Array) -> tuple[list[str], Integers]:
    """Return the distinct texts of a column, and the number of each row's."""
    encoded = values.dictionary_encode()
    return encoded.dictionary.to_pylist(), numbers(encoded.indices).astype(np.int64)


def group(*columns: Integers) -> Groups:
    """Group rows by columns of numbers from zero; groups are in the order of the columns."""
    codes = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        combined = codes * (int(column.max(initial=0)) + 1) + column
        codes = _numbered(combined)
    last = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    last[codes] = np.arange(len(codes))
    return Groups(codes, last)


def _numbered(values: Integers) -> Integers:
    """Replace numbers from zero by their ranks; sorts only if they are far apart."""
    most = int(values.max(initial=-1)) + 1
    if most > 4 * len(values) + 1024:
        return np.unique(values, return_inverse=True)[1]
    used = np.zeros(most, np.bool_)
    used[values] = True
    ranks = np.cumsum(used) - 1
    return ranks[values].astype(np.int64, copy=False)


def sums(codes: Integers, count: int, values: Integers | None = None) -> Integers:
    """Return the sum of the values of each group; of ones if no values are given."""
    if values is None:
        return np.bincount(codes, minlength=count).astype(np.int64)
    # Exact where bincount, which adds floats, is not.
    totals = np.zeros(count, np.int64)
    np.add.at(totals, codes, values)
    return totals


def extremes(codes: Integers, count: int, first: Integers, last: Integers) -> tuple[Integers, ...]:
    """Return the least value of ``first`` and the greatest of ``last`` of each group."""
    ends = np.iinfo(np.int64)
    least, greatest = np.full(count, ends.max), np.full(count, ends.min)
    np.minimum.at(least, codes, first)
    np.maximum.at(greatest, codes, last)
    return least, greatest


def segments(owners: Integers, weights: Integers, wanted: Sequence[int]) -> list[Integers]:
    """Return for each wanted owner the rows that it owns, the heaviest first."""
    order = np.lexsort((-weights, owners))
    sorted_owners = owners[order]
    begins = np.searchsorted(sorted_owners, wanted)
    ends = np.searchsorted(sorted_owners, wanted, side="right")
    return [order[begin:end] for begin, end in zip(begins, ends, strict=True)]


def day_text(day: int) -> str:
    """Write a day, in days since 1970-01-01, in ISO 8601."""
    return str(np.datetime64(int(day), "D"))


def time_text(time: int) -> str:
    """Write a time, in microseconds since 1970-01-01, to the second."""
    return str(np.datetime64(int(time), "us").astype("datetime64[s]")).replace("T", " ")
