"""The command ``findrobots show``: print a host table, or the logs in it."""

import shutil
import sys

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
@click.option("--sources", is_flag=True, help="Print the logs in the table in place of the hosts.")
@click.option("--csv", "as_csv", is_flag=True, help="Print as CSV.")
@debug_option
def show(table: str, *, limit: int | None, sort: str | None, sources: bool, as_csv: bool) -> None:
    """Print a host table, sorted by requests, highest first.

    TABLE is a Parquet file or a directory of shards.
    """
    # Imported late: --help does not need these.
    from findrobots.cli.display import (
        HOST_LAYOUT,
        LEDGER_LAYOUT,
        csv_chunks,
        sort_order,
        table_lines,
    )
    from findrobots.tables.shards import read_ledger, read_top

    layout = LEDGER_LAYOUT if sources else HOST_LAYOUT
    sort = sort or layout.sort
    if sort not in layout.sortable:
        message = f"{sort!r} is not a sortable column. Choose one of {', '.join(layout.sortable)}"
        raise click.BadParameter(message, param_hint="--sort")
    limit = limit or (None if as_csv else ROWS_SHOWN)
    if sources:
        rows = read_ledger(table).ledger
        count = rows.num_rows
    else:
        rows, count = read_top(table, sort_order(layout, sort), limit)
    if as_csv:
        print_lines(csv_chunks(rows, layout, sort=sort, limit=limit), end="")
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print_lines(table_lines(rows, layout, sort=sort, limit=limit, width=width))
    if limit and count > limit:
        what = "logs" if sources else "hosts"
        echo(f"{limit:,} of {count:,} {what}; --limit {count} prints all", err=True)
