"""Format tables as aligned lines or as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pyarrow as pa

from findrobots.cli.text_width import columns, padded
from findrobots.formats import Format, Prefix
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
    """How a table is shown.

    Attributes
    ----------
    schema
        The columns of the table, in order.
    key
        The column whose values are unique.
    sort
        The column that rows are sorted by by default.
    priority
        The columns to show, the most important first: where not all fit, the last are
        left out.
    min_width
        The columns that may be clipped, each with its least width.
    """

    schema: pa.Schema
    key: str
    sort: str
    priority: tuple[str, ...]
    min_width: Mapping[str, int]

    @property
    def sortable(self) -> dict[str, bool]:
        """Return the columns to sort by, and whether the largest values come first."""
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

# "CSV Injection" of OWASP: characters that make a spreadsheet read a cell as a formula, also
# after another separator than the comma, as in half of Europe. Japanese spreadsheets accept
# the full-width forms too.
FORMULA = re.compile("(^|[,;|\"'\t])(?=[=+@\t\r\uff1d\uff0b\uff0d\uff20-])")
TEXT_SEPARATOR = " | "
CHUNK_ROWS = 1 << 12


def host_lines(hosts: pa.Table) -> Iterator[str]:
    """Yield one line per host of a host table."""
    for chunk in hosts["host"].chunks:
        yield from (printable(host) for host in chunk.to_pylist())


def table_lines(
    table: pa.Table, layout: Layout, *, sort: str, limit: int | None, width: int | None
) -> Iterator[str]:
    """Yield a heading and the first rows of a table as aligned lines.

    Parameters
    ----------
    table, layout
        The table, and how to show it.
    sort
        The column to sort by.
    limit
        The number of rows; ``None`` for all.
    width
        The columns of the terminal: less important columns are left out, or clipped, to
        fit. ``None`` shows everything.
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
    """Choose the columns that fit into a width; clip in ``widths`` those that may be."""
    min_width, names = layout.min_width, layout.schema.names
    order = sorted(widths, key=lambda name: (name in min_width, names.index(name)))
    if width is None:
        return order
    left, chosen = width + len(GAP), set[str]()
    for name in layout.priority:
        needed = min(widths[name], min_width.get(name, widths[name])) + len(GAP)
        if needed <= left or not chosen:
            chosen.add(name)
            left -= needed
    for name in layout.priority:
        if name in chosen and name in min_width:
            more = min(max(widths[name] - min_width[name], 0), max(left, 0))
            widths[name] = min(widths[name], min_width[name] + more)
            left -= more
    if not chosen - {layout.key}:
        widths[layout.key] = min(widths[layout.key], width)
    return [name for name in order if name in chosen]


def in_order(table: pa.Table, layout: Layout, sort: str) -> pa.Table:
    """Sort a table by a column, and equal values by the key."""
    return table.sort_by(sort_order(layout, sort))


def sort_order(layout: Layout, sort: str) -> list[tuple[str, str]]:
    """Return the columns to sort by, each with its direction: a column, then the key."""
    order = "descending" if layout.sortable[sort] else "ascending"
    return [(sort, order), (layout.key, "ascending")]


def _cells(values: pa.ChunkedArray) -> list[str]:
    """Format the values of a column for a terminal."""
    # Arrow formats any time; those of Python end in the year 9999.
    if pa.types.is_timestamp(values.type):
        return [text.partition(".")[0] for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [", ".join(map(printable, texts)) for texts in values.to_pylist()]
    return [printable(str(value)) for value in values.to_pylist()]


def csv_chunks(table: pa.Table, layout: Layout, *, sort: str, limit: int | None) -> Iterator[str]:
    """Yield a heading and the first rows of a table as CSV (RFC 4180), in chunks.

    Times are ISO 8601. The texts of a list are joined by ``" | "``. Formulas are escaped.
    """
    names = [name for name in layout.schema.names if name in layout.priority]
    rows = in_order(table, layout, sort).slice(0, limit).select(names)
    yield ",".join(names) + "\r\n"
    for batch in rows.to_batches(max_chunksize=CHUNK_ROWS):
        piece = io.StringIO()
        csv.writer(piece).writerows(zip(*map(_csv_cells, batch.columns), strict=True))
        yield piece.getvalue()


def _csv_cells(values: pa.Array) -> list[object]:
    """Format the values of a column for CSV; numbers stay numbers."""
    if pa.types.is_timestamp(values.type):
        return [text.replace(" ", "T") for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [TEXT_SEPARATOR.join(map(escape_formula, texts)) for texts in values.to_pylist()]
    return [
        escape_formula(value) if isinstance(value, str) else value for value in values.to_pylist()
    ]


def escape_formula(text: str) -> str:
    """Escape untrusted text so that no spreadsheet runs it and no terminal obeys it.

    >>> escape_formula("=1+1"), escape_formula("a;@b"), escape_formula("(compatible; +http://bot.example)")
    ("'=1+1", "a;'@b", '(compatible; +http://bot.example)')
    """
    return printable(FORMULA.sub(r"\1'", text))


def format_lines(rows: Iterable[Format | Prefix]) -> Iterator[str]:
    """Yield the name of each format or prefix, then its example."""
    for row in rows:
        yield row.name
        yield f"  {row.example}"
