"""Arguments to the command that they name."""

import click

from pipeline.commands import COMMANDS
from pipeline.commands.options import debug_option

__all__ = ["cli"]


@click.group(
    no_args_is_help=False,
    commands={command.name: command for command in COMMANDS if command.name},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="findrobots", message="%(prog)s %(version)s")
@debug_option
def cli() -> None:
    """Find the robots among a web site's visitors: the hosts that asked for robots.txt."""
