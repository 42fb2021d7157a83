"""Reconcile a ledger with what lies where after some logs were read."""

import os
from collections.abc import Collection, Container, Iterable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import (
    Booleans,
    Integers,
    binaries,
    integers,
    joined,
    numbers,
    rows_at,
    rows_where,
    table_of_rows,
)
from findrobots.records import TextKey
from findrobots.storage.sources import Sources
from findrobots.tables.ledger import (
    LEDGER,
    Entry,
    FileKey,
    entries_of,
    file_keys,
)

__all__ = [
    "EDITED",
    "LedgerChanges",
    "find_identical",
    "fold_copies",
    "forget_replaced",
    "mark_edited",
]

# The columns that say which file a log is.
OF_FILE = ("source", "place", "device", "inode", "version", "bytes_stored", "file_digest")

EDITED = "holds other text than was counted under its name; if it was edited, rescan all logs"

# Logs with the same text that are named.
MAX_NAMED = 100


class LedgerChanges:
    """What the files that were read in a round change in a ledger.

    Parameters
    ----------
    entries
        The entries that may change, by row.
    """

    def __init__(self, entries: Mapping[int, Entry]) -> None:
        self._entries, self._replaced, self._added = entries, set[int](), list[Entry]()
        self._places, self._files = set[bytes](), set[FileKey]()
        self.displaced = set[tuple[bytes, TextKey]]()

    def replace(self, row: int, entry: Entry) -> None:
        """Replace a row by what is known of its log now."""
        self._replaced.add(row)
        self._added.append(entry)

    def add(self, entry: Entry) -> None:
        """Add an entry."""
        self._added.append(entry)

    def occupy(self, sources: Sources) -> None:
        """Note that the ledger has an entry for these files now: no other one is one of them."""
        if self._entries:
            self._places.update(map(os.fsencode, sources.places()))
            self._files.update(file_keys(sources))

    def apply(self, ledger: pa.Table, *more: pa.Table) -> pa.Table:
        """Return the changed ledger, with the rows of further ones."""
        dropped, added = {*self._replaced}, [*self._added]
        for row, entry in self._entries.items():
            if row in self._replaced:
                continue
            if entry.file in self._files or entry.place in self._places:
                if not entry.bytes_text or entry.copy_of:
                    dropped.add(row)
                elif entry.file in self._files:
                    dropped.add(row)
                    added.append(entry.without_file())
                    self.displaced.add((entry.place, entry.text))
        kept = np.ones(ledger.num_rows, np.bool_)
        kept[[*dropped]] = False
        remaining = rows_where(ledger, kept) if dropped else ledger
        return pa.concat_tables([remaining, table_of_rows(added, LEDGER), *more]).combine_chunks()


def fold_copies(ledger: pa.Table, found: Booleans, changed: Sources) -> tuple[pa.Table, Booleans]:
    """Take a finished copy for the log that it is a copy of, if that was not found any more.

    Parameters
    ----------
    ledger
        The entries.
    found
        For each of them whether its log was found.
    changed
        The logs that are listed and have changed, or are new.

    Returns
    -------
    The changed ledger, and which of its logs were found.
    """
    is_copy = _lengths(ledger["copy_of"]) > 0
    rows = np.flatnonzero(is_copy & found).tolist() if ledger.num_rows else []
    if not rows:
        return ledger, found
    files, lost = {*file_keys(changed)}, dict[tuple[str, TextKey], int]()
    numbered = np.flatnonzero(~is_copy & ~found).tolist()
    for row, entry in zip(numbered, entries_of(rows_at(ledger, numbered)), strict=True):
        if entry.file not in files:
            lost[entry.family, entry.text] = row
    entries, kept = [*entries_of(ledger)], np.ones(ledger.num_rows, np.bool_)
    for row in rows:
        copy = entries[row]
        original = lost.pop((copy.family, copy.text), None)
        if original is not None:
            place = {name: getattr(copy, name) for name in OF_FILE}
            entries[original] = entries[original]._replace(**place)
            found[original], kept[row] = True, False
    if kept.all():
        return ledger, found
    return rows_where(table_of_rows(entries, LEDGER), kept), found[kept]


def find_identical(
    ledger: pa.Table, begun: Collection[str] | None
) -> tuple[list[tuple[str, str]], int]:
    """Find the logs whose counted text is that of another one.

    Parameters
    ----------
    ledger
        The entries, sorted.
    begun
        The places of the logs that were read from their beginning; of each pair one is. None for
        those of all logs.

    Returns
    -------
    The names of the first of them and of the other ones, and the number of all.
    """
    if begun is not None and not begun:
        return [], 0
    tails = _codes(ledger["tail_digest"])
    if len(np.bincount(tails)) == len(tails):
        return [], 0
    sizes, checksums = (numbers(joined(ledger[name])) for name in ("bytes_text", "checksum"))
    has_tail, is_copy = (_lengths(ledger[name]) > 0 for name in ("tail_digest", "copy_of"))
    rows = np.flatnonzero((sizes > 0) & has_tail & ~is_copy)
    others = rows[_first_equal(tails[rows], sizes[rows], checksums[rows])]
    places = joined(ledger["place"])
    here, there = (places.take(integers(each, pa.int64())) for each in (rows, others))
    is_pair = numbers(pc.not_equal(here, there).cast(pa.int64())) > 0
    if begun is not None:
        is_begun = _is_at(ledger, begun)
        is_pair &= is_begun[rows] | is_begun[others]
    alike = np.flatnonzero(is_pair)
    names, named = joined(ledger["source"]), alike[:MAX_NAMED]
    pairs = zip(rows[named].tolist(), others[named].tolist(), strict=True)
    return [(names[row].as_py(), names[other].as_py()) for row, other in pairs], len(alike)


def _codes(column: pa.ChunkedArray) -> Integers:
    """Return equal numbers for equal values."""
    return numbers(joined(column).dictionary_encode().indices.cast(pa.int64()))


def _lengths(column: pa.ChunkedArray) -> Integers:
    return numbers(pc.binary_length(joined(column)).cast(pa.int64()))


def _is_at(ledger: pa.Table, places: Collection[str]) -> Booleans:
    """Return which logs lie at one of some places."""
    value_set = binaries([*map(os.fsencode, places)], pa.binary())
    found = pc.is_in(joined(ledger["place"]), value_set=value_set)
    return numbers(found.cast(pa.int64())) > 0


def _first_equal(*columns: Integers) -> Integers:
    """Return for each row of some columns the first row that is equal to it."""
    order = np.lexsort(columns)  # stable, and without the imports of numpy.unique
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = np.any([np.diff(column[order]) != 0 for column in columns], axis=0)
    firsts = np.empty(len(order), np.int64)
    firsts[order] = order[is_first][np.cumsum(is_first) - 1]
    return firsts


def forget_replaced(
    ledger: pa.Table, begun: Mapping[str, FileKey], displaced: Container[tuple[bytes, TextKey]]
) -> tuple[pa.Table, list[Entry]]:
    """Find the logs whose file or place other ones took, and that were found nowhere else.

    Parameters
    ----------
    ledger
        The entries.
    begun
        The logs that were read from their beginning, by place.
    displaced
        The entries, by place and text, whose file another log is now.

    Returns
    -------
    The ledger, in which these have no file any more, and their entries.
    """
    changes, replaced = LedgerChanges({}), list[Entry]()
    rows = np.flatnonzero(_is_at(ledger, begun)).tolist() if begun else []
    if len(rows) == len(begun):  # each place has one log
        return ledger, replaced
    for row, entry in zip(rows, entries_of(rows_at(ledger, rows)), strict=True):
        is_here = entry.version and entry.file == begun[os.fsdecode(entry.place)]
        is_new = entry.version or (entry.place, entry.text) in displaced
        if entry.bytes_text and not is_here and is_new:
            changes.replace(row, entry.without_file())
            replaced.append(entry)
    return changes.apply(ledger), replaced


def mark_edited(table: pa.Table, column: str, keys: Iterable[bytes]) -> pa.Table:
    """Note at the logs with some values of a column that they may hold counted text, edited.

    Parameters
    ----------
    table
        A ledger, or the statuses of logs.
    column
        The column that says which logs they are.
    keys
        The values of that column. Entries of logs that have left their place are not marked.
    """
    wanted = binaries([*keys], pa.binary())
    if not len(wanted):
        return table
    marked = pc.is_in(joined(table[column]), value_set=wanted)
    if "version" in table.schema.names:
        marked = pc.and_(marked, pc.not_equal(joined(table["version"]), ""))
    damage = joined(table["damage"])
    more = pc.if_else(
        pc.equal(damage, ""), EDITED, pc.binary_join_element_wise(damage, EDITED, ", ")
    )
    at = table.schema.get_field_index("damage")
    return table.set_column(at, table.schema.field(at), pc.if_else(marked, more, damage))
