"""Define the errors that findrobots raises: named fields, and one line each.

::

    Exception
    └── FindrobotsError              the base: catch this one
        ├── UsageError               a wrong argument, whatever the logs hold
        │   ├── FormatError          a log format, its fields or its host field
        │   ├── InvalidPathError     a request path that no log can contain
        │   ├── MissingOutputError   an option that needs an output
        │   ├── NotRereadableError   an update from a pipe or standard input
        │   ├── SchedulerError       an unknown scheduler
        │   ├── TimeBoundError       a start or an end that is not a valid time
        │   └── TimezoneError        an unknown time zone
        │   reading
        ├── DamagedLogsError         a damaged log, where that is not allowed
        ├── ListingError             a directory that cannot be listed
        ├── LogNotFoundError         a path, glob or URL that matches nothing
        ├── MissingExtraError        a URL whose library is not installed
        ├── NoKnownFormatError       logs without any line of a known format
        ├── NoLogsError              a directory or glob without logs
        ├── UnreachableError         a URL that cannot be reached
        │   tables and outputs
        ├── FilterMismatchError      tables that count different requests
        ├── LedgerVersionError       a table whose ledger is of an earlier version
        ├── MissingLedgerError       a table without a ledger of its logs
        ├── NotAHostTableError       a file that is not a host table
        ├── OutputError              an output that cannot be written
        ├── OverlapError             tables that include the same log
        │   workers
        ├── ClusterError             a Dask cluster that cannot be used
        ├── KilledWorkersError       cluster workers that died on one task
        ├── MissingResultsError      logs without a result
        ├── WorkerAccessError        a cluster worker that cannot access a path
        ├── WorkerDiedError          a local worker process that died
        └── WorkerVersionError       a cluster worker with other versions
    UserWarning
    └── DamagedLogsWarning           logs that could not be read, or not completely
"""

import os
import re
from collections.abc import Callable
from typing import ClassVar, dataclass_transform

from findrobots.sanitize import safe

# Writes an argument, by its name and its value ("" for any), for the reader of a message.
Style = Callable[[str, str], str]

ARGUMENT = re.compile(r"\{argument\.(\w+)(?::(\w+))?\}")


def python_style(name: str, value: str) -> str:
    """Write an argument as in a call of the library.

    >>> python_style("exclude", ""), python_style("scheduler", "sync")
    ('exclude=…', "scheduler='sync'")
    """
    return f"{name}={value!r}" if value else f"{name}=…"


@dataclass_transform(eq_default=False)
class FindrobotsError(Exception):
    """Base of all errors of this package; its ``str()`` is a single line.

    A subclass declares its fields as a dataclass does, and a template of its message. The
    template, and a field named ``hint``, may name arguments: ``{argument.exclude}``, or
    with a value ``{argument.scheduler:sync}``. ``args`` holds all fields, in order, because
    pickle rebuilds an error from them: errors come back from worker processes.

    The message has no credentials of URLs and no control characters.

    Attributes
    ----------
    parameter
        Name of the argument that is wrong; empty if the error does not concern one.
    """

    template = "{message}"
    parameter = ""
    field_names: ClassVar[tuple[str, ...]] = ("message",)

    def __init_subclass__(cls) -> None:
        # Not dataclass(): it takes 5 ms for all of these, at each start of the command.
        cls.field_names = tuple(cls.__annotations__) or cls.field_names

    def __init__(self, *values: object, **named: object) -> None:
        fields = dict(zip(self.field_names, values, strict=False)) | named
        missing = [name for name in self.field_names if not hasattr(type(self), name)]
        if (
            len(values) + len(named) > len(fields)
            or not set(missing) <= fields.keys()
            or not fields.keys() <= set(self.field_names)
        ):
            message = f"{type(self).__name__} takes the fields {', '.join(self.field_names)}"
            raise TypeError(message)
        vars(self).update(fields)
        super().__init__(*(getattr(self, name) for name in self.field_names))

    def __str__(self) -> str:
        return self.describe(python_style)

    def describe(self, style: Style) -> str:
        """Return the message, in one line.

        Parameters
        ----------
        style
            How to write the name of an argument: ``exclude=…`` in Python, ``--exclude`` on
            the command line.
        """

        def written(match: re.Match[str]) -> str:
            return style(match[1], match[2] or "")

        fields = {name: getattr(self, name) for name in self.field_names}
        if "hint" in fields:
            hint = ARGUMENT.sub(written, str(fields["hint"]))
            fields["hint"] = hint[:1].upper() + hint[1:]
        # The template first: a field is untrusted text, in which a brace means nothing.
        text = ARGUMENT.sub(written, self.template).format(**fields)
        return safe(text)


class UsageError(FindrobotsError):
    """Base of the errors in an argument, independent of what the logs hold."""


class FormatError(UsageError):
    """A log format, a list of fields or a host field cannot be used."""

    value: str
    reason: str
    parameter: str = "format"
    template = "'{value}': {reason}."


class InvalidPathError(UsageError):
    """A request path is one that no request line can contain."""

    path: str
    parameter = "path"
    template = (
        "'{path}': a request path begins with / and contains no space, quote, backslash, "
        "control character or query. Write it as the log does."
    )


class MissingOutputError(UsageError):
    """An argument needs an output, and none is given."""

    parameter: str
    template = "Needs a table to write. Give its path with {argument.output}."


class NotRereadableError(UsageError):
    """An update would have to read a pipe, a device or standard input twice."""

    path: str
    parameter = "update"
    template = (
        "'{path}': an update cannot read from a pipe or standard input. Pass a file or a URL."
    )


class SchedulerError(UsageError):
    """There is no scheduler of this name."""

    scheduler: object
    choices: str
    meant: str = ""
    parameter = "scheduler"
    template = "Unknown scheduler '{scheduler}'. Choose one of {choices}.{meant}"


class TimeBoundError(UsageError):
    """The begin or the end of the time range is not a valid time."""

    parameter: str
    time: object
    hint: str
    template = "Invalid time '{time}'. {hint}."


class TimezoneError(UsageError):
    """There is no time zone of this name."""

    timezone: str
    meant: str = ""
    parameter = "timezone"
    template = "Unknown time zone '{timezone}'. Use a name such as Europe/Berlin.{meant}"


class DamagedLogsError(FindrobotsError):
    """Logs could not be read completely, and the run was strict."""

    logs: str
    damages: str
    template = (
        "{logs} could not be read completely ({damages}); nothing written. "
        "Fix, make readable or skip ({argument.exclude}) these, or drop {argument.strict}."
    )


class DamagedLogsWarning(UserWarning):
    """Logs could not be read, or not completely; the readable parts are used."""


class ListingError(FindrobotsError):
    """A directory cannot be listed or entered."""

    path: str
    reason: object
    hint: str
    template = "Cannot read directory {path}: {reason}. {hint}."


class LogNotFoundError(FindrobotsError):
    """A path, a glob or a URL matches nothing."""

    pattern: str
    template = (
        "{pattern}: No such file or directory. Quote globs so that the shell does not expand them."
    )


class MissingExtraError(FindrobotsError):
    """The library that reads this kind of URL is not installed."""

    url: str
    fix: str
    template = "{url}: Support for this kind of URL is not installed. To fix: {fix}"


class NoKnownFormatError(FindrobotsError):
    """No line of any log has a known format."""

    logs: str
    hint: str
    source: str
    line: str
    template = (
        "No line of {logs} has a known format; nothing written. {hint}. "
        "{source}, for example, contains: {line}"
    )


class NoLogsError(FindrobotsError):
    """Directories or globs contain no log."""

    patterns: str
    names: str
    template = (
        "{patterns}: No logs found (looked for {names}). "
        "Use {argument.include} to match other names."
    )


class UnreachableError(FindrobotsError):
    """A URL does not answer, or denies access."""

    url: str
    reason: str
    template = (
        "{url}: Cannot be reached ({reason}). Check the address, the network and the credentials."
    )


class FilterMismatchError(FindrobotsError):
    """Tables to be merged, or a table and a scan, count different requests."""

    table: str
    requests: str
    other_table: str
    other_requests: str
    template = (
        "{table} was built for {requests}, {other_table} for {other_requests}. "
        "Use a separate table for each."
    )


class LedgerVersionError(FindrobotsError):
    """An earlier version wrote a table's ledger, and this version cannot read it."""

    path: str | os.PathLike[str]
    version: str
    template = (
        "{path}: written by findrobots {version}, whose log index this version cannot read. "
        "Scan the logs again: findrobots scan LOG... -o FILE"
    )


class MissingLedgerError(FindrobotsError):
    """A host table has no ledger of its logs, so that it cannot be updated or merged."""

    path: str | os.PathLike[str]
    version: str
    template = (
        "{path}: This table, written by findrobots {version}, has no ledger of its logs. "
        "Rescan the logs with findrobots scan -o."
    )


class NotAHostTableError(FindrobotsError):
    """A file or a directory is not a host table, or not a complete one."""

    path: str | os.PathLike[str]
    reason: object
    template = (
        "{path}: Not a findrobots table ({reason}). Pass the complete output of findrobots scan -o."
    )


class OutputError(FindrobotsError):
    """A file cannot be written."""

    path: object
    reason: object
    hint: str
    template = "Cannot write {path}: {reason}. {hint}."


class OverlapError(FindrobotsError):
    """Tables to be merged include the same log."""

    table: str
    other_table: str
    log: str
    other_log: str
    template = (
        "{table} and {other_table} overlap: {log} and {other_log} are the same log. "
        "Merge tables of different logs, or count it twice with {argument.allow_overlap}."
    )


class ClusterError(FindrobotsError):
    """A Dask cluster cannot be used."""

    address: object
    reason: str
    hint: str
    parameter = "scheduler"
    template = "{address}: {reason}. {hint}"  # without a full stop: a hint may end in a command


class KilledWorkersError(FindrobotsError):
    """Workers of a cluster died, one after another, on the same task."""

    workers: int
    activity: str
    template = (
        "{workers} workers died while they {activity}, possibly out of memory; nothing written. "
        "Give workers more memory, or skip the log with {argument.exclude}."
    )


class MissingResultsError(FindrobotsError):
    """Workers returned no result for some logs."""

    missing: int
    logs: int
    template = (
        "{missing} of {logs} logs have no result from their workers; nothing written. This is "
        "a bug in findrobots: report it, with what {argument.scheduler:sync} does."
    )


class WorkerAccessError(FindrobotsError):
    """A worker of a cluster cannot access a log or a directory."""

    worker: str
    lack: str
    hint: str
    template = "Worker {worker} {lack}. {hint}."


class WorkerDiedError(FindrobotsError):
    """A worker process of this machine died."""

    workers: int
    activity: str
    hint: str
    template = (
        "One of {workers} worker processes died unexpectedly{activity}, possibly out of memory. "
        "{hint}, or use fewer workers ({argument.workers})."
    )


class WorkerVersionError(FindrobotsError):
    """A worker of a cluster has other versions than this machine, or lacks findrobots."""

    worker: str
    there: str
    here: str
    template = (
        "Version mismatch: worker {worker} {there}, this machine has {here}. "
        "Install the same versions on both."
    )
