"""A scan's findings to the lines that sum it up."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import joined, numbers, rows_where
from findrobots.cli.text_width import padded
from findrobots.robots.filter import RequestFilter
from findrobots.sanitize import printable
from findrobots.tables.host_table import HostTable, Totals
from findrobots.tables.results import ScanResult, describe_damage

__all__ = ["summary_lines"]

# Of things that there may be many of, so many are told one by one.
SHOWN = 3
WIDTH = 120
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def summary_lines(  # noqa: PLR0913 (options all but the first two)
    result: ScanResult,
    table: HostTable,
    *,
    sources: int,
    updated: bool,
    seconds: float,
    totals: Totals | None = None,
) -> Iterator[str]:
    """Yield what a scan of so many sources found and did, for standard error.

    Where it ``updated`` a table, what was found is what is new. Of a table in shards there
    are only the ``totals``.
    """
    statuses = result.sources
    if totals:
        yield f"{'in all: ' * updated}{_made(totals, table.request_filter)}"
    else:
        yield f"{'new: ' * updated}{_made(_totals(result.hosts), table.request_filter)}"
        if updated:
            yield f"in all: {_made(_totals(table.hosts), table.request_filter)}"
    known = sources - statuses.num_rows
    stored, text = _size(_total(statuses["bytes_stored"])), _size(_text_read(statuses))
    sizes = (
        f"{stored} stored, {text} of new text" if updated else f"{stored} read, {text} decompressed"
    )
    logs, rejected = _counted(statuses.num_rows, "log"), _counted(result.reject_count, "line")
    yield f"{logs}, {sizes}, {rejected} rejected, {seconds:.2f} s"
    if known:
        yield f"{_counted(known, 'log')} known from before"
    if result.format_counts:
        met = (f"{name} {count:,}" for name, count in result.format_counts)
        yield f"requests by format: {', '.join(map(printable, met))}"
    yield from _rejects(result)
    yield from _notes(statuses)


def _totals(hosts: pa.Table) -> Totals:
    return Totals(hosts.num_rows, _total(hosts["requests"]))


def _made(totals: Totals, request_filter: RequestFilter) -> str:
    return (
        f"{_counted(totals.hosts, 'host')} made "
        f"{_counted(totals.requests, 'request')} for {printable(request_filter.describe())}"
    )


def _text_read(statuses: pa.Table) -> int:
    ends = numbers(joined(statuses["bytes_text"])) + numbers(joined(statuses["unfinished_bytes"]))
    return int(np.maximum(ends - numbers(joined(statuses["begin"])), 0).sum())


def _rejects(result: ScanResult) -> Iterator[str]:
    for reject in result.rejects.slice(0, SHOWN).to_pylist():
        where = printable(f"{reject['source']}, byte {reject['offset']}: {reject['reason']}: ")
        yield padded(f"  {where}{printable(reject['text'])}", WIDTH, right=False).rstrip()
    if result.reject_count > SHOWN:
        yield f"  and {result.reject_count - SHOWN:,} more; --rejects FILE keeps them"


def _notes(statuses: pa.Table) -> Iterator[str]:
    """Yield what a user should know of single logs."""
    begin, end, unfinished_bytes = (
        numbers(joined(statuses[name])) for name in ("begin", "bytes_text", "unfinished_bytes")
    )
    lengths = pc.binary_length(joined(statuses["damage"])).cast(pa.int64())
    damaged = numbers(lengths) > 0
    known = rows_where(statuses, end < begin)["source"].to_pylist()
    cut = rows_where(statuses, (unfinished_bytes > 0) & ~damaged)["source"].to_pylist()
    ends = joined(statuses["tail_digest"])
    known_ends = (numbers(pc.binary_length(ends).cast(pa.int64())) > 0) & (begin == 0)
    again = int(known_ends.sum()) - len(rows_where(statuses, known_ends)["tail_digest"].unique())
    if again:
        logs = _counted(again, "log")
        yield f"{logs} counted again, the same as others; --update counts each once"
    yield from _named("damaged, and read as far as can be", describe_damage(statuses))
    yield from _named("counted before, as a part of another or while damaged", known)
    yield from _named("ending within a line, which counts when its newline is there", cut)


def _named(what: str, logs: Sequence[str]) -> Iterator[str]:
    """Say something of some logs, the first of them by name."""
    if not logs:
        return
    yield f"{_counted(len(logs), 'log')} {what}:"
    for log in sorted(logs)[:SHOWN]:
        yield padded(f"  {printable(log)}", WIDTH, right=False).rstrip()
    if len(logs) > SHOWN:
        yield f"  and {len(logs) - SHOWN:,} more"


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
