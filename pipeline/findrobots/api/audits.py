"""Audit logs from Python."""

from collections.abc import Mapping
from pathlib import Path

from findrobots.api.warn import warn_caller
from findrobots.arguments import (
    Strings,
    StrPaths,
    Time,
    choice,
    count,
    name_patterns,
    optional_path,
    paths,
    scan_options,
    typed,
)
from findrobots.jobs.audit import VERIFY, AuditJob, audit_logs
from findrobots.jobs.audit_outcome import AuditOutcome
from findrobots.jobs.build import IDENTICAL, MAX_REJECTS
from findrobots.robots.filter import ROBOTS_TXT
from findrobots.robots.times import check_lasting
from findrobots.storage.discovery import DEFAULT_NAMES
from findrobots.writing.atomic import StrPath

__all__ = ["audit"]


def audit(  # noqa: PLR0913 (the command's options)
    logs: StrPaths,
    *,
    output: StrPath | None = None,
    robots: StrPaths = (),
    verify: str = "ranges",
    lists: StrPath | None = None,
    update: bool = False,
    rejudge: bool = False,
    vhost: Strings = (),
    since: Time = None,
    until: Time = None,
    format: str = "auto",  # noqa: A002 (the command's own word)
    fields: str | Mapping[str, str] = "",
    host_field: str = "",
    timezone: str = "UTC",
    include: Strings = DEFAULT_NAMES.include,
    exclude: Strings = DEFAULT_NAMES.exclude,
    strict: bool = False,
    identical: str = "count",
    rejects: StrPath | None = None,
    scheduler: object = "auto",
    workers: int | None = None,
) -> AuditOutcome:
    """Report what robots did, whether they are genuine, and whether they kept to robots.txt.

    All lines of the logs are read.

    Parameters
    ----------
    logs : str, os.PathLike or iterable of them
        Files, directories, globs and URLs; not standard input, which cannot be read twice.
    output : str or os.PathLike, optional
        Write the tables of robots, visits and violations to this directory.
    robots : str, os.PathLike or iterable of them
        The site's robots.txt, so that requests are judged: a file (at all times), ``DATE=FILE``
        (from a date on), a directory of dated files, ``git:REPOSITORY:PATH`` or
        ``https://HOST/robots.txt``.
    verify : {'ranges', 'dns', 'none'}
        How to check that a host is the robot that it declares: by the addresses that operators
        publish, also by names in DNS, or not at all.
    lists : str or os.PathLike, optional
        The directory of the operators' lists of addresses; by default the user's.
    update : bool
        Audit only the new text of the logs, and add it to the tables in `output`.
    rejudge : bool
        Audit all logs again in place of an update, where an earlier request for robots.txt has
        appeared.
    vhost, since, until, format, fields, host_field, timezone, include, exclude
        As in ``scan``.
    strict, identical, scheduler, workers
        As in ``scan``.
    rejects : str or os.PathLike, optional
        Write the lines that cannot be parsed to this file, as Parquet.

    Returns
    -------
    AuditOutcome
        The tables, the rejected lines, and what was read of each log.

    Warns
    -----
    DamagedLogsWarning
        A log could not be read, or not completely; what was read counts.
    ScanWarning
        An argument is probably wrong, or requests must be judged again.

    Raises
    ------
    FindrobotsError
        A log, a robots.txt, a list or an output cannot be used, or an argument has a wrong value.
        Nothing is written.
    TypeError
        An argument has a wrong type.

    Examples
    --------
    >>> import findrobots
    >>> result = findrobots.audit("data/logs", robots="data/robots.txt", lists="data/lists")
    >>> robots = result.to_pandas().sort_values("violations", ascending=False)
    >>> robots[["robot", "verdict", "violations"]].head(1).to_numpy().tolist()
    [['FeedShelf', 'unknown', 21]]
    """
    if update is True:
        check_lasting(since=since, until=until)
    lists_directory = optional_path("lists", lists)
    outcome = audit_logs(
        AuditJob(
            logs=paths("logs", logs),
            options=scan_options(
                ROBOTS_TXT,
                vhost,
                since,
                until,
                format,
                fields,
                host_field,
                timezone,
                max_rejects=MAX_REJECTS,
            ),
            names=name_patterns(include, exclude),
            output=optional_path("output", output),
            update=typed("update", update, bool),
            rejudge=typed("rejudge", rejudge, bool),
            strict=typed("strict", strict, bool),
            identical=choice("identical", identical, IDENTICAL),
            scheduler=scheduler,
            workers=count("workers", workers),
            robots=paths("robots", robots),
            verify=choice("verify", verify, VERIFY),
            lists=None if lists_directory is None else Path(lists_directory),
            rejects=optional_path("rejects", rejects),
        )
    )
    warn_caller(outcome, stacklevel=3)
    return outcome
