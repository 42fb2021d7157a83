"""The command ``show`` to what it prints."""

import shutil
import sys

import click

from pipeline.commands.options import debug_option
from pipeline.commands.printing import print_lines

__all__ = ["show"]

# Rows that are printed where nothing else is said.
ROWS_SHOWN = 20


@click.command()
@click.argument("table", metavar="TABLE")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many rows to print.  [default: 20; with --csv all]",
)
@click.option(
    "--sort",
    metavar="COLUMN",
    help="The column to sort by: the largest or newest first, text from A to Z.  "
    "[default: requests, or source]",
)
@click.option(
    "--sources", is_flag=True, help="Print the logs that the table counts, not their hosts."
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for other programs.")
@debug_option
def show(table: str, *, limit: int | None, sort: str | None, sources: bool, as_csv: bool) -> None:
    """Print the host table in the Parquet file TABLE, the busiest hosts first."""
    # --help need not wait for these.
    from pipeline.display import (  # noqa: PLC0415
        HOST_LAYOUT,
        LEDGER_LAYOUT,
        csv_texts,
        table_lines,
    )
    from pipeline.parquet import read_hosts, read_table  # noqa: PLC0415

    layout = LEDGER_LAYOUT if sources else HOST_LAYOUT
    sort = sort or layout.sort
    if sort not in layout.sortable:
        message = f"{sort!r} is no column to sort by; choose one of {', '.join(layout.sortable)}"
        raise click.BadParameter(message, param_hint="--sort")
    rows = read_table(table).ledger if sources else read_hosts(table)
    if as_csv:
        print_lines(csv_texts(rows, layout, sort=sort, limit=limit), end="")
        return
    limit = limit or ROWS_SHOWN
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print_lines(table_lines(rows, layout, sort=sort, limit=limit, width=width))
    if rows.num_rows > limit:
        what = "logs" if sources else "hosts"
        note = f"{limit:,} of {rows.num_rows:,} {what}; --limit {rows.num_rows} prints all"
        print(note, file=sys.stderr)
