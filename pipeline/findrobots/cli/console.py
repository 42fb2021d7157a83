"""Lines to standard output, and notes to standard error."""

import os
import sys
from collections.abc import Iterable

from findrobots.errors import OutputError
from findrobots.sanitize import printable, without_credentials

__all__ = ["ignore", "print_lines", "print_waiting"]


def print_lines(lines: Iterable[str], *, end: str = "\n") -> None:
    """Print lines to standard output, for as long as somebody reads them.

    Raises
    ------
    OutputError
        They cannot be written for another reason than that.
    """
    try:
        sys.stdout.writelines(f"{line}{end}" for line in lines)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer has to go somewhere when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # its reader, head perhaps, has all it wants
            where = sys.stdout.name.strip("<>")
            raise OutputError(where, error.strerror, "send it elsewhere") from error


def print_waiting(path: str | os.PathLike[str]) -> None:
    """Say that another run writes an output, and is waited for."""
    place = printable(without_credentials(os.fspath(path)))
    print(f"findrobots: waiting for another run that writes {place}", file=sys.stderr)


def ignore(_: object) -> None:
    """Say nothing, since that was asked for."""
