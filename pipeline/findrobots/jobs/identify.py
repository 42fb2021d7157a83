"""Add robots and verdicts to host tables in Python."""

import os
import warnings
from itertools import chain
from pathlib import Path

import pyarrow as pa

from findrobots.arrow import empty_table
from findrobots.errors import NotAHostTableError
from findrobots.jobs.robots import complete_hosts, gather_evidence
from findrobots.tables.declared import VERIFIED_HOSTS
from findrobots.tables.host_table import HostTable
from findrobots.tables.hosts import HOSTS
from findrobots.tables.parquet import read_pieces
from findrobots.tables.shards import list_shards
from findrobots.tables.verdicts import Evidence
from findrobots.writing.atomic import StrPath

__all__ = ["identify", "verify"]

# How errors name the table.
ARGUMENT = "table"


def identify(table: pa.Table | HostTable | StrPath) -> pa.Table:
    """Add to a host table the robots that its hosts declare in their user agents.

    Parameters
    ----------
    table : pyarrow.Table, HostTable, str or os.PathLike
        A host table; or the file, URL or directory of shards of one.

    Returns
    -------
    pyarrow.Table
        The table with the columns robot, operator, purpose and declared_by. The host table
        itself is not changed.

    Raises
    ------
    FindrobotsError
        It is not a host table.
    TypeError
        The argument has a wrong type.

    Examples
    --------
    >>> import findrobots
    >>> hosts = findrobots.identify(findrobots.find_robots("data/logs"))
    >>> hosts.select(["host", "robot", "operator"]).slice(0, 1).to_pylist()
    [{'host': '192.0.2.112', 'robot': 'SemrushBot', 'operator': 'Semrush'}]
    """
    return _describe(table, None)


def verify(
    table: pa.Table | HostTable | StrPath, lists: StrPath | None = None, *, dns: bool = False
) -> pa.Table:
    """Add to a host table whether its hosts are the robots that they declare.

    Parameters
    ----------
    table : pyarrow.Table, HostTable, str or os.PathLike
        As in ``identify``.
    lists : str or os.PathLike, optional
        The directory of the operators' lists of addresses; by default the user's own. The
        package's lists are used as well.
    dns : bool
        Look up names in DNS, which sends the addresses of hosts to DNS servers.

    Returns
    -------
    pyarrow.Table
        The table with the columns of ``identify``, and with verdict (verified, impostor or
        unknown; empty for a host that declares no robot) and reason.

    Warns
    -----
    UserWarning
        Not all names were looked up, or the cache of names cannot be used.

    Raises
    ------
    FindrobotsError
        It is not a host table, or the lists cannot be read.
    TypeError
        An argument has a wrong type.

    Examples
    --------
    >>> import findrobots
    >>> hosts = findrobots.verify(findrobots.find_robots("data/logs"))
    >>> hosts.select(["verdict", "reason"]).slice(0, 1).to_pylist()
    [{'verdict': 'unknown', 'reason': 'its operator publishes no way to check'}]
    """
    notes = list[str]()
    directory = None if lists is None else Path(lists)
    evidence = gather_evidence("dns" if dns else "ranges", directory, notes.append)
    described = _describe(table, evidence)
    for note in notes:
        warnings.warn(note, stacklevel=2)
    return described


def _describe(table: pa.Table | HostTable | StrPath, evidence: Evidence | None) -> pa.Table:
    """Return the hosts of a table with robots and verdicts, also if it has some."""
    if isinstance(table, pa.Table | HostTable):
        hosts = table.hosts if isinstance(table, HostTable) else table
        _check_columns(hosts)
        added = [name for name in VERIFIED_HOSTS.names if name not in HOSTS.names]
        plain = hosts.drop_columns([name for name in added if name in hosts.column_names])
        # Each piece by itself: an array of strings has at most 2 GiB.
        pieces = [
            plain.slice(0, 0),
            *(pa.Table.from_batches([each]) for each in plain.to_batches()),
        ]
    elif isinstance(table, str | os.PathLike):
        pieces = [empty_table(HOSTS), *chain.from_iterable(map(read_pieces, list_shards(table)))]
    else:
        message = f"{ARGUMENT}: expected a host table or its path, not {type(table).__name__}"
        raise TypeError(message)
    return pa.concat_tables(complete_hosts(piece, evidence) for piece in pieces)


def _check_columns(hosts: pa.Table) -> None:
    """Check the columns that robots and verdicts are made from."""
    for name in ("host", "first_seen", "last_seen", "user_agents"):
        found = hosts[name].type if name in hosts.column_names else None
        reason = ""
        if found != HOSTS.field(name).type:
            reason = f"{name} is {found}" if found else f"it lacks {name}"
        elif hosts[name].null_count:
            reason = f"{name} has nulls"
        if reason:
            raise NotAHostTableError(ARGUMENT, reason)
