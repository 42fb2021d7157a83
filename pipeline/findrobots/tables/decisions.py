"""What a file may be taken for, and the evidence for it."""

import os
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from findrobots.arrow import Booleans
from findrobots.reading.fingerprint import CHECKSUM_SIZE
from findrobots.records import Probe, Survey, TextKey
from findrobots.storage.sources import Source
from findrobots.tables.ledger import Entry, FileKey, file_key, place_of

__all__ = ["Decision", "Evidence", "File", "Kind", "Situation"]


class Kind(StrEnum):
    """What a file is taken for, or what must be done before that can be decided."""

    NEW = "new"  # another log: read it from its beginning
    RESUME = "resume"  # the entry's log, perhaps renamed: read it on
    MOVED = "moved"  # the entry's log at another place: read it on
    SAME = "same"  # the entry's log, byte for byte as it was stored: nothing to read
    COPY = "copy"  # a copy of the entry's log while it is made
    SHORT = "short"  # less of the entry's log than was counted: nothing to read
    REPAIRED = "repaired"  # the entry's log, which was damaged: it is unknown what to read
    DAMAGED = "damaged"  # perhaps the entry's log, but damaged before its text can be compared
    WAIT = "wait"  # decide when the files have been read on which this depends
    SURVEY = "survey"  # read all of it, to compare it with the entries that begin alike
    COMPARE = "compare"  # read all of it, to compare it with the original


class File(NamedTuple):
    """A log whose version is not in the ledger, and how it begins."""

    source: Source
    probe: Probe

    @property
    def key(self) -> FileKey:
        """What this file or object is known by."""
        return file_key(self.source)

    @property
    def place(self) -> str:
        """Where it lies."""
        return place_of(self.source)

    @property
    def heads(self) -> Iterator[bytes]:
        """The prefix checksums of each text with which it may begin."""
        checksums = self.probe.prefix_checksums
        return (checksums[:end] for end in range(0, len(checksums) + 1, CHECKSUM_SIZE))

    def is_shorter_than(self, entry: Entry) -> bool:
        """Return whether it is too short for the text of an entry, by its size as stored."""
        return not self.probe.compressed and 0 < self.source.size < entry.bytes_text


class Decision(NamedTuple):
    """What a file is taken for, with the row and entry of the ledger that this refers to."""

    kind: Kind
    row: int = -1
    entry: Entry | None = None
    same_file: bool = False  # the entry's own file or place
    original: Source | None = None  # of a copy
    texts: frozenset[TextKey] = frozenset()  # to compare it with


class Evidence(NamedTuple):
    """What reading has shown in the course of a run."""

    refuted: set[tuple[FileKey, TextKey]]  # files that do not hold the text of an entry
    surveys: dict[FileKey, Survey]
    copies: dict[FileKey, Survey | None]  # the survey of a file that is a copy; None if it is none


class Situation(NamedTuple):
    """The entries that may concern some files, and what lies where at this moment.

    Attributes
    ----------
    entries
        The relevant entries of the ledger, by row.
    found
        For each row of the ledger whether its log was found in this run.
    listing
        All logs that are listed now, by place.
    is_there
        Returns whether a log that is not listed still lies where it was.
    """

    entries: Mapping[int, Entry]
    found: Booleans
    listing: Mapping[str, Source]
    is_there: Callable[[Entry], bool]

    def is_in_place(self, row: int) -> bool:
        """Return whether the log of an entry lies where it did, though it is not listed."""
        entry = self.entries[row]
        is_listed = os.fsdecode(entry.place) in self.listing
        return bool(entry.version) and not is_listed and self.is_there(entry)
