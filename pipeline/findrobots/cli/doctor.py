"""The command ``findrobots doctor``: print what is understood of logs."""

import time
from functools import partial
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_lines, quiet_scheduler, terminal_width
from findrobots.cli.options import DOCTOR_HELP, doctor_options

if TYPE_CHECKING:
    from typing import Unpack

    from findrobots.cli.runs import LogOptions

__all__ = ["doctor"]


@click.command(help=DOCTOR_HELP, cls=Command)
@doctor_options
def doctor(*, quiet: bool, **options: "Unpack[LogOptions]") -> None:
    """Examine the logs, and print what they are."""
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.running.lean_imports import import_arrow, import_dask

    import_dask()
    import_arrow()
    from findrobots.cli.examination import examination_lines
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.cli.runs import finish, read_dialect
    from findrobots.jobs.doctor import DoctorJob, examine_logs
    from findrobots.storage.discovery import NamePatterns

    job = DoctorJob(
        options["logs"],
        read_dialect(options),
        NamePatterns(options["include"], options["exclude"]),
        quiet_scheduler(options["scheduler"]),
        options["workers"],
    )
    began = time.perf_counter()
    found = examine_logs(job, progress_bar=partial(progress_bar, shown=not quiet))
    seconds = time.perf_counter() - began
    print_lines(examination_lines(found, terminal_width()))
    if not quiet:
        echo(f"read in {seconds:.2f} s", err=True)
    finish(found, quiet=quiet)
