"""Read the options that commands which read logs have in common, and end their runs."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypedDict

import click

from findrobots.cli.console import echo, quiet_scheduler

if TYPE_CHECKING:
    from findrobots.cli.alerts import Outcome
    from findrobots.flow import ScanOptions
    from findrobots.formats import Dialect
    from findrobots.storage.discovery import NamePatterns
    from findrobots.writing.atomic import StrPath

__all__ = ["CountOptions", "JobFields", "LogOptions", "finish", "job_fields", "read_dialect"]

# The exit status if a log could not be read, or not completely: what was read counts.
DAMAGED = 3
# Rejected lines that are kept for the summary, which shows the first few.
REJECTS_SHOWN = 10


class LogOptions(TypedDict):
    """The options of all commands that read logs, as click passes them."""

    logs: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    log_format: str
    fields: str
    host_field: str
    timezone: str
    scheduler: str
    workers: int | None


class CountOptions(LogOptions):
    """The options of all commands that count requests, as click passes them."""

    vhosts: tuple[str, ...]
    since: str | None
    until: str | None
    update: bool
    strict: bool
    identical: str
    rejects: str | None


class JobFields(TypedDict):
    """The fields that a ``ScanJob`` and an ``AuditJob`` have in common."""

    logs: tuple[str, ...]
    options: "ScanOptions"
    names: "NamePatterns"
    update: bool
    strict: bool
    identical: str
    rejects: "StrPath | None"
    scheduler: object
    workers: int | None


def read_dialect(options: LogOptions) -> "Dialect":
    """Return how lines are parsed."""
    from findrobots.formats import Dialect

    return Dialect(
        options["log_format"], options["fields"], options["timezone"], options["host_field"]
    )


def job_fields(options: CountOptions, paths: Sequence[str]) -> JobFields:
    """Return the fields of a job that these options give, to count requests for some paths.

    Raises
    ------
    UsageError
        An option has a wrong value.
    """
    from findrobots.flow import ScanOptions
    from findrobots.jobs.build import MAX_REJECTS
    from findrobots.robots.filter import make_filter
    from findrobots.robots.times import check_lasting
    from findrobots.storage.discovery import NamePatterns

    since, until = options["since"], options["until"]
    if options["update"]:
        check_lasting(since=since, until=until)
    return {
        "logs": options["logs"],
        "options": ScanOptions(
            request_filter=make_filter(
                paths,
                vhosts=options["vhosts"],
                since=since,
                until=until,
                timezone=options["timezone"],
            ),
            dialect=read_dialect(options),
            max_rejects=MAX_REJECTS if options["rejects"] else REJECTS_SHOWN,
        ),
        "names": NamePatterns(options["include"], options["exclude"]),
        "update": options["update"],
        "strict": options["strict"],
        "identical": options["identical"],
        "rejects": options["rejects"],
        "scheduler": quiet_scheduler(options["scheduler"]),
        "workers": options["workers"],
    }


def finish(outcome: "Outcome", *, written: "Iterable[StrPath | None]" = (), quiet: bool) -> None:
    """Print the warnings of a run, and what it wrote.

    Raises
    ------
    click.exceptions.Exit
        A log or directory could not be read, or not completely: the command exits with 3.
    """
    from findrobots.cli.alerts import alert_lines
    from findrobots.tables.results import describe_damage

    for line in alert_lines(outcome):
        echo(line, err=True)
    for path in () if quiet else filter(None, written):
        echo(f"{path} written", err=True)
    if outcome.unlisted or describe_damage(outcome.result.sources):
        raise click.exceptions.Exit(DAMAGED)
