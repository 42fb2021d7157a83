"""Findings to a host table that knows what it counts."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

import pyarrow as pa

from pipeline.arrow import empty_table
from pipeline.errors import OverlapError, ScopeError
from pipeline.findings import Findings
from pipeline.hosts import HOSTS, merge_hosts
from pipeline.ledger import LEDGER, enter, find_overlap, join_ledgers
from pipeline.robots import Scope

__all__ = ["HostTable", "Totals", "add", "check_scope", "join_tables", "nothing_of"]


class HostTable(NamedTuple):
    """A table of ``HOSTS``, the ledger of the logs that it counts, and which requests of them."""

    hosts: pa.Table
    ledger: pa.Table
    scope: Scope


class Totals(NamedTuple):
    """How many hosts a table has, and how many requests they made."""

    hosts: int
    requests: int


def nothing_of(scope: Scope) -> HostTable:
    """Return the table of no log."""
    return HostTable(empty_table(HOSTS), empty_table(LEDGER), scope)


def add(table: HostTable, findings: Findings) -> HostTable:
    """Add the findings of a scan to a table."""
    rejects = dict(findings.rejects_by_source)
    return table._replace(
        hosts=merge_hosts([table.hosts, findings.hosts]),
        ledger=enter(table.ledger, findings.readings, rejects),
    )


def join_tables(tables: Sequence[tuple[str, HostTable]], *, overlapping: bool = False) -> HostTable:
    """Join tables, each with its name, into one: any order gives the same.

    Raises
    ------
    ScopeError
        They count different requests.
    OverlapError
        Two count the same log, unless that is ``overlapping`` wanted.
    """
    check_scope([(name, table.scope) for name, table in tables])
    for (name, table), (other_name, other) in combinations(tables, 2):
        if not overlapping and (logs := find_overlap(table.ledger, other.ledger)):
            raise OverlapError(name, other_name, *logs)
    return HostTable(
        merge_hosts([table.hosts for _, table in tables]),
        join_ledgers([table.ledger for _, table in tables]),
        tables[0][1].scope,
    )


def check_scope(scopes: Sequence[tuple[str, Scope]]) -> None:
    """Refuse to add up what counts different requests; each scope comes with a name.

    Raises
    ------
    ScopeError
        Two of them differ.
    """
    for (name, scope), (other_name, other) in pairwise(scopes):
        if scope != other:
            raise ScopeError(name, scope.told(), other_name, other.told())
