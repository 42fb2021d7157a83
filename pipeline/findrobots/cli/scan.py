"""The command ``findrobots scan``."""

import time
from functools import partial
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, ignore, print_lines, print_waiting, quiet_scheduler
from findrobots.cli.options import SCAN_EXAMPLES, SCAN_HELP, scan_options

if TYPE_CHECKING:
    from findrobots.jobs.build import ScanJob
    from findrobots.jobs.outcome import ScanOutcome

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
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.flow import ScanOptions
    from findrobots.formats import Dialect
    from findrobots.jobs.build import MAX_REJECTS, ScanJob, build_table
    from findrobots.robots.filter import make_filter
    from findrobots.storage.discovery import NamePatterns

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
        output=output,
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
    _report(outcome, job, quiet=quiet, seconds=time.perf_counter() - began)


def _report(outcome: "ScanOutcome", job: "ScanJob", *, quiet: bool, seconds: float) -> None:
    """Print the hosts if no table was asked for, the summary and all warnings.

    The command exits with 3 if a log or directory could not be read, or not completely.
    """
    from findrobots.cli.alerts import alert_lines
    from findrobots.cli.display import host_lines
    from findrobots.cli.summary import summary_lines
    from findrobots.tables.results import describe_damage

    if not job.output:
        print_lines(host_lines(outcome.table.hosts))
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
