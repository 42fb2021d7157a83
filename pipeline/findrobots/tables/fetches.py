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
    CODED,
    FIRST,
    INSTANT,
    LARGEST,
    SUM,
    Column,
    TableKind,
    as_plain,
    field,
    one,
)
from findrobots.tables.requests import request_table

__all__ = ["CODED_FETCHES", "FETCHES", "merge_fetches", "tabulate_fetches"]

MICROSECONDS = 1_000_000


def _second(requests: pa.Table) -> pa.Array:
    times = numbers(field("time")(requests))
    return integers(times // MICROSECONDS * MICROSECONDS, INSTANT)


COLUMNS = (
    Column("host", CODED, field("host"), FIRST),
    Column("user_agent", CODED, field("user_agent"), FIRST),
    Column("vhost", CODED, field("vhost"), FIRST),
    Column("time", INSTANT, _second, FIRST),  # to the second
    Column("method", CODED, field("method"), FIRST),
    Column("status", pa.int64(), field("status"), FIRST),
    Column("bytes_sent", pa.int64(), field("bytes_sent"), LARGEST),
    Column("requests", pa.int64(), one, SUM),
)
KEY = ("host", "user_agent", "vhost", "time", "method", "status")
TABLE = TableKind(COLUMNS, KEY, order=("bytes_sent",))
CODED_FETCHES = TABLE.schema
# As files have it.
FETCHES = as_plain(CODED_FETCHES)


def tabulate_fetches(requests: Requests | RobotRequests) -> pa.Table:
    """Return the fetches of some requests, those of one second and one kind in one row."""
    return TABLE.tabulate(request_table(requests))


def merge_fetches(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge tables of fetches; see ``TableKind.merge``."""
    return TABLE.merge(tables)
