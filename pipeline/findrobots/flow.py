"""Partitions to findings: the flow, in one expression."""

from collections.abc import Iterable, Sequence
from functools import partial

import dask.bag as db
import pyarrow as pa
from dask.bag.core import Item

from findrobots.arrow import table_of_rows
from findrobots.formats import Dialect
from findrobots.formats.parse import parse_lines
from findrobots.reading.monitor import Monitor
from findrobots.reading.probe import glance
from findrobots.reading.search import read_lines
from findrobots.records import Glance, Reading, Reject, Requests
from findrobots.robots.filter import Scope, keep_wanted
from findrobots.running.gc_tuning import collecting_seldom
from findrobots.running.partitions import Ends, Partition, _unread
from findrobots.tables.ledger import GLANCES
from findrobots.tables.results import Findings, Spill, merge, tabulate

__all__ = ["AUTO", "EVERYTHING", "look", "survey"]

AUTO, EVERYTHING = Dialect(), Scope()


@collecting_seldom()
def tabulate_partition(
    items: Iterable[Requests | Reject | Reading], *, most_rejects: int | None, spill: Spill | None
) -> Findings:
    """Tabulate a partition's items, which are many small values and no cycles of them."""
    return tabulate(items, most_rejects=most_rejects, spill=spill)


def survey(  # noqa: PLR0913 (options all but the first two)
    partitions: Sequence[Partition],
    scope: Scope = EVERYTHING,
    *,
    ends: Ends | None = None,
    dialect: Dialect = AUTO,
    most_rejects: int | None = None,
    meter: Monitor | None = None,
    spill: Spill | None = None,
) -> Item:
    """Say how findings come out of partitions; nothing runs until it is computed."""
    findings: Item = (
        db.from_sequence(
            [_unread(partition, ends) for partition in partitions], npartitions=len(partitions)
        )
        .flatten()  # paths
        .starmap(read_lines, mentioning=scope.paths, meter=meter)
        .flatten()  # lines, rejects, and how much was read
        .map(parse_lines, dialect=dialect)
        .flatten()  # requests, and rejects
        .map(keep_wanted, scope=scope)
        .reduction(
            partial(tabulate_partition, most_rejects=most_rejects, spill=spill),
            partial(merge, most_rejects=most_rejects),
            split_every=16,
            name="find-robots",
        )
    )
    return findings


def look(partitions: Sequence[Partition], *, meter: Monitor | None = None) -> Item:
    """Say how glances come out of partitions; nothing runs until it is computed."""
    glances: Item = (
        db.from_sequence(partitions, npartitions=len(partitions))
        .flatten()  # paths
        .map(glance, meter=meter)
        .reduction(tabulate_glances, pa.concat_tables, split_every=16, name="glance")
    )
    return glances


def tabulate_glances(glances: Iterable[Glance]) -> pa.Table:
    """Make a table of glances, one a row."""
    return table_of_rows(list(glances), GLANCES)
