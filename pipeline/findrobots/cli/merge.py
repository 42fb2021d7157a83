"""The command ``findrobots merge``."""

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_waiting, quiet_scheduler
from findrobots.cli.options import debug_option, scheduler_option, shards_option, workers_option

__all__ = ["merge"]


@click.command(cls=Command)
@click.argument("tables", metavar="TABLE...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="Write the merged table to FILE."
)
@shards_option
@click.option(
    "--allow-overlap",
    is_flag=True,
    help="Allow tables that share a log; its requests are then counted twice.",
)
@scheduler_option
@workers_option
@debug_option
def merge(  # noqa: PLR0913 (click passes each option)
    tables: tuple[str, ...],
    output: str,
    *,
    shards: int | None,
    allow_overlap: bool,
    scheduler: str,
    workers: int | None,
) -> None:
    """Merge host tables, such as those of several machines, into one.

    Each TABLE is a Parquet file or a directory of shards. The order does not matter.
    Tables that include the same log are rejected. With --shards, workers merge the tables
    on disk; by default, one process merges them in memory.
    """
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.running.lean_imports import import_arrow, import_dask

    import_dask()
    import_arrow()
    from findrobots.jobs.merge import merge_to_file, merge_to_shards

    if shards:
        totals, table = merge_to_shards(
            tables,
            output,
            shards=shards,
            allow_overlap=allow_overlap,
            scheduler=quiet_scheduler(scheduler),
            workers=workers,
            waiting=print_waiting,
        )
    else:
        totals, table = merge_to_file(
            tables, output, allow_overlap=allow_overlap, waiting=print_waiting
        )
    echo(f"{totals.hosts:,} hosts of {table.ledger.num_rows:,} logs", err=True)
    echo(f"{output} written", err=True)
