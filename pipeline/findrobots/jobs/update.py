"""Update a host table with the new text of logs."""

import os
import stat
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from findrobots.arrow import joined, numbers, rows_where
from findrobots.errors import NotRereadableError
from findrobots.flow import ScanOptions, probe_flow
from findrobots.jobs.scan import scan_logs
from findrobots.running.partitions import pack
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.storage.discovery import STANDARD_INPUT, Source
from findrobots.tables.host_table import HostTable, add_result
from findrobots.tables.ledger import drop_known, find_checkpoints, forget_file_digests
from findrobots.tables.results import NOTHING, ScanResult, merge

__all__ = ["update_table"]


def update_table(
    table: HostTable,
    sources: Sequence[Source],
    options: ScanOptions,
    runner: Runner,
    *,
    progress: Progress | None = None,
) -> tuple[HostTable, ScanResult]:
    """Scan only the new text of logs and merge it into a table.

    A log is identified by its text, not by its name or compression; each byte of it
    counts once.

    Returns
    -------
    The new table, and the result of this run alone.

    Raises
    ------
    NotRereadableError
        A source can be read only once; an update reads each log twice, first to probe it.
    FindrobotsError
        As ``scan_logs``.
    """
    _check_rereadable(sources)
    probes = runner.compute(probe_flow, pack(sources, runner.workers))
    by_path = {source.path: source for source in sources}
    found, remaining = NOTHING, drop_known(probes, table.ledger)
    if progress:  # known logs are not read any further
        progress.add(_stored_size(probes) - _stored_size(remaining))
    while remaining.num_rows:
        # Of logs that begin with the same line one may be a part of another: one at a time.
        turn, remaining = _take_turn(remaining)
        result = scan_logs(
            [by_path[os.fsdecode(path)] for path in turn["path"].to_pylist()],
            options,
            runner,
            progress=progress,
            checkpoints=find_checkpoints(turn, table.ledger),
        )
        table = add_result(table, result)
        found = merge([found, result], max_rejects=options.max_rejects)
        remaining = drop_known(remaining, table.ledger)
    return table._replace(ledger=forget_file_digests(table.ledger, probes)), found


def _check_rereadable(sources: Sequence[Source]) -> None:
    for source in sources:
        # A pipe has no size, so that only sources without one are looked at.
        if not source.size and (source.path == STANDARD_INPUT or _is_pipe(source.path)):
            raise NotRereadableError(source.path)


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116 (paths are strings here)
    except OSError:
        return False


def _take_turn(probes: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Take the largest log of each first line, and all logs without one; return the rest too."""
    probes = probes.sort_by([("bytes_stored", "descending"), ("path", "ascending")])
    seen, chosen = set[bytes](), list[bool]()
    for first_line in probes["first_line_digest"].to_pylist():
        chosen.append(not first_line or first_line not in seen)
        seen.add(first_line)
    turn = np.asarray(chosen)
    return rows_where(probes, turn), rows_where(probes, ~turn)


def _stored_size(probes: pa.Table) -> int:
    return int(numbers(joined(probes["bytes_stored"])).sum())
