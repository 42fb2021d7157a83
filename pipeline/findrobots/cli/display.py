"""Tables to lines that a person reads, or a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa

from findrobots.cli.text_width import columns, padded
from findrobots.formats import Format
from findrobots.sanitize import printable
from findrobots.tables.hosts import HOSTS
from findrobots.tables.ledger import LEDGER

__all__ = [
    "HOST_LAYOUT",
    "LEDGER_LAYOUT",
    "Layout",
    "csv_chunks",
    "format_lines",
    "host_lines",
    "in_order",
    "sort_order",
    "table_lines",
]

GAP = "  "


class Layout(NamedTuple):
    """How a table is shown to a person.

    ``key`` is the column that tells its rows apart, ``sort`` what they are sorted by where
    nothing else is said. ``priority`` are the columns, what to show first where not all
    fit; ``min_width`` is that of what can be cut.
    """

    schema: pa.Schema
    key: str
    sort: str
    priority: tuple[str, ...]
    min_width: Mapping[str, int]

    @property
    def sortable(self) -> dict[str, bool]:
        """By what the rows can be sorted, and whether the largest come first."""
        return {
            name: not pa.types.is_string(self.schema.field(name).type)
            for name in self.schema.names
            if name in self.priority and not pa.types.is_list(self.schema.field(name).type)
        }


HOST_LAYOUT = Layout(
    HOSTS,
    key="host",
    sort="requests",
    priority=(
        *("host", "requests", "last_seen", "user_agents", "first_seen"),
        *("status_2xx", "status_4xx", "status_3xx", "status_5xx", "bytes_sent"),
        *("methods", "vhosts", "source", "offset"),
    ),
    min_width={"user_agents": 20},
)
LEDGER_LAYOUT = Layout(
    LEDGER,
    key="source",
    sort="source",
    priority=("source", "matched_lines", "rejects", "damage", "bytes_text", "bytes_stored"),
    min_width={"damage": 20},
)

# "CSV Injection" of OWASP: what makes a spreadsheet take a cell for a formula, also where it
# parts cells by another mark than the comma, as it does in half of Europe. In Japan the wide
# forms are taken likewise.
FORMULA = re.compile("(^|[,;|\"'\t])(?=[=+@\t\r\uff1d\uff0b\uff0d\uff20-])")
BETWEEN_TEXTS = " | "
ROWS_AT_ONCE = 1 << 12


def host_lines(hosts: pa.Table) -> Iterator[str]:
    """Yield the hosts of a host table, one a line."""
    for chunk in hosts["host"].chunks:
        yield from (printable(host) for host in chunk.to_pylist())


def table_lines(
    table: pa.Table, layout: Layout, *, sort: str, limit: int | None, width: int | None
) -> Iterator[str]:
    """Yield a table's first rows, aligned, a heading above them.

    Where the width, in columns of a terminal, is not enough, the least telling table
    columns are left out and those that can be are cut; without a width nothing is.
    """
    rows = in_order(table, layout, sort).slice(0, limit)
    cells = {name: [name, *_cells(rows[name])] for name in layout.priority}
    widths = {name: max(map(columns, texts)) for name, texts in cells.items()}
    names = [
        (name, pa.types.is_integer(layout.schema.field(name).type))
        for name in _fitting(widths, layout, width)
    ]
    for row in range(len(cells[layout.key])):
        line = (padded(cells[name][row], widths[name], right=right) for name, right in names)
        yield GAP.join(line).rstrip()


def _fitting(widths: dict[str, int], layout: Layout, width: int | None) -> Iterable[str]:
    """Choose the columns that fit into a width, cutting what can be cut to fit."""
    least, names = layout.min_width, layout.schema.names
    order = sorted(widths, key=lambda name: (name in least, names.index(name)))
    if width is None:
        return order
    left, chosen = width + len(GAP), set[str]()
    for name in layout.priority:
        needed = min(widths[name], least.get(name, widths[name])) + len(GAP)
        if needed <= left or not chosen:
            chosen.add(name)
            left -= needed
    for name in chosen & least.keys():
        widths[name] = min(widths[name], least[name] + max(left, 0))
    if not chosen - {layout.key}:
        widths[layout.key] = min(widths[layout.key], width)
    return [name for name in order if name in chosen]


def in_order(table: pa.Table, layout: Layout, sort: str) -> pa.Table:
    """Sort a table by a column, equals by what tells its rows apart."""
    return table.sort_by(sort_order(layout, sort))


def sort_order(layout: Layout, sort: str) -> list[tuple[str, str]]:
    """Return the columns to sort by, each with its order: equals by what tells rows apart."""
    order = "descending" if layout.sortable[sort] else "ascending"
    return [(sort, order), (layout.key, "ascending")]


def _cells(values: pa.ChunkedArray) -> list[str]:
    """Write the values of a column for a person."""
    # Arrow writes any time; Python's end in the year 9999.
    if pa.types.is_timestamp(values.type):
        return [text.partition(".")[0] for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [", ".join(map(printable, texts)) for texts in values.to_pylist()]
    return [printable(str(value)) for value in values.to_pylist()]


def csv_chunks(table: pa.Table, layout: Layout, *, sort: str, limit: int | None) -> Iterator[str]:
    """Yield a table's first rows, or all, as CSV (RFC 4180), a heading above them.

    Times are ISO 8601. The texts of a list have ``" | "`` between them. No text is a formula
    to a spreadsheet.
    """
    names = [name for name in layout.schema.names if name in layout.priority]
    rows = in_order(table, layout, sort).slice(0, limit).select(names)
    yield ",".join(names) + "\r\n"
    for batch in rows.to_batches(max_chunksize=ROWS_AT_ONCE):
        piece = io.StringIO()
        csv.writer(piece).writerows(zip(*map(_csv_cells, batch.columns), strict=True))
        yield piece.getvalue()


def _csv_cells(values: pa.Array) -> list[object]:
    """Write the values of a column for CSV; numbers stay as they are."""
    if pa.types.is_timestamp(values.type):
        return [text.replace(" ", "T") for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [BETWEEN_TEXTS.join(map(escape_formula, texts)) for texts in values.to_pylist()]
    return [
        escape_formula(value) if isinstance(value, str) else value for value in values.to_pylist()
    ]


def escape_formula(text: str) -> str:
    """Return a stranger's text that neither a terminal nor a spreadsheet obeys.

    >>> escape_formula("=1+1"), escape_formula("a;@b"), escape_formula("(compatible; +http://bot.example)")
    ("'=1+1", "a;'@b", '(compatible; +http://bot.example)')
    """
    return printable(FORMULA.sub(r"\1'", text))


def format_lines(formats: Iterable[Format]) -> Iterator[str]:
    """Yield the name of each format, and its example below it."""
    for row in formats:
        yield row.name
        yield f"  {row.example}"
