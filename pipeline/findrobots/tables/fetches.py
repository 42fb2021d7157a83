"""Define the table of fetches: who was served which robots.txt, and when.

A fetch is a request for /robots.txt. Its robot is not in the table, since names depend on the table
of robots; its user agent is.
"""

from collections.abc import Iterable

import pyarrow as pa

from findrobots.arrow import integers, numbers
from findrobots.formats.coded import RobotRequests
from findrobots.records import Requests
from findrobots.tables.grouping import (
    FIRST,
    INSTANT,
    LARGEST,
    SUM,
    Column,
    TableKind,
    field,
    one,
)
from findrobots.tables.requests import request_table

__all__ = ["FETCHES", "merge_fetches", "tabulate_fetches"]

MICROSECONDS = 1_000_000


def _second(requests: pa.Table) -> pa.Array:
    times = numbers(field("time")(requests))
    return integers(times // MICROSECONDS * MICROSECONDS, INSTANT)


COLUMNS = (
    Column("host", pa.string(), field("host"), FIRST),
    Column("user_agent", pa.string(), field("user_agent"), FIRST),
    Column("vhost", pa.string(), field("vhost"), FIRST),
    Column("time", INSTANT, _second, FIRST),  # to the second
    Column("method", pa.string(), field("method"), FIRST),
    Column("status", pa.int64(), field("status"), FIRST),
    Column("bytes_sent", pa.int64(), field("bytes_sent"), LARGEST),
    Column("requests", pa.int64(), one, SUM),
)
KEY = ("host", "user_agent", "vhost", "time", "method", "status")
TABLE = TableKind(COLUMNS, KEY, order=("bytes_sent",))
FETCHES = TABLE.schema


def tabulate_fetches(requests: Requests | RobotRequests) -> pa.Table:
    """Return the fetches of some requests, those of one second and one kind in one row."""
    return TABLE.tabulate(request_table(requests))


def merge_fetches(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge tables of fetches; see ``TableKind.merge``."""
    return TABLE.merge(tables)
