"""Define the host table with its ledger; add scans to it, merge tables."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import combinations, pairwise
from typing import NamedTuple

import pyarrow as pa

from findrobots import __version__
from findrobots.arrow import empty_table, joined, numbers
from findrobots.errors import FilterMismatchError, OverlapError
from findrobots.robots.filter import EPOCH, RequestFilter, make_filter
from findrobots.tables.hosts import HOSTS, merge_hosts
from findrobots.tables.ledger import LEDGER, find_overlap, merge_ledgers

__all__ = [
    "SCHEMA_VERSION",
    "HostTable",
    "Totals",
    "check_same_filter",
    "count_hosts",
    "empty_host_table",
    "filter_metadata",
    "merge_tables",
    "read_filter",
    "read_schema_version",
    "read_writer",
    "with_metadata",
]


class HostTable(NamedTuple):
    """Hosts, the ledger of their logs, and which requests were counted.

    Attributes
    ----------
    hosts : pyarrow.Table
        One row per host, with the columns of ``HOSTS``.
    ledger : pyarrow.Table
        One row per log that the table counts, by which an update recognizes it.
    request_filter : RequestFilter
        The paths, virtual hosts and times of the requests that count.

    Examples
    --------
    >>> import findrobots
    >>> findrobots.scan("data/logs").table.request_filter.describe()
    '/robots.txt'
    """

    hosts: pa.Table
    ledger: pa.Table
    request_filter: RequestFilter


class Totals(NamedTuple):
    """The number of hosts in a table, and of the requests that they made."""

    hosts: int
    requests: int


def count_hosts(hosts: pa.Table) -> Totals:
    """Count the hosts of a host table and the requests that they made."""
    requests = int(numbers(joined(hosts["requests"])).sum()) if hosts.num_rows else 0
    return Totals(hosts.num_rows, requests)


def empty_host_table(request_filter: RequestFilter) -> HostTable:
    """Return a table without hosts and without logs."""
    return HostTable(empty_table(HOSTS), empty_table(LEDGER), request_filter)


def merge_tables(
    tables: Sequence[tuple[str, HostTable]], *, allow_overlap: bool = False
) -> HostTable:
    """Merge several tables into one; their order does not matter.

    Parameters
    ----------
    tables
        The tables, each with a name for error messages.
    allow_overlap
        Merge tables that include the same log, and count its requests twice.

    Raises
    ------
    FilterMismatchError
        Two tables count different requests.
    OverlapError
        Two tables include the same log.
    """
    check_same_filter([(name, table.request_filter) for name, table in tables])
    for (name, table), (other_name, other) in combinations(tables, 2):
        if not allow_overlap and (logs := find_overlap(table.ledger, other.ledger)):
            raise OverlapError(name, other_name, *logs)
    return HostTable(
        merge_hosts([table.hosts for _, table in tables]),
        merge_ledgers([table.ledger for _, table in tables]),
        tables[0][1].request_filter,
    )


def check_same_filter(filters: Sequence[tuple[str, RequestFilter]]) -> None:
    """Check that several filters, each with the name of its table, are equal.

    Raises
    ------
    FilterMismatchError
        Two of them differ.
    """
    for (name, request_filter), (other_name, other) in pairwise(filters):
        if request_filter != other:
            raise FilterMismatchError(name, request_filter.describe(), other_name, other.describe())


# Version of the columns of hosts and ledger, and of the metadata: incremented with every change.
# Versions 1 and 2 have the same columns of hosts but another ledger.
SCHEMA_VERSION = 3


def with_metadata(hosts: pa.Table, request_filter: RequestFilter) -> pa.Table:
    """Return the hosts with metadata on their writer and the requests counted.

    The keys are ``findrobots.version``, ``findrobots.schema_version`` and
    ``findrobots.paths`` (a JSON list); where they restrict the requests,
    ``findrobots.vhosts`` (a JSON list), ``findrobots.since`` and ``findrobots.until``
    (ISO 8601).
    """
    metadata = {
        "findrobots.version": __version__,
        "findrobots.schema_version": str(SCHEMA_VERSION),
        **filter_metadata(request_filter),
    }
    return hosts.replace_schema_metadata(metadata)


def filter_metadata(request_filter: RequestFilter) -> dict[str, str]:
    """Return the metadata that say which requests are counted; ``read_filter`` reads them."""
    metadata = {"findrobots.paths": json.dumps([*map(os.fsdecode, request_filter.paths)])}
    if request_filter.vhosts:
        metadata["findrobots.vhosts"] = json.dumps(request_filter.vhosts)
    for name, bound in (("since", request_filter.since), ("until", request_filter.until)):
        if bound is not None:
            metadata[f"findrobots.{name}"] = (EPOCH + timedelta(microseconds=bound)).isoformat()
    return metadata


def read_filter(metadata: Mapping[bytes, bytes]) -> RequestFilter:
    """Return which requests a table counts, from its metadata."""
    texts = {
        name: stored.decode()
        for name in RequestFilter._fields
        if (stored := metadata.get(b"findrobots." + name.encode()))
    }
    paths, vhosts = (json.loads(texts.get(name, "[]")) for name in ("paths", "vhosts"))
    return make_filter(paths, vhosts=vhosts, since=texts.get("since"), until=texts.get("until"))


def read_schema_version(metadata: Mapping[bytes, bytes]) -> int:
    """Return the version of a table's schema from its metadata, 0 if unknown."""
    version_1 = metadata.get(b"findrobots.schema", b"0")
    return int(metadata.get(b"findrobots.schema_version", version_1))


def read_writer(metadata: Mapping[bytes, bytes]) -> str:
    """Return the version of findrobots that wrote a table, from its metadata."""
    return metadata.get(b"findrobots.version", b"(unknown version)").decode(errors="replace")
