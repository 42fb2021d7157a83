"""Select rows of a table: by robot, purpose, verdict and time."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import Booleans, integers, joined, numbers, rows_where
from findrobots.tables.audit_files import Audit
from findrobots.tables.declared import NO_ROBOT, SEPARATOR
from findrobots.tables.robot_table import KEY, sum_up_robots

__all__ = ["EVERYTHING", "Selection", "make_selection", "select_audit", "select_rows"]

# What a table says of fetches, which a selection by time leaves as it is.
KEPT_COLUMNS = (
    *("first_fetch", "last_fetch", "longest_fetch_pause"),
    *("gaps", "gaps_below_crawl_delay"),
)


class Selection(NamedTuple):
    """Which rows of a table are wanted; an empty attribute wants all.

    Attributes
    ----------
    robots
        Names of robots, in lower case.
    purposes, verdicts
        Purposes of robots, and verdicts on hosts.
    since
        Only rows seen at or after this time, in microseconds since 1970-01-01 UTC.
    """

    robots: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    verdicts: frozenset[str] = frozenset()
    since: int | None = None


EVERYTHING = Selection()


def make_selection(
    robots: Iterable[str] = (),
    purposes: Iterable[str] = (),
    verdicts: Iterable[str] = (),
    since: int | None = None,
) -> Selection:
    """Return a selection; the case of a robot's name does not matter."""
    names = frozenset(name.lower() for name in robots)
    return Selection(names, frozenset(purposes), frozenset(verdicts), since)


def select_rows(rows: pa.Table, selection: Selection) -> pa.Table:
    """Return the rows of a table that are wanted.

    A row that has several robots or purposes is wanted if any of them is. A row of a robot is
    wanted if any of its hosts has a wanted verdict. Conditions on columns that the table does
    not have are left out.

    Parameters
    ----------
    rows
        A table of hosts, robots, visits or violations.
    selection
        Which rows are wanted.
    """
    if selection == EVERYTHING:
        return rows
    wanted = np.ones(rows.num_rows, np.bool_)
    for name, values in (
        ("robot", selection.robots),
        ("purpose", selection.purposes),
        ("verdict", selection.verdicts),
    ):
        if values and name in rows.column_names:
            wanted &= _has_any(rows[name], values)
    if selection.verdicts and "verdict" not in rows.column_names:
        counts = [name for name in sorted(selection.verdicts) if name in rows.column_names]
        if counts:
            wanted &= np.any([numbers(joined(rows[name])) > 0 for name in counts], axis=0)
    if selection.since is not None:
        seen = "last_seen" if "last_seen" in rows.column_names else "time"
        wanted &= numbers(joined(rows[seen])) >= selection.since
    return rows_where(rows, wanted)


def _has_any(column: pa.ChunkedArray, values: frozenset[str]) -> Booleans:
    """Return for each text of a column whether any of its items is one of some values."""
    encoded = joined(column).dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    has = [
        not values.isdisjoint((text or NO_ROBOT[True]).lower().split(SEPARATOR))
        for text in distinct
    ]
    return np.array(has, np.bool_)[numbers(encoded.indices)]


def select_audit(audit: Audit, selection: Selection) -> Audit:
    """Return an audit with the visits and violations that are wanted, and the robots of a time.

    Visits are counted per day, so those of the day on which the time begins are wanted whole.
    The robots are not selected by name, purpose or verdict, because the share of each is that
    of the requests of all.
    """
    if selection == EVERYTHING:
        return audit
    visits = select_rows(audit.visits, selection)
    return audit._replace(
        visits=visits,
        violations=_select_violations(audit, selection),
        robots=audit.robots if selection.since is None else _robots_of(visits, audit.robots),
        request_filter=audit.request_filter._replace(
            since=audit.request_filter.since if selection.since is None else selection.since
        ),
    )


def _select_violations(audit: Audit, selection: Selection) -> pa.Table:
    """Return the violations that are wanted; of their robots, the purposes are known elsewhere."""
    violations = select_rows(audit.violations, selection)
    if not selection.purposes:
        return violations
    robots = select_rows(audit.robots, Selection(purposes=selection.purposes))
    names = frozenset(name.lower() for name in robots["robot"].to_pylist())
    return rows_where(violations, _has_any(violations["robot"], names))


def _robots_of(visits: pa.Table, robots: pa.Table) -> pa.Table:
    """Sum up the robots of some visits; what is said of their fetches and pauses stays."""
    summed = sum_up_robots(visits, {}, {})
    keys = {key: row for row, key in enumerate(_keys(robots))}
    at = integers([keys[key] for key in _keys(summed)], pa.int64())
    for name in KEPT_COLUMNS:
        place = summed.schema.get_field_index(name)
        summed = summed.set_column(place, summed.schema.field(place), robots[name].take(at))
    return summed


def _keys(robots: pa.Table) -> list[tuple[str, ...]]:
    return [*zip(*(robots[name].to_pylist() for name in KEY), strict=True)]
