"""The command ``findrobots lists``: show and fetch the operators' lists of addresses."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command, Group
from findrobots.cli.console import echo, print_lines, terminal_width, wants_colour
from findrobots.cli.options import debug_option

if TYPE_CHECKING:
    import pyarrow as pa

    from findrobots.cli.display import Layout

__all__ = ["lists"]

# The exit status if a list could not be fetched, and others were.
NOT_ALL_FETCHED = 3

lists_option = click.option(
    "--lists",
    "directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory of the lists.  [default: findrobots/lists in the user's data directory]",
)


@click.group(
    cls=Group,
    invoke_without_command=True,
    no_args_is_help=False,
    subcommand_metavar="[COMMAND] [ARGS]...",
)
@lists_option
@debug_option
@click.pass_context
def lists(context: click.Context, *, directory: Path | None) -> None:
    """Show the lists of robots' addresses, or fetch today's.

    Operators of robots publish these lists. Those shown are of the package's snapshot and of
    the directory, which has one file per list and day: NAME/YYYY-MM-DD.json or .txt.
    """
    if context.invoked_subcommand:
        context.obj = directory
        return
    # Imported late: --help does not need these.
    from findrobots.cli.list_tables import HISTORY_LAYOUT, history_table
    from findrobots.robots.published import load_published
    from findrobots.robots.ranges import default_directory, load_lists

    _print(history_table(load_lists(directory), load_published()), HISTORY_LAYOUT)
    echo(f"Lists in {directory or default_directory()}, and the package's snapshot", err=True)


@lists.command(cls=Command)
@lists_option
@debug_option
@click.pass_obj
def update(named: Path | None, *, directory: Path | None) -> None:
    """Fetch the lists from their operators, and keep each as the list of today.

    The lists of earlier days are kept, because a request is judged by the lists of about its
    day: run it daily. A list that cannot be fetched, or is not valid, is reported.
    """
    from datetime import UTC, datetime

    from findrobots.cli.list_tables import UPDATE_LAYOUT, update_table
    from findrobots.jobs.lists import update_lists
    from findrobots.robots.errors import NoListFetchedError
    from findrobots.robots.published import load_published
    from findrobots.robots.ranges import default_directory

    place = directory or named or default_directory()
    updates = update_lists(place, load_published(), day=datetime.now(UTC).date())
    _print(update_table(updates), UPDATE_LAYOUT)
    failed = [each for each in updates if each.failure]
    for each in updates:
        if each.warning:
            echo(f"findrobots: warning: {each.name}: {each.warning}", err=True)
    for each in failed:
        echo(f"findrobots: warning: {each.name} not fetched: {each.failure}", err=True)
    if len(failed) == len(updates):
        raise NoListFetchedError(len(updates), place)
    echo(f"{len(updates) - len(failed)} of {len(updates)} lists fetched into {place}", err=True)
    if failed:
        raise click.exceptions.Exit(NOT_ALL_FETCHED)


def _print(table: "pa.Table", layout: "Layout") -> None:
    from findrobots.cli.display import table_lines

    shown = partial(table_lines, table, layout, sort=layout.sort, limit=None)
    print_lines(shown(width=terminal_width(), colour=wants_colour()))
