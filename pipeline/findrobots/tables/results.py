"""Collect what a scan finds: hosts, rejected lines, and the status of each log."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import empty_table, joined, numbers, rows_where, table_of_rows
from findrobots.formats.coded import RobotRequests, code, concat
from findrobots.records import (
    UNOPENED,
    Overview,
    RangeStatus,
    Reject,
    Requests,
    SourceStatus,
    Unrecognized,
    concat_requests,
)
from findrobots.tables.audit import NOTHING_AUDITED, AuditTables, PackedAudit, merge_audits
from findrobots.tables.fetches import merge_fetches, tabulate_fetches
from findrobots.tables.hosts import (
    CODED_HOSTS,
    merge_coded_hosts,
    merge_hosts,
    tabulate_hosts,
)
from findrobots.tables.ledger import SOURCES

__all__ = [
    "BUFFER_SIZES",
    "COPY",
    "IDENTICAL",
    "MOVED",
    "NOTHING",
    "REJECTS",
    "REPEATED",
    "REPLACED",
    "SHORT",
    "SKIPPED",
    "UNRECOGNIZED",
    "BufferSizes",
    "Item",
    "Note",
    "ScanResult",
    "Spill",
    "count_rejects",
    "describe_damage",
    "list_unopened",
    "merge",
    "tabulate",
]

Item = Requests | RobotRequests | Reject | SourceStatus | RangeStatus | Overview | Unrecognized

REJECTS = pa.schema(
    {"source": pa.string(), "offset": pa.int64(), "reason": pa.string(), "text": pa.string()}
)

UNRECOGNIZED = pa.schema({"source": pa.string(), "line": pa.string()})

# Writes a host table to a file on disk and returns the path of the file.
Spill = Callable[[pa.Table], str]

# Pairs of a name and a number, sorted by name.
Counts = tuple[tuple[str, int], ...]


class Note(NamedTuple):
    """Something a user should know about a log, and perhaps about another one."""

    kind: str
    source: str
    other: str = ""
    more: int = 0  # further logs like it, which are not named


# The kinds of notes.
COPY = "copy"  # a copy of the other one while it is made: not counted
IDENTICAL = "identical"  # its text is that of the other one: both are counted
MOVED = "moved"  # it is the other one, at another place
SHORT = "short"  # it holds less of the other one than was counted: not counted
SKIPPED = "skipped"  # its text is that of the other one: it is not counted
REPEATED = "repeated"  # all of its lines are the same, so that a truncation does not show
REPLACED = "replaced"  # the text that was counted is in no log any more


class BufferSizes(NamedTuple):
    """How much ``tabulate`` holds in memory before each of its steps.

    Attributes
    ----------
    batch_rows, batch_bytes
        Requests that are turned into a host table at once: enough rows for columns to pay,
        few enough for memory. A single request may be as long as a line, hence the bytes.
    merge_rows, merge_bytes
        Hosts that are collected before they are merged with those found so far.
    spill_bytes
        Hosts that are kept in memory where they may be spilled to a disk, where they take up to
        twice the bytes, since their texts are not coded there.
    """

    batch_rows: int = 1 << 16
    batch_bytes: int = 1 << 22
    merge_rows: int = 1 << 18
    merge_bytes: int = 1 << 23
    spill_bytes: int = 1 << 25


BUFFER_SIZES = BufferSizes()


class ScanResult(NamedTuple):
    """What a scan found.

    Attributes
    ----------
    hosts
        The host table, with the columns of ``CODED_HOSTS``.
    reject_counts
        Number of rejected lines by source.
    rejects
        The first of the rejected lines, or all of them.
    sources
        The status of each log, in any order.
    format_counts
        Number of requests by log format.
    spill_files
        Paths of spill files with more hosts, which are not merged with ``hosts`` yet.
    notes
        What a user should know about some logs.
    unrecognized
        The logs of which no line has a known format, each with one of its lines.
    overview
        What the parsed lines have, also those that a filter drops.
    audit
        What an audit finds besides.
    ranges
        The status of each range of logs that are read in ranges, in any order.
    """

    hosts: pa.Table
    reject_counts: Counts
    rejects: pa.Table
    sources: pa.Table
    format_counts: Counts
    spill_files: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    unrecognized: pa.Table = empty_table(UNRECOGNIZED)
    overview: Overview = Overview()
    audit: AuditTables | PackedAudit = NOTHING_AUDITED
    ranges: tuple[RangeStatus, ...] = ()

    @property
    def reject_count(self) -> int:
        """Return the number of rejected lines."""
        return sum(count for _, count in self.reject_counts)


NOTHING = ScanResult(empty_table(CODED_HOSTS), (), empty_table(REJECTS), empty_table(SOURCES), ())


def tabulate(
    items: Iterable[Item],
    *,
    max_rejects: int | None = None,
    spill: Spill | None = None,
    fetches: bool = False,
    sizes: BufferSizes = BUFFER_SIZES,
) -> ScanResult:
    """Collect the items of a partition into one result.

    The memory in use depends on the number of hosts, not on the number of requests.

    Parameters
    ----------
    items
        Requests, rejected lines and the status of each log.
    max_rejects
        Number of rejected lines to keep; all by default.
    spill
        Write hosts to a disk with this function whenever they exceed ``sizes.spill_bytes``,
        and all of them at the end.
    fetches
        Keep each request, for an audit, and no hosts.
    sizes
        How much to hold in memory before each step.
    """
    result, parts = NOTHING, list[ScanResult]()
    for batch in _batches(items, sizes):
        parts.append(_tabulate_batch(batch, fetches=fetches))
        # Merging when the parts have grown as large as the result keeps both the work
        # and the memory linear.
        rows = sum(part.hosts.num_rows for part in parts)
        size = sum(part.hosts.nbytes for part in parts)
        if rows > max(sizes.merge_rows, result.hosts.num_rows) or size > max(
            sizes.merge_bytes, result.hosts.nbytes
        ):
            result, parts = merge([result, *parts], max_rejects=max_rejects), []
            if spill and result.hosts.nbytes >= sizes.spill_bytes:
                result = _spill_hosts(result, spill)
    result = merge([result, *parts], max_rejects=max_rejects)
    return _spill_hosts(result, spill) if spill and result.hosts.num_rows else result


def _spill_hosts(result: ScanResult, spill: Spill) -> ScanResult:
    spill_files = (*result.spill_files, spill(merge_hosts([result.hosts])))
    return result._replace(hosts=NOTHING.hosts, spill_files=spill_files)


def _batches(items: Iterable[Item], sizes: BufferSizes) -> Iterator[list[Item]]:
    """Group items into batches of a number of rows, or of bytes."""
    batch, rows, size = list[Item](), 0, 0
    for item in items:
        batch.append(item)
        if isinstance(item, Requests):
            rows += len(item.host)
            size += sum(map(len, chain(item.host, item.target, item.user_agent)))
        elif isinstance(item, RobotRequests):
            rows += len(item.offset)
            texts = (item.host.values, item.target.values, item.user_agent.values)
            size += sum(map(len, chain.from_iterable(texts)))
        else:
            rows += 1
        if rows >= sizes.batch_rows or size >= sizes.batch_bytes:
            yield batch
            batch, rows, size = [], 0, 0
    yield batch


def _tabulate_batch(items: list[Item], *, fetches: bool) -> ScanResult:
    kinds = defaultdict[type, list[Any]](list)
    for item in items:
        kinds[type(item)].append(item)
    rejects = kinds[Reject]
    requests: list[Requests | RobotRequests] = [concat_requests(kinds[Requests])]
    if columns := kinds[RobotRequests]:
        requests.append(concat(columns))
    return ScanResult(
        NOTHING.hosts if fetches else merge_coded_hosts([*map(tabulate_hosts, requests)]),
        count_rejects(rejects),
        table_of_rows(rejects, REJECTS),
        table_of_rows(kinds[SourceStatus], SOURCES),
        _sum_counts(map(_count_formats, requests)),
        (),
        (),
        table_of_rows(kinds[Unrecognized], UNRECOGNIZED),
        _merge_overviews([Overview(), *kinds[Overview]]),
        AuditTables(merge_fetches(map(tabulate_fetches, requests))) if fetches else NOTHING_AUDITED,
        tuple(kinds[RangeStatus]),
    )


def _count_formats(requests: Requests | RobotRequests) -> Counter[str]:
    """Count requests by the format of their lines."""
    if isinstance(requests, Requests):
        return Counter(requests.format)
    names = code(requests.format.values)
    counts = np.bincount(names.codes[requests.format.codes], minlength=len(names.values))
    return +Counter(dict(zip(names.values, counts.tolist(), strict=True)))


def count_rejects(rejects: Iterable[Reject]) -> Counts:
    """Return the number of rejected lines by source."""
    return _sum_counts([Counter(reject.source for reject in rejects)])


def merge(results: Iterable[ScanResult], *, max_rejects: int | None = None) -> ScanResult:
    """Merge the results of several scans, or of parts of one.

    Associative and commutative, with ``NOTHING`` as identity; only ``sources`` and ``ranges`` come
    in any order, since there may be a million and nothing depends on it.

    Parameters
    ----------
    results
        The results to merge.
    max_rejects
        Number of rejected lines to keep, the first by source and offset; all by default.
        ``reject_counts`` counts all of them.
    """
    (
        hosts,
        reject_counts,
        rejects,
        statuses,
        format_counts,
        spill_files,
        notes,
        unrecognized,
        overviews,
        audits,
        ranges,
    ) = zip(NOTHING, *results, strict=True)
    in_order = _sorted(pa.concat_tables(rejects))
    return ScanResult(
        merge_coded_hosts(hosts),
        _sum_counts(map(dict, reject_counts)),
        in_order.slice(0, max_rejects).combine_chunks(),
        pa.concat_tables(statuses).combine_chunks(),
        _sum_counts(map(dict, format_counts)),
        tuple(sorted(chain.from_iterable(spill_files))),
        tuple(sorted({*chain.from_iterable(notes)})),
        _sorted(pa.concat_tables(unrecognized)).combine_chunks(),
        _merge_overviews(overviews),
        merge_audits(audits),
        tuple(chain.from_iterable(ranges)),
    )


def _merge_overviews(overviews: Iterable[Overview]) -> Overview:
    requests, known_logs, has_vhosts, first_times, last_times = zip(*overviews, strict=True)
    return Overview(
        sum(requests), sum(known_logs), any(has_vhosts), min(first_times), max(last_times)
    )


def _sorted(rows: pa.Table) -> pa.Table:
    return rows.sort_by([(name, "ascending") for name in rows.column_names])


def _sum_counts(counts: Iterable[Mapping[str, int]]) -> Counts:
    total = Counter[str]()
    for each in counts:
        total.update(each)
    return tuple(sorted(total.items()))


def describe_damage(statuses: pa.Table) -> list[str]:
    """Describe what could not be read: one line per log, sorted."""
    return sorted(f"{source}: {damage}" for source, damage, _ in _damages(statuses))


def list_unopened(statuses: pa.Table) -> list[tuple[str, str]]:
    """Return the logs that could not be opened, each with the reason, sorted."""
    return sorted(
        (source, reason) for source, reason, outcome in _damages(statuses) if outcome == UNOPENED
    )


def _damages(statuses: pa.Table) -> Iterator[tuple[str, str, str]]:
    """Yield the source, damage and outcome of logs that could not be read completely."""
    is_damaged = numbers(pc.binary_length(joined(statuses["damage"])).cast(pa.int64())) > 0
    damaged = rows_where(statuses.select(["source", "damage", "outcome"]), is_damaged)
    yield from zip(*(column.to_pylist() for column in damaged.columns), strict=True)
