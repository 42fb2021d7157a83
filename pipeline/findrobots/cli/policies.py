"""The command ``findrobots policies``: write the versions of a robots.txt as dated files."""

import click

from findrobots.cli.command import Command
from findrobots.cli.console import echo, print_waiting
from findrobots.cli.options import debug_option

__all__ = ["policies"]


@click.command(cls=Command)
@click.argument("specs", metavar="POLICY...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    help="Write the files to this directory; it is created if it does not exist.",
)
@debug_option
def policies(specs: tuple[str, ...], output: str) -> None:
    """Write the versions of a robots.txt as dated files.

    Each POLICY is git:REPOSITORY:PATH for the history of a file in a git repository,
    https://HOST/robots.txt for what a site serves now, DATE=FILE, or a directory of dated
    files. A file's name is the time (UTC) from which it was in force, such as
    2025-04-24T120000.txt.
    """
    # Imported late: --help does not need these.
    from findrobots.jobs.policies import write_policies
    from findrobots.robots.policies import load_policies

    found = load_policies(specs)
    written = write_policies(found, output, waiting=print_waiting)
    for note in found.notes:
        echo(f"findrobots: {note}", err=True)
    echo(f"{output}: {len(written):,} files written", err=True)
