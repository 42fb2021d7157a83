"""The command ``findrobots robots``: list the robots that findrobots knows."""

from functools import partial

import click

from findrobots.cli.command import Command
from findrobots.cli.completion_words import purpose_names
from findrobots.cli.console import print_lines, terminal_width, wants_colour
from findrobots.cli.options import debug_option
from findrobots.formats.suggest import suggestion

__all__ = ["robots"]


@click.command(cls=Command)
@click.option(
    "--purpose",
    metavar="PURPOSE",
    shell_complete=purpose_names,
    help="List only the robots with this purpose, such as search or ai-training.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print as CSV, with all columns.")
@debug_option
def robots(*, purpose: str | None, as_csv: bool) -> None:
    """List the known robots: operator, purpose, how each is verified and what it obeys.

    What a robot obeys is what its operator says. Other robots are named by their user agents,
    with crawler-user-agents.
    """
    # Imported late: --help does not need these.
    from findrobots.running.lean_imports import import_arrow

    import_arrow()
    from findrobots.cli.display import csv_chunks, table_lines
    from findrobots.cli.robot_table import CSV_LAYOUT, ROBOT_LAYOUT, robot_rows
    from findrobots.robots.agents import PURPOSES

    if purpose is not None and purpose not in PURPOSES:
        message = f"{purpose!r} is not a purpose. Choose one of {', '.join(PURPOSES)}"
        if meant := suggestion(purpose, PURPOSES):
            message += f".{meant}"
        raise click.BadParameter(message, param_hint="--purpose")
    rows = robot_rows(purpose)
    if as_csv:
        print_lines(csv_chunks(rows, CSV_LAYOUT, sort=CSV_LAYOUT.sort, limit=None), end="")
        return
    shown = partial(table_lines, rows, ROBOT_LAYOUT, sort=ROBOT_LAYOUT.sort, limit=None)
    print_lines(shown(width=terminal_width(), colour=wants_colour()))
