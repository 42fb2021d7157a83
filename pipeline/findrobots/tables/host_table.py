"""ScanResult to a host table that knows what it counts."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.metadata import version
from itertools import combinations, pairwise
from typing import NamedTuple

import pyarrow as pa

from findrobots.arrow import empty_table, joined, numbers
from findrobots.errors import FilterMismatchError, OverlapError
from findrobots.robots.filter import EPOCH, RequestFilter, make_filter
from findrobots.tables.hosts import HOSTS, merge_hosts
from findrobots.tables.ledger import LEDGER, find_overlap, merge_ledgers, update_ledger
from findrobots.tables.results import ScanResult

__all__ = [
    "SCHEMA",
    "HostTable",
    "Totals",
    "add_result",
    "check_same_filter",
    "count_hosts",
    "describe",
    "empty_host_table",
    "merge_tables",
    "read_filter",
    "writer_of",
]


class HostTable(NamedTuple):
    """A table of ``HOSTS``, the ledger of the logs that it counts, and which requests of them."""

    hosts: pa.Table
    ledger: pa.Table
    request_filter: RequestFilter


class Totals(NamedTuple):
    """How many hosts a table has, and how many requests they made."""

    hosts: int
    requests: int


def count_hosts(hosts: pa.Table) -> Totals:
    """Count the hosts of a host table and the requests that they made."""
    requests = int(numbers(joined(hosts["requests"])).sum()) if hosts.num_rows else 0
    return Totals(hosts.num_rows, requests)


def empty_host_table(request_filter: RequestFilter) -> HostTable:
    """Return the table of no log."""
    return HostTable(empty_table(HOSTS), empty_table(LEDGER), request_filter)


def add_result(table: HostTable, result: ScanResult) -> HostTable:
    """Add the findings of a scan to a table."""
    rejects = dict(result.reject_counts)
    return table._replace(
        hosts=merge_hosts([table.hosts, result.hosts]),
        ledger=update_ledger(table.ledger, result.sources, rejects),
    )


def merge_tables(
    tables: Sequence[tuple[str, HostTable]], *, overlapping: bool = False
) -> HostTable:
    """Join tables, each with its name, into one: any order gives the same.

    Raises
    ------
    FilterMismatchError
        They count different requests.
    OverlapError
        Two count the same log, unless that is ``overlapping`` wanted.
    """
    check_same_filter([(name, table.request_filter) for name, table in tables])
    for (name, table), (other_name, other) in combinations(tables, 2):
        if not overlapping and (logs := find_overlap(table.ledger, other.ledger)):
            raise OverlapError(name, other_name, *logs)
    return HostTable(
        merge_hosts([table.hosts for _, table in tables]),
        merge_ledgers([table.ledger for _, table in tables]),
        tables[0][1].request_filter,
    )


def check_same_filter(filters: Sequence[tuple[str, RequestFilter]]) -> None:
    """Refuse to add up what counts different requests; each scope comes with a name.

    Raises
    ------
    FilterMismatchError
        Two of them differ.
    """
    for (name, request_filter), (other_name, other) in pairwise(filters):
        if request_filter != other:
            raise FilterMismatchError(name, request_filter.told(), other_name, other.told())


# The number of the columns' and the ledger's schema, to count up with every change of either.
SCHEMA = 1


def describe(hosts: pa.Table, request_filter: RequestFilter) -> pa.Table:
    """Return a host table whose metadata says which version made it, and what it counts.

    The keys are ``findrobots.version``, ``findrobots.schema`` and ``findrobots.paths``, a
    JSON list; where requests were left out for it, ``findrobots.vhosts``, another, and
    ``findrobots.since`` and ``findrobots.until``, in ISO 8601.
    """
    metadata = {
        "findrobots.version": version("findrobots"),
        "findrobots.schema": str(SCHEMA),
        "findrobots.paths": json.dumps([os.fsdecode(path) for path in request_filter.paths]),
    }
    if request_filter.vhosts:
        metadata["findrobots.vhosts"] = json.dumps(request_filter.vhosts)
    for name, bound in (("since", request_filter.since), ("until", request_filter.until)):
        if bound is not None:
            metadata[f"findrobots.{name}"] = (EPOCH + timedelta(microseconds=bound)).isoformat()
    return hosts.replace_schema_metadata(metadata)


def read_filter(metadata: Mapping[bytes, bytes]) -> RequestFilter:
    """Return what the metadata say that a table counts."""
    texts = {
        name: stored.decode()
        for name in RequestFilter._fields
        if (stored := metadata.get(b"findrobots." + name.encode()))
    }
    paths, vhosts = (json.loads(texts.get(name, "[]")) for name in ("paths", "vhosts"))
    return make_filter(paths, vhosts=vhosts, since=texts.get("since"), until=texts.get("until"))


def writer_of(metadata: Mapping[bytes, bytes]) -> str:
    """Return the version that wrote a table."""
    return metadata.get(b"findrobots.version", b"of some version").decode(errors="replace")
