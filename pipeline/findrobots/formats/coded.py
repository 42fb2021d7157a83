"""Hold the requests of robots in columns of codes, as tables are made from them."""

from collections.abc import Hashable, Sequence
from itertools import compress
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from findrobots.arrow import Integers
from findrobots.records import Requests

__all__ = ["Coded", "RobotRequests", "code", "code_requests", "concat"]

Value = TypeVar("Value", bound=Hashable)


class Coded(NamedTuple, Generic[Value]):
    """A column whose values repeat: the code of a row is the place of its value in ``values``.

    Equal values may have several codes, and a value may be that of no row. The list of values may
    be that of other columns, too, and grow with them.
    """

    codes: Integers
    values: list[Value]

    def at(self, rows: Integers) -> "Coded[Value]":
        """Return some of the rows, with no other values than theirs."""
        return Coded(self.codes[rows], self.values).compact()

    def compact(self) -> "Coded[Value]":
        """Return the same rows with no other values than theirs."""
        used = np.zeros(len(self.values), np.bool_)
        used[self.codes] = True
        if used.all():
            return self
        return Coded((np.cumsum(used) - 1)[self.codes], [*compress(self.values, used.tolist())])

    def decode(self) -> list[Value]:
        """Return the value of each row."""
        return [*map(self.values.__getitem__, self.codes.tolist())]


class RobotRequests(NamedTuple):
    """Requests in columns of equal length, which have the values of ``Requests``.

    They are in no particular order. Integers are numpy's, of 64 bits.
    """

    host: Coded[str]
    time: Integers
    method: Coded[str]
    target: Coded[bytes]
    status: Integers
    bytes_sent: Integers
    user_agent: Coded[str]
    vhost: Coded[str]
    format: Coded[str]
    source: Coded[str]
    offset: Integers

    def at(self, rows: Integers) -> "RobotRequests":
        """Return some of the requests."""
        return RobotRequests._make(
            column._replace(codes=column.codes[rows]) if isinstance(column, Coded) else column[rows]
            for column in self
        )

    def decode(self) -> Requests:
        """Return the requests in plain columns."""
        return Requests._make(
            column.decode() if isinstance(column, Coded) else column.tolist() for column in self
        )


# The columns that are coded.
CODED = ("host", "method", "target", "user_agent", "vhost", "format", "source")


def code(values: Sequence[Value]) -> Coded[Value]:
    """Return values as a coded column."""
    distinct = [*dict.fromkeys(values)]
    if len(distinct) == len(values):
        return Coded(np.arange(len(values)), distinct)
    codes = {value: number for number, value in enumerate(distinct)}
    numbers = np.fromiter(map(codes.__getitem__, values), np.int64, len(values))
    return Coded(numbers, distinct)


def code_requests(requests: Requests) -> RobotRequests:
    """Return requests in columns of codes and numpy's integers."""
    return RobotRequests._make(
        code(column) if name in CODED else np.array(column, np.int64)
        for name, column in zip(requests._fields, requests, strict=True)
    )


def concat(parts: Sequence[RobotRequests]) -> RobotRequests:
    """Return the requests of several parts, of which there is at least one, as one."""
    return RobotRequests._make(
        _concat_coded(columns) if isinstance(columns[0], Coded) else np.concatenate(columns)
        for columns in zip(*parts, strict=True)
    )


def _concat_coded(columns: Sequence[Coded[Value]]) -> Coded[Value]:
    """Return columns as one that has no other values than theirs, and a list of its own."""
    codes, values, begins = list[Integers](), list[Value](), dict[int, int]()
    for column in columns:
        if (known := id(column.values)) not in begins:
            begins[known] = len(values)
            values += column.values
        begin = begins[known]
        codes.append(column.codes + begin if begin else column.codes)
    return Coded(np.concatenate(codes), values).compact()
