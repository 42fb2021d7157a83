"""Keep the ledger of a host table: which logs it includes, and how much of each.

A log is a file over time. Its entry says where it lies and what it holds; which log a file is,
``tables.identity`` decides.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import (
    Booleans,
    Integers,
    binaries,
    empty_table,
    integers,
    joined,
    numbers,
    rows_at,
    texts,
)
from findrobots.reading.log_file import display_name
from findrobots.records import Checkpoint, SourceStatus, TextKey
from findrobots.storage.rotation import family_of
from findrobots.storage.sources import Source, Sources

__all__ = [
    "LEDGER",
    "ORDER",
    "SOURCES",
    "Entry",
    "FileKey",
    "entries_of",
    "file_key",
    "file_keys",
    "find_overlap",
    "has_outcome",
    "locate",
    "merge_ledgers",
    "new_entries",
    "place_of",
    "rows_of_paths",
    "same_prefix",
    "statuses_of",
]

# A file is known by its device and inode, an object by its place.
FileKey = tuple[int, int] | str


# What a file has again only if it is unchanged.
VERSION_OF_FILE = attrgetter("device", "inode", "size", "version")


class Entry(NamedTuple):
    """A log that a table includes: where it lies, and what of its text is counted.

    A log that has left its place has no ``inode`` and no ``version``. The text before
    ``bytes_text`` is recognized by ``checksum`` and ``tail_digest``, which is empty if the log was
    damaged, so that it is unknown how much of the text was correct.
    """

    source: str
    place: bytes  # absolute path, or URL without credentials
    device: int
    inode: int
    version: str
    bytes_stored: int
    file_digest: bytes
    bytes_text: int
    prefix_checksums: bytes
    checksum: int
    tail_digest: bytes
    w3c_header: bytes
    matched_lines: int
    rejects: int
    copy_of: str  # the log that counts this text, if this one is a copy
    damage: str

    @property
    def text(self) -> TextKey:
        """What its counted text is known by."""
        return self.bytes_text, self.checksum, self.tail_digest

    @property
    def file(self) -> FileKey:
        """The file or object that it was when it was last seen."""
        return (self.device, self.inode) if self.inode else os.fsdecode(self.place)

    @property
    def family(self) -> str:
        """The name that it has before it is rotated."""
        return family_of(os.fsdecode(self.place))

    def checkpoint(self, *, same_file: bool = False) -> Checkpoint:
        """Return where its counted text ends."""
        return Checkpoint(*self.text, self.w3c_header, same_file)

    def at(self, source: Source) -> "Entry":
        """Return the entry of the same log where it lies now."""
        return self._replace(
            source=display_name(source.path),
            place=os.fsencode(place_of(source)),
            device=source.device,
            inode=source.inode,
            version=source.version,
        )

    def without_file(self) -> "Entry":
        """Return the entry of a log that has left its place."""
        return self._replace(device=0, inode=0, version="")

    def extended(self, source: Source, status: SourceStatus, rejects: Mapping[str, int]) -> "Entry":
        """Return the entry of the same log after more of it was read."""
        rejected = rejects.get(status.source, 0) - status.unfinished_rejects
        return self._replace(
            **{name: getattr(status, name) for name in COMMON},
            matched_lines=self.matched_lines + status.matched_lines,
            rejects=self.rejects + rejected,
            copy_of="",
        ).at(source)


TYPES = {str: pa.string(), int: pa.int64(), bytes: pa.binary()}


def _schema(row: type[tuple[object, ...]]) -> pa.Schema:
    """Return the schema of a table whose rows are named tuples of this type."""
    columns = row.__annotations__.items()
    return pa.schema([pa.field(name, TYPES[kind], nullable=False) for name, kind in columns])


SOURCES, LEDGER = _schema(SourceStatus), _schema(Entry)
# The columns that mean the same in a ledger as in a table of statuses.
COMMON = {*SOURCES.names} & {*LEDGER.names} - {"matched_lines", "source"}
ORDER = [(name, "ascending") for name in ("source", "place", "bytes_text", "checksum", "inode")]


def place_of(source: Source) -> str:
    """Return where a log lies."""
    return source.place or source.path


def file_key(source: Source) -> FileKey:
    """Return what the file or object of a log is known by."""
    return (source.device, source.inode) if source.inode else place_of(source)


def file_keys(sources: Sources) -> list[FileKey]:
    """Return what the file or object of each log is known by."""
    rows = zip(sources.device, sources.inode, sources.places(), strict=True)
    return [(device, inode) if inode else place for device, inode, place in rows]


def locate(ledger: pa.Table, sources: Sources) -> tuple[pa.Table, Booleans, Sources]:
    """Find the logs that have not changed since they were counted, wherever they lie now.

    Returns
    -------
    The ledger with the names that they have now, which of its rows they are, and all other logs.
    """
    found = np.zeros(ledger.num_rows, np.bool_)
    if not ledger.num_rows:
        return ledger, found, sources
    rows = _rows_of_versions(ledger, sources)
    others = sources.at(np.flatnonzero(rows < 0))
    here = sources.at(np.flatnonzero(rows >= 0)) if others else sources
    rows = rows[rows >= 0]
    found[rows] = True
    names = [path if path.isascii() else display_name(path) for path in here.path]
    ledger = _set_values(ledger, "source", rows, texts(names, pa.string()))
    ledger = _set_values(ledger, "place", rows, encoded(here.places()))
    return ledger, found, others


def _rows_of_versions(ledger: pa.Table, sources: Sources) -> Integers:
    """Return the row of the ledger that has the version of each log, -1 for none."""
    inode, device, size = (
        numbers(joined(ledger[name])) for name in ("inode", "device", "bytes_stored")
    )
    # Few inodes are in several rows: it is the last row of each, if all the rest is equal.
    order = np.argsort(inode, kind="stable")
    places = np.searchsorted(inode, np.asarray(sources.inode), side="right", sorter=order)
    rows = order[np.maximum(places - 1, 0)]
    version = joined(ledger["version"]).take(integers(rows, pa.int64()))
    is_same = _are(pc.equal(version, texts(sources.version, pa.string())))
    is_same &= _are(pc.binary_length(version)) & (inode[rows] > 0)
    for column, listed in ((inode, sources.inode), (device, sources.device), (size, sources.size)):
        is_same &= column[rows] == np.asarray(listed)
    others = np.flatnonzero(~is_same)
    left = np.ones(ledger.num_rows, np.bool_)
    left[rows[is_same]] = False
    rows[others] = -1
    files, objects = _rows_by_version(ledger, np.flatnonzero(left)) if others.size else ({}, {})
    for number, source in zip(others.tolist(), sources.at(others), strict=True):
        if source.inode:
            rows[number] = files.get(VERSION_OF_FILE(source), -1)
        elif source.version:
            rows[number] = objects.get((place_of(source), source.size, source.version), -1)
    return rows


def _are(condition: pa.Array) -> Booleans:
    return numbers(condition.cast(pa.int64())) > 0


def _set_values(ledger: pa.Table, name: str, rows: Integers, values: pa.Array) -> pa.Table:
    """Set the values of a column in some rows; return the ledger itself if they are the same."""
    former = joined(ledger[name])
    if _are(pc.equal(former.take(integers(rows, pa.int64())), values)).all():
        return ledger
    sources = np.arange(len(former))
    sources[rows] = len(former) + np.arange(len(rows))
    column = pa.concat_arrays([former, values]).take(integers(sources, pa.int64()))
    return ledger.set_column(LEDGER.get_field_index(name), LEDGER.field(name), column)


def encoded(paths: Sequence[str]) -> pa.Array:
    """Return paths as the operating system has them."""
    if all(map(str.isascii, paths)):
        return texts(paths, pa.binary())
    return binaries([*map(os.fsencode, paths)], pa.binary())


def _rows_by_version(
    ledger: pa.Table, rows: Integers
) -> tuple[dict[tuple[object, ...], int], dict[tuple[object, ...], int]]:
    """Return some rows of files, by what ``VERSION_OF_FILE`` gives, and of objects, by place."""
    names = ("place", "device", "inode", "bytes_stored", "version")
    files, objects = dict[tuple[object, ...], int](), dict[tuple[object, ...], int]()
    columns = _rows(rows_at(ledger.select(names), rows.tolist()))
    for row, (place, device, inode, size, version) in zip(rows.tolist(), columns, strict=True):
        if version and inode:
            files[device, inode, size, version] = row
        elif version:
            objects[os.fsdecode(place), size, version] = row
    return files, objects


def new_entries(statuses: pa.Table, sources: Sources, rejects: Mapping[str, int]) -> pa.Table:
    """Return the entries of logs that were read from their beginning.

    Parameters
    ----------
    statuses
        What was read of each log.
    sources
        Where each log lies.
    rejects
        Number of rejected lines by source.
    """
    names = statuses["source"].to_pylist() if rejects else []
    counts = [rejects.get(name, 0) for name in names] or [0] * statuses.num_rows
    unfinished = numbers(joined(statuses["unfinished_rejects"]))
    columns = {name: statuses[name] for name in {*SOURCES.names} & {*LEDGER.names}} | {
        "place": encoded(sources.places()) if any(sources.place) else statuses["path"],
        "device": integers(sources.device, pa.int64()),
        "inode": integers(sources.inode, pa.int64()),
        "version": texts(sources.version, pa.string()),
        "rejects": integers(np.asarray(counts, np.int64) - unfinished, pa.int64()),
        "copy_of": texts([""] * len(sources), pa.string()),
    }
    return pa.Table.from_arrays([columns[name] for name in LEDGER.names], schema=LEDGER)


def merge_ledgers(ledgers: Iterable[pa.Table]) -> pa.Table:
    """Merge ledgers into one, sorted; their order does not matter."""
    return pa.concat_tables([empty_table(LEDGER), *ledgers]).sort_by(ORDER).combine_chunks()


def find_overlap(one: pa.Table, other: pa.Table) -> tuple[str, str] | None:
    """Return the two names of a log that both ledgers include, if any.

    It is one log if it lies under the same name, rotated or not, and is the same text, or the
    same file of which one ledger has more. Logs of two machines that are alike are two logs.
    """
    texts_of, files_of = (dict[tuple[str, object], Entry]() for _ in range(2))
    for entry in filter(_has_text, entries_of(one)):
        texts_of[entry.family, entry.text] = files_of[entry.family, entry.file] = entry
    for entry in filter(_has_text, entries_of(other)):
        known = texts_of.get((entry.family, entry.text))
        file = files_of.get((entry.family, entry.file))
        if file and same_prefix(entry.prefix_checksums, file.prefix_checksums):
            known = known or file
        if known:
            return known.source, entry.source
    return None


def _has_text(entry: Entry) -> bool:
    return entry.bytes_text > 0


def same_prefix(one: bytes, other: bytes) -> bool:
    """Return whether two texts agree in all prefix checksums that both have."""
    common = min(len(one), len(other))
    return one[:common] == other[:common]


def entries_of(ledger: pa.Table) -> Iterator[Entry]:
    """Yield the entries of a ledger."""
    return map(Entry._make, _rows(ledger))


def statuses_of(statuses: pa.Table) -> Iterator[SourceStatus]:
    """Yield the rows of a table of statuses."""
    return map(SourceStatus._make, _rows(statuses))


def rows_of_paths(statuses: pa.Table, paths: Sequence[str]) -> list[int]:
    """Return for each status the number of its log among some paths."""
    rows: list[int] = pc.index_in(joined(statuses["path"]), value_set=encoded(paths)).to_pylist()
    return rows


def has_outcome(statuses: pa.Table, *outcomes: str) -> Booleans:
    """Return which logs have any of some outcomes."""
    return _are(pc.is_in(joined(statuses["outcome"]), value_set=texts(outcomes, pa.string())))


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
