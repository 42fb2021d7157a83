"""The command ``formats`` to what it prints."""

import click

from pipeline.commands.options import debug_option
from pipeline.commands.printing import print_lines

__all__ = ["formats"]


@click.command()
@debug_option
def formats() -> None:
    """List the formats of logs that are read, each with an example."""
    from pipeline.display import format_lines
    from pipeline.formats import FORMATS

    print_lines(format_lines(FORMATS))
