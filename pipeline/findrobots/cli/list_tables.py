"""Tabulate address lists, and what an update of them changed."""

from collections.abc import Iterable

import pyarrow as pa

from findrobots.cli.display import Layout
from findrobots.jobs.lists import ListUpdate
from findrobots.robots.published import PublishedList
from findrobots.robots.ranges import ListHistory

__all__ = ["HISTORY_LAYOUT", "UPDATE_LAYOUT", "history_table", "update_table"]

HISTORY = pa.schema(
    {
        "name": pa.string(),
        "operator": pa.string(),
        "days": pa.int64(),
        "first_day": pa.string(),
        "last_day": pa.string(),
        "prefixes": pa.int64(),
        "remark": pa.string(),
    }
)
HISTORY_LAYOUT = Layout(
    HISTORY,
    key="name",
    sort="name",
    priority=("name", "last_day", "prefixes", "days", "first_day", "operator", "remark"),
    min_width={"remark": 20},
)
UPDATE = pa.schema(
    {"name": pa.string(), "day": pa.string(), "prefixes": pa.int64(), "change": pa.string()}
)
UPDATE_LAYOUT = Layout(
    UPDATE,
    key="name",
    sort="name",
    priority=("name", "change", "prefixes", "day"),
    min_width={"change": 12},
)
OWN = "not of the operators' known to findrobots"
NONE_YET = "none yet: findrobots lists update"


def history_table(history: ListHistory, published: Iterable[PublishedList]) -> pa.Table:
    """Return a row per list: those that are there, and those that operators publish.

    Raises
    ------
    AddressListError
        The latest list of a name cannot be read.
    """
    known = {each.name: each for each in published}
    rows = [
        _history_row(name, history, known.get(name)) for name in {*history.names(), *known.keys()}
    ]
    return pa.Table.from_pylist(rows, schema=HISTORY)


def _history_row(
    name: str, history: ListHistory, known: PublishedList | None
) -> dict[str, str | int]:
    days = history.days(name)
    remark = known.note if known else OWN
    return {
        "name": name,
        "operator": known.operator if known else "",
        "days": len(days),
        "first_day": str(days[0]) if days else "",
        "last_day": str(days[-1]) if days else "",
        "prefixes": len(history.read(name, days[-1]).prefixes) if days else 0,
        "remark": remark if days or remark else NONE_YET,
    }


def update_table(updates: Iterable[ListUpdate]) -> pa.Table:
    """Return a row per list: its latest day, how many prefixes it has, and what changed."""
    rows = [
        {
            "name": each.name,
            "day": str(each.day or ""),
            "prefixes": each.prefixes,
            "change": _change(each),
        }
        for each in updates
    ]
    return pa.Table.from_pylist(rows, schema=UPDATE)


def _change(update: ListUpdate) -> str:
    """Describe in a few words what became of a list.

    >>> _change(ListUpdate("bing", None, 28, added=12, removed=3))
    '+12 -3'
    """
    if update.failure:
        return f"failed: {update.failure}"
    if update.added is None:
        return "new"
    if not update.added and not update.removed:
        return "unchanged"
    return f"+{update.added:,} -{update.removed:,}"
