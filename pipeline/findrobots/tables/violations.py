"""Define the table of violations: requests that robots.txt disallows, each with its evidence."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from findrobots.arrow import compact, empty_table, integers, joined, numbers
from findrobots.tables.grouping import CODED, INSTANT, as_plain, code_texts, text_ranks

__all__ = ["CODED_VIOLATIONS", "MAX_VIOLATIONS", "VIOLATIONS", "latest_time", "merge_violations"]

# Violations that are kept, the earliest ones; all are counted in the table of visits.
MAX_VIOLATIONS = 100_000

CODED_VIOLATIONS = pa.schema(
    [
        pa.field(name, kind, nullable=False)
        for name, kind in (
            ("time", INSTANT),
            ("host", CODED),
            ("robot", CODED),
            ("verdict", CODED),
            ("vhost", CODED),
            ("method", CODED),
            ("target", CODED),
            ("status", pa.int64()),
            ("rule", CODED),  # as robots.txt writes it
            ("rule_line", pa.int64()),  # its line in robots.txt, from 1
            ("policy", CODED),  # which robots.txt that is
            ("fetched", INSTANT),  # when the robot was last served robots.txt
            ("source", CODED),
            ("offset", pa.int64()),
        )
    ]
)


# As files have it.
VIOLATIONS = as_plain(CODED_VIOLATIONS)


def merge_violations(tables: Iterable[pa.Table], limit: int = MAX_VIOLATIONS) -> pa.Table:
    """Merge tables of violations: the earliest ones, at most ``limit``.

    Associative and commutative, with the empty table as identity.
    """
    filled = [code_texts(table, CODED_VIOLATIONS) for table in tables if table.num_rows]
    if not filled:
        return empty_table(CODED_VIOLATIONS)
    rows = pa.concat_tables(filled).combine_chunks()
    time, offset = (numbers(joined(rows[name])) for name in ("time", "offset"))
    earliest = np.arange(len(time))
    if len(time) > limit:
        earliest = np.flatnonzero(time <= np.partition(time, limit - 1)[limit - 1])
    source = text_ranks(joined(rows["source"]))
    order = np.lexsort([column[earliest] for column in (offset, source, time)])
    kept = rows.take(integers(earliest[order[:limit]], pa.int64()))
    columns = [
        compact(joined(column)) if column.type == CODED else column for column in kept.columns
    ]
    return pa.table(columns, schema=CODED_VIOLATIONS)


def latest_time(violations: pa.Table, limit: int = MAX_VIOLATIONS) -> int | None:
    """Return the time after which no further violation is kept; None if there is room."""
    if violations.num_rows < limit:
        return None
    return int(numbers(joined(violations["time"])).max())
