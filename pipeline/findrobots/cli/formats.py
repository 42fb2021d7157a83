"""The command ``findrobots formats``: list the log formats and prefixes."""

import click

from findrobots.cli.command import Command
from findrobots.cli.console import print_lines
from findrobots.cli.options import debug_option

__all__ = ["formats"]

BEFORE_PREFIXES = ("", "A prefix of a line, where LINE has one of these formats:", "")


@click.command(cls=Command)
@debug_option
def formats() -> None:
    """List the log formats and prefixes, each with an example."""
    from findrobots.cli.display import format_lines
    from findrobots.formats import FORMATS, PREFIXES

    print_lines([*format_lines(FORMATS), *BEFORE_PREFIXES, *format_lines(PREFIXES)])
