"""Define how tables are shown: their columns, the order of these, and which may be clipped."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import click
import pyarrow as pa

from findrobots.formats.suggest import suggestion
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
        The column by which rows that are equal otherwise are sorted.
    sort
        The column that rows are sorted by by default.
    priority
        The columns to show, the most important first: where not all fit, the last are left
        out.
    min_width
        The columns that may be clipped, each with its least width.
    usual_width
        The widths that these have before less important columns are shown; by default the
        least ones.
    clipping
        The columns for which others are clipped to less than their usual width.
    order
        The columns to show, in the order of a line; by default that of the schema, with those
        that may be clipped at the end.
    kept
        The columns that are shown also if all rows have the same value; by default all.
    unless_empty
        Columns that are shown only if another one has a value in any row.
    together
        Columns that are shown only beside another one.
    ties
        Further columns by which rows are sorted, if their keys are not unique.
    naming
        Columns that are clipped so that the first name in another one stays visible.
    """

    schema: pa.Schema
    key: str
    sort: str
    priority: tuple[str, ...]
    min_width: Mapping[str, int]
    usual_width: Mapping[str, int] = MappingProxyType({})
    clipping: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    kept: frozenset[str] | None = None
    unless_empty: Mapping[str, str] = MappingProxyType({})
    together: Mapping[str, str] = MappingProxyType({})
    naming: Mapping[str, str] = MappingProxyType({})
    ties: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Return the columns to show, in the order of a line."""
        names = self.schema.names
        at_end = {name: (name in self.min_width, names.index(name)) for name in self.priority}
        return [*self.order] or sorted(self.priority, key=at_end.__getitem__)

    @property
    def sortable(self) -> dict[str, bool]:
        """Return the columns to sort by, and whether the largest values come first."""
        return {
            name: not pa.types.is_string(self.schema.field(name).type)
            for name in self.schema.names
            if name in self.priority and not pa.types.is_list(self.schema.field(name).type)
        }

    def checked_sort(self, sort: str | None) -> str:
        """Return the column to sort by.

        Raises
        ------
        click.BadParameter
            There is no such column to sort by.
        """
        if sort and sort not in self.sortable:
            choices = ", ".join(self.sortable)
            message = f"{sort!r} is not a sortable column. Choose one of {choices}"
            if meant := suggestion(sort, self.sortable):
                message += f".{meant}"
            raise click.BadParameter(message, param_hint="--sort")
        return sort or self.sort

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
        *("operator", "reason", "first_seen", "status_2xx", "status_4xx", "status_3xx"),
        *("status_5xx", "bytes_sent", "methods", "vhosts", "declared_by", "source", "offset"),
    ),
    min_width={"robot": 12, "user_agents": 20, "reason": 20},
    usual_width={"robot": 24, "user_agents": 28, "reason": 28},
    kept=frozenset({"host", "robot", "requests"}),
    clipping=frozenset({"verdict"}),
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
    min_width={"robot": 12, "operator": 8},
    usual_width={"robot": 32, "operator": 20},
    kept=frozenset({"robot", "hosts", "requests"}),
)
LEDGER_LAYOUT = Layout(
    LEDGER,
    key="source",
    sort="source",
    priority=("source", "matched_lines", "rejects", "damage", "bytes_text", "bytes_stored"),
    min_width={"damage": 20},
)


def choose_layout(what: str, *, verified: bool) -> Layout:
    """Return the layout of a table of hosts, robots or logs, with or without verdicts."""
    layout = {"hosts": HOST_LAYOUT, "robots": ROBOT_LAYOUT, "logs": LEDGER_LAYOUT}[what]
    return layout if verified else layout.without("verdict", "reason", *VERDICTS)
