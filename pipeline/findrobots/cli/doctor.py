"""The command ``findrobots doctor``: print what is understood of logs."""

import time
from functools import partial

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_lines, terminal_width
from findrobots.cli.options import DOCTOR_HELP, doctor_options

__all__ = ["doctor"]

# The exit status if a log could not be read, or not completely: what was read counts.
DAMAGED = 3


@click.command(help=DOCTOR_HELP, cls=Command)
@doctor_options
def doctor(  # noqa: PLR0913 (click passes each option)
    *,
    logs: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    log_format: str,
    fields: str,
    host_field: str,
    timezone: str,
    scheduler: str,
    workers: int | None,
    quiet: bool,
) -> None:
    """Examine the logs, and print what they are."""
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.running.lean_imports import import_arrow, import_dask

    import_dask()
    import_arrow()
    from findrobots.cli.alerts import alert_lines
    from findrobots.cli.examination import examination_lines
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.formats import Dialect
    from findrobots.jobs.doctor import DoctorJob, examine_logs
    from findrobots.storage.discovery import NamePatterns
    from findrobots.tables.results import describe_damage

    job = DoctorJob(
        logs,
        Dialect(log_format, fields, timezone, host_field),
        NamePatterns(include, exclude),
        scheduler,
        workers,
    )
    began = time.perf_counter()
    found = examine_logs(job, progress_bar=partial(progress_bar, shown=not quiet))
    seconds = time.perf_counter() - began
    print_lines(examination_lines(found, terminal_width()))
    if not quiet:
        echo(f"read in {seconds:.2f} s", err=True)
    for line in alert_lines(found):
        echo(line, err=True)
    if found.unlisted or describe_damage(found.diagnosis.sources):
        raise click.exceptions.Exit(DAMAGED)
