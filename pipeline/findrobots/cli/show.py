"""The command ``findrobots show``: print a host table, its robots, or the logs in it."""

import shutil
import sys
from pathlib import Path

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_lines
from findrobots.cli.options import debug_option

__all__ = ["show"]

# Rows printed by default.
ROWS_SHOWN = 20


@click.command(cls=Command)
@click.argument("table", metavar="TABLE")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many rows to print.  [default: 20, or all with --csv]",
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
@click.option(
    "--verify",
    type=click.Choice(["ranges", "dns", "none"]),
    default="ranges",
    show_default=True,
    help="How to check that a host is the robot it declares: by the addresses that operators "
    "publish, also by names in DNS, or not at all.",
)
@click.option(
    "--lists",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Directory of the operators' lists of addresses.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print as CSV.")
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
    as_csv: bool,
) -> None:
    """Print a host table with the robots that the hosts declare, most requests first.

    TABLE is a Parquet file or a directory of shards.
    """
    # Imported late: --help does not need these.
    from findrobots.cli.display import csv_chunks, repeated_lines, sort_order, table_lines
    from findrobots.cli.layouts import choose_layout
    from findrobots.cli.summary import purpose_lines
    from findrobots.jobs.robots import gather_evidence, read_robots, read_top_hosts
    from findrobots.tables.shards import read_ledger

    if by and sources:
        message = "it cannot be used with --sources"
        raise click.BadParameter(message, param_hint="--by")
    what = "logs" if sources else "robots" if by else "hosts"
    layout = choose_layout(what, verified=verify != "none")
    sort = sort or layout.sort
    if sort not in layout.sortable:
        message = f"{sort!r} is not a sortable column. Choose one of {', '.join(layout.sortable)}"
        raise click.BadParameter(message, param_hint="--sort")
    limit = limit or (None if as_csv else ROWS_SHOWN)
    notes = list[str]()
    purposes = None
    if sources:
        rows = read_ledger(table).ledger
        count = rows.num_rows
    elif by:
        rows = read_robots(table, gather_evidence(verify, lists, notes.append))
        count = rows.num_rows
    else:
        evidence = gather_evidence(verify, lists, notes.append)
        rows, count, purposes = read_top_hosts(table, sort_order(layout, sort), limit, evidence)
    if as_csv:
        print_lines(csv_chunks(rows, layout, sort=sort, limit=limit), end="")
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print_lines(table_lines(rows, layout, sort=sort, limit=limit, width=width))
        notes += repeated_lines(rows, layout, sort=sort, limit=limit, width=width)
        if limit and count > limit:
            notes.append(f"{limit:,} of {count:,} {what}; --limit {count} prints all")
        if purposes is not None:
            notes += purpose_lines(purposes, width)
    for note in notes:
        echo(note, err=True)
