"""Define the table of violations: requests that robots.txt disallows, each with its evidence."""

from collections.abc import Iterable

import pyarrow as pa

from findrobots.arrow import empty_table
from findrobots.tables.grouping import INSTANT

__all__ = ["MAX_VIOLATIONS", "VIOLATIONS", "merge_violations"]

# Violations that are kept, the earliest ones; all are counted in the table of visits.
MAX_VIOLATIONS = 100_000

VIOLATIONS = pa.schema(
    [
        pa.field(name, kind, nullable=False)
        for name, kind in (
            ("time", INSTANT),
            ("host", pa.string()),
            ("robot", pa.string()),
            ("verdict", pa.string()),
            ("vhost", pa.string()),
            ("method", pa.string()),
            ("target", pa.string()),
            ("status", pa.int64()),
            ("rule", pa.string()),  # as robots.txt writes it
            ("rule_line", pa.int64()),  # its line in robots.txt, from 1
            ("policy", pa.string()),  # which robots.txt that is
            ("fetched", INSTANT),  # when the robot was last served robots.txt
            ("source", pa.string()),
            ("offset", pa.int64()),
        )
    ]
)
ORDER = [(name, "ascending") for name in ("time", "source", "offset")]


def merge_violations(tables: Iterable[pa.Table], limit: int = MAX_VIOLATIONS) -> pa.Table:
    """Merge tables of violations: the earliest ones, at most ``limit``.

    Associative and commutative, with the empty table as identity.
    """
    filled = [table for table in tables if table.num_rows]
    if not filled:
        return empty_table(VIOLATIONS)
    return pa.concat_tables(filled).sort_by(ORDER).slice(0, limit).combine_chunks()
