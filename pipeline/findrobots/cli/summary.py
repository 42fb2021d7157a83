"""Sum up a scan in a few lines."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import joined, numbers, rows_where
from findrobots.cli.naming import SHOWN, counted, entry, named
from findrobots.cli.text_width import columns, listed, padded
from findrobots.robots.filter import RequestFilter
from findrobots.sanitize import printable
from findrobots.tables.declared import (
    NO_ROBOT,
    OTHER,
    count_purposes,
    find_declared,
    tabulate_robots,
)
from findrobots.tables.host_table import HostTable, Totals
from findrobots.tables.results import (
    COPY,
    IDENTICAL,
    MOVED,
    REPEATED,
    REPLACED,
    SHORT,
    SKIPPED,
    ScanResult,
)

__all__ = [
    "note_lines",
    "purpose_lines",
    "reject_lines",
    "size_text",
    "summary_lines",
    "text_read",
    "total",
    "work",
]

# Robots that are named, and the columns that a name may take.
ROBOTS_SHOWN = 5
NAME_WIDTH = 32
# How hosts without a robot are described.
MISSING = {NO_ROBOT[True]: "undeclared", NO_ROBOT[False]: "without a user agent"}
# What is said of logs, by the kind of note: how another log is named, and the words for one log
# and for several.
NOTES = (
    (MOVED, "was", "has moved, and was read on", "have moved, and were read on"),
    (COPY, "of", "is a copy being made, and was not counted", "are copies being made, not counted"),
    (
        SHORT,
        "of",
        "holds less of another one than was counted, and was not counted",
        "hold less of others than was counted, and were not counted",
    ),
    (
        IDENTICAL,
        "as",
        "holds the text of another one, and was counted as well (--identical skip leaves it out)",
        "hold the text of others, and were counted as well (--identical skip leaves them out)",
    ),
    (
        SKIPPED,
        "as",
        "holds the text of another one, and was not counted",
        "hold the text of others, and were not counted",
    ),
    (
        REPEATED,
        "",
        "has only equal lines: if it was truncated and written again, some are missed",
        "have only equal lines: if they were truncated and written again, some are missed",
    ),
    (
        REPLACED,
        "",
        "was replaced by new text; if it was rotated, name the rotated log too",
        "were replaced by new text; if they were rotated, name the rotated logs too",
    ),
)
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
    """Yield the lines that sum up a scan.

    Parameters
    ----------
    result
        What this run found.
    table
        The host table that is written.
    sources
        The number of logs that were given, with those that needed no reading.
    updated
        The run updated a table, so that ``result`` is what it added.
    seconds
        The time the run took.
    totals
        The totals of a table in shards, whose hosts are not in memory.
    """
    added = _counts(totals or _totals(result.hosts), table.request_filter)
    label = ("total: " if totals else "added: ") if updated else ""
    yield f"{label}{added} ({work(result, seconds, updated=updated)})"
    if updated and not totals:
        yield f"total: {_counts(_totals(table.hosts), table.request_filter)}"
    if result.format_counts:
        formats = (f"{name} {count:,}" for name, count in result.format_counts)
        yield f"requests by format: {', '.join(map(printable, formats))}"
    if known := sources - result.sources.num_rows:
        yield f"{counted(known, 'log')} unchanged since the last update"
    yield from reject_lines(result, hint="; --rejects FILE saves them")
    yield from _unrecognized(result.unrecognized)
    yield from note_lines(result)
    if not totals:
        yield from _robots(table.hosts)


def _robots(hosts: pa.Table) -> Iterator[str]:
    """Yield which robots made the most requests, and how many hosts declare none."""
    declared = find_declared(hosts)
    robots = tabulate_robots(hosts, declared).select(["robot", "requests"])
    order = [("requests", "descending"), ("robot", "ascending")]
    # A table may have as many robots as hosts: only the first become Python objects.
    top = robots.sort_by(order).slice(0, ROBOTS_SHOWN + len(MISSING)).to_pylist()
    named = [row for row in top if row["robot"] not in MISSING][:ROBOTS_SHOWN]
    busiest = [f"{_clipped(row['robot'])} {row['requests']:,}" for row in named]
    if more := len(declared.agents) - len(named):
        busiest.append(counted(more, "other"))
    purposes = count_purposes(declared)
    missing = [
        f"{counted(purposes[name], 'host')} {words}"
        for name, words in MISSING.items()
        if purposes[name]
    ]
    if busiest or purposes[NO_ROBOT[True]]:
        yield "; ".join((f"robots by requests: {', '.join(busiest) or 'none'}", *missing))


def purpose_lines(purposes: Counter[str], width: int | None) -> Iterator[str]:
    """Yield how many hosts have robots of each purpose, in lines of a width.

    Parameters
    ----------
    purposes
        The number of hosts by purpose.
    width
        The columns of the terminal; ``None`` yields one line.
    """
    last = (OTHER, *MISSING)
    order = [
        *sorted(purposes.keys() - {*last}, key=lambda name: (-purposes[name], name)),
        *filter(purposes.__contains__, last),
    ]
    counts = [f"{MISSING.get(name, name)} {purposes[name]:,}" for name in order]
    yield from listed(f"{counted(purposes.total(), 'host')}: ", counts, width)


def _clipped(name: str) -> str:
    text = printable(name)
    return padded(text, min(columns(text), NAME_WIDTH), right=False)


def _totals(hosts: pa.Table) -> Totals:
    return Totals(hosts.num_rows, total(hosts["requests"]))


def _counts(totals: Totals, request_filter: RequestFilter) -> str:
    return (
        f"{counted(totals.hosts, 'host')}, "
        f"{counted(totals.requests, 'request')} for {printable(request_filter.describe())}"
    )


def work(result: ScanResult, seconds: float, *, updated: bool) -> str:
    """Describe how much was read, and in which time."""
    stored, text = total(result.sources["bytes_stored"]), text_read(result.sources)
    sizes = [size_text(text)]
    if stored != text or updated:
        sizes = [f"{size_text(stored)} stored", f"{size_text(text)} of {'new ' * updated}text"]
    logs = counted(result.sources.num_rows, "log")
    unparsed = counted(result.reject_count, "unparsed line")
    return ", ".join((logs, *sizes, unparsed, f"{seconds:.2f} s"))


def text_read(statuses: pa.Table) -> int:
    """Return how many bytes of text were read of logs."""
    ends = numbers(joined(statuses["bytes_text"])) + numbers(joined(statuses["unfinished_bytes"]))
    return int(np.maximum(ends - numbers(joined(statuses["begin"])), 0).sum())


def reject_lines(result: ScanResult, *, hint: str = "") -> Iterator[str]:
    """Yield the first lines that could not be parsed."""
    if result.rejects.num_rows:
        yield "unparsed lines:"
    for reject in result.rejects.slice(0, SHOWN).to_pylist():
        place = f"{reject['source']}, byte {reject['offset']}: {reject['reason']}: "
        yield entry(f"{place}{reject['text']}")
    if result.reject_count > SHOWN:
        yield f"  and {result.reject_count - SHOWN:,} more{hint}"


def _unrecognized(logs: pa.Table) -> Iterator[str]:
    """Yield which logs do not look like access logs, each with one of its lines."""
    note = "does not look like an access log"
    if logs.num_rows > 1:
        note = "do not look like access logs"
    yield from named([": ".join(row.values()) for row in logs.to_pylist()], note)


def note_lines(result: ScanResult) -> Iterator[str]:
    """Yield what a user should know about some of the logs."""
    statuses = result.sources
    unfinished_bytes = numbers(joined(statuses["unfinished_bytes"]))
    lengths = pc.binary_length(joined(statuses["damage"])).cast(pa.int64())
    damaged = numbers(lengths) > 0
    unfinished = rows_where(statuses, (unfinished_bytes > 0) & ~damaged)["source"].to_pylist()
    for kind, relation, one, several in NOTES:
        notes = [note for note in result.notes if note.kind == kind]
        names = [
            f"{note.source} ({relation} {note.other})" if relation else note.source
            for note in notes
        ]
        more = sum(note.more for note in notes)
        note = one if len(names) == 1 and not more else several
        yield from named(names, note, more=more)
    yield from named(
        unfinished,
        "ends within a line, which will be counted once complete"
        if len(unfinished) == 1
        else "end within a line, which will be counted once complete",
    )


def total(numbers: pa.ChunkedArray) -> int:
    """Return the sum of a column, 0 if it has no rows."""
    return int(pc.sum(numbers).as_py() or 0)


def size_text(number: float) -> str:
    """Format a number of bytes in decimal units, as disks and networks do.

    >>> size_text(999), size_text(24_065_304)
    ('999 B', '24.1 MB')
    """
    for unit in UNITS[:-1]:
        if number < 999.95 or (unit == "B" and number < 1000):  # noqa: PLR2004 (would print as 1000.0)
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {UNITS[-1]}"
