"""Faults to one clear line each: it names the thing and the mend."""

from typing import ClassVar

from findrobots.sanitize import printable, without_credentials

__all__ = [
    "ClusterError",
    "DamagedLogsError",
    "DamagedLogsWarning",
    "FilterMismatchError",
    "FindrobotsError",
    "FormatError",
    "InvalidPathError",
    "KilledWorkersError",
    "ListingError",
    "LogNotFoundError",
    "MissingExtraError",
    "MissingLedgerError",
    "MissingResultsError",
    "NoLogsError",
    "NotAHostTableError",
    "NotRereadableError",
    "OutputError",
    "OverlapError",
    "SchedulerError",
    "TimeBoundError",
    "TimezoneError",
    "UnreachableError",
    "UsageError",
    "WorkerAccessError",
    "WorkerDiedError",
    "WorkerVersionError",
]


class FindrobotsError(Exception):
    """Base of every fault this package raises; ``str()`` of one is a single line.

    A leaf is a row: its template, filled from the arguments it is raised with. The
    arguments go to ``Exception`` whole, so that a fault survives the way back from a
    worker process. No credentials of a URL are told.
    """

    template: ClassVar[str] = "{}"

    def __str__(self) -> str:
        return printable(without_credentials(self.template.format(*self.args)))


class UsageError(FindrobotsError):
    """Base of the faults that lie in what was asked for, whatever the logs hold."""


class LogNotFoundError(FindrobotsError):
    """A pattern names nothing that is there. Argument: the pattern."""

    template = "{}: no such file or directory; check the path (a glob goes in quotes)"


class MissingExtraError(FindrobotsError):
    """What reads URLs of some scheme is not installed. Arguments: the URL, the mend."""

    template = "{}: what reads such URLs is not installed; {}"


class UnreachableError(FindrobotsError):
    """A URL gives no answer, or a refusal. Arguments: the URL, why."""

    template = "{}: cannot be reached ({}); check the address, the network and the credentials"


class NoLogsError(FindrobotsError):
    """What was named holds no log. Arguments: the patterns, the names looked for."""

    template = "{}: no logs there; names looked for are {}, others go with --include"


class DamagedLogsError(FindrobotsError):
    """Logs could not be read to their end. Arguments: how many, the first with its reason."""

    template = (
        "{} could not be read wholly ({}), so nothing is written; mend it, leave it out with "
        "--exclude, or take what can be read, without --strict"
    )


class DamagedLogsWarning(UserWarning):
    """Logs could not be read wholly: what can be, is. Argument: each, with its reason."""


class MissingResultsError(FindrobotsError):
    """Logs are missing from a result. Arguments: how many are missing, how many there are."""

    template = (
        "{} of {} logs did not come back from their workers, so nothing is written; "
        "this is a fault of findrobots, please report it with what --scheduler sync does"
    )


class InvalidPathError(UsageError):
    """A path that no request line can hold. Argument: the path."""

    template = (
        "--path {}: a request path begins with / and holds no space, quote, backslash, "
        "control character or query; give it as the log writes it"
    )


class FormatError(UsageError):
    """A format of logs that cannot be. Arguments: what was given, why not."""

    template = "--format '{}': {}"


class SchedulerError(UsageError):
    """A scheduler that does not exist. Arguments: its name, the names there are."""

    template = "--scheduler {}: there is none of that name; choose one of {}"


class ClusterError(FindrobotsError):
    """A Dask cluster that cannot be used. Arguments: its address, why, the mend."""

    template = "--scheduler {}: {}; {}"


class WorkerVersionError(FindrobotsError):
    """A cluster's worker runs something else. Arguments: its address, what, what runs here."""

    template = "worker {} {}, and here runs {}; install the same there"


class WorkerAccessError(FindrobotsError):
    """A cluster's worker cannot come to a place. Arguments: its address, why, the mend."""

    template = "worker {} {}; {}"


class KilledWorkersError(FindrobotsError):
    """Workers of a cluster died over one task. Arguments: how many, what they did."""

    template = (
        "{} workers died while they {}, killed perhaps for want of memory, so nothing is "
        "written; give workers more, or leave it out with --exclude"
    )


class TimezoneError(UsageError):
    """A time zone that does not exist. Argument: its name."""

    template = "--timezone {}: there is none of that name; give one like Europe/Berlin"


class TimeBoundError(UsageError):
    """A time that bounds nothing. Arguments: its option, the time, why or the mend."""

    template = "{} {}: {}"


class NotRereadableError(UsageError):
    """A source can be read once only. Argument: its path."""

    template = "{}: --update reads a log twice, first to know it; name a file, or a URL"


class MissingLedgerError(FindrobotsError):
    """A table does not say which logs it counts. Arguments: its path, the version that wrote it."""

    template = (
        "{}: findrobots {} wrote it without a ledger of the logs it counts; "
        "scan them anew with findrobots scan -o"
    )


class OverlapError(FindrobotsError):
    """Tables count the same log. Arguments: one table, its log; the other, its log."""

    template = (
        "{} and {} overlap: {} and {} are the same log; merge tables of other logs, "
        "or count it twice with --overlapping"
    )


class FilterMismatchError(FindrobotsError):
    """Tables count other requests. Arguments: one table, what it counts, the other, likewise."""

    template = "{} counts {}, but {} counts {}; only tables of the same requests add up"


class OutputError(FindrobotsError):
    """A file cannot be written. Arguments: its path, why, and the mend."""

    template = "{}: cannot be written ({}); {}"


class ListingError(FindrobotsError):
    """A directory cannot be listed. Arguments: its path, why."""

    template = "{}: cannot be listed ({}); make it readable, or name what is to be read beside it"


class NotAHostTableError(FindrobotsError):
    """What was named is no host table, or not all of one. Arguments: its path, why."""

    template = "{}: not a table of robot hosts ({}); give what findrobots scan -o wrote, all of it"


class WorkerDiedError(FindrobotsError):
    """A worker process ended before its work.

    Arguments: how many workers there were, what the one was doing, what else may mend it.
    """

    template = (
        "one of {} worker processes died{}, killed perhaps for want of memory; "
        "try fewer --workers, or {}"
    )
