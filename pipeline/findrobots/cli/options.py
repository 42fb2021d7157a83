"""Define the options of the commands."""

from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import TypeVar

import click

from findrobots.cli.command import LogName
from findrobots.cli.completion_words import format_names, scheduler_names, timezone_names
from findrobots.cli.console import ignore
from findrobots.cli.output import FORMAT_OPTIONS
from findrobots.robots.filter import ROBOTS_TXT
from findrobots.running.notices import listen
from findrobots.storage.discovery import DEFAULT_NAMES

__all__ = [
    "AUDIT_EXAMPLES",
    "AUDIT_HELP",
    "DOCTOR_HELP",
    "SCAN_EXAMPLES",
    "SCAN_HELP",
    "audit_options",
    "debug_option",
    "doctor_options",
    "output_options",
    "scan_options",
    "scheduler_option",
    "selection_options",
    "shards_option",
    "verify_options",
    "workers_option",
]

Command = TypeVar("Command", bound=Callable[..., object])

SCAN_HELP = f"""List the hosts that requested robots.txt in the given logs.

Each LOG is a file, a glob in quotes, - for standard input, a URL such as
s3://bucket/logs/, or a directory, which is searched recursively for names like
{" ".join(DEFAULT_NAMES.include)}
but not {" ".join(DEFAULT_NAMES.exclude)}. Formats (see findrobots formats) and
compression (gzip, bzip2, xz, zstd) are detected automatically.

Prints one host per line, or the full table with --csv, --json, --ndjson or -o. A summary
goes to standard error.
"""

AUDIT_HELP = """Report what robots did: are they genuine, and did they keep to robots.txt?

All lines of the given logs are read; LOG is as for findrobots scan. Give the site's
robots.txt with --robots to judge each request by the one that was in force and had been
fetched; without it, only visits are counted.

Prints one row per robot. With -o, writes tables of robots, visits and violations, which
findrobots show prints. A summary goes to standard error.
"""

# Lines of at most 58 letters, for terminals of 60 columns.
SCAN_EXAMPLES = """
findrobots scan /var/log/nginx
findrobots scan logs --since 2026-09-01 -o robots.parquet
zcat access.log.gz | findrobots scan -
"""
AUDIT_EXAMPLES = """
findrobots audit /var/log/nginx --robots robots.txt
findrobots audit logs --robots git:site:robots.txt -o site
findrobots audit logs -o site --update --quiet
"""


DOCTOR_HELP = """Explain what is understood of the given logs.

All lines are read, and nothing is written; LOG is as for findrobots scan. Prints formats
and their shares, the time range, compression, virtual hosts and requests for robots.txt,
and of lines that are not understood a sample, with the option that may help.
"""


def _remember_debug(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 (click calls it so)
    context.meta["debug"] = context.meta.get("debug") or value


def _silence(_: click.Context, __: click.Parameter, value: bool) -> bool:  # noqa: FBT001 (click calls it so)
    """Print no notices of waiting if the command is quiet."""
    if value:
        listen(ignore)
    return value


def _rejects(lines: str) -> Callable[[Command], Command]:
    """Return the option that writes rejected lines to a file."""
    return click.option("--rejects", metavar="FILE", help=f"Write {lines} to this Parquet file.")


debug_option = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_remember_debug,
    help="Show the traceback of an error.",
)

shards_option = click.option(
    "--shards",
    metavar="N",
    type=click.IntRange(1, 10_000),
    help="Write a directory of N Parquet files, split by host, for tables larger than memory.",
)
scheduler_option = click.option(
    "--scheduler",
    metavar="WHERE",
    shell_complete=scheduler_names,
    default="auto",
    show_default=True,
    help="Where to run. auto: the configured Dask cluster, otherwise local processes if there "
    "is enough work. sync, threads, processes: on this machine. local-cluster: a Dask cluster "
    "on this machine. tcp://HOST:PORT: the Dask cluster there.",
)
workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="Number of processes or threads.  [default: one per processor]",
)

OUTPUT = click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write to FILE: as Parquet, or as the suffix .csv, .json or .ndjson says. - is standard "
    "output.",
)
VERIFY = (
    click.option(
        "--verify",
        type=click.Choice(["ranges", "dns", "none"]),
        default="ranges",
        show_default=True,
        help="How to check that a host is the robot it declares: by the addresses that operators "
        "publish, also by names in DNS, or not at all.",
    ),
    click.option(
        "--lists",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Directory of the operators' lists of addresses.",
    ),
)
SELECTION = (
    click.option(
        "--robot",
        "robot_names",
        metavar="NAME",
        multiple=True,
        help="Only rows of this robot, such as GPTBot (repeatable).",
    ),
    click.option(
        "--purpose",
        "purposes",
        metavar="PURPOSE",
        multiple=True,
        help="Only rows of robots with this purpose, such as ai-training (repeatable).",
    ),
    click.option(
        "--verdict",
        "verdicts",
        type=click.Choice(["verified", "impostor", "unknown"]),
        multiple=True,
        help="Only rows with this verdict (repeatable).",
    ),
    click.option(
        "--since",
        metavar="TIME",
        help="Only rows seen at or after TIME (UTC): 7d, 36h, yesterday or 2026-09-01T12:00.",
    ),
)
LOGS = click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=LogName())
NAMES = (
    click.option(
        "--include",
        metavar="GLOB",
        multiple=True,
        default=DEFAULT_NAMES.include,
        help="Read files matching GLOB in directories (repeatable; replaces the default patterns).",
    ),
    click.option(
        "--exclude",
        metavar="GLOB",
        multiple=True,
        default=DEFAULT_NAMES.exclude,
        help="Skip files matching GLOB in directories and globs (repeatable; replaces the "
        "default patterns).",
    ),
)
FILTERS = (
    click.option(
        "--vhost",
        "vhosts",
        metavar="NAME",
        multiple=True,
        help="Count only requests to this virtual host (repeatable).",
    ),
    click.option(
        "--since",
        metavar="TIME",
        help="Count only requests at or after TIME: 2026-09-01, 2026-09-01T12:00+02:00, or "
        "relative to now, like 7d, 36h, today or yesterday.",
    ),
    click.option("--until", metavar="TIME", help="Count only requests before TIME."),
)
DAMAGES = (
    click.option(
        "--strict",
        is_flag=True,
        help="Fail and write nothing if a log cannot be read, or not completely. By default, "
        "what can be read is used and the exit status is 3.",
    ),
    click.option(
        "--identical",
        type=click.Choice(["count", "skip"]),
        default="count",
        show_default=True,
        help="What to do with a log that holds the same text as another one, at another place.",
    ),
)
FORMATS = (
    click.option(
        "--format",
        "log_format",
        metavar="FORMAT",
        shell_complete=format_names,
        default="auto",
        show_default=True,
        help="Read only lines of this format: a name that findrobots formats lists, a format "
        "string of Apache or nginx, the #Fields: line of a W3C log, or json.",
    ),
    click.option(
        "--fields",
        metavar="NAME=PLACE,...",
        default="",
        help="With --format json: where to find each field, e.g. "
        "host=client.ip,target=path,time=ts.",
    ),
    click.option(
        "--host-field",
        metavar="NAME[:N]",
        default="",
        help="With --format: the field of the client's address, e.g. X-Forwarded-For. Takes the "
        "first address in the list, or the Nth from the right.",
    ),
    click.option(
        "--timezone",
        metavar="NAME",
        shell_complete=timezone_names,
        default="UTC",
        show_default=True,
        help="Time zone of times without an offset, e.g. Europe/Berlin.",
    ),
)
RUNNING = (
    scheduler_option,
    workers_option,
)
PRINTING = (
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        callback=_silence,
        help="Do not print the summary or progress bar. Warnings are printed.",
    ),
    debug_option,
)
SCAN_OPTIONS = (
    LOGS,
    OUTPUT,
    *FORMAT_OPTIONS,
    shards_option,
    click.option(
        "--path",
        "paths",
        metavar="PATH",
        multiple=True,
        default=[ROBOTS_TXT],
        show_default=True,
        help="Path to look for (repeatable).",
    ),
    *NAMES,
    *FILTERS,
    click.option(
        "--update",
        is_flag=True,
        help="Read only new lines of the logs, and add them to the table in the --output file.",
    ),
    *DAMAGES,
    *FORMATS,
    *RUNNING,
    _rejects("lines that contain the path but cannot be parsed"),
    *PRINTING,
)
AUDIT_OPTIONS = (
    LOGS,
    click.option(
        "-o",
        "--output",
        metavar="DIR|FILE",
        help="Write the tables of the audit to the directory DIR, or the table of robots alone to "
        "FILE, which ends in .parquet, .csv, .json or .ndjson. - is standard output.",
    ),
    click.option(
        "--report",
        metavar="FILE",
        help="Write what was found as one HTML page, as findrobots report does.",
    ),
    *FORMAT_OPTIONS,
    click.option(
        "--robots",
        metavar="POLICY",
        multiple=True,
        help="The site's robots.txt: FILE (at all times), DATE=FILE (from a date on), a directory "
        "of dated files, git:REPOSITORY:PATH or https://HOST/robots.txt (repeatable).",
    ),
    *VERIFY,
    *NAMES,
    *FILTERS,
    click.option(
        "--update",
        is_flag=True,
        help="Read only new lines of the logs, and add them to the tables in the --output "
        "directory.",
    ),
    click.option(
        "--rejudge",
        is_flag=True,
        help="Audit all logs again in place of an update, where an earlier request for robots.txt "
        "has appeared.",
    ),
    *DAMAGES,
    *FORMATS,
    *RUNNING,
    _rejects("lines that cannot be parsed"),
    *PRINTING,
)
DOCTOR_OPTIONS = (LOGS, *NAMES, *FORMATS, *RUNNING, *PRINTING)


def scan_options(command: Command) -> Command:
    """Give a command the options of ``findrobots scan``."""
    return _with(SCAN_OPTIONS, command)


def audit_options(command: Command) -> Command:
    """Give a command the options of ``findrobots audit``."""
    return _with(AUDIT_OPTIONS, command)


def doctor_options(command: Command) -> Command:
    """Give a command the options of ``findrobots doctor``."""
    return _with(DOCTOR_OPTIONS, command)


def verify_options(command: Command) -> Command:
    """Give a command the options that say how hosts are verified."""
    return _with(VERIFY, command)


def selection_options(command: Command) -> Command:
    """Give a command the options that select rows."""
    return _with(SELECTION, command)


def output_options(command: Command) -> Command:
    """Give a command the options of where to write a table, and in which format."""
    return _with((*FORMAT_OPTIONS, OUTPUT), command)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    return reduce(lambda function, option: option(function), reversed(options), command)
