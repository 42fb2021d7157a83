"""Scan logs from Python, and merge host tables."""

from collections.abc import Mapping

import pyarrow as pa

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
from findrobots.flow import RowBag, row_bag
from findrobots.formats import choose_formats
from findrobots.jobs.build import IDENTICAL, MAX_REJECTS, ScanJob, build_table
from findrobots.jobs.merge import merge_to_file, merge_to_shards
from findrobots.jobs.outcome import ScanOutcome
from findrobots.robots.filter import ROBOTS_TXT
from findrobots.robots.times import check_lasting
from findrobots.running.partitions import pack
from findrobots.running.schedulers import CPU_COUNT
from findrobots.storage.discovery import (
    DEFAULT_NAMES,
    STANDARD_INPUT,
    find_sources,
)
from findrobots.tables.host_table import Totals
from findrobots.writing.atomic import StrPath

__all__ = ["find_robots", "merge", "read_requests", "scan"]


def scan(  # noqa: PLR0913 (the command's options)
    logs: StrPaths,
    *,
    output: StrPath | None = None,
    update: bool = False,
    shards: int | None = None,
    path: Strings = ROBOTS_TXT,
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
) -> ScanOutcome:
    """Scan web-server logs for the hosts that requested robots.txt.

    Parameters
    ----------
    logs : str, os.PathLike or iterable of them
        Files, directories, globs and URLs; ``-`` is standard input.
    output : str or os.PathLike, optional
        Write the host table to this file or URL: as Parquet, or as the suffix ``.csv``, ``.json``
        or ``.ndjson`` says. With `shards`, write Parquet to this directory.
    update : bool
        Scan only the new text of the logs, and add it to the table in `output`.
    shards : int, optional
        Write a directory of this many Parquet files, for tables larger than memory.
    path : str or iterable of str
        The request path to look for, or several.
    vhost : str or iterable of str
        Count only requests to this virtual host, or to these.
    since, until : str or datetime, optional
        Count only requests at or after `since` and before `until`: ISO 8601, datetimes, or
        relative to now, such as ``7d``, ``36h``, ``today`` and ``yesterday``.
    format : str
        ``auto``, the name of a format, a format string of Apache or nginx, a ``#Fields:`` line, or
        ``json``.
    fields : str or mapping of str to str
        With ``format="json"``, where each field is: ``{"host": "client.ip", "time": "ts"}``, or
        ``"host=client.ip,time=ts"``.
    host_field : str
        The field or header that has the client's address, such as ``X-Forwarded-For``.
    timezone : str
        The time zone of timestamps without an offset, such as ``Europe/Berlin``.
    include, exclude : str or iterable of str
        Which file names in directories count as logs: shell patterns.
    strict : bool
        Write nothing, and raise, if a log could not be read, or not completely.
    identical : {'count', 'skip'}
        What to do with a log that holds the same text as another one, at another place.
    rejects : str or os.PathLike, optional
        Write the lines that contain the path and cannot be parsed to this file, as Parquet.
    scheduler : str or Dask object
        ``auto``, ``sync``, ``threads``, ``processes``, ``local-cluster``, the address of a Dask
        scheduler, or a Dask client or cluster. ``auto`` obeys Dask's configuration.
    workers : int, optional
        How many processes or threads; by default one per processor.

    Returns
    -------
    ScanOutcome
        The host table, the rejected lines, and what was read of each log.

    Warns
    -----
    DamagedLogsWarning
        A log could not be read, or not completely; what was read counts.
    ScanWarning
        Most lines could not be parsed, or no request can pass the filter.

    Raises
    ------
    FindrobotsError
        A log or an output cannot be used, or an argument has a wrong value. Nothing is written.
    TypeError
        An argument has a wrong type.

    Examples
    --------
    >>> import findrobots
    >>> result = findrobots.scan("data/logs")
    >>> result.hosts.num_rows
    58
    >>> result.to_pandas().nlargest(3, "requests")["host"].tolist()
    ['192.0.2.73', '192.0.2.18', '192.0.2.17']
    """
    if update is True:
        check_lasting(since=since, until=until)
    return _run(
        ScanJob(
            logs=paths("logs", logs),
            options=scan_options(
                path,
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
            rejects=optional_path("rejects", rejects),
            shards=count("shards", shards),
            update=typed("update", update, bool),
            strict=typed("strict", strict, bool),
            identical=choice("identical", identical, IDENTICAL),
            scheduler=scheduler,
            workers=count("workers", workers),
        )
    )


def find_robots(  # noqa: PLR0913 (the command's options)
    logs: StrPaths,
    *,
    path: Strings = ROBOTS_TXT,
    vhost: Strings = (),
    since: Time = None,
    until: Time = None,
    format: str = "auto",  # noqa: A002 (the command's own word)
    fields: str | Mapping[str, str] = "",
    host_field: str = "",
    timezone: str = "UTC",
    include: Strings = DEFAULT_NAMES.include,
    exclude: Strings = DEFAULT_NAMES.exclude,
    scheduler: object = "auto",
    workers: int | None = None,
) -> pa.Table:
    """Return the table of the hosts that requested robots.txt.

    This is the short way to ``scan(...).hosts``.

    Parameters
    ----------
    logs, path, vhost, since, until, format, fields, host_field, timezone, include, exclude
        As in ``scan``.
    scheduler, workers
        As in ``scan``.

    Returns
    -------
    pyarrow.Table
        One row per host, sorted by host, with the columns of ``HOSTS``.

    Warns
    -----
    DamagedLogsWarning
        A log could not be read, or not completely; what was read counts.
    ScanWarning
        Most lines could not be parsed, or no request can pass the filter.

    Raises
    ------
    FindrobotsError
        A log cannot be used, or an argument has a wrong value.
    TypeError
        An argument has a wrong type.

    Examples
    --------
    >>> import findrobots
    >>> findrobots.find_robots("data/logs", since="2026-09-03").num_rows
    57
    """
    outcome = _run(
        ScanJob(
            logs=paths("logs", logs),
            options=scan_options(
                path, vhost, since, until, format, fields, host_field, timezone, max_rejects=1
            ),
            names=name_patterns(include, exclude),
            scheduler=scheduler,
            workers=count("workers", workers),
        )
    )
    return outcome.hosts


def read_requests(  # noqa: PLR0913 (the command's options)
    logs: StrPaths,
    *,
    path: Strings = ROBOTS_TXT,
    vhost: Strings = (),
    since: Time = None,
    until: Time = None,
    format: str = "auto",  # noqa: A002 (the command's own word)
    fields: str | Mapping[str, str] = "",
    host_field: str = "",
    timezone: str = "UTC",
    include: Strings = DEFAULT_NAMES.include,
    exclude: Strings = DEFAULT_NAMES.exclude,
) -> RowBag:
    """Return the requests for robots.txt as a lazy Dask bag, to go on from there.

    The logs are listed at once, and read when Dask computes the bag. Lines that cannot be
    parsed, and text that cannot be read, are left out without a report: ``scan`` reports both.

    Parameters
    ----------
    logs, path, vhost, since, until, format, fields, host_field, timezone, include, exclude
        As in ``scan``; standard input cannot be read lazily.

    Returns
    -------
    dask.bag.Bag
        One dictionary per request, with the keys host, time, method, target, status, bytes_sent,
        user_agent, vhost, format, source and offset. ``to_dataframe()`` needs no arguments.
        The bag itself is computed by threads unless Dask is configured otherwise; bags made from it
        run where Dask runs bags, by default in processes that import the user's script.

    Raises
    ------
    FindrobotsError
        A log is not found, or an argument has a wrong value.
    TypeError
        An argument has a wrong type.

    Examples
    --------
    >>> import findrobots
    >>> requests = findrobots.read_requests("data/logs")
    >>> sorted(requests.pluck("status").frequencies().compute(scheduler="sync"))
    [(200, 227), (304, 75), (404, 46), (503, 2)]
    """
    options = scan_options(
        path, vhost, since, until, format, fields, host_field, timezone, max_rejects=0
    )
    choose_formats(options.dialect)
    sources = find_sources(paths("logs", logs), name_patterns(include, exclude)).sorted()
    if any(source.path == STANDARD_INPUT for source in sources):
        message = "logs: standard input cannot be read lazily; use findrobots.scan"
        raise ValueError(message)
    # Whatever lies at a path when the bag is computed is read.
    unchecked = [source._replace(inode=0) for source in sources]
    return row_bag(pack(unchecked, CPU_COUNT), options)


def merge(  # noqa: PLR0913 (the command's options)
    tables: StrPaths,
    *,
    output: StrPath,
    shards: int | None = None,
    allow_overlap: bool = False,
    scheduler: object = "auto",
    workers: int | None = None,
) -> Totals:
    """Merge host tables, such as those of several machines, into one.

    Parameters
    ----------
    tables : iterable of str or os.PathLike
        Files, URLs, and directories of shards, in any order.
    output : str or os.PathLike
        The file or URL to write; with `shards`, the directory.
    shards : int, optional
        Write a directory of this many Parquet files, merged on the disk.
    allow_overlap : bool
        Allow tables that include the same log; its requests are then counted twice.
    scheduler, workers
        Where shards are merged, as in ``scan``.

    Returns
    -------
    Totals
        The numbers of hosts and requests in the merged table.

    Raises
    ------
    FindrobotsError
        The tables count different requests or the same log, or a file cannot be used.
    TypeError
        An argument has a wrong type.

    Examples
    --------
    >>> import findrobots, os, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     one, two, both = (os.path.join(directory, name) for name in ("1", "2", "both"))
    ...     _ = findrobots.scan("data/logs/static", output=one)
    ...     _ = findrobots.scan("data/logs", exclude="access_log*", output=two)
    ...     findrobots.merge([one, two], output=both)
    Totals(hosts=58, requests=350)
    """
    sources = paths("tables", tables)
    target = optional_path("output", output)
    overlap = typed("allow_overlap", allow_overlap, bool)
    if target is None:
        message = "output: expected a path, not None"
        raise TypeError(message)
    if number := count("shards", shards):
        totals, _ = merge_to_shards(
            sources,
            target,
            shards=number,
            allow_overlap=overlap,
            scheduler=scheduler,
            workers=count("workers", workers),
        )
    else:
        totals, _ = merge_to_file(sources, target, allow_overlap=overlap)
    return totals


def _run(job: ScanJob) -> ScanOutcome:
    """Run a job; warn the caller of the public function of what went wrong."""
    outcome = build_table(job)
    warn_caller(outcome, stacklevel=4)
    return outcome
