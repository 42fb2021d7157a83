"""Read what ``findrobots show`` prints: the first hosts with their robots, or the robots."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from findrobots.robots.dns import find_names
from findrobots.robots.names import NameAnswer
from findrobots.robots.ranges import load_lists
from findrobots.tables.declared import (
    Declared,
    add_robots,
    count_purposes,
    find_declared,
    merge_robots,
    tabulate_robots,
)
from findrobots.tables.hosts import HOSTS
from findrobots.tables.parquet import read_pieces
from findrobots.tables.selection import EVERYTHING, Selection, select_rows
from findrobots.tables.shards import list_shards, read_top
from findrobots.tables.verdicts import Evidence, add_verdicts, judge_declared
from findrobots.writing.atomic import StrPath

__all__ = [
    "METHODS",
    "TopHosts",
    "complete_hosts",
    "gather_evidence",
    "read_robots",
    "read_top_hosts",
]

# Ways to verify robots.
METHODS = ("ranges", "dns", "none")


class TopHosts(NamedTuple):
    """The first hosts of a table by some order.

    Attributes
    ----------
    hosts
        The hosts, with their robots and verdicts.
    host_count
        How many hosts the table has.
    purposes
        How many hosts of the table have robots of each purpose.
    """

    hosts: pa.Table
    host_count: int
    purposes: Counter[str]


def gather_evidence(
    method: str, lists: Path | None, note: Callable[[str], object]
) -> Evidence | None:
    """Return what verdicts are to be founded on; ``None`` if there are to be none.

    Parameters
    ----------
    method
        One of ``METHODS``.
    lists
        The directory of the operators' lists; by default the user's own.
    note
        Called with what a user should know about the lookups.
    """
    if method == "none":
        return None

    def look_up(wanted: Mapping[str, Sequence[str]]) -> Mapping[str, NameAnswer]:
        lookups = find_names(wanted)
        if lookups.note:
            note(lookups.note)
        if lookups.not_asked:
            note(f"{lookups.not_asked:,} addresses were not looked up, because there are too many")
        return lookups.answers

    return Evidence(load_lists(lists), look_up if method == "dns" else None)


def complete_hosts(
    hosts: pa.Table, evidence: Evidence | None, declared: Declared | None = None
) -> pa.Table:
    """Add to a host table its robots, and their verdicts if there is evidence."""
    if {"robot", "verdict"} <= {*hosts.column_names}:
        return hosts
    declared = declared or find_declared(hosts)
    if "robot" not in hosts.column_names:
        hosts = add_robots(hosts, declared)
    if evidence is not None:
        hosts = add_verdicts(hosts, declared, judge_declared(hosts, declared, evidence))
    return hosts


def read_top_hosts(
    table: StrPath,
    order: Sequence[tuple[str, str]],
    limit: int | None,
    evidence: Evidence | None,
    selection: Selection = EVERYTHING,
) -> TopHosts:
    """Read the first hosts of a table with their robots.

    Each distinct user agent is named, but only the hosts that are returned are verified,
    unless they are sorted by their verdicts.

    Parameters
    ----------
    table, order, limit
        As for ``read_top``; the columns may be those that are added.
    evidence
        What verdicts are founded on; ``None`` leaves them out.
    selection
        Which hosts are wanted; others are not counted either.
    """
    purposes = Counter[str]()
    column = order[0][0]

    def prepare(piece: pa.Table) -> pa.Table:
        declared = find_declared(piece)
        if selection != EVERYTHING:
            judged = complete_hosts(piece, evidence if selection.verdicts else None, declared)
            piece = select_rows(judged, selection)
            declared = find_declared(piece)
        purposes.update(count_purposes(declared))
        if limit is None or column in {"verdict", "reason"}:
            return complete_hosts(piece, evidence, declared)
        if column in HOSTS.names or "robot" in piece.column_names:
            return piece
        return add_robots(piece, declared)

    hosts, _ = read_top(table, order, limit, prepare)
    # Each host has one purpose here.
    return TopHosts(complete_hosts(hosts, evidence), purposes.total(), purposes)


def read_robots(
    table: StrPath, evidence: Evidence | None, selection: Selection = EVERYTHING
) -> pa.Table:
    """Read a table as one row per robot, a number of rows at a time.

    Parameters
    ----------
    table, evidence
        As for ``read_top_hosts``.
    selection
        Which robots are wanted; its time says which hosts are counted.
    """
    hosts_wanted = Selection(since=selection.since)
    tables = []
    for piece in chain.from_iterable(map(read_pieces, list_shards(table))):
        hosts = select_rows(piece, hosts_wanted)
        declared = find_declared(hosts)
        verdicts = None
        if evidence is not None:
            judged = judge_declared(hosts, declared, evidence)
            verdicts = [verdict.verdict for verdict in judged]
        tables.append(tabulate_robots(hosts, declared, verdicts))
    return select_rows(merge_robots(tables), selection)
