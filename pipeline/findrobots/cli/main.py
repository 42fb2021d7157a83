"""Arguments to the command that they name."""

import os
import signal
import sys
import traceback
from types import FrameType

import click

from findrobots.cli.formats import formats
from findrobots.cli.merge import merge
from findrobots.cli.options import debug_option
from findrobots.cli.scan import scan
from findrobots.cli.show import show
from findrobots.errors import FindrobotsError, UsageError
from findrobots.running.gc_tuning import reduce_gc
from findrobots.sanitize import printable, without_credentials

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = (scan, show, merge, formats)
DONE, FAILED, WRONG_USAGE, INTERRUPTED, TERMINATED = 0, 1, 2, 130, 143


@click.group(
    no_args_is_help=False,
    commands={command.name: command for command in COMMANDS if command.name},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="findrobots", message="%(prog)s %(version)s")
@debug_option
def cli() -> None:
    """Find the robots among a web site's visitors: the hosts that asked for robots.txt."""


def main() -> None:
    """Run the command ``findrobots`` and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) is signal.SIG_DFL:  # nohup has it ignored
            signal.signal(ending, _terminate)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stderr.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    reduce_gc()
    try:
        status = _run(sys.argv[1:])
    except KeyboardInterrupt:
        print("\nfindrobots: interrupted, nothing was written", file=sys.stderr)
        status = INTERRUPTED
    except SystemExit:
        status = TERMINATED
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: threads that still read would be waited for, and nothing is left to
    # tidy up.
    os._exit(status)


def _terminate(_: int, __: FrameType | None) -> None:
    raise SystemExit(TERMINATED)


def _run(arguments: list[str]) -> int:
    """Run the command with some arguments; print what went wrong as one line."""
    context: click.Context | None = None
    try:
        with cli.make_context("findrobots", arguments) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "findrobots"
        return _report(f"{error.format_message().rstrip('.')}; see {command} --help", WRONG_USAGE)
    except Exception as error:  # noqa: BLE001 (this is where a program's faults end)
        if context and context.meta.get("debug"):
            for line in without_credentials(traceback.format_exc()).splitlines():
                print(printable(line), file=sys.stderr)
            return FAILED
        known = isinstance(error, FindrobotsError)
        message = str(error) if known else f"{type(error).__name__}: {error}; --debug shows where"
        return _report(message, WRONG_USAGE if isinstance(error, UsageError) else FAILED)
    return DONE


def _report(message: str, status: int) -> int:
    """Print a fault as one line and return the exit status that goes with it."""
    print(
        f"findrobots: {printable(without_credentials(' '.join(message.split())))}", file=sys.stderr
    )
    return status
