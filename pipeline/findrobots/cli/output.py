"""Write a table where, and in the format that, the options of a command say."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from findrobots.cli.console import ignore, print_lines, print_waiting, write_bytes
from findrobots.errors import OutputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "FORMAT_OPTIONS",
    "STANDARD_OUTPUT",
    "Target",
    "Write",
    "chosen_format",
    "reserve_target",
]

# What names standard output in place of a file.
STANDARD_OUTPUT = "-"
CHOSEN = "findrobots.format"
FORMATS = {
    "csv": "Print as CSV, with all columns.",
    "json": "Print as one JSON document: a list with an object per row.",
    "ndjson": "Print as NDJSON: a JSON object per line.",
}
Write = Callable[["pa.Table"], None]


def _choose(context: click.Context, option: click.Parameter, value: bool) -> None:  # noqa: FBT001 (click calls it so)
    if not value:
        return
    chosen = context.meta.setdefault(CHOSEN, option.name)
    if chosen != option.name:
        message = f"it cannot be used with --{chosen}"
        raise click.BadParameter(message, param_hint=f"--{option.name}")


FORMAT_OPTIONS = tuple(
    click.option(
        f"--{name}", name, is_flag=True, expose_value=False, callback=_choose, help=help_text
    )
    for name, help_text in FORMATS.items()
)


def chosen_format() -> str | None:
    """Return the format that an option of the running command has chosen, if one has."""
    chosen: str | None = click.get_current_context().meta.get(CHOSEN)
    return chosen


class Target(NamedTuple):
    """Where a command writes its table, and how.

    Attributes
    ----------
    path
        The file or URL; None for standard output.
    table_format
        A format of ``SUFFIXES``; None for lines to read.
    """

    path: str | None
    table_format: str | None

    @classmethod
    def choose(cls, output: str | None, chosen: str | None) -> "Target":
        """Return where and how ``--output``, and an option such as ``--csv``, want a table.

        Raises
        ------
        OutputError
            The suffix is unknown, or promises another format than the chosen one.
        click.BadParameter
            Parquet would be printed on a terminal.
        """
        from findrobots.writing.names import choose_format

        if output is None:
            return cls(None, chosen)
        if output != STANDARD_OUTPUT:
            return cls(output, choose_format(output, chosen))
        if chosen is None and sys.stdout.isatty():
            message = (
                "Parquet is not printed on a terminal. Add --csv, --json or --ndjson, or leave "
                "out -o"
            )
            raise click.BadParameter(message, param_hint="--output")
        return cls(None, chosen or "parquet")

    def print(self, table: "pa.Table") -> None:
        """Print a table to standard output in the format."""
        from findrobots.tables.export import text_chunks
        from findrobots.tables.parquet import write_table

        if self.table_format in {None, "parquet"}:
            file = BytesIO()
            write_table(table, file)
            write_bytes(file.getvalue())
        else:
            print_lines(text_chunks(table, self.table_format or ""), end="")


@contextmanager
def reserve_target(
    target: Target, *, inputs: Iterable[str] = (), quiet: bool = False
) -> Iterator[Write]:
    """Reserve the output of a command within a ``with`` block, and return what writes it.

    Parameters
    ----------
    target
        Where the table goes.
    inputs
        Tables that are read, which must not be replaced.
    quiet
        Do not print that another run is waited for.

    Raises
    ------
    OutputError
        The file cannot be written, or is a table that is read.
    """
    if target.path is None:
        yield target.print
        return
    from findrobots.tables.export import write_text
    from findrobots.tables.parquet import write_table
    from findrobots.writing.atomic import reserve_outputs

    path, table_format = target.path, target.table_format or "parquet"
    if os.path.isdir(path):  # noqa: PTH112 (a URL is not a Path)
        raise OutputError(path, "it is a directory", "name a file in it")
    _check_not_an_input(path, inputs)
    waiting = ignore if quiet else print_waiting
    with reserve_outputs([path], waiting=waiting, formats={path: table_format}) as outputs:

        def write(table: "pa.Table") -> None:
            writer = (
                partial(write_table, table)
                if table_format == "parquet"
                else partial(write_text, table, table_format)
            )
            outputs.write({path: writer})

        yield write


def _check_not_an_input(path: str, inputs: Iterable[str]) -> None:
    """Check that an output is neither a table that is read nor in its directory."""
    place = Path(os.path.realpath(path))
    for each in inputs:
        if Path(os.path.realpath(each)) in {place, place.parent}:
            raise OutputError(path, "it would replace a part of the table", "name another file")
