"""Build a host table from logs: find them, scan them, write the table."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass

from findrobots.errors import (
    ListingError,
    LogNotFoundError,
    MissingOutputError,
    NoLogsError,
    OutputError,
)
from findrobots.flow import ScanOptions
from findrobots.jobs.advice import list_warnings, raise_if_not_understood
from findrobots.jobs.outcome import ScanOutcome
from findrobots.jobs.scan import raise_for_damage
from findrobots.jobs.store import open_store
from findrobots.jobs.update import update_table
from findrobots.running.progress import Progress
from findrobots.running.schedulers import connect
from findrobots.storage.discovery import (
    DEFAULT_NAMES,
    STANDARD_INPUT,
    NamePatterns,
    distinct,
    find_sources,
)
from findrobots.storage.sources import Source, Sources
from findrobots.writing.atomic import StrPath, check_not_a_log
from findrobots.writing.names import check_not_the_logs, choose_format

__all__ = [
    "IDENTICAL",
    "MAX_REJECTS",
    "ProgressBar",
    "ScanJob",
    "build_table",
    "choose_scheduler",
    "list_again",
]

# Rejected lines that are kept: enough to see what is wrong, few enough for memory.
MAX_REJECTS = 100_000

# What can be done with a log whose text is that of another one.
IDENTICAL = ("count", "skip")

DEFAULT_OPTIONS = ScanOptions(max_rejects=MAX_REJECTS)

ProgressBar = Callable[[int], AbstractContextManager[Progress | None]]


@dataclass(frozen=True, slots=True)
class ScanJob:
    """Everything that a scan is asked to do, as parsed from a command line or from arguments.

    Attributes
    ----------
    logs
        Files, directories, globs, URLs; ``-`` is standard input.
    options
        Which requests count, and how lines are parsed.
    names
        Which file names in a directory count as logs.
    output
        The table to write: a file or URL, with ``shards`` a directory; None for none.
    table_format
        The format of the table; by default the suffix of ``output`` decides.
    rejects
        The file or URL for the rejected lines.
    shards
        How many files to split the table into, by host.
    update
        Scan only what the existing table does not count, and add it.
    strict
        Write nothing if a log is damaged.
    identical
        Whether to ``count`` or ``skip`` a log whose text is that of another one.
    scheduler, workers
        Where the scan runs: see ``connect``.
    """

    logs: tuple[str, ...]
    options: ScanOptions = DEFAULT_OPTIONS
    names: NamePatterns = DEFAULT_NAMES
    output: StrPath | None = None
    table_format: str | None = None
    rejects: StrPath | None = None
    shards: int | None = None
    update: bool = False
    strict: bool = False
    identical: str = "count"
    scheduler: object = "auto"
    workers: int | None = None

    def __post_init__(self) -> None:
        if self.output is None:
            for name in ("update", "shards"):
                if getattr(self, name):
                    raise MissingOutputError(name)
        elif self.update and self.written_as != "parquet":
            hint = "name a file that ends in .parquet; findrobots show TABLE -o writes it as CSV"
            raise OutputError(self.output, "only a Parquet table can be updated", hint)
        elif self.shards and self.table_format not in {None, "parquet"}:
            raise OutputError(
                self.output, "shards are Parquet", "name a file, without {argument.shards}"
            )

    @property
    def written_as(self) -> str:
        """Return the format in which the table is written.

        Raises
        ------
        OutputError
            The suffix of the output is unknown, or that of another format.
        """
        if self.output is None or self.shards:
            return self.table_format or "parquet"
        return choose_format(self.output, self.table_format)


def build_table(
    job: ScanJob,
    *,
    waiting: Callable[[StrPath], object] = lambda _: None,
    progress_bar: ProgressBar = lambda _: nullcontext(),
) -> ScanOutcome:
    """Scan logs and write the host table, whole or not at all.

    Parameters
    ----------
    job
        What to do.
    waiting
        Called with an output that another run is writing, before waiting for it.
    progress_bar
        Given the number of stored bytes, returns a context that counts those read.

    Raises
    ------
    FindrobotsError
        A log or output cannot be used, an argument is wrong, a worker died. The outputs are
        then as they were.
    """
    outputs = [path for path in (job.output, job.rejects) if path is not None]
    check_not_the_logs(outputs, job.logs)
    unlisted = list[ListingError]()
    with open_store(
        job.output,
        rejects=job.rejects,
        shards=job.shards,
        update=job.update,
        table_format=job.written_as,
        waiting=waiting,
    ) as store:
        sources = find_sources(job.logs, job.names, unlisted)
        check_not_a_log(outputs, sources)
        with connect(choose_scheduler(job.scheduler, sources), job.workers) as runner:
            store.check_access(runner)
            table = store.read(job.options.request_filter)
            is_new = not table.ledger.num_rows
            options = job.options._replace(
                spill=store.spill, growing=job.update, skip_identical=job.identical == "skip"
            )
            with progress_bar(sum(sources.size)) as progress:
                table, result = update_table(
                    table,
                    sources,
                    options,
                    runner,
                    list_again=lambda: list_again(job.logs, job.names, unlisted),
                    progress=progress,
                )
            if job.strict:
                raise_for_damage(result.sources, unlisted)
            if is_new and not unlisted:
                raise_if_not_understood(result, options.dialect)
            totals = store.write(table, result, runner)
    shards = job.output if job.shards else None
    warnings = tuple(list_warnings(result, job.options))
    return ScanOutcome(table, result, totals, len(sources), shards, tuple(unlisted), warnings)


def choose_scheduler(scheduler: object, sources: Sources) -> object:
    """Return where to run: no other process has this one's standard input."""
    if STANDARD_INPUT in sources.path and scheduler != "threads":
        return "sync"
    return scheduler


def list_again(logs: Sequence[str], names: NamePatterns, unlisted: list[ListingError]) -> Sources:
    """List the logs that are left, some of which were rotated."""
    found = list[Source]()
    for log in logs:
        with suppress(LogNotFoundError, NoLogsError, ListingError):
            found += find_sources(log, names, unlisted)
    return Sources(sorted(distinct(found)))
