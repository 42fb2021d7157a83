"""The command ``findrobots scan``."""

import time
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command
from findrobots.cli.console import (
    echo,
    ignore,
    print_lines,
    print_waiting,
    write_bytes,
)
from findrobots.cli.options import SCAN_EXAMPLES, SCAN_HELP, scan_options
from findrobots.cli.output import STANDARD_OUTPUT, Target, chosen_format

if TYPE_CHECKING:
    from typing import Unpack

    from findrobots.cli.runs import CountOptions
    from findrobots.jobs.build import ScanJob
    from findrobots.jobs.outcome import ScanOutcome
    from findrobots.tables.host_table import HostTable

__all__ = ["scan"]


@click.command(help=SCAN_HELP, epilog=SCAN_EXAMPLES, cls=Command)
@scan_options
def scan(
    *,
    output: str | None,
    paths: tuple[str, ...],
    shards: int | None,
    quiet: bool,
    **options: "Unpack[CountOptions]",
) -> None:
    """Parse the options into a job, run it, and print the hosts and the summary."""
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.running.lean_imports import import_arrow, import_dask

    import_dask()
    import_arrow()
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.cli.runs import job_fields
    from findrobots.jobs.build import ScanJob, build_table

    fields = job_fields(options, paths)
    target = _choose_target(output, shards)
    job = ScanJob(**fields, output=target.path, table_format=target.table_format, shards=shards)
    began = time.perf_counter()
    outcome = build_table(
        job,
        waiting=ignore if quiet else print_waiting,
        progress_bar=partial(progress_bar, shown=not quiet),
    )
    _report(outcome, job, target, quiet=quiet, seconds=time.perf_counter() - began)


def _choose_target(output: str | None, shards: int | None) -> Target:
    """Return where the table goes; shards are in a directory, whose name may have any suffix."""
    chosen = chosen_format()
    if shards and output not in {None, STANDARD_OUTPUT}:
        return Target(output, chosen)
    return Target.choose(output, chosen)


def _print_hosts(table: "HostTable", target: Target) -> None:
    """Print the hosts one per line, or all columns in a format; Parquet has the ledger, too."""
    from findrobots.cli.display import host_lines
    from findrobots.tables.parquet import write_host_table

    if target.table_format is None:
        print_lines(host_lines(table.hosts))
    elif target.table_format == "parquet":
        file = BytesIO()
        write_host_table(table, file)
        write_bytes(file.getvalue())
    else:
        target.print(table.hosts)


def _report(
    outcome: "ScanOutcome", job: "ScanJob", target: Target, *, quiet: bool, seconds: float
) -> None:
    """Print the hosts if no file was asked for, the summary and all warnings."""
    from findrobots.cli.runs import finish

    if not target.path:
        _print_hosts(outcome.table, target)
    if not quiet:
        from findrobots.cli.summary import summary_lines

        for line in summary_lines(
            outcome.result,
            outcome.table,
            sources=outcome.log_count,
            updated=job.update,
            seconds=seconds,
            totals=outcome.totals if job.shards else None,
        ):
            echo(line, err=True)
    finish(outcome, written=(job.output, job.rejects), quiet=quiet)
