"""Print to standard output and standard error, with untrusted text made safe."""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice

import click

from findrobots.errors import OutputError
from findrobots.sanitize import safe

__all__ = [
    "echo",
    "ignore",
    "option_style",
    "print_lines",
    "print_notice",
    "print_paged",
    "print_waiting",
    "quiet_scheduler",
    "terminal_width",
    "wants_colour",
    "write_bytes",
]

# What less does if the user does not say: show colours, and leave the last screen.
LESS = "-RX"


def echo(line: str, *, err: bool = False) -> None:
    """Print a line without control characters and without credentials of URLs.

    Parameters
    ----------
    line
        May contain untrusted text; a newline in it is escaped.
    err
        Print to standard error.
    """
    print(safe(line), file=sys.stderr if err else sys.stdout)


def print_lines(lines: Iterable[str], *, end: str = "\n") -> None:
    """Print lines of a table to standard output until its reader closes it.

    The lines are printed as they are: ``cli.display`` escapes each cell, because it needs
    the width of the escaped text.

    Raises
    ------
    OutputError
        Writing failed, for another reason than a closed pipe.
    """
    with _stdout_errors():
        sys.stdout.writelines(f"{line}{end}" for line in lines)
        sys.stdout.flush()


def print_paged(lines: Iterable[str]) -> None:
    """Print the lines of a table, on a terminal that is too low for them through a pager.

    ``PAGER`` names the pager, as for man(1); if it is empty, there is none.

    Raises
    ------
    OutputError
        As for ``print_lines``.
    """
    lines = iter(lines)
    if not _has_pager():
        print_lines(lines)
        return
    # The lines below the table, and the next prompt, need room too.
    screen = [*islice(lines, max(shutil.get_terminal_size().lines - 2, 1))]
    if (more := next(lines, None)) is None:
        print_lines(screen)
        return
    os.environ.setdefault("LESS", LESS)
    # click ends the text with a newline of its own.
    first, *others = screen
    rest = (f"\n{line}" for line in chain(others, [more], lines))
    click.echo_via_pager(chain([first], rest), color=True)


def _has_pager() -> bool:
    """Return whether a pager can be shown, and is wanted."""
    return os.environ.get("PAGER") != "" and sys.stdin.isatty() and sys.stdout.isatty()


def wants_colour() -> bool:
    """Return whether lines may be in colour or bold: on a terminal without ``NO_COLOR``."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain


def write_bytes(content: bytes) -> None:
    """Write a file to standard output as it is, until its reader closes it.

    Raises
    ------
    OutputError
        As for ``print_lines``.
    """
    with _stdout_errors():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _stdout_errors() -> Iterator[None]:
    """Raise each ``OSError`` as an ``OutputError``, but for a pipe that its reader closed."""
    try:
        yield
    except OSError as error:
        # Python flushes the rest of the buffer when it exits, which must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # head, for example, closes it early
            name = sys.stdout.name.strip("<>")
            raise OutputError(name, error.strerror, "redirect it elsewhere") from error


def quiet_scheduler(scheduler: str) -> str:
    """Return a scheduler, after what it prints by itself has been kept off the terminal."""
    from findrobots.running.runner import LOCAL_CLUSTER

    if scheduler == LOCAL_CLUSTER:
        from findrobots.running.cluster_client import start_tracker

        start_tracker()
    return scheduler


def option_style(name: str, value: str) -> str:
    """Write an argument as an option of the command.

    >>> option_style("host_field", ""), option_style("scheduler", "sync")
    ('--host-field', '--scheduler sync')
    """
    return f"--{name.replace('_', '-')} {value}".rstrip()


def print_waiting(path: str | os.PathLike[str]) -> None:
    """Print that this run waits for another run that writes the same output."""
    echo(f"findrobots: waiting for another run that writes {os.fspath(path)}", err=True)


def print_notice(notice: str) -> None:
    """Print what a user should know while a run waits."""
    echo(f"findrobots: {notice}", err=True)


def ignore(_: object) -> None:
    """Print nothing, in place of ``print_waiting``."""


def terminal_width() -> int | None:
    """Return the columns of the terminal that standard output is; None if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
