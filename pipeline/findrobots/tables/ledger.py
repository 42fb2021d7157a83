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

from findrobots.arrow import (
    Booleans,
    binaries,
    empty_table,
    integers,
    joined,
    numbers,
    texts,
)
from findrobots.reading.log_file import display_name
from findrobots.records import Checkpoint, SourceStatus, TextKey
from findrobots.storage.discovery import Source
from findrobots.storage.rotation import family_of

__all__ = [
    "LEDGER",
    "ORDER",
    "SOURCES",
    "Entry",
    "FileKey",
    "entries_of",
    "file_key",
    "find_overlap",
    "locate",
    "merge_ledgers",
    "new_entries",
    "place_of",
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


def locate(ledger: pa.Table, sources: Iterable[Source]) -> tuple[pa.Table, Booleans, list[Source]]:
    """Find the logs that have not changed since they were counted, wherever they lie now.

    Returns
    -------
    The ledger with the names that they have now, which of its rows they are, and all other logs.
    """
    if not ledger.num_rows:
        return ledger, np.zeros(0, np.bool_), [*sources]
    here, others = dict[int, Source](), list[Source]()
    listed = [*sources]
    files, objects = _rows_by_version(ledger)
    rows = map(files.get, map(VERSION_OF_FILE, listed))
    for source, found_row in zip(listed, rows, strict=True):
        row = found_row
        if not source.inode and source.version:
            row = objects.get((place_of(source), source.size, source.version))
        if row is None:
            others.append(source)
        else:
            here[row] = source
    found = np.zeros(ledger.num_rows, np.bool_)
    found[[*here]] = True
    names, places = (ledger[name].to_pylist() for name in ("source", "place"))
    renamed = False
    for row, source in here.items():
        place = os.fsencode(place_of(source))
        name = display_name(source.path)
        if (name, place) != (names[row], places[row]):
            names[row], places[row], renamed = name, place, True
    if renamed:
        for name, column in (
            ("source", texts(names, pa.string())),
            ("place", binaries(places, pa.binary())),
        ):
            ledger = ledger.set_column(LEDGER.get_field_index(name), LEDGER.field(name), column)
    return ledger, found, others


def _rows_by_version(
    ledger: pa.Table,
) -> tuple[dict[tuple[object, ...], int], dict[tuple[object, ...], int]]:
    """Return the rows of files, by what ``VERSION_OF_FILE`` gives, and of objects, by place."""
    names = ("device", "inode", "bytes_stored", "version")
    keys = zip(*(ledger[name].to_pylist() for name in names), strict=True)
    files = {key: row for row, key in enumerate(keys) if key[1] and key[3]}
    if len(files) == ledger.num_rows:
        return files, {}
    columns = (ledger[name].to_pylist() for name in ("place", *names[1:]))
    objects: dict[tuple[object, ...], int] = {
        (os.fsdecode(place), size, version): row
        for row, (place, inode, size, version) in enumerate(zip(*columns, strict=True))
        if version and not inode
    }
    return files, objects


def new_entries(
    statuses: pa.Table, sources: Sequence[Source], rejects: Mapping[str, int]
) -> pa.Table:
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
        "place": binaries([os.fsencode(place_of(source)) for source in sources], pa.binary()),
        "device": integers([source.device for source in sources], pa.int64()),
        "inode": integers([source.inode for source in sources], pa.int64()),
        "version": texts([source.version for source in sources], pa.string()),
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


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in table.columns), strict=True)
