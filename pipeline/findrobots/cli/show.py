"""The command ``findrobots show``: print a host table, its robots, or the logs in it."""

from pathlib import Path

import click

from findrobots.cli.audit import print_audit, view_rows
from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_lines, terminal_width
from findrobots.cli.options import debug_option, output_options, verify_options
from findrobots.cli.output import Target, Write, chosen_format, reserve_target

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
    sort: str | None,
    by: str | None,
    sources: bool,
    verify: str,
    lists: Path | None,
    what: str | None,
    output: str | None,
) -> None:
    """Print a host table with the robots that the hosts declare, or an audit.

    TABLE is a Parquet file, a directory of shards, or the directory of an audit, of which
    the robots are printed. Most requests come first.
    """
    target = Target.choose(output, chosen_format())
    with reserve_target(target, inputs=[table]) as write:
        if _is_audit(table):
            what = what or ("logs" if sources else "robots")
            _show_audit(table, what, sort, limit, write if target.table_format else None)
        elif what:
            message = (
                f"{table} is not the directory of an audit. Write one with findrobots audit -o"
            )
            raise click.BadParameter(message, param_hint=f"--{what}")
        else:
            what = _choose_table(by=by, sources=sources)
            _show_table(
                table, what, sort, limit, verify, lists, write if target.table_format else None
            )
    if target.path:
        echo(f"{target.path} written", err=True)


def _show_audit(
    directory: str, what: str, sort: str | None, limit: int | None, write: Write | None
) -> None:
    from findrobots.tables.audit_files import read_audit

    tables = read_audit(directory)
    if write:
        write(view_rows(tables, what, sort=sort, limit=limit))
    else:
        print_audit(tables, what, sort=sort, limit=limit or ROWS_SHOWN)


def _choose_table(*, by: str | None, sources: bool) -> str:
    if by and sources:
        message = "it cannot be used with --sources"
        raise click.BadParameter(message, param_hint="--by")
    return "logs" if sources else "robots" if by else "hosts"


def _show_table(  # noqa: PLR0913, PLR0917 (options of the command)
    table: str,
    what: str,
    sort: str | None,
    limit: int | None,
    verify: str,
    lists: Path | None,
    write: Write | None,
) -> None:
    # Imported late: --help does not need these.
    from findrobots.cli.display import exported_rows, repeated_lines, sort_order, table_lines
    from findrobots.cli.layouts import choose_layout
    from findrobots.cli.summary import purpose_lines
    from findrobots.jobs.robots import gather_evidence, read_robots, read_top_hosts
    from findrobots.tables.shards import read_ledger

    layout = choose_layout(what, verified=verify != "none")
    sort = layout.checked_sort(sort)
    limit = limit or (None if write else ROWS_SHOWN)
    notes = list[str]()
    purposes = None
    if what == "logs":
        rows = read_ledger(table).ledger
        count = rows.num_rows
    elif what == "robots":
        rows = read_robots(table, gather_evidence(verify, lists, notes.append))
        count = rows.num_rows
    else:
        evidence = gather_evidence(verify, lists, notes.append)
        rows, count, purposes = read_top_hosts(table, sort_order(layout, sort), limit, evidence)
    if write:
        write(exported_rows(rows, layout, sort=sort, limit=limit))
    else:
        width = terminal_width()
        print_lines(table_lines(rows, layout, sort=sort, limit=limit, width=width))
        notes += repeated_lines(rows, layout, sort=sort, limit=limit, width=width)
        if limit and count > limit:
            notes.append(f"{limit:,} of {count:,} {what}; --limit {count} prints all")
        if purposes is not None:
            notes += purpose_lines(purposes, width)
    for note in notes:
        echo(note, err=True)


def _is_audit(table: str) -> bool:
    """Return whether a path is the directory of an audit."""
    return (Path(table) / "visits.parquet").is_file()
