"""The command ``findrobots audit``, and how ``findrobots show`` prints what it writes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, ignore, print_lines, print_waiting, terminal_width
from findrobots.cli.options import AUDIT_EXAMPLES, AUDIT_HELP, audit_options

if TYPE_CHECKING:
    from findrobots.jobs.audit import AuditJob, AuditOutcome
    from findrobots.tables.audit_files import Audit
    from findrobots.writing.atomic import StrPath

__all__ = ["audit", "print_audit"]

# The exit status if a log could not be read, or not completely: what was read counts.
DAMAGED = 3
# Rejected lines that are kept for the summary, which shows the first few.
REJECTS_SHOWN = 10


@click.command(help=AUDIT_HELP, epilog=AUDIT_EXAMPLES, cls=Command)
@audit_options
def audit(  # noqa: PLR0913 (click passes each option)
    *,
    logs: tuple[str, ...],
    output: str | None,
    report: str | None,
    robots: tuple[str, ...],
    verify: str,
    lists: Path | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    vhosts: tuple[str, ...],
    since: str | None,
    until: str | None,
    update: bool,
    rejudge: bool,
    strict: bool,
    identical: str,
    log_format: str,
    fields: str,
    host_field: str,
    timezone: str,
    scheduler: str,
    workers: int | None,
    quiet: bool,
) -> None:
    """Parse the options into a job, run it, and print the robots and the summary."""
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.flow import ScanOptions
    from findrobots.formats import Dialect
    from findrobots.jobs.audit import AuditJob, audit_logs
    from findrobots.robots.filter import make_filter
    from findrobots.storage.discovery import NamePatterns

    job = AuditJob(
        logs=logs,
        options=ScanOptions(
            request_filter=make_filter(vhosts=vhosts, since=since, until=until, timezone=timezone),
            dialect=Dialect(log_format, fields, timezone, host_field),
            max_rejects=REJECTS_SHOWN,
        ),
        names=NamePatterns(include, exclude),
        output=output,
        update=update,
        rejudge=rejudge,
        strict=strict,
        identical=identical,
        scheduler=scheduler,
        workers=workers,
        robots=robots,
        verify=verify,
        lists=lists,
    )
    began = time.perf_counter()
    waiting = ignore if quiet else print_waiting
    with _reserve_page(report, waiting) as write_page:
        outcome = audit_logs(
            job, waiting=waiting, progress_bar=partial(progress_bar, shown=not quiet)
        )
        write_page(outcome.audit)
    written = [each for each in (output, report) if each]
    _report(outcome, job, written, quiet=quiet, seconds=time.perf_counter() - began)


@contextmanager
def _reserve_page(
    path: str | None, waiting: Callable[["StrPath"], object]
) -> Iterator[Callable[["Audit"], object]]:
    """Reserve the page of an audit, if one is asked for, until the audit is written.

    So of two audits that run at once, the page is that of the later one.
    """
    if path is None:
        yield lambda _: None
        return
    from findrobots.jobs.report import reserve_page
    from findrobots.report.html import render_page

    with reserve_page(path, waiting=waiting) as write:
        yield lambda audit: write(render_page(audit))


def _report(
    outcome: "AuditOutcome",
    job: "AuditJob",
    written: Sequence[str],
    *,
    quiet: bool,
    seconds: float,
) -> None:
    """Print the robots if no output was asked for, the summary and all warnings."""
    from findrobots.cli.alerts import alert_lines
    from findrobots.cli.audit_summary import audit_summary
    from findrobots.tables.results import describe_damage

    if not written:
        print_audit(outcome.audit, "robots", limit=None)
    if not quiet:
        for line in audit_summary(outcome, updated=job.update, seconds=seconds):
            echo(line, err=True)
    for line in alert_lines(outcome):
        echo(line, err=True)
    for path in written if not quiet else ():
        echo(f"{path} written", err=True)
    if outcome.unlisted or describe_damage(outcome.second.sources):
        raise click.exceptions.Exit(DAMAGED)


def print_audit(  # noqa: PLR0913 (options all but the first two)
    tables: "Audit",
    what: str,
    *,
    sort: str | None = None,
    limit: int | None,
    as_csv: bool = False,
    as_json: bool = False,
) -> None:
    """Print a table of an audit, and below it what the table does not say.

    Parameters
    ----------
    tables
        The audit.
    what
        Which table: a key of ``VIEWS``.
    sort
        The column to sort by; by default that of the table.
    limit
        How many rows to print; None for all.
    as_csv, as_json
        Print for programs.

    Raises
    ------
    click.BadParameter
        The column cannot be sorted by.
    """
    from findrobots.cli.audit_views import VIEWS, audit_notes
    from findrobots.cli.display import csv_chunks, json_lines, repeated_lines, table_lines

    noun, layout, select = VIEWS[what]
    sort = layout.checked_sort(sort)
    rows = select(tables)
    if as_csv:
        print_lines(csv_chunks(rows, layout, sort=sort, limit=limit), end="")
        return
    if as_json:
        print_lines(json_lines(rows, layout, sort=sort, limit=limit))
        return
    width = terminal_width()
    if not rows.num_rows:
        echo(f"no {noun}", err=True)
        return
    print_lines(table_lines(rows, layout, sort=sort, limit=limit, width=width))
    notes = [*repeated_lines(rows, layout, sort=sort, limit=limit, width=width)]
    if limit and rows.num_rows > limit:
        notes.append(f"{limit:,} of {rows.num_rows:,} {noun}; --limit {rows.num_rows} prints all")
    if what == "robots":
        notes += audit_notes(tables, width)
    for note in notes:
        echo(note, err=True)
