"""Readings to the ledger of a host table: which logs it counts, and how far."""

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
    """What a table counts of a log.

    ``file_digests`` has a digest of each stored form of the log that was read;
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
    """Return the columns of a table whose rows are of a type."""
    columns = row.__annotations__.items()
    return pa.schema(
        [pa.field(name, TYPES.get(kind, DIGESTS), nullable=False) for name, kind in columns]
    )


PROBES, SOURCES, LEDGER = _schema(Probe), _schema(SourceStatus), _schema(Entry)
ORDER = [
    (name, "ascending") for name in ("source", "first_line_digest", "bytes_text", "tail_digest")
]


def drop_known(probes: pa.Table, ledger: pa.Table) -> pa.Table:
    """Keep the glances at logs whose text is not known, or not in this form."""
    forms = joined(rows_where(ledger, _have_text(ledger))["file_digests"]).flatten()
    return rows_where(probes, ~_are_in(joined(probes["file_digest"]), forms))


def find_checkpoints(probes: pa.Table, ledger: pa.Table) -> dict[str, tuple[Checkpoint, ...]]:
    """Find, by the path of each log that begins like known ones, where these end."""
    entries, checkpoints = _by_first_line(ledger, probes), {}
    for probe in map(Probe._make, _rows(probes)):
        alike_ones = [
            Checkpoint(entry.bytes_text, entry.tail_digest, entry.w3c_header)
            for entry in entries.get(probe.first_line_digest, ())
            if entry.bytes_text > 0 and same_prefix(entry.prefix_checksums, probe.prefix_checksums)
        ]
        if alike_ones:
            checkpoints[os.fsdecode(probe.path)] = tuple(sorted(alike_ones, reverse=True))
    return checkpoints


def update_ledger(ledger: pa.Table, statuses: pa.Table, rejects: Mapping[str, int]) -> pa.Table:
    """Enter what was read into a ledger; ``rejects`` counts the rejected lines by source."""
    # A log without text is its name alone: what is read of it now is what holds.
    named_again = ~_have_text(ledger) & _are_in(
        joined(ledger["source"]), joined(statuses["source"])
    )
    goes_on = numbers(joined(statuses["begin"])) > 0
    continued = rows_where(statuses, goes_on)
    entries = _by_first_line(ledger, continued)
    for status in map(SourceStatus._make, _rows(continued)):
        alike_ones = entries[status.first_line_digest]
        number = [entry.bytes_text for entry in alike_ones].index(status.begin)
        alike_ones[number] = _continue(alike_ones[number], status, rejects)
    touched = _are_in(
        joined(ledger["first_line_digest"]), joined(continued["first_line_digest"])
    ) & _have_text(ledger)
    return merge_ledgers(
        [
            rows_where(ledger, ~named_again & ~touched),
            table_of_rows([*chain.from_iterable(entries.values())], LEDGER),
            _enter_new(rows_where(statuses, ~goes_on), rejects),
        ]
    )


def _continue(entry: Entry, status: SourceStatus, rejects: Mapping[str, int]) -> Entry:
    """Return the entry of a log of which more was read, or that was met in another form."""
    file_digests = tuple(sorted({*entry.file_digests, status.file_digest}))
    nothing_new = status.bytes_text <= status.begin and status.source != entry.source
    if nothing_new or status.bytes_text < status.begin:
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
    """Forget the forms of logs that were not met, of those that were met in another."""
    several = numbers(pc.list_value_length(joined(ledger["file_digests"])).cast(pa.int64())) > 1
    if not several.any():
        return ledger
    met = set(probes["file_digest"].to_pylist())
    entries = [
        entry._replace(
            file_digests=tuple(form for form in entry.file_digests if form in met)
            or entry.file_digests
        )
        for entry in _entries(rows_where(ledger, several))
    ]
    return merge_ledgers([rows_where(ledger, ~several), table_of_rows(entries, LEDGER)])


def _enter_new(statuses: pa.Table, rejects: Mapping[str, int]) -> pa.Table:
    """Return the entries of logs that were read from their beginning."""
    sources = statuses["source"].to_pylist() if rejects else []
    counted = [rejects.get(source, 0) for source in sources] or [0] * statuses.num_rows
    behind = numbers(joined(statuses["unfinished_rejects"]))
    offsets = integers(np.arange(statuses.num_rows + 1), pa.int32())
    stored = joined(statuses["file_digest"])
    columns = {name: statuses[name] for name in COMMON} | {
        "rejects": integers(np.asarray(counted, np.int64) - behind, pa.int64()),
        "file_digests": pa.ListArray.from_arrays(offsets, stored, type=DIGESTS),
    }
    return pa.Table.from_arrays([columns[name] for name in LEDGER.names], schema=LEDGER)


# The columns that a status has too, of the same meaning.
COMMON = {*SOURCES.names} & {*LEDGER.names} - {"file_digests"}


def merge_ledgers(ledgers: Iterable[pa.Table]) -> pa.Table:
    """Join ledgers into one, sorted: any order gives the same."""
    return pa.concat_tables([empty_table(LEDGER), *ledgers]).sort_by(ORDER).combine_chunks()


def find_overlap(one: pa.Table, other: pa.Table) -> tuple[str, str] | None:
    """Find a log of which two ledgers count some text both: its names there."""
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
    """Return the entries of logs that begin with the same line as some others."""
    entries = dict[bytes, list[Entry]]()
    alike_ones = _have_text(ledger) & _are_in(
        joined(ledger["first_line_digest"]), joined(others["first_line_digest"])
    )
    for entry in _entries(rows_where(ledger, alike_ones)):
        entries.setdefault(entry.first_line_digest, []).append(entry)
    return entries


def _entries(ledger: pa.Table) -> Iterator[Entry]:
    for entry in map(Entry._make, _rows(ledger)):
        yield entry._replace(file_digests=tuple(entry.file_digests))


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _have_text(table: pa.Table) -> Booleans:
    return numbers(pc.binary_length(joined(table["first_line_digest"])).cast(pa.int64())) > 0


def _are_in(column: pa.Array, values: pa.Array) -> Booleans:
    """Tell which values of a column are among others."""
    return numbers(pc.is_in(column, value_set=values).cast(pa.int64())) > 0


def same_prefix(one: bytes, other: bytes) -> bool:
    """Tell whether two texts have the marks in common that both have."""
    common = min(len(one), len(other))
    return one[:common] == other[:common]
