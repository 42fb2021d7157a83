"""Limit the names that robots give themselves, in tables of visits.

A client can invent a name for each request, and each name would be a row. So the shortest
``MAX_OWN_NAMES`` are kept, and of those as long the first in the alphabet; the visits of the others
are counted under ``OTHERS``. Which names are kept depends on nothing but the names: not on the
order of the logs, nor on how they are divided. A name that a part does not keep comes after so
many others that the whole does not keep it either; so each name that is kept has all its visits.
"""

from collections.abc import Callable, Iterable
from itertools import compress

import numpy as np
import pyarrow as pa

from findrobots.arrow import Booleans, coded, joined, numbers, rows_where
from findrobots.tables.grouping import CODED

__all__ = ["ITSELF", "MAX_OWN_NAMES", "OTHERS", "fold_own_name", "fold_own_names", "last_own_name"]

MAX_OWN_NAMES = 10_000
# No client can give this name to itself: a name has neither spaces nor parentheses.
OTHERS = "(other self-declared robots)"
# In the column ``declared_by``.
ITSELF = "itself"

Place = tuple[int, str]


def fold_own_names(visits: pa.Table, merge: Callable[[Iterable[pa.Table]], pa.Table]) -> pa.Table:
    """Count the visits of names that are too many under ``OTHERS``.

    Parameters
    ----------
    visits
        A table with the columns ``robot`` and ``declared_by``.
    merge
        Merges such tables into one.
    """
    if visits.num_rows <= MAX_OWN_NAMES:
        return visits
    is_own = _is_own(visits)
    robots = joined(visits["robot"]).dictionary_encode()
    codes, names = numbers(robots.indices), robots.dictionary.to_pylist()
    is_used = np.zeros(len(names), np.bool_)
    is_used[codes[is_own]] = True
    own = {*compress(names, is_used.tolist())} - {OTHERS}
    if len(own) <= MAX_OWN_NAMES:
        return visits
    kept = {*sorted(own, key=_place)[:MAX_OWN_NAMES]}
    is_folded = is_own & np.array([name not in kept for name in names], np.bool_)[codes]
    folded = rows_where(visits, is_folded)
    column = visits.schema.get_field_index("robot")
    others = coded([OTHERS] * folded.num_rows, CODED)
    folded = folded.set_column(column, visits.schema.field(column), others)
    return merge([rows_where(visits, ~is_folded), folded])


def last_own_name(visits: pa.Table) -> Place | None:
    """Return the place of the last name that is kept; None if all are kept."""
    names = {*joined(rows_where(visits, _is_own(visits))["robot"]).unique().to_pylist()}
    return max(map(_place, names - {OTHERS})) if OTHERS in names else None


def fold_own_name(name: str, last: Place | None) -> str:
    """Return the name under which visits are counted, if ``last`` is the last that is kept."""
    return OTHERS if last and _place(name) > last else name


def _is_own(visits: pa.Table) -> Booleans:
    """Return which visits are of robots that name themselves."""
    declared_by = joined(visits["declared_by"]).dictionary_encode()
    is_itself = [text == ITSELF for text in declared_by.dictionary.to_pylist()]
    return np.array(is_itself, np.bool_)[numbers(declared_by.indices)]


def _place(name: str) -> Place:
    """Return what names are sorted by: most invented names are longer than the real ones."""
    return len(name), name
