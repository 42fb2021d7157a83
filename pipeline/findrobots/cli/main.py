"""Run the command line: parse the arguments, print errors, set the exit status."""

import _thread
import os
import signal
import sys
import time
import traceback
import warnings
from itertools import chain
from types import FrameType

import click

from findrobots import __version__
from findrobots.cli.audit import audit
from findrobots.cli.block import block
from findrobots.cli.command import Root
from findrobots.cli.completion import COMPLETE_VARIABLE, complete, completion
from findrobots.cli.config import config
from findrobots.cli.configuration import config_option
from findrobots.cli.console import echo, option_style, print_notice
from findrobots.cli.doctor import doctor
from findrobots.cli.formats import formats
from findrobots.cli.lists import lists
from findrobots.cli.merge import merge
from findrobots.cli.options import debug_option
from findrobots.cli.policies import policies
from findrobots.cli.report import report
from findrobots.cli.robots import robots
from findrobots.cli.scan import scan
from findrobots.cli.show import show
from findrobots.errors import FindrobotsError, UsageError
from findrobots.running.gc_tuning import reduce_gc
from findrobots.running.notices import listen
from findrobots.sanitize import without_credentials
from findrobots.storage.typed_urls import hide_secrets

__all__ = ["COMMANDS", "cli", "main"]

# In the order of use; a help has them so.
SECTIONS = {
    "Read logs": (doctor, scan, audit),
    "See what was found": (show, report, block, merge),
    "Know robots": (robots, lists, policies),
    "Get help": (formats, config, completion),
}
COMMANDS = tuple(chain.from_iterable(SECTIONS.values()))
# Lines of at most 58 letters, for terminals of 60 columns.
EXAMPLES = """
findrobots doctor logs
findrobots audit logs --robots robots.txt -o site
findrobots show site --violations
"""
PROC = "/proc"
DONE, FAILED, WRONG_USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


@click.group(
    cls=Root,
    sections=SECTIONS,
    epilog=EXAMPLES,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@config_option
@debug_option
def cli() -> None:
    """Find robots in web server logs: which they are, and whether they keep to robots.txt.

    findrobots COMMAND --help describes a command.
    """


def main() -> None:
    """Run the command ``findrobots`` and exit with its status.

    The status is 0 when done, 1 when it failed, 2 for wrong usage, 3 for damaged logs, 130
    when interrupted and 143 when terminated.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _terminate)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    reduce_gc()
    _silence_python()
    listen(print_notice)
    try:
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        echo("", err=True)  # ends the line on which the terminal shows ^C
        echo("findrobots: interrupted, nothing was written", err=True)
        status = INTERRUPTED
    except SystemExit:
        status = TERMINATED
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit, which waits for threads that still read; nothing is left to clean up.
    os._exit(status)


def _silence_python() -> None:
    """Keep what Python and the libraries say by themselves off the terminal, however a run ends.

    What matters is raised as an error. The resource tracker of ``multiprocessing``, a process of
    its own, warns of semaphores if this process is killed; it is started with ``sys.warnoptions``,
    as every process that is not forked. ``python -W`` and ``PYTHONWARNINGS`` are obeyed.
    """
    if not sys.warnoptions:
        sys.warnoptions.append("ignore")
        warnings.simplefilter("ignore")
        sys.unraisablehook = _ignore_unraisable


def _ignore_unraisable(what: "sys.UnraisableHookArgs") -> None:
    """Ignore an error in a finalizer, but end the run if it was a signal that came just then."""
    signals = {KeyboardInterrupt: signal.SIGINT, SystemExit: signal.SIGTERM}
    if what.exc_type in signals:
        # Not one of threading's: workers that are started just then can still be forked.
        _thread.start_new_thread(_raise_later, (signals[what.exc_type],))


def _raise_later(number: int) -> None:
    time.sleep(0.05)
    signal.raise_signal(number)


def _terminate(_: int, __: FrameType | None) -> None:
    raise SystemExit(TERMINATED)


def _run(arguments: list[str]) -> int:
    """Run the command and return its exit status; print an error as one line."""
    context: click.Context | None = None
    # The values of options, too: --output=URL.
    hide_secrets(text for each in arguments for text in (each, each.partition("=")[2]))
    try:
        if instruction := os.environ.get(COMPLETE_VARIABLE):
            return complete(cli, instruction)
        with cli.make_context("findrobots", arguments) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "findrobots"
        message = error.format_message().rstrip(".")
        stop = "" if message.endswith("?") else "."
        return _report(f"{message}{stop} See {command} --help", WRONG_USAGE)
    except Exception as error:  # noqa: BLE001 (the last place where an error can be reported)
        if context and context.meta.get("debug"):
            for line in without_credentials(traceback.format_exc()).splitlines():
                echo(line, err=True)
            return FAILED
        return _report(_describe(error), WRONG_USAGE if isinstance(error, UsageError) else FAILED)
    return DONE


def _describe(error: Exception) -> str:
    """Return the message of an error, after the option that it concerns."""
    if not isinstance(error, FindrobotsError):
        if lack := _what_lacks(error):
            return lack
        return f"{type(error).__name__}: {error}; use --debug for the traceback"
    option = f"{option_style(error.parameter, '')}: " if error.parameter else ""
    return option + error.describe(option_style)


def _what_lacks(error: Exception) -> str | None:
    """Return what the system lacks, if an error is due to that."""
    if isinstance(error, FileNotFoundError) and _is_deleted():
        return "The current directory was deleted. Change to another one (cd)."
    # What a Dask cluster on this machine asks of psutil needs it.
    needs_proc = type(error).__name__ == "NoSuchProcess" or isinstance(error, FileNotFoundError)
    if needs_proc and not os.path.exists(f"{PROC}/self"):  # noqa: PTH110 (as above)
        return f"{PROC} is not there. Mount it: mount -t proc proc /proc"
    return None


def _is_deleted() -> bool:
    """Return whether the current directory is in no other directory any more."""
    try:
        os.getcwd()  # noqa: PTH109 (pathlib is not imported otherwise)
    except OSError:
        return True
    return False


def _report(message: str, status: int) -> int:
    """Print an error as one line and return the exit status."""
    echo(f"findrobots: {' '.join(message.split())}", err=True)
    return status
