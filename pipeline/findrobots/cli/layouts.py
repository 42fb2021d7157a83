"""Define how tables are shown: their columns, the order of these, and which may be clipped."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pyarrow as pa

from findrobots.tables.declared import ROBOTS, VERDICTS, VERIFIED_HOSTS
from findrobots.tables.ledger import LEDGER

__all__ = ["HOST_LAYOUT", "LEDGER_LAYOUT", "ROBOT_LAYOUT", "Layout", "choose_layout"]


class Layout(NamedTuple):
    """How a table is shown.

    Attributes
    ----------
    schema
        The columns that the table may have, in the order of CSV.
    key
        The column whose values are unique.
    sort
        The column that rows are sorted by by default.
    order
        The columns to show, in the order of a line.
    priority
        The same columns, the most important first: where not all fit, the last are left
        out.
    clipped
        The columns that may be clipped, each with its least and its usual width.
    kept
        The columns that are shown also if all rows have the same value.
    unless_empty
        Columns that are shown only if another one has a value in any row.
    together
        Columns that are shown only if there is room for another one.
    naming
        Columns that are clipped so that the text of another one stays visible.
    """

    schema: pa.Schema
    key: str
    sort: str
    order: tuple[str, ...]
    priority: tuple[str, ...]
    clipped: Mapping[str, tuple[int, int]]
    kept: frozenset[str]
    unless_empty: Mapping[str, str] = MappingProxyType({})
    together: Mapping[str, str] = MappingProxyType({})
    naming: Mapping[str, str] = MappingProxyType({})

    @property
    def sortable(self) -> dict[str, bool]:
        """Return the columns to sort by, and whether the largest values come first."""
        return {
            name: not pa.types.is_string(self.schema.field(name).type)
            for name in self.schema.names
            if name in self.priority and not pa.types.is_list(self.schema.field(name).type)
        }

    def without(self, *names: str) -> "Layout":
        """Return the layout of a table that does not have some of the columns."""
        fields = [field for field in self.schema if field.name not in names]
        return self._replace(
            schema=pa.schema(fields),
            order=tuple(name for name in self.order if name not in names),
            priority=tuple(name for name in self.priority if name not in names),
        )


HOST_LAYOUT = Layout(
    VERIFIED_HOSTS,
    key="host",
    sort="requests",
    order=(
        *("host", "robot", "verdict", "requests", "last_seen", "first_seen"),
        *("purpose", "operator", "declared_by"),
        *("status_2xx", "status_3xx", "status_4xx", "status_5xx", "bytes_sent"),
        *("methods", "vhosts", "source", "offset", "reason", "user_agents"),
    ),
    priority=(
        *("host", "robot", "requests", "verdict", "last_seen", "purpose", "user_agents"),
        *("operator", "first_seen", "status_2xx", "status_4xx", "status_3xx", "status_5xx"),
        *("bytes_sent", "methods", "vhosts", "reason", "declared_by", "source", "offset"),
    ),
    clipped={"robot": (12, 24), "user_agents": (20, 28), "reason": (20, 28)},
    kept=frozenset({"host", "robot", "requests"}),
    unless_empty={"robot": "user_agents"},
    together={"offset": "source"},
    naming={"user_agents": "robot"},
)
ROBOT_LAYOUT = Layout(
    ROBOTS,
    key="robot",
    sort="requests",
    order=tuple(ROBOTS.names),
    priority=(
        *("robot", "requests", "hosts", "verified", "impostor", "unknown"),
        *("purpose", "operator", "last_seen", "first_seen"),
    ),
    clipped={"robot": (12, 32), "operator": (8, 20)},
    kept=frozenset({"robot", "hosts", "requests"}),
)
LEDGER_LAYOUT = Layout(
    LEDGER,
    key="source",
    sort="source",
    order=("source", "bytes_stored", "bytes_text", "matched_lines", "rejects", "damage"),
    priority=("source", "matched_lines", "rejects", "damage", "bytes_text", "bytes_stored"),
    clipped={"damage": (20, 20)},
    kept=frozenset(LEDGER.names),
)


def choose_layout(what: str, *, verified: bool) -> Layout:
    """Return the layout of a table of hosts, robots or logs, with or without verdicts."""
    layout = {"hosts": HOST_LAYOUT, "robots": ROBOT_LAYOUT, "logs": LEDGER_LAYOUT}[what]
    return layout if verified else layout.without("verdict", "reason", *VERDICTS)
