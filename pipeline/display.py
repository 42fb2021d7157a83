"""Tables and findings to lines that a person reads."""

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.findings import Findings
from pipeline.formats import Format
from pipeline.hosts import HOSTS
from pipeline.terminal import columns, padded, printable

__all__ = ["SORTABLE", "format_lines", "host_lines", "summary_lines", "table_lines"]

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
    frame = hosts.to_pandas().sort_values(
        [sort, "host"], ascending=[not SORTABLE[sort], True], kind="stable"
    )
    rows = frame.head(limit).to_dict("list")
    cells = {name: [name, *map(_cell, rows[name])] for name in HOSTS.names}
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


def _cell(value: object) -> str:
    """Write one value of a host table."""
    if hasattr(value, "strftime"):
        return str(value.strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(value, int | str):
        return printable(str(value))
    assert isinstance(value, Iterable)  # noqa: S101 (a list column)
    return ", ".join(printable(str(text)) for text in value)


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
        f"{_counted(_total(hosts['requests']), 'request')} for {' or '.join(paths)}"
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
