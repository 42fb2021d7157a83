"""The command ``merge`` to the table it writes."""

import os
import sys
from functools import partial

import click

from pipeline.commands.options import debug_option
from pipeline.commands.printing import tell_waiting
from pipeline.credentials import without_credentials
from pipeline.outputs import claim
from pipeline.terminal import printable

__all__ = ["merge"]


@click.command()
@click.argument("tables", metavar="TABLE...", nargs=-1, required=True)
@click.option(
    "-o", "--output", metavar="FILE", required=True, help="Write the merged table to this FILE."
)
@click.option(
    "--overlapping",
    is_flag=True,
    help="Merge also tables that count the same log, which counts twice then.",
)
@debug_option
def merge(tables: tuple[str, ...], output: str, *, overlapping: bool) -> None:
    """Merge the host tables of several machines in the Parquet files TABLE into one.

    Any order gives the same file. Tables that count some log both are refused.
    """
    with claim([output], waiting=tell_waiting) as claimed:
        # --help need not wait for these.
        from pipeline.parquet import read_table, write_host_table
        from pipeline.tables import join_tables

        whole = join_tables(
            [(table, read_table(table)) for table in tables], overlapping=overlapping
        )
        claimed.write({output: partial(write_host_table, whole)})
    place = printable(without_credentials(os.fspath(output)))
    print(f"{whole.hosts.num_rows:,} hosts of {whole.ledger.num_rows:,} logs", file=sys.stderr)
    print(f"{place} written", file=sys.stderr)
