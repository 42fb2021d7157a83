"""The command ``merge`` to the table it writes."""

from functools import partial

import click

from findrobots.cli.console import echo, print_waiting
from findrobots.cli.options import debug_option, scheduler_option, shards_option, workers_option
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
    "--allow-overlap",
    "overlapping",
    is_flag=True,
    help="Allow tables that share a log; its requests are then counted twice.",
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
    """Merge host tables, such as those of several machines, into one.

    Each TABLE is a Parquet file or a directory of shards. The order does not matter.
    Tables that include the same log are rejected. With --shards, workers merge the tables
    on disk; by default, one process merges them in memory.
    """
    if shards:
        hosts, logs = _merge_to_shards(
            tables, output, shards, overlapping=overlapping, scheduler=scheduler, workers=workers
        )
    else:
        hosts, logs = _merge_to_file(tables, output, overlapping=overlapping)
    echo(f"{hosts:,} hosts of {logs:,} logs", err=True)
    echo(f"{output} written", err=True)


def _merge_to_file(tables: tuple[str, ...], output: str, *, overlapping: bool) -> tuple[int, int]:
    """Merge tables into a file; return how many hosts and logs it has."""
    with reserve_outputs([output], waiting=print_waiting) as outputs:
        # --help need not wait for these.
        from findrobots.tables.host_table import merge_tables
        from findrobots.tables.parquet import write_host_table
        from findrobots.tables.shards import read_whole

        named = [(table, read_whole(table)) for table in tables]
        whole = merge_tables(named, overlapping=overlapping)
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
        whole = merge_tables(named, overlapping=overlapping)  # but for the hosts
        # A cluster's worker may run in another directory.
        paths = [local_target(path) or path for table in tables for path in list_shards(table)]
        with Scheduler(scheduler, workers or CPU_COUNT).connected() as where:
            where.check_access(str(folder.made))
            split = SpillDirectory(str(folder.scratch), shards)
            fragments = spill_shards(paths, split, where)
            check_unchanged(named)
            totals = write_shards(fragments, whole, folder, shards=shards, scheduler=where)
        folder.commit()
    return totals.hosts, whole.ledger.num_rows
