"""Merge the host tables of several machines into one."""

import os
from collections.abc import Callable, Sequence
from functools import partial

from findrobots.jobs.shuffle import spill_shards, write_shards
from findrobots.running.schedulers import connect
from findrobots.tables.host_table import HostTable, Totals, count_hosts, merge_tables
from findrobots.tables.parquet import write_host_table
from findrobots.tables.shards import check_unchanged, list_shards, read_ledger, read_whole
from findrobots.tables.spill import SpillDirectory
from findrobots.writing.atomic import StrPath, local_target, reserve_outputs
from findrobots.writing.directory import reserve_directory

__all__ = ["merge_to_file", "merge_to_shards"]

Waiting = Callable[[StrPath], object]


def merge_to_file(
    tables: Sequence[StrPath],
    output: StrPath,
    *,
    allow_overlap: bool = False,
    waiting: Waiting = lambda _: None,
) -> tuple[Totals, HostTable]:
    """Merge tables, in files or in shards, into one file, in the memory of this process.

    Returns
    -------
    The numbers of hosts and requests, and the merged table.

    Raises
    ------
    FilterMismatchError, OverlapError
        The tables cannot be merged.
    NotAHostTableError, MissingLedgerError, OutputError
        A file cannot be used.
    """
    with reserve_outputs([output], waiting=waiting) as outputs:
        named = [(os.fspath(table), read_whole(table)) for table in tables]
        whole = merge_tables(named, allow_overlap=allow_overlap)
        outputs.write({output: partial(write_host_table, whole)})
    return count_hosts(whole.hosts), whole


def merge_to_shards(  # noqa: PLR0913 (the command's options)
    tables: Sequence[StrPath],
    output: StrPath,
    *,
    shards: int,
    allow_overlap: bool = False,
    scheduler: object = "auto",
    workers: int | None = None,
    waiting: Waiting = lambda _: None,
) -> tuple[Totals, HostTable]:
    """Merge tables into a directory of shards, by workers and on the disk.

    Returns
    -------
    The numbers of hosts and requests, and the merged table without its hosts.

    Raises
    ------
    FindrobotsError
        As ``merge_to_file``, or a worker or cluster cannot be used.
    """
    with reserve_directory(output, waiting=waiting) as directory:
        named = [(os.fspath(table), read_ledger(table)) for table in tables]
        whole = merge_tables(named, allow_overlap=allow_overlap)
        # A cluster's worker may run in another directory.
        paths = [local_target(path) or path for table in tables for path in list_shards(table)]
        with connect(scheduler, workers) as runner:
            runner.check_access([str(directory.temporary)])
            spill_directory = SpillDirectory(str(directory.scratch), shards)
            spill_files = spill_shards(paths, spill_directory, runner)
            check_unchanged(named)
            totals = write_shards(spill_files, whole, directory, shards=shards, runner=runner)
        directory.commit()
    return totals, whole
