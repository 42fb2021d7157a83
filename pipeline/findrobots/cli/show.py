"""The command ``findrobots show``: print a host table, its robots, or the logs in it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from findrobots.cli.audit import no_rows, print_audit, view_rows
from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_paged, terminal_width, wants_colour
from findrobots.cli.options import (
    debug_option,
    output_options,
    selection_options,
    verify_options,
)
from findrobots.cli.output import Target, Write, chosen_format, reserve_target

if TYPE_CHECKING:
    from findrobots.tables.selection import Selection

__all__ = ["show"]

# Rows printed by default.
ROWS_SHOWN = 20


@click.command(cls=Command)
@click.argument("table", metavar="TABLE")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many rows to print.  [default: 20, or all for programs]",
)
@click.option("--all", "all_rows", is_flag=True, help="Print all rows.")
@click.option(
    "--sort",
    metavar="COLUMN",
    help="Column to sort by: descending for numbers and dates, ascending for text.  "
    "[default: requests; source with --sources]",
)
@click.option(
    "--by",
    type=click.Choice(["robot"]),
    help="Print one row per robot: its operator, purpose, hosts, requests and verdicts.",
)
@click.option("--sources", is_flag=True, help="Print the logs in the table in place of the hosts.")
@selection_options
@verify_options
@click.option(
    "--hosts",
    "what",
    flag_value="hosts",
    help="Of an audit: print one row per host and robot.",
)
@click.option(
    "--violations",
    "what",
    flag_value="violations",
    help="Of an audit: print the requests that robots.txt disallows, with rule, line and log.",
)
@click.option(
    "--impostors",
    "what",
    flag_value="impostors",
    help="Of an audit: print the hosts that are not the robots they declare.",
)
@click.option(
    "--undeclared",
    "what",
    flag_value="undeclared",
    help="Of an audit: print the hosts that requested robots.txt and declare no robot.",
)
@output_options
@debug_option
def show(  # noqa: PLR0913 (click passes each option)
    table: str,
    *,
    limit: int | None,
    all_rows: bool,
    sort: str | None,
    by: str | None,
    sources: bool,
    robot_names: tuple[str, ...],
    purposes: tuple[str, ...],
    verdicts: tuple[str, ...],
    since: str | None,
    verify: str,
    lists: Path | None,
    what: str | None,
    output: str | None,
) -> None:
    """Print a host table with the robots that the hosts declare, or an audit.

    TABLE is a Parquet file, a directory of shards, or the directory of an audit, of which
    the robots are printed. Most requests come first.
    """
    from findrobots.running.lean_imports import import_arrow

    import_arrow()
    from findrobots.robots.times import read_time
    from findrobots.tables.audit_files import is_audit
    from findrobots.tables.selection import make_selection

    target = Target.choose(output, chosen_format())
    if all_rows and limit:
        message = "it cannot be used with --limit"
        raise click.BadParameter(message, param_hint="--all")
    selection = make_selection(robot_names, purposes, verdicts, read_time("since", since, "UTC"))
    _check_selection(selection, sources=sources, verify=verify)
    if not (all_rows or target.table_format):
        limit = limit or ROWS_SHOWN
    with reserve_target(target, inputs=[table]) as write:
        write_rows = write if target.table_format else None
        if is_audit(table):
            wanted = Wanted(what or ("logs" if sources else "robots"), sort, limit, selection)
            _show_audit(table, wanted, write_rows)
        elif what:
            message = (
                f"{table} is not the directory of an audit. Write one with findrobots audit -o"
            )
            raise click.BadParameter(message, param_hint=f"--{what}")
        else:
            wanted = Wanted(_choose_table(by=by, sources=sources), sort, limit, selection)
            _show_table(table, wanted, verify, lists, write_rows)
    if target.path:
        echo(f"{target.path} written", err=True)


class Wanted(NamedTuple):
    """What is to be shown: which table, its order, how many rows of it, and which."""

    what: str
    sort: str | None
    limit: int | None
    selection: "Selection"


def _check_selection(selection: "Selection", *, sources: bool, verify: str) -> None:
    """Check that the table has what rows are selected by."""
    from findrobots.robots.agents import PURPOSES
    from findrobots.tables.selection import EVERYTHING

    if selection != EVERYTHING and sources:
        message = "it cannot be used with --robot, --purpose, --verdict or --since"
        raise click.BadParameter(message, param_hint="--sources")
    if selection.verdicts and verify == "none":
        message = "it cannot be used with --verify none"
        raise click.BadParameter(message, param_hint="--verdict")
    for purpose in sorted(selection.purposes - {*PURPOSES}):
        message = f"{purpose!r} is not a purpose. Choose one of {', '.join(PURPOSES)}"
        raise click.BadParameter(message, param_hint="--purpose")


def _show_audit(directory: str, wanted: Wanted, write: Write | None) -> None:
    from findrobots.tables.audit_files import read_audit

    what, sort, limit, selection = wanted
    tables = read_audit(directory)
    if write:
        write(view_rows(tables, what, sort=sort, limit=limit, selection=selection))
    else:
        print_audit(
            tables, what, sort=sort, limit=limit, selection=selection, print_rows=print_paged
        )


def _choose_table(*, by: str | None, sources: bool) -> str:
    if by and sources:
        message = "it cannot be used with --sources"
        raise click.BadParameter(message, param_hint="--by")
    return "logs" if sources else "robots" if by else "hosts"


def _show_table(
    table: str, wanted: Wanted, verify: str, lists: Path | None, write: Write | None
) -> None:
    # Imported late: --help does not need these.
    from findrobots.cli.display import exported_rows, repeated_lines, sort_order, table_lines
    from findrobots.cli.layouts import choose_layout
    from findrobots.cli.summary import purpose_lines
    from findrobots.jobs.robots import gather_evidence, read_robots, read_top_hosts
    from findrobots.tables.selection import EVERYTHING
    from findrobots.tables.shards import read_ledger

    what, sort, limit, selection = wanted
    layout = choose_layout(what, verified=verify != "none")
    sort = layout.checked_sort(sort)
    notes = list[str]()
    purposes = None
    if what == "logs":
        rows = read_ledger(table).ledger
        count = rows.num_rows
    elif what == "robots":
        rows = read_robots(table, gather_evidence(verify, lists, notes.append), selection)
        count = rows.num_rows
    else:
        evidence = gather_evidence(verify, lists, notes.append)
        order = sort_order(layout, sort)
        rows, count, purposes = read_top_hosts(table, order, limit, evidence, selection)
    if write:
        write(exported_rows(rows, layout, sort=sort, limit=limit))
    elif selection != EVERYTHING and not count:
        notes.append(no_rows(what, selection))
    else:
        width = terminal_width()
        shown = partial(table_lines, rows, layout, sort=sort, limit=limit, width=width)
        print_paged(shown(colour=wants_colour()))
        notes += repeated_lines(rows, layout, sort=sort, limit=limit, width=width)
        if limit and count > limit:
            notes.append(f"{limit:,} of {count:,} {what}; --all prints all")
        if purposes is not None:
            notes += purpose_lines(purposes, width)
    for note in notes:
        echo(note, err=True)
