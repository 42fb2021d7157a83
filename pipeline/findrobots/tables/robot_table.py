"""Define the table of robots: what each did, summed up over hosts and days."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from findrobots.arrow import empty_table, integers, numbers, texts
from findrobots.robots.agents import find_robot
from findrobots.robots.fetches import FetchSummary
from findrobots.tables.grouping import (
    EARLIEST,
    FIRST,
    INSTANT,
    LATEST,
    SUM,
    Column,
    TableKind,
    field,
    one,
)
from findrobots.tables.paces import Gaps
from findrobots.tables.visits import COUNTS

__all__ = ["KEY", "ROBOTS", "RobotKey", "sum_up_robots"]

# A robot has a row for each verdict on its hosts, and for each virtual host.
KEY = ("robot", "verdict", "vhost")
SECOND = 1_000_000
NO_FETCHES = FetchSummary(None, None, None)


def _text(name: str) -> Column:
    return Column(name, pa.string(), field(name), FIRST)


def _sum(name: str) -> Column:
    return Column(name, pa.int64(), field(name), SUM)


def _violates(hosts: pa.Table) -> pa.Array:
    return integers(numbers(field("violations")(hosts)) > 0, pa.int64())


KEY_COLUMNS = tuple(map(_text, KEY))
DAYS = TableKind((*KEY_COLUMNS, Column("day", pa.date32(), field("day"), FIRST)), (*KEY, "day"), ())
HOST_COUNTS = TableKind(
    (
        *KEY_COLUMNS,
        Column("hosts", pa.int64(), one, SUM),
        Column("violating_hosts", pa.int64(), _violates, SUM),
    ),
    KEY,
    (),
)
DAY_COUNTS = TableKind((*KEY_COLUMNS, Column("days", pa.int64(), one, SUM)), KEY, ())
SUMMARY = TableKind(
    (
        *KEY_COLUMNS,
        *map(_text, ("operator", "purpose")),
        *map(_sum, ("requests", "bytes_sent")),
        Column("first_seen", INSTANT, field("first_seen"), EARLIEST),
        Column("last_seen", INSTANT, field("last_seen"), LATEST),
        *map(_sum, ("robots_txt_requests", "disallowed", *COUNTS, "stale")),
    ),
    KEY,
    ("first_seen",),
)
HOSTS = TableKind((*SUMMARY.columns, _text("host")), (*KEY, "host"), SUMMARY.order)

ROBOTS = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in (*KEY, "operator", "purpose")),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("hosts", "days")),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("requests", "bytes_sent")),
        *(pa.field(name, INSTANT, nullable=False) for name in ("first_seen", "last_seen")),
        pa.field("robots_txt_requests", pa.int64(), nullable=False),
        # Null for a robot that was never served robots.txt.
        pa.field("first_fetch", INSTANT),
        pa.field("last_fetch", INSTANT),
        pa.field("longest_fetch_pause", pa.int64()),  # in seconds; null also after one fetch
        *(
            pa.field(name, pa.int64(), nullable=False)
            for name in ("disallowed", "violations", "violating_hosts")
        ),
        *(
            pa.field(name, pa.int64(), nullable=False)
            for name in (*(name for name in COUNTS if name != "violations"), "stale")
        ),
        # Pauses between requests, and those below the crawl delay; null for a robot whose operator
        # does not say that it keeps one, and where none was in force.
        *(pa.field(name, pa.int64()) for name in ("gaps", "gaps_below_crawl_delay")),
        pa.field("says", pa.string(), nullable=False),
    ]
)


RobotKey = tuple[str, str, str]


def sum_up_robots(
    visits: pa.Table, fetches: Mapping[RobotKey, FetchSummary], gaps: Mapping[RobotKey, Gaps]
) -> pa.Table:
    """Return the table of robots: one row per robot, verdict and virtual host.

    Parameters
    ----------
    visits
        The table of visits, with the verdicts.
    fetches
        When each was served robots.txt, by the columns of ``KEY``.
    gaps
        The pauses of each between its requests.
    """
    visits = visits.combine_chunks()
    if not visits.num_rows:
        return empty_table(ROBOTS)
    of_hosts = HOSTS.tabulate(visits)
    summary, hosts = SUMMARY.tabulate(of_hosts), HOST_COUNTS.tabulate(of_hosts)
    days = DAY_COUNTS.tabulate(DAYS.tabulate(visits))
    # All of these have the same groups in the same order.
    columns = {name: table[name] for table in (hosts, days, summary) for name in table.column_names}
    keys = [*zip(*(summary[name].to_pylist() for name in KEY), strict=True)]
    summaries = [fetches.get(key, NO_FETCHES) for key in keys]
    first, last, pauses = zip(*summaries, strict=True)
    columns["first_fetch"] = _nullable([_microseconds(time) for time in first], INSTANT)
    columns["last_fetch"] = _nullable([_microseconds(time) for time in last], INSTANT)
    columns["longest_fetch_pause"] = _nullable(pauses, pa.int64())
    for place, name in enumerate(("gaps", "gaps_below_crawl_delay")):
        counts = [gaps[key][place] if key in gaps else None for key in keys]
        columns[name] = _nullable(counts, pa.int64())
    says = [robot.says if (robot := find_robot(name)) else "" for name, *_ in keys]
    columns["says"] = texts(says, pa.string())
    return pa.table([columns[name] for name in ROBOTS.names], schema=ROBOTS)


def _microseconds(second: int | None) -> int | None:
    return None if second is None else second * SECOND


def _nullable(values: Sequence[int | None], kind: pa.DataType) -> pa.Array:
    known = integers([value or 0 for value in values], kind)
    present = np.packbits([value is not None for value in values], bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [pa.py_buffer(present), known.buffers()[1]])
