"""Tables and findings to lines that a person reads, or a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.findings import Findings
from pipeline.formats import Format
from pipeline.hosts import HOSTS
from pipeline.terminal import columns, padded, printable

__all__ = ["SORTABLE", "csv_texts", "format_lines", "host_lines", "summary_lines", "table_lines"]

# What a table is sorted by for a person, and whether the largest comes first.
SORTABLE = {
    field.name: not pa.types.is_string(field.type)
    for field in HOSTS
    if not pa.types.is_list(field.type)
}
# What to show first where not everything fits, and the least width of what can be cut.
BY_WORTH = (
    *("host", "requests", "last_seen", "user_agents", "first_seen"),
    *("status_2xx", "status_4xx", "status_3xx", "status_5xx", "bytes_sent"),
    *("methods", "vhosts", "source", "offset"),
)
LEAST_WIDTH = {"user_agents": 20}
GAP = "  "
REJECTS_SHOWN = 3
REJECT_WIDTH = 120

# "CSV Injection" of OWASP: what makes a spreadsheet take a cell for a formula, also where it
# parts cells by another mark than the comma, as it does in half of Europe. In Japan the wide
# forms are taken likewise.
FORMULA = re.compile("(^|[,;|\"'\t])(?=[=+@\t\r\uff1d\uff0b\uff0d\uff20-])")
BETWEEN_TEXTS = " | "
ROWS_AT_ONCE = 1 << 12
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def host_lines(hosts: pa.Table) -> Iterator[str]:
    """Yield the hosts of a host table, one a line."""
    for chunk in hosts["host"].chunks:
        yield from (printable(host) for host in chunk.to_pylist())


def table_lines(hosts: pa.Table, *, sort: str, limit: int, width: int | None) -> Iterator[str]:
    """Yield a host table's first rows, aligned, a heading above them.

    Where the width, in columns of a terminal, is not enough, the least telling table
    columns are left out and the user agents cut; without a width nothing is.
    """
    rows = _in_order(hosts, sort).slice(0, limit)
    cells = {name: [name, *_cells(rows[name])] for name in HOSTS.names}
    widths = {name: max(map(columns, texts)) for name, texts in cells.items()}
    names = list(_fitting(widths, width))
    for row in range(len(cells["host"])):
        line = GAP.join(
            padded(
                cells[name][row], widths[name], right=pa.types.is_integer(HOSTS.field(name).type)
            )
            for name in names
        )
        yield line.rstrip()


def _fitting(widths: dict[str, int], width: int | None) -> Iterable[str]:
    """Choose the columns that fit into a width, cutting what can be cut to fit."""
    order = sorted(widths, key=lambda name: (name in LEAST_WIDTH, HOSTS.names.index(name)))
    if width is None:
        return order
    left, chosen = width + len(GAP), set[str]()
    for name in BY_WORTH:
        needed = min(widths[name], LEAST_WIDTH.get(name, widths[name])) + len(GAP)
        if needed <= left or not chosen:
            chosen.add(name)
            left -= needed
    for name in chosen & LEAST_WIDTH.keys():
        widths[name] = min(widths[name], LEAST_WIDTH[name] + max(left, 0))
    if not chosen - {"host"}:
        widths["host"] = min(widths["host"], width)
    return [name for name in order if name in chosen]


def _in_order(hosts: pa.Table, sort: str) -> pa.Table:
    """Sort a host table by a column, equals by host."""
    order = "descending" if SORTABLE[sort] else "ascending"
    return hosts.sort_by([(sort, order), ("host", "ascending")])


def _cells(values: pa.ChunkedArray) -> list[str]:
    """Write the values of a column for a person."""
    # Arrow writes any time; Python's end in the year 9999.
    if pa.types.is_timestamp(values.type):
        return [text.partition(".")[0] for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [", ".join(map(printable, texts)) for texts in values.to_pylist()]
    return [printable(str(value)) for value in values.to_pylist()]


def csv_texts(hosts: pa.Table, *, sort: str, limit: int | None) -> Iterator[str]:
    """Yield a host table's first rows, or all, as CSV (RFC 4180), a heading above them.

    Times are ISO 8601. The texts of a list have ``" | "`` between them. No text is a formula
    to a spreadsheet.
    """
    rows = _in_order(hosts, sort).slice(0, limit)
    yield ",".join(HOSTS.names) + "\r\n"
    for batch in rows.to_batches(max_chunksize=ROWS_AT_ONCE):
        piece = io.StringIO()
        csv.writer(piece).writerows(zip(*map(_csv_cells, batch.columns), strict=True))
        yield piece.getvalue()


def _csv_cells(values: pa.Array) -> list[object]:
    """Write the values of a column for CSV; numbers stay as they are."""
    if pa.types.is_timestamp(values.type):
        return [text.replace(" ", "T") for text in values.cast(pa.string()).to_pylist()]
    if pa.types.is_list(values.type):
        return [BETWEEN_TEXTS.join(map(_inert, texts)) for texts in values.to_pylist()]
    return [_inert(value) if isinstance(value, str) else value for value in values.to_pylist()]


def _inert(text: str) -> str:
    """Return a stranger's text that neither a terminal nor a spreadsheet obeys.

    >>> _inert("=1+1"), _inert("a;@b"), _inert("(compatible; +http://bot.example)")
    ("'=1+1", "a;'@b", '(compatible; +http://bot.example)')
    """
    return printable(FORMULA.sub(r"\1'", text))


def format_lines(formats: Iterable[Format]) -> Iterator[str]:
    """Yield the name of each format, and its example below it."""
    for row in formats:
        yield row.name
        yield f"  {row.example}"


def summary_lines(
    findings: Findings, paths: Sequence[str], *, seconds: float, written: Sequence[str]
) -> Iterator[str]:
    """Yield what a scan found and did, for standard error."""
    hosts, readings = findings.hosts, findings.readings
    yield (
        f"{_counted(hosts.num_rows, 'host')} made "
        f"{_counted(_total(hosts['requests']), 'request')} for {' or '.join(map(printable, paths))}"
    )
    yield (
        f"{_counted(readings.num_rows, 'log')}, {_size(_total(readings['bytes_stored']))} read, "
        f"{_size(_total(readings['bytes_text']))} decompressed, "
        f"{_counted(findings.rejected, 'line')} rejected, {seconds:.2f} s"
    )
    if findings.formats:
        met = (f"{name} {count:,}" for name, count in findings.formats)
        yield f"requests by format: {', '.join(map(printable, met))}"
    for reject in findings.rejects.slice(0, REJECTS_SHOWN).to_pylist():
        where = printable(f"{reject['source']}, byte {reject['offset']}: {reject['reason']}: ")
        yield padded(f"  {where}{printable(reject['text'])}", REJECT_WIDTH, right=False).rstrip()
    if findings.rejected > REJECTS_SHOWN:
        yield f"  and {findings.rejected - REJECTS_SHOWN:,} more; --rejects FILE keeps them all"
    for path in written:
        yield f"{printable(path)} written"


def _total(numbers: pa.ChunkedArray) -> int:
    return int(pc.sum(numbers).as_py() or 0)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _size(number: float) -> str:
    """Write a number of bytes in decimal units, as disks and networks count.

    >>> _size(999), _size(24_065_304)
    ('999 B', '24.1 MB')
    """
    for unit in UNITS[:-1]:
        if number < 999.95 or (unit == "B" and number < 1000):  # noqa: PLR2004 (would print as 1000.0)
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {UNITS[-1]}"
