"""The command ``findrobots report``: write an audit or a host table as one HTML page."""

from pathlib import Path

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_waiting, write_bytes
from findrobots.cli.options import debug_option, verify_options

__all__ = ["report"]

STANDARD_OUTPUT = "-"


@click.command(cls=Command)
@click.argument("table", metavar="TABLE")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    default="report.html",
    show_default=True,
    help="Write the page to this HTML file; - for standard output.",
)
@verify_options
@debug_option
def report(*, table: str, output: str, verify: str, lists: Path | None) -> None:
    """Write an audit as one HTML page: whose the traffic is, and who broke robots.txt.

    TABLE is the directory of an audit, or a host table, of which less is known: it has
    requests for robots.txt alone. The page needs no network and no other file. An audit
    has its own verdicts; --verify and --lists are for host tables.
    """
    # Imported late: --help does not need these.
    from findrobots.running.lean_imports import import_arrow

    import_arrow()
    from findrobots.jobs.report import ReportJob, make_report, reserve_page

    job = ReportJob(table, verify, lists)
    if output == STANDARD_OUTPUT:
        write_bytes(make_report(job, note=_note))
        return
    with reserve_page(output, waiting=print_waiting) as write:
        write(make_report(job, note=_note))
    echo(f"{output} written", err=True)


def _note(text: str) -> None:
    echo(text, err=True)
