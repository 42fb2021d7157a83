"""Keep a host table in one file, in shards, or in memory alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple, Protocol

from findrobots.jobs.shuffle import spill_shards, write_shards
from findrobots.robots.filter import RequestFilter
from findrobots.running.runner import Runner
from findrobots.tables.export import write_text
from findrobots.tables.host_table import (
    HostTable,
    Totals,
    check_same_filter,
    count_hosts,
    empty_host_table,
)
from findrobots.tables.parquet import read_table, write_host_table, write_table
from findrobots.tables.results import ScanResult, Spill
from findrobots.tables.shards import list_shards, read_ledger
from findrobots.tables.spill import SpillDirectory
from findrobots.writing.atomic import Outputs, StrPath, Writer, exists, reserve_outputs
from findrobots.writing.directory import OutputDirectory, reserve_directory

__all__ = ["TableStore", "open_store", "reject_writers"]

Waiting = Callable[[StrPath], object]


class TableStore(Protocol):
    """Where a scan reads the table that it updates, and writes the new one."""

    @property
    def spill(self) -> Spill | None:
        """What writes hosts to the disk while the scan runs, if anything does."""

    def check_access(self, runner: Runner) -> None:
        """Raise ``WorkerAccessError`` if a worker cannot write here."""

    def read(self, request_filter: RequestFilter) -> HostTable:
        """Return the table to start with: an empty one, or the existing one for an update."""

    def write(self, table: HostTable, result: ScanResult, runner: Runner) -> Totals:
        """Write the table and the rejected lines; each replaces the old one whole."""


@contextmanager
def open_store(  # noqa: PLR0913 (the outputs of a scan, and how to write them)
    output: StrPath | None,
    *,
    rejects: StrPath | None = None,
    shards: int | None = None,
    update: bool = False,
    table_format: str = "parquet",
    waiting: Waiting = lambda _: None,
) -> Iterator[TableStore]:
    """Reserve the outputs of a scan, so that no other run writes them until the end.

    Parameters
    ----------
    output
        The table: a file, with ``shards`` a directory, or None for memory alone.
    rejects
        A file for the rejected lines.
    shards
        How many files to split the table into.
    update
        Whether the table is built on the existing one.
    table_format
        The format of the table.
    waiting
        Called with an output that another run is writing, before waiting for it.

    Raises
    ------
    OutputError
        An output cannot be written.
    """
    with ExitStack() as stack:
        if shards and output:
            directory = stack.enter_context(
                reserve_directory(output, other_output=rejects, waiting=waiting)
            )
            files = stack.enter_context(
                reserve_outputs([rejects] if rejects else [], waiting=waiting)
            )
            yield _ShardStore(directory, shards, files, rejects, update)
        else:
            paths = [path for path in (output, rejects) if path]
            formats = {output: table_format} if output else {}
            files = stack.enter_context(
                reserve_outputs(paths, waiting=waiting, if_unchanged=update, formats=formats)
            )
            yield _FileStore(output, files, rejects, update, table_format)


class _FileStore(NamedTuple):
    """A table in one file, or in memory alone."""

    output: StrPath | None
    files: Outputs
    rejects: StrPath | None
    update: bool
    table_format: str
    spill: Spill | None = None

    def check_access(self, runner: Runner) -> None:
        """Do nothing: workers send their hosts here."""

    def read(self, request_filter: RequestFilter) -> HostTable:
        if self.update and self.output and exists(self.output):
            return _to_update(self.output, read_table(self.output), request_filter)
        return empty_host_table(request_filter)

    def write(self, table: HostTable, result: ScanResult, runner: Runner) -> Totals:  # noqa: ARG002 (as TableStore has it)
        writers = reject_writers(self.rejects, result)
        if self.output:
            writers[self.output] = (
                partial(write_host_table, table)
                if self.table_format == "parquet"
                else partial(write_text, table.hosts, self.table_format)
            )
        self.files.write(writers)
        return count_hosts(table.hosts)


class _ShardStore(NamedTuple):
    """A table in a directory of Parquet files, split by host, larger than memory perhaps."""

    directory: OutputDirectory
    shards: int
    files: Outputs
    rejects: StrPath | None
    update: bool

    @property
    def spill_directory(self) -> SpillDirectory:
        return SpillDirectory(str(self.directory.scratch), self.shards)

    @property
    def spill(self) -> Spill | None:
        return self.spill_directory.spill

    def check_access(self, runner: Runner) -> None:
        runner.check_access([str(self.directory.temporary)])

    def read(self, request_filter: RequestFilter) -> HostTable:
        target = self.directory.target
        if self.update and exists(target):
            return _to_update(target, read_ledger(target), request_filter)
        return empty_host_table(request_filter)

    def write(self, table: HostTable, result: ScanResult, runner: Runner) -> Totals:
        spill_files, target = list(result.spill_files), self.directory.target
        if self.update and exists(target):
            spill_files += spill_shards(list_shards(target), self.spill_directory, runner)
        totals = write_shards(spill_files, table, self.directory, shards=self.shards, runner=runner)
        self.files.write(reject_writers(self.rejects, result))
        self.directory.commit()
        return totals


def _to_update(path: StrPath, table: HostTable, request_filter: RequestFilter) -> HostTable:
    check_same_filter([(str(path), table.request_filter), ("this scan", request_filter)])
    return table


def reject_writers(path: StrPath | None, result: ScanResult) -> dict[StrPath, Writer]:
    """Return what writes the rejected lines to a path; nothing without a path."""
    return {path: partial(write_table, result.rejects)} if path else {}
