"""A host table and logs to the table that counts what is new in them too."""

import os
import stat
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from findrobots.arrow import joined, numbers, rows_where
from findrobots.errors import NotRereadableError
from findrobots.flow import probe_flow
from findrobots.formats import Dialect
from findrobots.jobs.scan import scan
from findrobots.running.local import SYNC
from findrobots.running.partitions import pack
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.storage.discovery import STANDARD_INPUT, Source
from findrobots.tables.host_table import HostTable, add
from findrobots.tables.ledger import drop_known, find_checkpoints, forget_file_digests
from findrobots.tables.results import NOTHING, ScanResult, Spill, merge

__all__ = ["update"]

AUTO = Dialect()


def update(  # noqa: PLR0913 (options all but the first two)
    table: HostTable,
    sources: Sequence[Source],
    *,
    dialect: Dialect = AUTO,
    runner: Runner = SYNC,
    max_rejects: int | None = None,
    progress: Progress | None = None,
    spill: Spill | None = None,
) -> tuple[HostTable, ScanResult]:
    """Add to a table what is new in some logs; return it, and what was found now.

    A log is known by its text: whatever its name and its compression, and how far it had
    grown, each byte of it counts once.

    Raises
    ------
    NotRereadableError
        A source cannot be read twice, first to know it.
    """
    _check_rereadable(sources)
    partitions = pack(sources, runner.workers)
    probes = runner.compute(probe_flow, partitions)
    found, by_path = NOTHING, {source.path: source for source in sources}
    unknown = drop_known(probes, table.ledger)
    if progress:  # of what is known, nothing more is read
        progress.add(_size(probes) - _size(unknown))
    while unknown.num_rows:
        # Of logs that begin alike one may be a part of the other: they take turns.
        turn, unknown = _take_turn(unknown)
        result = scan(
            [by_path[os.fsdecode(path)] for path in turn["path"].to_pylist()],
            table.request_filter,
            checkpoints=find_checkpoints(turn, table.ledger),
            dialect=dialect,
            runner=runner,
            max_rejects=max_rejects,
            progress=progress,
            spill=spill,
        )
        table = add(table, result)
        found = merge([found, result], max_rejects=max_rejects)
        unknown = drop_known(unknown, table.ledger)
    return table._replace(ledger=forget_file_digests(table.ledger, probes)), found


def _check_rereadable(sources: Sequence[Source]) -> None:
    for source in sources:
        # Only what has no size may be something that gives its bytes once.
        if not source.size and (source.path == STANDARD_INPUT or _is_pipe(source.path)):
            raise NotRereadableError(source.path)


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116 (paths are strings here)
    except OSError:
        return False


def _take_turn(probes: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Choose one log of each beginning, the largest, and all that have none; and the others."""
    order = [("bytes_stored", "descending"), ("path", "ascending")]
    probes = probes.sort_by(order)
    seen, chosen = set[bytes](), list[bool]()
    for first in probes["first_line_digest"].to_pylist():
        chosen.append(not first or first not in seen)
        seen.add(first)
    turn = np.asarray(chosen)
    return rows_where(probes, turn), rows_where(probes, ~turn)


def _size(probes: pa.Table) -> int:
    return int(numbers(joined(probes["bytes_stored"])).sum())
