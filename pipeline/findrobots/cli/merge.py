"""The command ``merge`` to the table it writes."""

import os
import sys
from functools import partial

import click

from findrobots.cli.console import print_waiting
from findrobots.cli.options import debug_option, scheduler_option, shards_option, workers_option
from findrobots.sanitize import printable, without_credentials
from findrobots.writing.atomic import local_target, reserve_outputs
from findrobots.writing.directory import reserve_directory

__all__ = ["merge"]


@click.command()
@click.argument("tables", metavar="TABLE...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="Write the merged table to this FILE."
)
@shards_option
@click.option(
    "--overlapping",
    is_flag=True,
    help="Merge also tables that count the same log, which counts twice then.",
)
@scheduler_option
@workers_option
@debug_option
def merge(  # noqa: PLR0913 (click gives each option)
    tables: tuple[str, ...],
    output: str,
    *,
    shards: int | None,
    overlapping: bool,
    scheduler: str,
    workers: int | None,
) -> None:
    """Merge the host tables of several machines into one.

    Each TABLE is a Parquet file, or the directory of its shards. Any order gives the same
    table. Tables that count some log both are refused. With --shards the tables are merged
    on the disk by workers, else in the memory of one process.
    """
    if shards:
        hosts, logs = _merge_to_shards(
            tables, output, shards, overlapping=overlapping, scheduler=scheduler, workers=workers
        )
    else:
        hosts, logs = _merge_to_file(tables, output, overlapping=overlapping)
    place = printable(without_credentials(os.fspath(output)))
    print(f"{hosts:,} hosts of {logs:,} logs", file=sys.stderr)
    print(f"{place} written", file=sys.stderr)


def _merge_to_file(tables: tuple[str, ...], output: str, *, overlapping: bool) -> tuple[int, int]:
    """Merge tables into a file; return how many hosts and logs it has."""
    with reserve_outputs([output], waiting=print_waiting) as outputs:
        # --help need not wait for these.
        from findrobots.tables.host_table import merge_tables
        from findrobots.tables.parquet import write_host_table
        from findrobots.tables.shards import read_whole

        named = [(table, read_whole(table)) for table in tables]
        whole = merge_tables(named, allow_overlap=overlapping)
        outputs.write({output: partial(write_host_table, whole)})
    return whole.hosts.num_rows, whole.ledger.num_rows


def _merge_to_shards(  # noqa: PLR0913 (options all but the first two)
    tables: tuple[str, ...],
    output: str,
    shards: int,
    *,
    overlapping: bool,
    scheduler: str,
    workers: int | None,
) -> tuple[int, int]:
    """Merge tables into a directory of shards; return how many hosts and logs it has."""
    with reserve_directory(output, waiting=print_waiting) as folder:
        from findrobots.jobs.shuffle import spill_shards, write_shards
        from findrobots.running.schedulers import CPU_COUNT, Scheduler
        from findrobots.tables.host_table import merge_tables
        from findrobots.tables.shards import check_unchanged, list_shards, read_ledger
        from findrobots.tables.spill import SpillDirectory

        named = [(table, read_ledger(table)) for table in tables]
        whole = merge_tables(named, allow_overlap=overlapping)  # but for the hosts
        # A cluster's worker may run in another directory.
        paths = [local_target(path) or path for table in tables for path in list_shards(table)]
        with Scheduler(scheduler, workers or CPU_COUNT).connected() as where:
            where.check_access(str(folder.temporary))
            split = SpillDirectory(str(folder.scratch), shards)
            fragments = spill_shards(paths, split, where)
            check_unchanged(named)
            totals = write_shards(fragments, whole, folder, shards=shards, scheduler=where)
        folder.commit()
    return totals.hosts, whole.ledger.num_rows
