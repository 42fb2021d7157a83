"""The command ``findrobots audit``, and how ``findrobots show`` prints what it writes."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command
from findrobots.cli.console import (
    echo,
    ignore,
    print_lines,
    print_waiting,
    terminal_width,
    wants_colour,
)
from findrobots.cli.options import AUDIT_EXAMPLES, AUDIT_HELP, audit_options
from findrobots.cli.output import STANDARD_OUTPUT, Target, chosen_format, reserve_target
from findrobots.errors import OutputError
from findrobots.robots.filter import ROBOTS_TXT

if TYPE_CHECKING:
    from typing import Unpack

    import pyarrow as pa

    from findrobots.cli.runs import CountOptions
    from findrobots.jobs.audit import AuditJob
    from findrobots.jobs.audit_outcome import AuditOutcome
    from findrobots.tables.audit_files import Audit
    from findrobots.tables.selection import Selection
    from findrobots.writing.atomic import StrPath

__all__ = ["audit", "no_rows", "print_audit", "view_rows"]


@click.command(help=AUDIT_HELP, epilog=AUDIT_EXAMPLES, cls=Command)
@audit_options
def audit(  # noqa: PLR0913 (click passes each option)
    *,
    output: str | None,
    report: str | None,
    robots: tuple[str, ...],
    verify: str,
    lists: Path | None,
    rejudge: bool,
    quiet: bool,
    **options: "Unpack[CountOptions]",
) -> None:
    """Parse the options into a job, run it, and print the robots and the summary."""
    # Imported only now: --help does not wait for Dask and Arrow.
    from findrobots.running.lean_imports import import_arrow, import_dask

    import_dask()
    import_arrow()
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.cli.runs import job_fields
    from findrobots.jobs.audit import AuditJob, audit_logs

    fields = job_fields(options, [ROBOTS_TXT])
    target = _choose_target(output, update=fields["update"] or rejudge)
    directory = None if target else output
    job = AuditJob(
        **fields,
        output=directory,
        other_outputs=(target.path,) if target and target.path else (),
        rejudge=rejudge,
        robots=robots,
        verify=verify,
        lists=lists,
    )
    began = time.perf_counter()
    waiting = ignore if quiet else print_waiting
    with (
        reserve_target(target or Target(None, None), quiet=quiet) as write,
        _reserve_page(report, waiting) as write_page,
    ):
        outcome = audit_logs(
            job, waiting=waiting, progress_bar=partial(progress_bar, shown=not quiet)
        )
        write_page(outcome.audit)
        seconds = time.perf_counter() - began
        _report(outcome, job, target, write, report, quiet=quiet, seconds=seconds)


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


def _choose_target(output: str | None, *, update: bool) -> Target | None:
    """Return where the table of robots goes; None if a directory with all tables is written.

    Raises
    ------
    OutputError
        The output is no directory, but is to be updated.
    """
    from findrobots.writing.names import SUFFIXES

    chosen = chosen_format()
    is_file = output is None or output == STANDARD_OUTPUT or Path(output).suffix.lower() in SUFFIXES
    if not (is_file or chosen):
        return None
    if update and output is not None:
        hint = "name a directory, without a suffix such as .csv"
        raise OutputError(output, "only the directory of an audit can be updated", hint)
    return Target.choose(output, chosen)


def _report(  # noqa: PLR0913 (what is reported, and where)
    outcome: "AuditOutcome",
    job: "AuditJob",
    target: Target | None,
    write: Callable[["pa.Table"], None],
    page: str | None,
    *,
    quiet: bool,
    seconds: float,
) -> None:
    """Print or write the robots if no directory was asked for, the summary and all warnings."""
    from findrobots.cli.audit_summary import audit_summary
    from findrobots.cli.runs import finish

    if target and target.table_format:
        write(view_rows(outcome.audit, "robots"))
    elif target and not page:
        print_audit(outcome.audit, "robots", limit=None)
    if not quiet:
        for line in audit_summary(outcome, updated=job.update, seconds=seconds):
            echo(line, err=True)
    finish(outcome, written=(job.output, *job.other_outputs, page, job.rejects), quiet=quiet)


def view_rows(
    tables: "Audit",
    what: str,
    *,
    sort: str | None = None,
    limit: int | None = None,
    selection: "Selection | None" = None,
) -> "pa.Table":
    """Return the rows of a table of an audit, with the columns that programs are given.

    Parameters
    ----------
    tables, what, sort, limit, selection
        As for ``print_audit``.
    """
    from findrobots.cli.audit_views import VIEWS, select_view
    from findrobots.cli.display import exported_rows

    layout = VIEWS[what].layout
    sort = layout.checked_sort(sort)
    rows, _ = select_view(tables, what, selection)
    return exported_rows(rows, layout, sort=sort, limit=limit)


def print_audit(  # noqa: PLR0913 (options all but the first two)
    tables: "Audit",
    what: str,
    *,
    sort: str | None = None,
    limit: int | None,
    selection: "Selection | None" = None,
    print_rows: Callable[[Iterable[str]], None] = print_lines,
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
    selection
        Which rows are wanted; by default all.
    print_rows
        Prints the lines of the table.

    Raises
    ------
    click.BadParameter
        The column cannot be sorted by.
    """
    from findrobots.cli.audit_views import VIEWS, audit_notes, select_view
    from findrobots.cli.display import repeated_lines, table_lines

    noun, layout, _ = VIEWS[what]
    sort = layout.checked_sort(sort)
    rows, selected = select_view(tables, what, selection)
    width = terminal_width()
    if not rows.num_rows:
        echo(no_rows(noun, selection), err=True)
        return
    shown = partial(table_lines, rows, layout, sort=sort, limit=limit, width=width)
    print_rows(shown(colour=wants_colour()))
    notes = [*repeated_lines(rows, layout, sort=sort, limit=limit, width=width)]
    if limit and rows.num_rows > limit:
        notes.append(f"{limit:,} of {rows.num_rows:,} {noun}; --all prints all")
    if what == "robots":
        notes += audit_notes(selected, width)
    for note in notes:
        echo(note, err=True)


def no_rows(noun: str, selection: "Selection | None") -> str:
    """Say that a table has no rows, with the robot that the user may have meant."""
    from difflib import get_close_matches

    from findrobots.robots.agents import load_robots

    names = {robot.name.lower(): robot.name for robot in load_robots()}
    asked = sorted(selection.robots - names.keys()) if selection else []
    near = [names[name] for each in asked for name in get_close_matches(each, names, n=1)]
    return f"no {noun}; did you mean --robot {near[0]}?" if near else f"no {noun}"
