"""What a user may tell a command to click's options."""

from collections.abc import Callable
from functools import reduce
from typing import TypedDict, TypeVar

import click

from findrobots.robots.filter import ROBOTS_TXT
from findrobots.storage.discovery import DEFAULT_NAMES

__all__ = [
    "SCAN_HELP",
    "ScanOptions",
    "debug_option",
    "scan_options",
    "scheduler_option",
    "shards_option",
    "workers_option",
]

Command = TypeVar("Command", bound=Callable[..., object])

SCAN_HELP = f"""Find the hosts that asked for robots.txt in the logs at PATH.

A PATH is a file, a glob in quotes, - for standard input, a URL like s3://bucket/logs/,
or a directory: every log in it is read, at any depth. In a directory, names like
{" ".join(DEFAULT_NAMES.include)}
count as logs, those like {" ".join(DEFAULT_NAMES.exclude)} do not. Logs are in any of
the formats that findrobots formats lists, found line by line, as text or compressed with
gzip, bzip2, xz or zstd, whatever their names.

The hosts go to standard output, one a line, sorted; with -o, the whole table with its
evidence goes to a Parquet file instead. A summary goes to standard error.
"""


class ScanOptions(TypedDict):
    """What ``findrobots scan`` is told."""

    patterns: tuple[str, ...]
    output: str | None
    paths: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    vhosts: tuple[str, ...]
    log_format: str
    fields: str
    timezone: str
    host_field: str
    since: str | None
    until: str | None
    shards: int | None
    update: bool
    strict: bool
    scheduler: str
    workers: int | None
    rejects: str | None
    quiet: bool


def _remember_debug(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 (click calls it so)
    context.meta["debug"] = context.meta.get("debug") or value


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
    help="Write a directory of N Parquet files, split by host, in place of one FILE: for "
    "tables larger than memory.",
)
scheduler_option = click.option(
    "--scheduler",
    metavar="[auto|sync|threads|processes|local-cluster|tcp://HOST:PORT]",
    default="auto",
    show_default=True,
    help="Where to run: auto takes the Dask cluster that is configured, else processes where "
    "there is work for more than one; local-cluster starts a cluster here.",
)
workers_option = click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many processes or threads.  [default: one for each processor]",
)

SCAN_OPTIONS = (
    click.argument("patterns", metavar="PATH...", nargs=-1, required=True),
    click.option(
        "-o", "--output", metavar="FILE", help="Write the host table to this FILE: Parquet."
    ),
    shards_option,
    click.option(
        "--path",
        "paths",
        metavar="PATH",
        multiple=True,
        default=[ROBOTS_TXT],
        show_default=True,
        help="Look for requests for this path instead; may be given several times.",
    ),
    click.option(
        "--include",
        metavar="GLOB",
        multiple=True,
        default=DEFAULT_NAMES.include,
        help="In directories, take files of this name instead; may be given several times.",
    ),
    click.option(
        "--exclude",
        metavar="GLOB",
        multiple=True,
        default=DEFAULT_NAMES.exclude,
        help="In directories and globs, leave out files of this name instead; likewise.",
    ),
    click.option(
        "--vhost",
        "vhosts",
        metavar="NAME",
        multiple=True,
        help="Count requests to this virtual host alone; may be given several times.",
    ),
    click.option(
        "--since",
        metavar="TIME",
        help="Count requests from this time on, like 2026-09-01 or 2026-09-01T12:00+02:00.",
    ),
    click.option("--until", metavar="TIME", help="Count requests before this time, likewise."),
    click.option(
        "--update",
        is_flag=True,
        help="Read only what is new in the logs, and add it to the table in the --output FILE.",
    ),
    click.option(
        "--strict",
        is_flag=True,
        help="Write nothing where a log is damaged. Else what can be read counts, and the exit "
        "status is 3.",
    ),
    click.option(
        "--format",
        "log_format",
        metavar="FORMAT",
        default="auto",
        show_default=True,
        help="Read lines of this format alone: one that findrobots formats lists, a format "
        "string of Apache or nginx, the #Fields: line of a W3C log, or json.",
    ),
    click.option(
        "--fields",
        metavar="NAME=PLACE,...",
        default="",
        help="With --format json: where fields stand, like host=client.ip,target=path,time=ts.",
    ),
    click.option(
        "--host-field",
        metavar="NAME[:N]",
        default="",
        help="With a --format: take the host from this field, like X-Forwarded-For; of several "
        "clients there the first, or the N-th from the right.",
    ),
    click.option(
        "--timezone",
        metavar="NAME",
        default="UTC",
        show_default=True,
        help="Read times that have no offset in this time zone, like Europe/Berlin.",
    ),
    scheduler_option,
    workers_option,
    click.option(
        "--rejects",
        metavar="FILE",
        help="Write the lines that mention the path but cannot be parsed to this Parquet file.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="Print no summary and no progress."),
    debug_option,
)


def scan_options(command: Command) -> Command:
    """Give a command the options of ``findrobots scan``."""
    return reduce(lambda function, option: option(function), reversed(SCAN_OPTIONS), command)
