"""Commands to the flow to what they print."""

import os
import shutil
import sys
import time
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Unpack

import click

from pipeline.credentials import without_credentials
from pipeline.errors import OutputError
from pipeline.options import SCAN_HELP, ScanOptions, debug_option, scan_options
from pipeline.outputs import Claim, StrPath, check_apart, claim
from pipeline.sources import Names, Source, find_sources
from pipeline.terminal import printable

if TYPE_CHECKING:
    from pipeline.findings import Findings
    from pipeline.formats import Dialect

__all__ = ["cli"]

# Rejected lines kept for the summary, which shows the first few.
REJECTS_KEPT = 10
# Hosts that ``show`` prints where nothing else is said.
HOSTS_SHOWN = 20


@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="findrobots", message="%(prog)s %(version)s")
@debug_option
def cli() -> None:
    """Find the robots among a web site's visitors: the hosts that asked for robots.txt."""


@cli.command(help=SCAN_HELP)
@scan_options
def scan(**options: Unpack[ScanOptions]) -> None:
    """Find the hosts, write or print them, and sum up."""
    outputs = [path for path in (options["output"], options["rejects"]) if path]
    with claim(outputs, waiting=partial(_tell_waiting, quiet=options["quiet"])) as claimed:
        began = time.perf_counter()
        sources = find_sources(options["patterns"], Names(options["include"], options["exclude"]))
        check_apart(outputs, [source.path for source in sources])
        findings = _scan(sources, options)
        _write(findings, claimed, options)
    _report(findings, options, seconds=time.perf_counter() - began, written=outputs)


def _tell_waiting(path: StrPath, *, quiet: bool) -> None:
    if not quiet:
        place = printable(os.fspath(path))
        print(f"findrobots: waiting for another run that writes {place}", file=sys.stderr)


def _scan(sources: list[Source], options: ScanOptions) -> "Findings":
    """Scan the logs as the options say, with a progress bar."""
    # Imported only now: --help and a wrong PATH need not wait for Dask and Arrow.
    from pipeline.flow import scan as scan_sources  # noqa: PLC0415
    from pipeline.progress import progress_bar  # noqa: PLC0415
    from pipeline.schedulers import CPU_COUNT, Scheduler  # noqa: PLC0415

    with progress_bar(sum(source.size for source in sources), shown=not options["quiet"]) as meter:
        return scan_sources(
            sources,
            options["paths"],
            vhosts=options["vhosts"],
            dialect=_dialect(options),
            scheduler=Scheduler(options["scheduler"], options["workers"] or CPU_COUNT),
            most_rejects=None if options["rejects"] else REJECTS_KEPT,
            meter=meter,
        )


def _write(findings: "Findings", claimed: Claim, options: ScanOptions) -> None:
    """Write the tables that a file was asked for."""
    from pipeline.parquet import write_table  # noqa: PLC0415 (--help need not wait)

    tables = {options["output"]: findings.hosts, options["rejects"]: findings.rejects}
    claimed.write({path: partial(write_table, table) for path, table in tables.items() if path})


def _dialect(options: ScanOptions) -> "Dialect":
    from pipeline.formats import Dialect  # noqa: PLC0415

    return Dialect(
        options["log_format"], options["fields"], options["timezone"], options["host_field"]
    )


def _report(
    findings: "Findings", options: ScanOptions, *, seconds: float, written: list[str]
) -> None:
    """Print the hosts that no file was asked for, and sum up."""
    from pipeline.display import host_lines, summary_lines  # noqa: PLC0415

    if not options["output"]:
        _print(host_lines(findings.hosts))
    if not options["quiet"]:
        shown = [without_credentials(path) for path in written]
        lines = summary_lines(findings, options["paths"], seconds=seconds, written=shown)
        for line in lines:
            print(line, file=sys.stderr)


@cli.command()
@click.argument("table", metavar="TABLE")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many hosts to print.  [default: 20; with --csv all]",
)
@click.option(
    "--sort",
    metavar="COLUMN",
    default="requests",
    show_default=True,
    help="The column to sort by: the largest or newest first, text from A to Z.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for other programs.")
@debug_option
def show(table: str, limit: int | None, sort: str, *, as_csv: bool) -> None:
    """Print the host table in the Parquet file TABLE, the busiest hosts first."""
    # --help need not wait for these.
    from pipeline.display import SORTABLE, csv_texts, table_lines  # noqa: PLC0415
    from pipeline.parquet import read_hosts  # noqa: PLC0415

    if sort not in SORTABLE:
        message = f"{sort!r} is no column to sort by; choose one of {', '.join(SORTABLE)}"
        raise click.BadParameter(message, param_hint="--sort")
    hosts = read_hosts(table)
    if as_csv:
        _print(csv_texts(hosts, sort=sort, limit=limit), end="")
        return
    limit = limit or HOSTS_SHOWN
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    _print(table_lines(hosts, sort=sort, limit=limit, width=width))
    if hosts.num_rows > limit:
        note = f"{limit:,} of {hosts.num_rows:,} hosts; --limit {hosts.num_rows} prints all"
        print(note, file=sys.stderr)


@cli.command()
@debug_option
def formats() -> None:
    """List the formats of logs that are read, each with an example."""
    from pipeline.display import format_lines  # noqa: PLC0415 (--help need not wait)
    from pipeline.formats import FORMATS  # noqa: PLC0415

    _print(format_lines(FORMATS))


def _print(lines: Iterable[str], *, end: str = "\n") -> None:
    """Print lines to standard output, for as long as somebody reads them."""
    try:
        sys.stdout.writelines(f"{line}{end}" for line in lines)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer has to go somewhere when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # its reader, head perhaps, has all it wants
            where = sys.stdout.name.strip("<>")
            raise OutputError(where, error.strerror, "send it elsewhere") from error
