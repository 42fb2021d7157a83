"""Keep the ledger of a host table: which logs it includes, and how much of each."""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import (
    Booleans,
    empty_table,
    integers,
    joined,
    numbers,
    rows_where,
    table_of_rows,
)
from findrobots.records import Checkpoint, Probe, SourceStatus

__all__ = [
    "LEDGER",
    "PROBES",
    "SOURCES",
    "Entry",
    "drop_known",
    "find_checkpoints",
    "find_overlap",
    "forget_file_digests",
    "merge_ledgers",
    "same_prefix",
    "update_ledger",
]


class Entry(NamedTuple):
    """A log that a table includes.

    ``file_digests`` has a digest of each file that contained the log, compressed or not;
    ``first_line_digest`` to ``w3c_header`` identify its text and where to resume it. A log with
    only comment lines has no ``first_line_digest`` and is identified by its name alone.
    """

    source: str
    bytes_stored: int
    bytes_text: int
    matched_lines: int
    rejects: int
    damage: str
    file_digests: tuple[bytes, ...]
    first_line_digest: bytes
    prefix_checksums: bytes
    tail_digest: bytes
    w3c_header: bytes


TYPES = {str: pa.string(), int: pa.int64(), bytes: pa.binary()}
DIGESTS = pa.list_(pa.field("element", pa.binary()))


def _schema(row: type[tuple[object, ...]]) -> pa.Schema:
    """Return the schema of a table whose rows are named tuples of this type."""
    columns = row.__annotations__.items()
    return pa.schema(
        [pa.field(name, TYPES.get(kind, DIGESTS), nullable=False) for name, kind in columns]
    )


PROBES, SOURCES, LEDGER = _schema(Probe), _schema(SourceStatus), _schema(Entry)
ORDER = [
    (name, "ascending") for name in ("source", "first_line_digest", "bytes_text", "tail_digest")
]


def drop_known(probes: pa.Table, ledger: pa.Table) -> pa.Table:
    """Drop the probes of files that the ledger has, byte for byte; keep the others."""
    known = joined(rows_where(ledger, _has_text(ledger))["file_digests"]).flatten()
    return rows_where(probes, ~_is_in(joined(probes["file_digest"]), known))


def find_checkpoints(probes: pa.Table, ledger: pa.Table) -> dict[str, tuple[Checkpoint, ...]]:
    """Find the checkpoints from which each log may resume, by its path.

    A log may resume at the end of every known log that begins with the same text; the
    longest comes first. Logs without a checkpoint are left out.
    """
    entries, checkpoints = _by_first_line(ledger, probes), {}
    for probe in map(Probe._make, _rows(probes)):
        candidates = [
            Checkpoint(entry.bytes_text, entry.tail_digest, entry.w3c_header)
            for entry in entries.get(probe.first_line_digest, ())
            if entry.bytes_text > 0 and same_prefix(entry.prefix_checksums, probe.prefix_checksums)
        ]
        if candidates:
            checkpoints[os.fsdecode(probe.path)] = tuple(sorted(candidates, reverse=True))
    return checkpoints


def update_ledger(ledger: pa.Table, statuses: pa.Table, rejects: Mapping[str, int]) -> pa.Table:
    """Return the ledger with the logs that a scan read.

    Parameters
    ----------
    ledger
        The ledger before the scan.
    statuses
        What was read of each log.
    rejects
        Number of rejected lines by source.
    """
    # A log without text is identified by its name, and its latest status replaces the entry.
    replaced = ~_has_text(ledger) & _is_in(joined(ledger["source"]), joined(statuses["source"]))
    is_resumed = numbers(joined(statuses["begin"])) > 0
    resumed = rows_where(statuses, is_resumed)
    entries = _by_first_line(ledger, resumed)
    for status in map(SourceStatus._make, _rows(resumed)):
        candidates = entries[status.first_line_digest]
        number = [entry.bytes_text for entry in candidates].index(status.begin)
        candidates[number] = _extend(candidates[number], status, rejects)
    updated = _has_text(ledger) & _is_in(
        joined(ledger["first_line_digest"]), joined(resumed["first_line_digest"])
    )
    return merge_ledgers(
        [
            rows_where(ledger, ~replaced & ~updated),
            table_of_rows([*chain.from_iterable(entries.values())], LEDGER),
            _new_entries(rows_where(statuses, ~is_resumed), rejects),
        ]
    )


def _extend(entry: Entry, status: SourceStatus, rejects: Mapping[str, int]) -> Entry:
    """Return the entry of a log that has grown or is stored in another file."""
    file_digests = tuple(sorted({*entry.file_digests, status.file_digest}))
    is_copy = status.bytes_text <= status.begin and status.source != entry.source
    if is_copy or status.bytes_text < status.begin:
        return entry._replace(file_digests=file_digests)
    rejected = rejects.get(status.source, 0) - status.unfinished_rejects
    return entry._replace(
        **{name: getattr(status, name) for name in COMMON}
        | {
            "matched_lines": entry.matched_lines + status.matched_lines,
            "rejects": entry.rejects + rejected,
            "file_digests": file_digests,
        }
    )


def forget_file_digests(ledger: pa.Table, probes: pa.Table) -> pa.Table:
    """Drop the digests of missing files, of logs that other files contain."""
    several = numbers(pc.list_value_length(joined(ledger["file_digests"])).cast(pa.int64())) > 1
    if not several.any():
        return ledger
    found = set(probes["file_digest"].to_pylist())
    entries = [
        entry._replace(
            file_digests=tuple(digest for digest in entry.file_digests if digest in found)
            or entry.file_digests
        )
        for entry in _entries(rows_where(ledger, several))
    ]
    return merge_ledgers([rows_where(ledger, ~several), table_of_rows(entries, LEDGER)])


def _new_entries(statuses: pa.Table, rejects: Mapping[str, int]) -> pa.Table:
    """Return the entries of logs that were read from their beginning."""
    sources = statuses["source"].to_pylist() if rejects else []
    counts = [rejects.get(source, 0) for source in sources] or [0] * statuses.num_rows
    unfinished = numbers(joined(statuses["unfinished_rejects"]))
    offsets = integers(np.arange(statuses.num_rows + 1), pa.int32())
    digests = joined(statuses["file_digest"])
    columns = {name: statuses[name] for name in COMMON} | {
        "rejects": integers(np.asarray(counts, np.int64) - unfinished, pa.int64()),
        "file_digests": pa.ListArray.from_arrays(offsets, digests, type=DIGESTS),
    }
    return pa.Table.from_arrays([columns[name] for name in LEDGER.names], schema=LEDGER)


# The columns that mean the same in a ledger as in a table of statuses.
COMMON = {*SOURCES.names} & {*LEDGER.names} - {"file_digests"}


def merge_ledgers(ledgers: Iterable[pa.Table]) -> pa.Table:
    """Merge ledgers into one, sorted; their order does not matter."""
    return pa.concat_tables([empty_table(LEDGER), *ledgers]).sort_by(ORDER).combine_chunks()


def find_overlap(one: pa.Table, other: pa.Table) -> tuple[str, str] | None:
    """Return the two names of a log that both ledgers include, if any."""
    entries = _by_first_line(one, other)
    for name, first_line, prefixes in zip(
        *(other[name].to_pylist() for name in ("source", "first_line_digest", "prefix_checksums")),
        strict=True,
    ):
        for entry in entries.get(first_line, ()):
            if same_prefix(entry.prefix_checksums, prefixes):
                return entry.source, name
    return None


def _by_first_line(ledger: pa.Table, others: pa.Table) -> dict[bytes, list[Entry]]:
    """Return the entries whose first line is also that of another log, by its digest."""
    entries = dict[bytes, list[Entry]]()
    shared = _has_text(ledger) & _is_in(
        joined(ledger["first_line_digest"]), joined(others["first_line_digest"])
    )
    for entry in _entries(rows_where(ledger, shared)):
        entries.setdefault(entry.first_line_digest, []).append(entry)
    return entries


def _entries(ledger: pa.Table) -> Iterator[Entry]:
    for entry in map(Entry._make, _rows(ledger)):
        yield entry._replace(file_digests=tuple(entry.file_digests))


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _has_text(table: pa.Table) -> Booleans:
    return numbers(pc.binary_length(joined(table["first_line_digest"])).cast(pa.int64())) > 0


def _is_in(column: pa.Array, values: pa.Array) -> Booleans:
    """Return for each value of a column whether it is one of some values."""
    return numbers(pc.is_in(column, value_set=values).cast(pa.int64())) > 0


def same_prefix(one: bytes, other: bytes) -> bool:
    """Return whether two texts agree in all prefix checksums that both have."""
    common = min(len(one), len(other))
    return one[:common] == other[:common]
