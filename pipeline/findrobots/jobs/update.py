"""A host table and logs to the table that counts what is new in them too."""

import os
import stat
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from findrobots.arrow import joined, numbers, rows_where
from findrobots.errors import NotAgainError
from findrobots.flow import look
from findrobots.formats import Dialect
from findrobots.jobs.scan import scan
from findrobots.running.partitions import pack
from findrobots.running.progress import Meter
from findrobots.running.schedulers import Scheduler
from findrobots.storage.discovery import STANDARD_INPUT, Source
from findrobots.tables.host_table import HostTable, add
from findrobots.tables.ledger import find_ends, forget_forms, keep_unknown
from findrobots.tables.results import NOTHING, Findings, Spill, merge

__all__ = ["update"]

AUTO, WHERE = Dialect(), Scheduler()


def update(  # noqa: PLR0913 (options all but the first two)
    table: HostTable,
    sources: Sequence[Source],
    *,
    dialect: Dialect = AUTO,
    scheduler: Scheduler = WHERE,
    most_rejects: int | None = None,
    meter: Meter | None = None,
    spill: Spill | None = None,
) -> tuple[HostTable, Findings]:
    """Add to a table what is new in some logs; return it, and what was found now.

    A log is known by its text: whatever its name and its compression, and how far it had
    grown, each byte of it counts once.

    Raises
    ------
    NotAgainError
        A source cannot be read twice, first to know it.
    """
    _check_rereadable(sources)
    with scheduler.connected() as where:
        partitions = pack(sources, where.workers)
        glances = where.compute(look, partitions)
        found, by_path = NOTHING, {source.path: source for source in sources}
        unknown = keep_unknown(glances, table.ledger)
        if meter:  # of what is known, nothing more is read
            meter.add(_size(glances) - _size(unknown))
        while unknown.num_rows:
            # Of logs that begin alike one may be a part of the other: they take turns.
            turn, unknown = _take_turn(unknown)
            findings = scan(
                [by_path[os.fsdecode(path)] for path in turn["path"].to_pylist()],
                table.scope,
                ends=find_ends(turn, table.ledger),
                dialect=dialect,
                scheduler=where,
                most_rejects=most_rejects,
                meter=meter,
                spill=spill,
            )
            table = add(table, findings)
            found = merge([found, findings], most_rejects=most_rejects)
            unknown = keep_unknown(unknown, table.ledger)
    return table._replace(ledger=forget_forms(table.ledger, glances)), found


def _check_rereadable(sources: Sequence[Source]) -> None:
    for source in sources:
        # Only what has no size may be something that gives its bytes once.
        if not source.size and (source.path == STANDARD_INPUT or _is_pipe(source.path)):
            raise NotAgainError(source.path)


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116 (paths are strings here)
    except OSError:
        return False


def _take_turn(glances: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Choose one log of each beginning, the largest, and all that have none; and the others."""
    order = [("bytes_stored", "descending"), ("path", "ascending")]
    glances = glances.sort_by(order)
    seen, chosen = set[bytes](), list[bool]()
    for first in glances["first"].to_pylist():
        chosen.append(not first or first not in seen)
        seen.add(first)
    turn = np.asarray(chosen)
    return rows_where(glances, turn), rows_where(glances, ~turn)


def _size(glances: pa.Table) -> int:
    return int(numbers(joined(glances["bytes_stored"])).sum())
