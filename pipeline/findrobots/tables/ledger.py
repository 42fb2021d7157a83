"""Readings to the ledger of a host table: which logs it counts, and how far."""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import (
    Truths,
    empty_table,
    integers,
    joined,
    numbers,
    rows_where,
    table_of_rows,
)
from findrobots.records import End, Glance, Reading

__all__ = [
    "GLANCES",
    "LEDGER",
    "READINGS",
    "Entry",
    "alike",
    "enter",
    "find_ends",
    "find_overlap",
    "forget_forms",
    "join_ledgers",
    "keep_unknown",
]


class Entry(NamedTuple):
    """What a table counts of a log.

    A log is its text: ``stored`` has a digest of each form in which it was met, ``first``
    to ``header`` tell where its text goes on. One that has no line but comments has no
    ``first`` and is its name alone.
    """

    source: str
    bytes_stored: int
    bytes_text: int
    mentions: int
    rejects: int
    damage: str
    stored: tuple[bytes, ...]
    first: bytes
    marks: bytes
    last: bytes
    header: bytes


TYPES = {str: pa.string(), int: pa.int64(), bytes: pa.binary()}
DIGESTS = pa.list_(pa.field("element", pa.binary()))


def _schema(row: type[tuple[object, ...]]) -> pa.Schema:
    """Return the columns of a table whose rows are of a type."""
    columns = row.__annotations__.items()
    return pa.schema(
        [pa.field(name, TYPES.get(kind, DIGESTS), nullable=False) for name, kind in columns]
    )


GLANCES, READINGS, LEDGER = _schema(Glance), _schema(Reading), _schema(Entry)
ORDER = [(name, "ascending") for name in ("source", "first", "bytes_text", "last")]


def keep_unknown(glances: pa.Table, ledger: pa.Table) -> pa.Table:
    """Keep the glances at logs whose text is not known, or not in this form."""
    forms = joined(rows_where(ledger, _have_text(ledger))["stored"]).flatten()
    return rows_where(glances, ~_are_in(joined(glances["stored"]), forms))


def find_ends(glances: pa.Table, ledger: pa.Table) -> dict[str, tuple[End, ...]]:
    """Find, by the path of each log that begins like known ones, where these end."""
    entries, ends = _by_first(ledger, glances), {}
    for glance in map(Glance._make, _rows(glances)):
        alike_ones = [
            End(entry.bytes_text, entry.last, entry.header)
            for entry in entries.get(glance.first, ())
            if entry.bytes_text > 0 and alike(entry.marks, glance.marks)
        ]
        if alike_ones:
            ends[os.fsdecode(glance.path)] = tuple(sorted(alike_ones, reverse=True))
    return ends


def enter(ledger: pa.Table, readings: pa.Table, rejects: Mapping[str, int]) -> pa.Table:
    """Enter what was read into a ledger; ``rejects`` counts the rejected lines by source."""
    # A log without text is its name alone: what is read of it now is what holds.
    named_again = ~_have_text(ledger) & _are_in(
        joined(ledger["source"]), joined(readings["source"])
    )
    goes_on = numbers(joined(readings["begin"])) > 0
    continued = rows_where(readings, goes_on)
    entries = _by_first(ledger, continued)
    for reading in map(Reading._make, _rows(continued)):
        alike_ones = entries[reading.first]
        number = [entry.bytes_text for entry in alike_ones].index(reading.begin)
        alike_ones[number] = _continue(alike_ones[number], reading, rejects)
    touched = _are_in(joined(ledger["first"]), joined(continued["first"])) & _have_text(ledger)
    return join_ledgers(
        [
            rows_where(ledger, ~named_again & ~touched),
            table_of_rows([*chain.from_iterable(entries.values())], LEDGER),
            _enter_new(rows_where(readings, ~goes_on), rejects),
        ]
    )


def _continue(entry: Entry, reading: Reading, rejects: Mapping[str, int]) -> Entry:
    """Return the entry of a log of which more was read, or that was met in another form."""
    stored = tuple(sorted({*entry.stored, reading.stored}))
    nothing_new = reading.bytes_text <= reading.begin and reading.source != entry.source
    if nothing_new or reading.bytes_text < reading.begin:
        return entry._replace(stored=stored)
    rejected = rejects.get(reading.source, 0) - reading.rejects_behind
    return entry._replace(
        **{name: getattr(reading, name) for name in COMMON}
        | {
            "mentions": entry.mentions + reading.mentions,
            "rejects": entry.rejects + rejected,
            "stored": stored,
        }
    )


def forget_forms(ledger: pa.Table, glances: pa.Table) -> pa.Table:
    """Forget the forms of logs that were not met, of those that were met in another."""
    several = numbers(pc.list_value_length(joined(ledger["stored"])).cast(pa.int64())) > 1
    if not several.any():
        return ledger
    met = set(glances["stored"].to_pylist())
    entries = [
        entry._replace(stored=tuple(form for form in entry.stored if form in met) or entry.stored)
        for entry in _entries(rows_where(ledger, several))
    ]
    return join_ledgers([rows_where(ledger, ~several), table_of_rows(entries, LEDGER)])


def _enter_new(readings: pa.Table, rejects: Mapping[str, int]) -> pa.Table:
    """Return the entries of logs that were read from their beginning."""
    sources = readings["source"].to_pylist() if rejects else []
    counted = [rejects.get(source, 0) for source in sources] or [0] * readings.num_rows
    behind = numbers(joined(readings["rejects_behind"]))
    offsets = integers(np.arange(readings.num_rows + 1), pa.int32())
    stored = joined(readings["stored"])
    columns = {name: readings[name] for name in COMMON} | {
        "rejects": integers(np.asarray(counted, np.int64) - behind, pa.int64()),
        "stored": pa.ListArray.from_arrays(offsets, stored, type=DIGESTS),
    }
    return pa.Table.from_arrays([columns[name] for name in LEDGER.names], schema=LEDGER)


# The columns that a reading has too, of the same meaning.
COMMON = {*READINGS.names} & {*LEDGER.names} - {"stored"}


def join_ledgers(ledgers: Iterable[pa.Table]) -> pa.Table:
    """Join ledgers into one, sorted: any order gives the same."""
    return pa.concat_tables([empty_table(LEDGER), *ledgers]).sort_by(ORDER).combine_chunks()


def find_overlap(one: pa.Table, other: pa.Table) -> tuple[str, str] | None:
    """Find a log of which two ledgers count some text both: its names there."""
    entries = _by_first(one, other)
    for name, first, marks in zip(
        *(other[name].to_pylist() for name in ("source", "first", "marks")), strict=True
    ):
        for entry in entries.get(first, ()):
            if alike(entry.marks, marks):
                return entry.source, name
    return None


def _by_first(ledger: pa.Table, others: pa.Table) -> dict[bytes, list[Entry]]:
    """Return the entries of logs that begin with the same line as some others."""
    entries = dict[bytes, list[Entry]]()
    alike_ones = _have_text(ledger) & _are_in(joined(ledger["first"]), joined(others["first"]))
    for entry in _entries(rows_where(ledger, alike_ones)):
        entries.setdefault(entry.first, []).append(entry)
    return entries


def _entries(ledger: pa.Table) -> Iterator[Entry]:
    for entry in map(Entry._make, _rows(ledger)):
        yield entry._replace(stored=tuple(entry.stored))


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)


def _have_text(table: pa.Table) -> Truths:
    return numbers(pc.binary_length(joined(table["first"])).cast(pa.int64())) > 0


def _are_in(column: pa.Array, values: pa.Array) -> Truths:
    """Tell which values of a column are among others."""
    return numbers(pc.is_in(column, value_set=values).cast(pa.int64())) > 0


def alike(one: bytes, other: bytes) -> bool:
    """Tell whether two texts have the marks in common that both have."""
    common = min(len(one), len(other))
    return one[:common] == other[:common]
