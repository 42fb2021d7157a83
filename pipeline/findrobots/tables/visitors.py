"""Sum up visits by host: what each robot did from each host on all days."""

import pyarrow as pa

from findrobots.arrow import empty_table
from findrobots.tables.grouping import (
    EARLIEST,
    FIRST,
    INSTANT,
    LATEST,
    SUM,
    TEXTS,
    UNION,
    Column,
    TableKind,
    field,
    one,
)
from findrobots.tables.visits import COUNTS

__all__ = ["VISITORS", "sum_up_visitors"]

KEY = ("host", "robot", "verdict", "vhost")
TABLE = TableKind(
    (
        *(
            Column(name, pa.string(), field(name), FIRST)
            for name in (*KEY, "reason", "operator", "purpose", "declared_by")
        ),
        Column("days", pa.int64(), one, SUM),  # visits have a row per day
        *(
            Column(name, pa.int64(), field(name), SUM)
            for name in (
                *("requests", "bytes_sent", "robots_txt_requests", "disallowed"),
                *(*COUNTS, "status_2xx", "status_3xx", "status_4xx", "status_5xx"),
            )
        ),
        Column("first_seen", INSTANT, field("first_seen"), EARLIEST),
        Column("last_seen", INSTANT, field("last_seen"), LATEST),
        Column("user_agents", TEXTS, field("user_agents"), UNION),
        Column("source", pa.string(), field("source"), FIRST),
        Column("offset", pa.int64(), field("offset"), FIRST),
    ),
    KEY,
)
VISITORS = TABLE.schema


def sum_up_visitors(visits: pa.Table) -> pa.Table:
    """Return one row per host, robot, verdict and virtual host of a table of visits.

    The reason of a verdict, and the source and the offset, are those of the first visit.
    """
    if not visits.num_rows:
        return empty_table(VISITORS)
    return TABLE.tabulate(visits.combine_chunks())
