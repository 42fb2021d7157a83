"""Define the table of paces: in which seconds a robot requested anything, to compare crawl delays.

Only robots have rows whose operators say that they keep to ``Crawl-delay``.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, empty_table, table_of_rows

__all__ = ["PACES", "Gaps", "count_gaps", "merge_paces", "pace_rows"]

SECONDS_PER_DAY = 86_400

PACES = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("robot", "verdict", "vhost")),
        pa.field("day", pa.int64(), nullable=False),  # in UTC, days since 1970-01-01
        pa.field("requests", pa.int64(), nullable=False),
        # A bit for each second of the day, set if there was a request in it; the least
        # significant bit of a byte comes first.
        pa.field("seconds", pa.binary(), nullable=False),
    ]
)

RobotKey = tuple[str, str, str]
Row = tuple[str, str, str, int, int, bytes]
# How many pauses between requests there were, and how many of them were too short.
Gaps = tuple[int, int]


def pace_rows(key: RobotKey, seconds: Integers) -> Iterator[Row]:
    """Yield the rows of a robot that made requests in these seconds since 1970-01-01 UTC."""
    days = seconds // SECONDS_PER_DAY
    for day in np.unique(days).tolist():
        within = seconds[days == day] % SECONDS_PER_DAY
        bits = np.zeros(SECONDS_PER_DAY, np.bool_)
        bits[within] = True
        yield (*key, day, len(within), np.packbits(bits, bitorder="little").tobytes())


def merge_paces(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge tables of paces: one row per robot, verdict, virtual host and day, sorted.

    Associative and commutative, with the empty table as identity.
    """
    merged = dict[tuple[str, str, str, int], tuple[int, bytes]]()
    for table in tables:
        for *key, requests, seconds in _rows(table):
            known, bits = merged.get((*key,), (0, bytes(len(seconds))))  # type: ignore[arg-type]  # a row's key
            both = np.frombuffer(bits, np.uint8) | np.frombuffer(seconds, np.uint8)
            merged[(*key,)] = known + requests, both.tobytes()  # type: ignore[index]  # a row's key
    if not merged:
        return empty_table(PACES)
    return table_of_rows([(*key, *merged[key]) for key in sorted(merged)], PACES)


def count_gaps(
    paces: pa.Table, delay_on: Callable[[RobotKey, int], float | None]
) -> dict[RobotKey, Gaps]:
    """Count the pauses between requests of each robot, and those below the crawl delay.

    Parameters
    ----------
    paces
        The table, sorted as ``merge_paces`` sorts it.
    delay_on
        Returns the crawl delay in seconds of a robot on a day, None if there was none.
    """
    # Imported only now: a scan, which merges no paces, does not wait for what judges robots.
    from findrobots.robots.compliance import count_short_gaps  # noqa: PLC0415

    gaps = dict[RobotKey, Gaps]()
    last: tuple[RobotKey, int] | None = None
    for robot, verdict, vhost, day, requests, stored in _rows(paces):
        key = (robot, verdict, vhost)
        bits = np.unpackbits(np.frombuffer(stored, np.uint8), bitorder="little")
        seconds = (np.flatnonzero(bits[:SECONDS_PER_DAY]) + day * SECONDS_PER_DAY).tolist()
        delay = delay_on(key, day)
        if delay is not None:
            before = [last[1]] if last and last[0] == key else []
            same = requests - len(seconds)  # requests in the second of another one
            count, short = count_short_gaps([*before, *seconds], delay)
            known_count, known_short = gaps.get(key, (0, 0))
            short += same if delay >= 1 else 0
            gaps[key] = known_count + count + same, known_short + short
        last = (key, seconds[-1])
    return gaps


def _rows(table: pa.Table) -> Iterator[Row]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
