"""The command ``findrobots formats``: list the log formats."""

import click

from findrobots.cli.console import print_lines
from findrobots.cli.options import debug_option

__all__ = ["formats"]


@click.command()
@debug_option
def formats() -> None:
    """List the log formats, each with an example line."""
    from findrobots.cli.display import format_lines
    from findrobots.formats import FORMATS

    print_lines(format_lines(FORMATS))
