"""The command ``scan`` to what it writes and prints."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import click

from findrobots.cli.console import echo, ignore, print_lines, print_waiting
from findrobots.cli.options import SCAN_HELP, ScanOptions, scan_options
from findrobots.storage.discovery import NamePatterns, Source, find_sources
from findrobots.writing.atomic import (
    Outputs,
    StrPath,
    Writer,
    check_not_a_log,
    exists,
    reserve_outputs,
)
from findrobots.writing.directory import OutputDirectory, reserve_directory

if TYPE_CHECKING:
    from findrobots.running.schedulers import Scheduler
    from findrobots.tables.host_table import HostTable, Totals
    from findrobots.tables.results import ScanResult, Spill

__all__ = ["DAMAGED", "scan"]

# The exit status where logs were damaged: what could be read was, and is written.
DAMAGED = 3

# What needs an output, and what it does with it.
PURPOSES = {"update": "updates", "shards": "writes"}

# Rejected lines kept: for the summary, which shows the first few, and for their file. With
# so many it is known what is wrong, and memory is bounded.
REJECTS_SUMMED_UP = 10
MAX_REJECTS = 100_000


@click.command(help=SCAN_HELP)
@scan_options
def scan(**options: Unpack[ScanOptions]) -> None:
    """Find the hosts, write or print them, and sum up."""
    for option in ("update", "shards"):
        if options[option] and not options["output"]:
            message = f"--{option} needs the table that it {PURPOSES[option]}; name it with -o"
            raise click.UsageError(message)
    with _claim(options) as (outputs, folder):
        began = time.perf_counter()
        sources = find_sources(
            options["patterns"], NamePatterns(options["include"], options["exclude"])
        )
        check_not_a_log(outputs.places, [source.path for source in sources])
        with _connected(options) as scheduler:
            if folder:
                scheduler.check_access(str(folder.made))
            table, result = _scan(sources, options, folder, scheduler)
            totals = _write_shards(table, result, folder, options, scheduler) if folder else None
        outputs.write(_fills(table, result, options))
        if folder:
            folder.commit()
    seconds = time.perf_counter() - began
    _report(table, result, options, sources=len(sources), seconds=seconds, totals=totals)


@contextmanager
def _claim(options: ScanOptions) -> Iterator[tuple[Outputs, OutputDirectory | None]]:
    """Claim the files that are asked for, and the directory for shards."""
    waiting = ignore if options["quiet"] else print_waiting
    output, rejects = options["output"], options["rejects"]
    with ExitStack() as held:
        folder = None
        if options["shards"] and output:
            folder = held.enter_context(reserve_directory(output, apart=rejects, waiting=waiting))
        files = [path for path in (None if folder else output, rejects) if path]
        yield (
            held.enter_context(
                reserve_outputs(files, waiting=waiting, building_on=options["update"])
            ),
            folder,
        )


def _connected(options: ScanOptions) -> "AbstractContextManager[Scheduler]":
    """Hold a connection to the cluster, if one is asked for: it scans, and it writes shards."""
    # Imported only now: --help and a wrong PATH need not wait for Dask and Arrow.
    from findrobots.running.schedulers import CPU_COUNT, Scheduler

    return Scheduler(options["scheduler"], options["workers"] or CPU_COUNT).connected()


def _scan(
    sources: list[Source],
    options: ScanOptions,
    folder: OutputDirectory | None,
    scheduler: "Scheduler",
) -> "tuple[HostTable, ScanResult]":
    """Scan the logs as the options say, with a progress bar."""
    from findrobots.cli.progress_bar import progress_bar
    from findrobots.jobs.scan import raise_for_damage
    from findrobots.jobs.scan import scan as scan_all
    from findrobots.tables.host_table import add

    table = _begin(options)
    with progress_bar(sum(source.size for source in sources), shown=not options["quiet"]) as meter:
        how = _how(options) | {"scheduler": scheduler, "meter": meter}
        how["spill"] = _spill(folder, options)
        if options["update"]:
            from findrobots.jobs.update import update

            table, result = update(table, sources, **how)
        else:
            result = scan_all(sources, table.request_filter, **how)
            table = add(table, result)
    if options["strict"]:
        raise_for_damage(result.sources)
    return table, result


def _begin(options: ScanOptions) -> "HostTable":
    """Return the table to begin with: the one that stands, to update it, or one of nothing."""
    from findrobots.robots.filter import make_filter
    from findrobots.tables.host_table import check_same_filter, empty_host_table

    request_filter = make_filter(
        options["paths"],
        vhosts=options["vhosts"],
        since=options["since"],
        until=options["until"],
        timezone=options["timezone"],
    )
    if not options["update"] or not options["output"] or not exists(options["output"]):
        return empty_host_table(request_filter)
    from findrobots.tables.parquet import read_table
    from findrobots.tables.shards import read_ledger

    table = (read_ledger if options["shards"] else read_table)(options["output"])
    check_same_filter([(options["output"], table.request_filter), ("this scan", request_filter)])
    return table


def _how(options: ScanOptions) -> dict[str, Any]:
    """Return how the options say to scan."""
    from findrobots.formats import Dialect

    dialect = Dialect(
        options["log_format"], options["fields"], options["timezone"], options["host_field"]
    )
    return {
        "dialect": dialect,
        "max_rejects": MAX_REJECTS if options["rejects"] else REJECTS_SUMMED_UP,
    }


def _spill(folder: OutputDirectory | None, options: ScanOptions) -> "Spill | None":
    """Return what puts hosts on the disk, where shards are asked for."""
    from findrobots.tables.spill import SpillDirectory

    return SpillDirectory(str(folder.scratch), options["shards"] or 1).spill if folder else None


def _fills(table: "HostTable", result: "ScanResult", options: ScanOptions) -> dict[StrPath, Writer]:
    """Return the files that are asked for, each with what fills it."""
    from findrobots.tables.parquet import write_host_table, write_table

    fills: dict[StrPath, Writer] = {}
    if options["output"] and not options["shards"]:
        fills[options["output"]] = partial(write_host_table, table)
    if options["rejects"]:
        fills[options["rejects"]] = partial(write_table, result.rejects)
    return fills


def _write_shards(
    table: "HostTable",
    result: "ScanResult",
    folder: OutputDirectory,
    options: ScanOptions,
    scheduler: "Scheduler",
) -> "Totals":
    """Merge what was found with the shards that stand there, if these are updated."""
    from findrobots.jobs.shuffle import spill_shards, write_shards
    from findrobots.tables.shards import list_shards
    from findrobots.tables.spill import SpillDirectory

    count = options["shards"] or 1
    fragments = list(result.spill_files)
    if options["update"] and exists(folder.target):
        split = SpillDirectory(str(folder.scratch), count)
        fragments += spill_shards(list_shards(folder.target), split, scheduler)
    return write_shards(fragments, table, folder, shards=count, scheduler=scheduler)


def _report(  # noqa: PLR0913 (options all but the first three)
    table: "HostTable",
    result: "ScanResult",
    options: ScanOptions,
    *,
    sources: int,
    seconds: float,
    totals: "Totals | None",
) -> None:
    """Print the hosts that no file was asked for, sum up, and say if logs were damaged."""
    from findrobots.cli.display import host_lines
    from findrobots.cli.summary import summary_lines
    from findrobots.tables.results import describe_damage

    if not options["output"]:
        print_lines(host_lines(result.hosts))
    if not options["quiet"]:
        updated = options["update"]
        for line in summary_lines(
            result, table, sources=sources, updated=updated, seconds=seconds, totals=totals
        ):
            echo(line, err=True)
        for path in filter(None, (options["output"], options["rejects"])):
            echo(f"{path} written", err=True)
    if describe_damage(result.sources):
        raise click.exceptions.Exit(DAMAGED)
