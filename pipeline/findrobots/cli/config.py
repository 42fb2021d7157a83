"""The command ``findrobots config``: show the configuration files and what they say."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from findrobots.cli.command import Command
from findrobots.cli.console import print_lines
from findrobots.cli.options import debug_option

if TYPE_CHECKING:
    from findrobots.cli.configuration import Configuration

__all__ = ["config"]

# Lines of at most 58 letters, for terminals of 60 columns.
EXAMPLES = """
findrobots config
findrobots --config site.toml audit logs
findrobots --config /dev/null scan logs
"""


@click.command(cls=Command, epilog=EXAMPLES)
@debug_option
@click.pass_context
def config(context: click.Context) -> None:
    """Show the configuration: which files, which values, and from where.

    The files are in TOML. A table has the name of a command, a key the name of an option
    without its hyphens in front, such as host-field; a key outside of a table is for all
    commands with such an option. Values of the user's file come before those of the system's,
    and options of the command line before both.
    """
    # Imported only now: it reads files, and --help does not.
    from findrobots.cli.configuration import configuration_of

    print_lines(_lines(configuration_of(context)))


def _lines(configuration: "Configuration") -> Iterator[str]:
    from findrobots.cli.text_width import columns, padded
    from findrobots.sanitize import safe

    for path, exists in configuration.files:
        yield f"{safe(str(path))}: {'read' if exists else 'no such file'}"
    if not configuration.settings:
        yield "no option is configured"
        return
    rows = [
        (
            safe(" ".join([*each.command, f"--{each.option}"])),
            _value(each.given),
            safe(str(each.path)),
        )
        for each in sorted(configuration.settings, key=lambda each: (each.command, each.option))
    ]
    name_width, value_width = (max(columns(row[at]) for row in rows) for at in (0, 1))
    yield ""
    for name, value, place in rows:
        cells = (padded(name, name_width, right=False), padded(value, value_width, right=False))
        yield f"{'  '.join(cells)}  {place}"


def _value(value: object) -> str:
    """Return a value as a file has it, without credentials of URLs."""
    from findrobots.sanitize import safe

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return safe(str(value) if isinstance(value, int) else f'"{value}"')
