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
    quiet_scheduler,
    write_bytes,
)
from findrobots.cli.options import SCAN_EXAMPLES, SCAN_HELP, scan_options
from findrobots.cli.output import STANDARD_OUTPUT, Target, chosen_format

if TYPE_CHECKING:
    from findrobots.jobs.build import ScanJob
    from findrobots.jobs.outcome import ScanOutcome
    from findrobots.tables.host_table import HostTable

__all__ = ["DAMAGED", "scan"]

# The exit status if a log could not be read, or not completely: what was read counts.
DAMAGED = 3

# Rejected lines that are kept for the summary, which shows the first few.
REJECTS_SHOWN = 10


@click.command(help=SCAN_HELP, epilog=SCAN_EXAMPLES, cls=Command)
@scan_options
def scan(  # noqa: PLR0913 (click passes each option)
    *,
    logs: tuple[str, ...],
    output: str | None,
    paths: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    vhosts: tuple[str, ...],
    log_format: str,
    fields: str,
    host_field: str,
    timezone: str,
    since: str | None,
    until: str | None,
    update: bool,
    shards: int | None,
    strict: bool,
    identical: str,
    rejects: str | None,
    scheduler: str,
    workers: int | None,
    quiet: bool,
) -> None:
    """Parse the options into a job, run it, and print the hosts and the summary."""
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.running.lean_imports import import_arrow, import_dask

    import_dask()
    import_arrow()
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.flow import ScanOptions
    from findrobots.formats import Dialect
    from findrobots.jobs.build import MAX_REJECTS, ScanJob, build_table
    from findrobots.robots.filter import make_filter
    from findrobots.robots.times import check_lasting
    from findrobots.storage.discovery import NamePatterns

    if update:
        check_lasting(since=since, until=until)
    target = _choose_target(output, shards)
    job = ScanJob(
        logs=logs,
        options=ScanOptions(
            request_filter=make_filter(
                paths, vhosts=vhosts, since=since, until=until, timezone=timezone
            ),
            dialect=Dialect(log_format, fields, timezone, host_field),
            max_rejects=MAX_REJECTS if rejects else REJECTS_SHOWN,
        ),
        names=NamePatterns(include, exclude),
        output=target.path,
        table_format=target.table_format,
        rejects=rejects,
        shards=shards,
        update=update,
        strict=strict,
        identical=identical,
        scheduler=quiet_scheduler(scheduler),
        workers=workers,
    )
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
    """Print the hosts if no file was asked for, the summary and all warnings.

    The command exits with 3 if a log or directory could not be read, or not completely.
    """
    from findrobots.cli.alerts import alert_lines
    from findrobots.cli.summary import summary_lines
    from findrobots.tables.results import describe_damage

    if not target.path:
        _print_hosts(outcome.table, target)
    if not quiet:
        for line in summary_lines(
            outcome.result,
            outcome.table,
            sources=outcome.log_count,
            updated=job.update,
            seconds=seconds,
            totals=outcome.totals if job.shards else None,
        ):
            echo(line, err=True)
    for line in alert_lines(outcome):
        echo(line, err=True)
    for path in () if quiet else filter(None, (job.output, job.rejects)):
        echo(f"{path} written", err=True)
    if outcome.unlisted or describe_damage(outcome.result.sources):
        raise click.exceptions.Exit(DAMAGED)
