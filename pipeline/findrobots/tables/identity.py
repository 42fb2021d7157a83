"""Decide which log of a ledger a file is: the table of how a log is known.

A log is a file over time, known by where it lies and by what it holds. Equal text in two files is
two logs, unless one of them is the other at a later time, or a copy that is being made. What cannot
be decided counts: a line that counts twice can be found, a missing one cannot.

===========================================================  =======================================
what is seen                                                 what it is
===========================================================  =======================================
the version of the file of an entry (``ledger.locate``)      that log, unchanged
the uncompressed file of an entry of the same rotation, and  that log, which goes on
its text
the place of an entry, and its text                          that log, which goes on
beside another log, as compression or rotation names it,     a copy being made: it does not count,
and all of its text is how that log begins                   and is decided on again when it changes
the text of an entry of the same rotation, whose file is     that log, renamed or compressed, which
gone                                                         goes on
the uncompressed file of any other entry, and its text       that log, which goes on
the text of any other entry whose file is gone               that log, moved: it goes on, reported
less than the text of an entry of the same rotation, whose   that log, cut short: it does not count,
file is gone                                                 reported
damage before the text can be compared with such an entry    not read, reported
the beginning of a damaged entry whose file is gone or       that log, repaired: not read, reported
replaced
anything else                                                another log, which counts
===========================================================  =======================================
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import Booleans, binaries, joined, numbers, rows_where
from findrobots.reading.fingerprint import CHECKSUM_SIZE, PREFIX_SIZES
from findrobots.records import TextKey
from findrobots.storage.discovery import objects_at
from findrobots.storage.locations import StoredObject
from findrobots.storage.rotation import family_of, other_compressions
from findrobots.storage.sources import Source
from findrobots.tables.copies import find_original
from findrobots.tables.decisions import Decision, Evidence, File, Kind, Situation
from findrobots.tables.ledger import (
    Entry,
    entries_of,
    file_key,
    place_of,
    same_prefix,
)

__all__ = ["decide", "relevant_entries"]

K = TypeVar("K")
V = TypeVar("V")

# How a text begins, in a group of logs: the group, and prefix checksums.
Head = tuple[str, bytes]


def relevant_entries(ledger: pa.Table, files: Sequence[File]) -> dict[int, Entry]:
    """Return the entries of a ledger that may concern some files, by row."""
    heads = {each.probe.prefix_checksums[:CHECKSUM_SIZE] for each in files} - {b""}
    names = {name for each in files for name in _names_of(each.place)}
    wanted = (
        _is_in(pc.binary_slice(joined(ledger["prefix_checksums"]), 0, CHECKSUM_SIZE), heads)
        | _is_in(joined(ledger["place"]), map(os.fsencode, names))
        | (numbers(joined(ledger["bytes_text"])) < PREFIX_SIZES[0])
        | np.isin(numbers(joined(ledger["inode"])), [each.source.inode for each in files])
    )
    rows = np.flatnonzero(wanted).tolist()
    return dict(zip(rows, entries_of(rows_where(ledger, wanted)), strict=True))


def decide(
    files: Sequence[File], situation: Situation, evidence: Evidence, *, waiting: bool = True
) -> dict[str, Decision]:
    """Decide which log each file is.

    Parameters
    ----------
    files
        The files to decide on, sorted by path.
    situation
        The ledger, and what lies where.
    evidence
        What reading has shown so far.
    waiting
        A file may wait for others, on whose reading the decision depends.

    Returns
    -------
    dict
        A decision for each file, by its path.
    """
    return _Table(files, situation, evidence, waiting=waiting).decide()


class _Table:
    """The decision table, applied to some files, row by row."""

    def __init__(
        self, files: Sequence[File], situation: Situation, evidence: Evidence, *, waiting: bool
    ) -> None:
        self.situation, self.evidence, self.waiting = situation, evidence, waiting
        self.entries = situation.entries
        self.undecided = {each.source.path: each for each in files}
        self.pending = {each.place for each in files}
        self.decisions = dict[str, Decision]()
        self.claimed = set[int]()  # rows that a file goes on with, if reading confirms it
        self._texts_by_head = _grouped(
            (entry.prefix_checksums, entry.text)
            for row, entry in self.entries.items()
            if entry.tail_digest and self._is_free(row)
        )
        self._texts_of_heads = dict[tuple[bytes, ...], frozenset[TextKey]]()
        self.by_file = _grouped((entry.file, row) for row, entry in self.entries.items())
        self.by_place = _grouped(
            (os.fsdecode(entry.place), row) for row, entry in self.entries.items()
        )

    def decide(self) -> dict[str, Decision]:
        self._apply(lambda each: self._own_file(each, family_of(each.place)))
        self._apply(lambda each: self._own(each, self.by_place.get(each.place, ())))
        self._apply(self._copy)
        self._apply_to_groups(Kind.RESUME, family_of)
        self._apply(self._own_file)
        self._apply_to_groups(Kind.MOVED, lambda _: "")
        self._apply(lambda _: Decision(Kind.NEW))
        return self.decisions

    def _apply(self, find: Callable[[File], Decision | None]) -> None:
        """Apply a row of the table to each file that is not decided yet."""
        for path, each in [*self.undecided.items()]:
            if decision := find(each):
                self._settle(path, decision)

    def _settle(self, path: str, decision: Decision) -> None:
        self.decisions[path] = decision
        del self.undecided[path]
        if decision.kind is not Kind.COPY and decision.row >= 0:
            self.claimed.add(decision.row)

    def _take(self, path: str, row: int, kind: Kind) -> None:
        self._settle(path, Decision(kind, row, self.entries[row]))

    def _rows_of_file(self, each: File, family: str | None = None) -> list[int]:
        """Return the entries of a file: of a family first, since systems use an inode again."""
        rows = self.by_file.get(each.key, ())
        return [row for row in rows if family in (None, self.entries[row].family)]

    def _own_file(self, each: File, family: str | None = None) -> Decision | None:
        """Find that a file, perhaps renamed, goes on with its own entry, of any family or of one.

        A server does not append to a compressed file, so that one with the inode of a known log is
        another file, for which the system uses the inode again: perhaps a copy being made.
        """
        if each.probe.compressed:
            return None
        rows = self._rows_of_file(each, family)
        return self._own(each, rows, same_file=family is not None)

    def _own(self, each: File, rows: Iterable[int], *, same_file: bool = True) -> Decision | None:
        """Find that a file goes on with the entry of its own file or place."""
        for row in rows:
            entry = self.entries[row]
            # No text is no evidence, and a copy may be another thing when it is finished.
            if (
                entry.bytes_text
                and not entry.copy_of
                and not self.situation.found[row]
                and row not in self.claimed
                and each.probe.prefix_checksums.startswith(entry.prefix_checksums)
                and not each.is_shorter_than(entry)
                and (each.key, entry.text) not in self.evidence.refuted
            ):
                kind = Kind.RESUME if same_file else Kind.MOVED
                kind = kind if entry.tail_digest else Kind.REPAIRED
                return Decision(kind, row, entry, same_file=same_file)
        return None

    def _copy(self, each: File) -> Decision | None:
        """Find that a file is a copy of another one, which is being made."""
        original = self._original_of(each)
        if original is None:
            return None
        place = place_of(original)
        if place in self.pending:
            return Decision(Kind.WAIT) if self.waiting else None
        for row in self.by_place.get(place, ()):
            entry = self.entries[row]
            if entry.file != file_key(original):
                continue
            if not same_prefix(each.probe.prefix_checksums, entry.prefix_checksums):
                return None
            if each.key not in self.evidence.copies:
                return Decision(Kind.COMPARE, -1, entry, original=original)
            is_copy = self.evidence.copies[each.key]
            return Decision(Kind.COPY, row, entry, original=original) if is_copy else None
        return None

    def _original_of(self, each: File) -> Source | None:
        """Return the log of which a file may be a copy, whether it is listed or not."""
        listed = find_original(each.source, self.situation.listing, self.pending.__contains__)
        names = () if listed else other_compressions(each.place)
        unlisted = (self._unlisted(name, each.source.stored) for name in names)
        return listed or next(filter(None, unlisted), None)

    def _unlisted(self, place: str, beside: StoredObject | None) -> Source | None:
        """Return a log that is not listed, but lies where it did, beside another one."""
        for row in self.by_place.get(place, ()):
            if self.situation.is_in_place(row):
                entry = self.entries[row]
                identity = entry.device, entry.inode, entry.version
                if beside is None:
                    return Source(place, entry.bytes_stored, place, *identity)
                for stored in objects_at(place, [beside.root]):
                    return Source(place, entry.bytes_stored, "", *identity, stored)
        return None

    def _apply_to_groups(self, kind: Kind, group_of: Callable[[str], str]) -> None:
        """Find the files that go on with an entry of their group whose own file is gone.

        An entry goes on in one file at most. However many entries and files begin alike, each file
        is read once to be compared with all of them.
        """
        groups = {row: group_of(os.fsdecode(entry.place)) for row, entry in self.entries.items()}
        keys = {
            path: [(group_of(each.place), head) for head in each.heads]
            for path, each in self.undecided.items()
        }
        self._apply_stored(groups, keys)
        heads = {row: (group, self.entries[row].prefix_checksums) for row, group in groups.items()}
        if self.waiting:
            claimed = {heads[row] for row in self.claimed}
            for path in [path for path in self.undecided if not claimed.isdisjoint(keys[path])]:
                self._settle(path, Decision(Kind.WAIT))
        free = [row for row in groups if self._is_free(row)]
        sound = _grouped((heads[row], row) for row in free if self.entries[row].tail_digest)
        self._compare(kind, sound, keys)
        self._assign(
            kind, _grouped(((groups[row], self.entries[row].text), row) for row in free), keys
        )
        if kind is Kind.RESUME:
            self._apply_beginnings(heads, keys)
            damaged = _grouped(
                (heads[row], row) for row in free if not self.entries[row].tail_digest
            )
            for path in [*self.undecided]:
                rows = [row for key in keys[path] if key[1] for row in damaged.get(key, ())]
                if rows:
                    self._take(path, rows[0], Kind.REPAIRED)

    def _apply_beginnings(
        self, heads: Mapping[int, Head], keys: Mapping[str, Sequence[Head]]
    ) -> None:
        """Find the files that hold less than was counted of a log whose own file is gone."""
        copies = _grouped((heads[row], row) for row in heads if self._is_free(row, copy=True))
        longer = _grouped(
            ((group, prefix[:end]), row)
            for row, (group, prefix) in heads.items()
            if self._is_free(row)
            for end in range(CHECKSUM_SIZE, len(prefix) + 1, CHECKSUM_SIZE)
        )
        for path, each in [*self.undecided.items()]:
            finished = [row for key in keys[path] for row in copies.get(key, ())]
            begun = longer.get(keys[path][-1], ())
            if not finished and not begun:
                continue
            survey = self.evidence.surveys.get(each.key)
            if survey is None:
                self._settle(path, Decision(Kind.SURVEY, texts=self._texts(each)))
                continue
            same = [row for row in finished if self.entries[row].text == survey.text]
            same = [row for row in same if row not in self.claimed]
            more = [row for row in begun if self.entries[row].bytes_text > survey.bytes_text]
            if same:
                self._take(path, same[0], Kind.SAME)
            elif more:
                kind = Kind.DAMAGED if survey.damage else Kind.SHORT
                self._settle(path, Decision(kind, -1, self.entries[more[0]]))

    def _apply_stored(self, groups: Mapping[int, str], keys: Mapping[str, Sequence[Head]]) -> None:
        """Find the compressed files that hold, byte for byte, what the file of an entry held."""
        stored = _grouped(
            ((group, self.entries[row].file_digest), row)
            for row, group in groups.items()
            if self._is_free(row)
        )
        for path, each in [*self.undecided.items()]:
            rows = stored.get((keys[path][0][0], each.probe.file_digest))
            if rows and each.probe.compressed:
                self._take(path, rows.pop(), Kind.SAME)

    def _compare(
        self, kind: Kind, sound: Mapping[Head, list[int]], keys: Mapping[str, Sequence[Head]]
    ) -> None:
        """Read on, if there is one entry for a file and one file for the entry; else compare."""
        suitors = Counter(key for path in self.undecided for key in keys[path] if key in sound)
        for path, each in [*self.undecided.items()]:
            present = [key for key in keys[path] if key in sound]
            if not present or each.key in self.evidence.surveys:
                continue
            rows = sound[present[0]]
            if len(present) == len(rows) == suitors[present[0]] == 1:
                if (each.key, self.entries[rows[0]].text) not in self.evidence.refuted:
                    self._take(path, rows[0], kind)
            else:
                self._settle(path, Decision(Kind.SURVEY, texts=self._texts(each)))

    def _assign(
        self,
        kind: Kind,
        by_text: Mapping[tuple[str, TextKey], list[int]],
        keys: Mapping[str, Sequence[Head]],
    ) -> None:
        """Give each entry to a file that holds its text, the longest text first."""
        surveys = {
            path: self.evidence.surveys[each.key]
            for path, each in self.undecided.items()
            if each.key in self.evidence.surveys
        }
        matches = [(text, path) for path, survey in surveys.items() for text in survey.matched]
        for text, path in sorted(matches, key=lambda match: (-match[0][0], match[1])):
            if path in self.undecided and (rows := by_text.get((keys[path][0][0], text))):
                self._take(path, rows.pop(), kind)
        for path, survey in surveys.items():
            if survey.is_cut_short and path in self.undecided and kind is Kind.MOVED:
                self._settle(path, Decision(Kind.DAMAGED))

    def _is_free(self, row: int, *, copy: bool = False) -> bool:
        """Return whether the text of an entry, or of a copy, is in no file that is known."""
        entry = self.entries[row]
        return bool(
            entry.bytes_text
            and bool(entry.copy_of) == copy
            and not self.situation.found[row]
            and row not in self.claimed
            and not self.situation.is_in_place(row)
        )

    def _texts(self, each: File) -> frozenset[TextKey]:
        """Return the texts of all entries that begin like a file and may have moved to it."""
        heads = tuple(head for head in each.heads if head in self._texts_by_head)
        if heads not in self._texts_of_heads:
            texts = [text for head in heads for text in self._texts_by_head[head]]
            self._texts_of_heads[heads] = frozenset(texts)
        return self._texts_of_heads[heads]


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Return the values of each key."""
    groups = dict[K, list[V]]()
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _names_of(place: str) -> Iterator[str]:
    """Yield a place, and those of the logs of which the one there may be a copy."""
    yield from (place, family_of(place), *other_compressions(place))


def _is_in(column: pa.Array, values: Iterable[bytes]) -> Booleans:
    wanted = binaries([*values], pa.binary())
    return numbers(pc.is_in(column, value_set=wanted).cast(pa.int64())) > 0
