"""Define the columns of the host table; tabulate and merge hosts."""

from collections.abc import Iterable

import pyarrow as pa

from findrobots.arrow import plain
from findrobots.formats.coded import RobotRequests
from findrobots.records import Requests
from findrobots.tables.grouping import (
    CODED,
    CODED_TEXTS,
    EARLIEST,
    FIRST,
    FIRST_TEXT,
    INSTANT,
    LATEST,
    MAX_TEXTS,
    SUM,
    UNION,
    Column,
    TableKind,
    as_lists,
    as_plain,
    field,
    one,
    with_status,
)
from findrobots.tables.requests import request_table

__all__ = [
    "CODED_HOSTS",
    "COLUMNS",
    "HOSTS",
    "MAX_TEXTS",
    "merge_coded_hosts",
    "merge_hosts",
    "tabulate_hosts",
]

COLUMNS = (
    Column("host", pa.string(), field("host"), FIRST),
    Column("requests", pa.int64(), one, SUM),
    Column("first_seen", INSTANT, field("time"), EARLIEST),
    Column("last_seen", INSTANT, field("time"), LATEST),
    Column("status_2xx", pa.int64(), with_status(2), SUM),
    Column("status_3xx", pa.int64(), with_status(3), SUM),
    Column("status_4xx", pa.int64(), with_status(4), SUM),
    Column("status_5xx", pa.int64(), with_status(5), SUM),
    Column("bytes_sent", pa.int64(), field("bytes_sent"), SUM),
    Column("methods", CODED_TEXTS, as_lists("method"), UNION),
    Column("user_agents", CODED_TEXTS, as_lists("user_agent"), UNION),
    Column("vhosts", CODED_TEXTS, as_lists("vhost"), UNION),
    Column("source", CODED, field("source"), FIRST_TEXT),
    Column("offset", pa.int64(), field("offset"), FIRST),
)
TABLE = TableKind(COLUMNS, key=("host",))
# Texts that many hosts share are stored once while a scan collects hosts.
CODED_HOSTS = TABLE.schema
HOSTS = as_plain(CODED_HOSTS)


def tabulate_hosts(requests: Requests | RobotRequests) -> pa.Table:
    """Return the host table of some requests, with the columns of ``CODED_HOSTS``.

    It has one row per host, sorted by host.
    """
    return TABLE.tabulate(request_table(requests))


def merge_coded_hosts(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge host tables as ``merge_hosts`` does, into one with the columns of ``CODED_HOSTS``."""
    return TABLE.merge(tables)


def merge_hosts(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge host tables into one: one row per host, sorted by host.

    Associative and commutative, with the empty table as identity: any order and any
    grouping of the same tables gives equal bytes.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        Tables with the columns of ``HOSTS``, or of ``CODED_HOSTS``.

    Returns
    -------
    pyarrow.Table
        The requests of each host added up, its times, texts and first request merged.

    Examples
    --------
    >>> import findrobots
    >>> static = findrobots.find_robots("data/logs/static")
    >>> others = findrobots.find_robots("data/logs", exclude=["access_log*"])
    >>> findrobots.merge_hosts([static, others]).num_rows
    58
    """
    return plain(merge_coded_hosts(tables), HOSTS)
