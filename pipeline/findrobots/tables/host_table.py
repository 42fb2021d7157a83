"""Findings to a host table that knows what it counts."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version
from itertools import combinations, pairwise
from typing import NamedTuple

import pyarrow as pa

from findrobots.arrow import empty_table
from findrobots.errors import OverlapError, ScopeError
from findrobots.robots.filter import EPOCH, Scope, choose_scope
from findrobots.tables.hosts import HOSTS, merge_hosts
from findrobots.tables.ledger import LEDGER, enter, find_overlap, join_ledgers
from findrobots.tables.results import Findings

__all__ = [
    "SCHEMA",
    "HostTable",
    "Totals",
    "add",
    "check_scope",
    "describe",
    "join_tables",
    "nothing_of",
    "read_scope",
    "writer_of",
]


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


# The number of the columns' and the ledger's schema, to count up with every change of either.
SCHEMA = 1


def describe(hosts: pa.Table, scope: Scope) -> pa.Table:
    """Return a host table whose metadata says which version made it, and what it counts.

    The keys are ``findrobots.version``, ``findrobots.schema`` and ``findrobots.paths``, a
    JSON list; where requests were left out for it, ``findrobots.vhosts``, another, and
    ``findrobots.since`` and ``findrobots.until``, in ISO 8601.
    """
    metadata = {
        "findrobots.version": version("findrobots"),
        "findrobots.schema": str(SCHEMA),
        "findrobots.paths": json.dumps([os.fsdecode(path) for path in scope.paths]),
    }
    if scope.vhosts:
        metadata["findrobots.vhosts"] = json.dumps(scope.vhosts)
    for name, bound in (("since", scope.since), ("until", scope.until)):
        if bound is not None:
            metadata[f"findrobots.{name}"] = (EPOCH + timedelta(microseconds=bound)).isoformat()
    return hosts.replace_schema_metadata(metadata)


def read_scope(metadata: Mapping[bytes, bytes]) -> Scope:
    """Return what the metadata say that a table counts."""
    texts = {
        name: stored.decode()
        for name in Scope._fields
        if (stored := metadata.get(b"findrobots." + name.encode()))
    }
    paths, vhosts = (json.loads(texts.get(name, "[]")) for name in ("paths", "vhosts"))
    return choose_scope(paths, vhosts=vhosts, since=texts.get("since"), until=texts.get("until"))


def writer_of(metadata: Mapping[bytes, bytes]) -> str:
    """Return the version that wrote a table."""
    return metadata.get(b"findrobots.version", b"of some version").decode(errors="replace")
