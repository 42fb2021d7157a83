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

    Equal values may have several codes, and a value may be that of no row.
    """

    codes: Integers
    values: list[Value]

    def at(self, rows: Integers) -> "Coded[Value]":
        """Return some of the rows, with no other values than theirs."""
        codes = self.codes[rows]
        used = np.zeros(len(self.values), np.bool_)
        used[codes] = True
        return Coded((np.cumsum(used) - 1)[codes], [*compress(self.values, used.tolist())])

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
    if len(parts) == 1:
        return parts[0]
    return RobotRequests._make(
        _concat_coded(columns) if isinstance(columns[0], Coded) else np.concatenate(columns)
        for columns in zip(*parts, strict=True)
    )


def _concat_coded(columns: Sequence[Coded[Value]]) -> Coded[Value]:
    codes, values = list[Integers](), list[Value]()
    for column in columns:
        codes.append(column.codes + len(values))
        values += column.values
    return Coded(np.concatenate(codes), values)
