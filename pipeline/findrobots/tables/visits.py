"""Define the table of visits: what each robot did from each host, per day and virtual host."""

from collections.abc import Callable, Iterable

import pyarrow as pa

from findrobots.arrow import integers, numbers
from findrobots.tables.grouping import (
    CODED,
    CODED_TEXTS,
    EARLIEST,
    FIRST,
    INSTANT,
    LATEST,
    REQUESTS,
    SUM,
    UNION,
    Column,
    TableKind,
    as_lists,
    field,
    one,
    with_status,
)
from findrobots.tables.own_names import fold_own_names

__all__ = ["COUNTS", "JUDGED", "VISITS", "merge_visits", "tabulate_visits"]

DAY_IN_MICROSECONDS = 86_400_000_000
# How a request that is not simply allowed is judged, and the column that counts such requests.
COUNTS = {
    "violations": "violation",
    "unread": "unread",
    "grace": "grace",
    "exempt": "exempt",
    "unknown_policy": "unknown",
    "unreachable": "unreachable",
}


def _day(requests: pa.Table) -> pa.Array:
    return integers(numbers(field("time")(requests)) // DAY_IN_MICROSECONDS, pa.date32())


def _conduct(kind: str) -> Callable[[pa.Table], pa.Array]:
    """Return a function that returns a one for each request that was judged so, else a zero."""

    def values(requests: pa.Table) -> pa.Array:
        judged = field("conduct")(requests)
        code = {name: code for code, name in enumerate(judged.dictionary.to_pylist())}.get(kind, -1)
        return integers(numbers(judged.indices) == code, pa.int64())

    return values


# The requests of robots, each with what its user agent declares and how it was judged.
JUDGED = pa.schema(
    [
        *REQUESTS,
        *(
            pa.field(name, CODED)
            for name in ("robot", "operator", "purpose", "declared_by", "verdict", "reason")
        ),
        pa.field("conduct", CODED),
        pa.field("robots_txt", pa.int64()),  # 1 for a request for /robots.txt
        pa.field("disallowed", pa.int64()),  # 1 if a rule disallows it
        pa.field("stale", pa.int64()),  # 1 if the robot's copy of robots.txt was too old
    ]
)
COLUMNS = (
    Column("day", pa.date32(), _day, FIRST),  # in UTC
    *(Column(name, CODED, field(name), FIRST) for name in ("host", "robot", "vhost")),
    *(
        Column(name, CODED, field(name), FIRST)
        for name in ("operator", "purpose", "declared_by", "verdict", "reason")
    ),
    Column("requests", pa.int64(), one, SUM),
    Column("bytes_sent", pa.int64(), field("bytes_sent"), SUM),
    *(Column(f"status_{n}xx", pa.int64(), with_status(n), SUM) for n in (2, 3, 4, 5)),
    Column("first_seen", INSTANT, field("time"), EARLIEST),
    Column("last_seen", INSTANT, field("time"), LATEST),
    Column("robots_txt_requests", pa.int64(), field("robots_txt"), SUM),
    Column("disallowed", pa.int64(), field("disallowed"), SUM),
    *(Column(name, pa.int64(), _conduct(kind), SUM) for name, kind in COUNTS.items()),
    Column("stale", pa.int64(), field("stale"), SUM),
    Column("user_agents", CODED_TEXTS, as_lists("user_agent"), UNION),
    Column("source", CODED, field("source"), FIRST),
    Column("offset", pa.int64(), field("offset"), FIRST),
)
TABLE = TableKind(COLUMNS, key=("day", "host", "robot", "vhost"))
VISITS = TABLE.schema


def tabulate_visits(requests: pa.Table) -> pa.Table:
    """Return the visits of some requests with the columns of ``JUDGED``."""
    return fold_own_names(TABLE.tabulate(requests), TABLE.merge)


def merge_visits(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge tables of visits; see ``TableKind.merge`` and ``fold_own_names``."""
    return fold_own_names(TABLE.merge(tables), TABLE.merge)
