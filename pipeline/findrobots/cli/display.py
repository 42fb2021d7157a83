"""Format tables as aligned lines, and choose what of them programs are given."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import pyarrow as pa

from findrobots.cli.layouts import Layout
from findrobots.cli.text_width import columns, cut_before, listed, padded
from findrobots.formats import Format, Prefix
from findrobots.robots.verify import IMPOSTOR
from findrobots.sanitize import printable
from findrobots.tables.declared import NO_ROBOT, SEPARATOR
from findrobots.tables.export import text_chunks

__all__ = [
    "Layout",
    "csv_chunks",
    "exported_rows",
    "format_lines",
    "host_lines",
    "in_order",
    "repeated_lines",
    "repeated_values",
    "sort_order",
    "table_lines",
]

GAP = "  "
# ECMA-48, section 8.3.117, "Select graphic rendition". A colour repeats what the text says.
BOLD, RED, PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[0m"
COLOURS = {IMPOSTOR: RED}
# The columns that a text takes of which it is said that every row has it.
MAX_REPEATED = 80
# The width of a time, and of its day where the time does not fit.
TIME_WIDTH, DAY_WIDTH = len("2026-09-01 02:47:46"), len("2026-09-01")


def host_lines(hosts: pa.Table) -> Iterator[str]:
    """Yield one line per host of a host table."""
    for chunk in hosts["host"].chunks:
        yield from (printable(host) for host in chunk.to_pylist())


def table_lines(  # noqa: PLR0913 (how to show a table)
    table: pa.Table,
    layout: Layout,
    *,
    sort: str,
    limit: int | None,
    width: int | None,
    colour: bool = False,
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
        fit. ``None`` clips nothing. Columns with the same value in every row are left out.
    colour
        Whether to print the heading bold, and impostors in red.
    """
    rows = in_order(table, layout, sort).slice(0, limit)
    shown = [name for name in layout.columns if name in rows.column_names]
    left_out = repeated_values(rows, layout)
    cells = {name: [name, *_cells(rows, name)] for name in shown if name not in left_out}
    widths = _fitting(cells, layout, width)
    columns_shown = []
    for name in filter(widths.__contains__, shown):
        kind = layout.schema.field(name).type
        texts = cells[name]
        if pa.types.is_timestamp(kind) and widths[name] < TIME_WIDTH:
            texts = [text[:DAY_WIDTH] for text in texts]
        elif name in layout.naming and layout.naming[name] in rows.column_names:
            several = rows[layout.naming[name]].to_pylist()
            names = ["", *(robots.partition(SEPARATOR)[0] for robots in several)]
            texts = [*map(partial(cut_before, width=widths[name]), texts, names)]
        align = partial(padded, width=widths[name], right=pa.types.is_integer(kind))
        aligned = map(align, texts)
        columns_shown.append(map(_coloured, aligned) if colour and name == "verdict" else aligned)
    lines = (GAP.join(line).rstrip() for line in zip(*columns_shown, strict=True))
    if colour:
        yield BOLD + next(lines) + PLAIN
    yield from lines


def _coloured(cell: str) -> str:
    """Return an aligned cell with the colour of its text."""
    text = cell.rstrip()
    return COLOURS[text] + text + PLAIN + cell[len(text) :] if text in COLOURS else cell


def repeated_values(rows: pa.Table, layout: Layout) -> dict[str, str]:
    """Return the columns that lines leave out, each with the text that it has in every row.

    Of one row, only empty columns are left out.
    """
    if layout.kept is None:
        return {}
    repeated = {}
    for name in filter(rows.column_names.__contains__, layout.columns):
        values = rows[name]
        if rows.num_rows and values[1:].equals(values[:-1]):
            text = _cells(rows.slice(0, 1), name)[0]
            if rows.num_rows > 1 or not text:
                repeated[name] = text
    empty = {name for name, other in layout.unless_empty.items() if repeated.get(other) == ""}
    return {name: repeated[name] for name in repeated if name not in layout.kept - empty}


def repeated_lines(
    table: pa.Table, layout: Layout, *, sort: str, limit: int | None, width: int | None
) -> Iterator[str]:
    """Yield what the columns of texts say that ``table_lines`` leaves out."""
    rows = in_order(table, layout, sort).slice(0, limit)
    said = [
        f"{name} {padded(text, min(columns(text), MAX_REPEATED), right=False)}"
        for name, text in repeated_values(rows, layout).items()
        if text not in {"", *NO_ROBOT.values()} and not _is_number(layout, name)
    ]
    if said:
        yield from listed("in every row: ", said, width)


def _is_number(layout: Layout, name: str) -> bool:
    """Return whether a column holds numbers or times, which may be equal by chance."""
    return bool(pa.types.is_integer(layout.schema.field(name).type)) or _is_time(layout, name)


def _is_time(layout: Layout, name: str) -> bool:
    return bool(pa.types.is_timestamp(layout.schema.field(name).type))


def _fitting(cells: Mapping[str, list[str]], layout: Layout, width: int | None) -> dict[str, int]:
    """Choose the columns that fit into a width, and return the width of each."""
    full = {name: max(map(columns, texts)) for name, texts in cells.items()}
    if width is None:
        return full
    chosen = dict[str, int]()
    left = width
    for name in filter(full.__contains__, layout.priority):
        least, usual = _least_and_usual(name, full[name], layout, chosen)
        gap = len(GAP) if chosen else 0
        if name in layout.clipping:
            left += _clip_to(gap + least - left, chosen, layout)
        alone = layout.together.get(name, name) not in {*chosen, name}
        if chosen and (alone or gap + least > left):
            continue
        left -= gap
        fitting = usual if usual <= left else max(least, left * (name in layout.min_width))
        chosen[name] = max(min(fitting, left), 1)
        left -= chosen[name]
    for name in filter(chosen.__contains__, layout.priority):
        if name in layout.min_width:
            grown = min(full[name], chosen[name] + max(left, 0))
            left -= grown - chosen[name]
            chosen[name] = grown
    return chosen


def _least_and_usual(
    name: str, full: int, layout: Layout, chosen: Mapping[str, int]
) -> tuple[int, int]:
    """Return the least width of a column, and the one that it has if there is room for it."""
    if _is_time(layout, name):
        # All times of a line are as long as the first one.
        times = [width for other, width in chosen.items() if _is_time(layout, other)]
        first = times[0] if times else full
        return (min(first, full) if times else min(DAY_WIDTH, full)), min(first, full)
    least = min(full, layout.min_width.get(name, full))
    return least, min(full, layout.usual_width.get(name, least))


def _clip_to(missing: int, chosen: dict[str, int], layout: Layout) -> int:
    """Clip chosen columns by what is missing, if that is possible; return by how much."""
    room = {
        name: max(chosen[name] - layout.min_width[name], 0)
        for name in chosen
        if name in layout.min_width
    }
    if not 0 < missing <= sum(room.values()):
        return 0
    needed = missing
    for name, most in room.items():
        taken = min(most, needed)
        chosen[name] -= taken
        needed -= taken
    return missing


def in_order(table: pa.Table, layout: Layout, sort: str) -> pa.Table:
    """Sort a table by a column, and equal values by the key."""
    return table.sort_by(sort_order(layout, sort))


def sort_order(layout: Layout, sort: str) -> list[tuple[str, str]]:
    """Return the columns to sort by, each with its direction: a column, the key, the ties."""
    order = "descending" if layout.sortable[sort] else "ascending"
    return [(sort, order), *((name, "ascending") for name in (layout.key, *layout.ties))]


def _cells(rows: pa.Table, name: str) -> list[str]:
    """Format the values of a column for a terminal."""
    values = rows[name]
    # Arrow formats any time; those of Python end in the year 9999.
    if pa.types.is_timestamp(values.type):
        return [(text or "").partition(".")[0] for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [", ".join(map(printable, texts)) for texts in values.to_pylist()]
    texts = ["" if value is None else printable(str(value)) for value in values.to_pylist()]
    if name == "robot" and "user_agents" in rows.column_names:
        present = map(bool, rows["user_agents"].to_pylist())
        return [text or NO_ROBOT[known] for text, known in zip(texts, present, strict=True)]
    return texts


def csv_chunks(table: pa.Table, layout: Layout, *, sort: str, limit: int | None) -> Iterator[str]:
    """Yield a heading and the first rows of a table as CSV, in chunks."""
    yield from text_chunks(exported_rows(table, layout, sort=sort, limit=limit), "csv")


def exported_rows(table: pa.Table, layout: Layout, *, sort: str, limit: int | None) -> pa.Table:
    """Return the first rows of a table, with the columns that programs are given."""
    shown = {*layout.priority} & {*table.column_names}
    names = [name for name in layout.schema.names if name in shown]
    return in_order(table, layout, sort).slice(0, limit).select(names)


def format_lines(rows: Iterable[Format | Prefix]) -> Iterator[str]:
    """Yield the name of each format or prefix, then its example."""
    for row in rows:
        yield row.name
        yield f"  {row.example}"
