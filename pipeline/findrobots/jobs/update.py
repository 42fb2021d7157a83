"""Count logs into a host table: only what the table does not count yet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from os import fsdecode, fsencode

import numpy as np
import pyarrow as pa

from findrobots.arrow import Booleans, joined, numbers, rows_where, table_of_rows
from findrobots.errors import NotRereadableError
from findrobots.flow import ScanOptions
from findrobots.jobs.looks import Looks
from findrobots.jobs.pipes import find_read_once
from findrobots.jobs.ranges import scan_sources
from findrobots.jobs.vanished import find_vanished
from findrobots.reading.log_file import display_name
from findrobots.records import (
    CHANGED,
    INTERRUPTED,
    READ,
    REFUTED,
    SHRUNK,
    UNOPENED,
    UNREADABLE,
    Probe,
    SourceStatus,
    Survey,
    TextKey,
)
from findrobots.running.partitions import Arguments, Partition, pack
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.storage.discovery import lies_at
from findrobots.storage.locations import FileSystemRoot
from findrobots.storage.rotation import family_of
from findrobots.storage.sources import Source, Sources
from findrobots.tables.copies import copy_entry, may_be_copies
from findrobots.tables.decisions import Decision, Evidence, File, Kind, Situation
from findrobots.tables.host_table import HostTable
from findrobots.tables.hosts import merge_hosts
from findrobots.tables.identity import decide, relevant_entries
from findrobots.tables.ledger import (
    SOURCES,
    Entry,
    FileKey,
    file_key,
    file_keys,
    has_outcome,
    locate,
    merge_ledgers,
    new_entries,
    place_of,
    rows_of_paths,
    statuses_of,
)
from findrobots.tables.reconcile import (
    LedgerChanges,
    find_identical,
    fold_copies,
    forget_replaced,
    mark_edited,
)
from findrobots.tables.results import (
    COPY,
    IDENTICAL,
    MOVED,
    NOTHING,
    REPEATED,
    REPLACED,
    SHORT,
    SKIPPED,
    Note,
    ScanResult,
    merge,
)

__all__ = ["update_table"]

# Logs are listed again while some are renamed, truncated or replaced, but not after this number of
# times that led to nothing.
MAX_IDLE_ROUNDS = 8

READS = {Kind.NEW, Kind.RESUME, Kind.MOVED}
REPAIRED = "counted only up to an earlier damage; rescan all logs to count the rest"
VANISHED = "was renamed, replaced or deleted before it could be read"


def update_table(  # noqa: PLR0913 (options all but the first four)
    table: HostTable,
    sources: Sequence[Source],
    options: ScanOptions,
    runner: Runner,
    *,
    list_again: Callable[[], Sequence[Source]] | None = None,
    progress: Progress | None = None,
) -> tuple[HostTable, ScanResult]:
    """Read the text of logs that a table does not count yet, and add what is found.

    A log is known by where it lies and what it holds (``tables.identity``). Each line counts once,
    also if logs are rotated meanwhile.

    Parameters
    ----------
    table
        The table so far, which may be empty.
    sources
        The logs.
    options
        Which requests count.
    runner
        Where the logs are read.
    list_again
        Lists the logs again, if some were rotated before they were read.
    progress
        Receives the number of bytes read.

    Returns
    -------
    The new table, and the result of this run alone.

    Raises
    ------
    NotRereadableError
        A log that may grow can be read only once, so that it could not be recognized.
    FindrobotsError
        As ``scan_sources``.
    """
    listed = Sources.of(sources)
    if options.growing:
        for source in find_read_once(listed):
            raise NotRereadableError(source.path)
    update = _Update(table, options, runner, progress)
    idle, remaining = 0, len(listed)
    while update.run_round(listed) and idle < MAX_IDLE_ROUNDS:
        before, remaining = remaining, update.count_remaining()
        idle = 0 if remaining < before else idle + 1
        listed = Sources.of(list_again()) if list_again else listed
    return update.finish()


class _Update:
    """A run in rounds: in each, the logs are decided on that are not settled yet."""

    def __init__(
        self, table: HostTable, options: ScanOptions, runner: Runner, progress: Progress | None
    ) -> None:
        self.table, self.ledger = table, table.ledger
        self.options, self.runner, self.progress = options, runner, progress
        self.results, self.notes = list[ScanResult](), set[Note]()
        self.reports = list[SourceStatus]()  # of logs that were not read
        self.settled = Sources()
        self.closed = set[FileKey]()  # logs that are not looked at again in this run
        self.begun = Sources()  # logs that were read from their beginning
        self.restless = dict[FileKey, Source]()  # logs that were not where they had been listed
        self.refuted = set[tuple[FileKey, TextKey]]()
        self.copies = dict[FileKey, Survey | None]()
        self.round, self.again = 0, False
        self.listed = Sources()
        self.pending = Sources()  # the logs that the first round has to decide on
        self.displaced = set[tuple[bytes, TextKey]]()
        self.roots = set[FileSystemRoot]()  # of the URLs that were typed
        self.is_there = cache(self._is_there)
        self.looks = Looks(runner, self._pack, self._could_be_read, self._try_again)

    def run_round(self, sources: Sources) -> bool:
        """Decide on the logs that are not settled, and read them; return whether some remain."""
        self.round, self.again = self.round + 1, False
        self.listed = sources
        self.roots |= {stored.root for stored in sources.stored if stored}
        self.ledger, found, others = locate(self.ledger, sources)
        self.ledger, found = fold_copies(self.ledger, found, others)
        pending = others
        if self.closed:
            keys = enumerate(file_keys(others))
            pending = others.at(row for row, key in keys if key not in self.closed)
        self.pending = self.pending or pending
        if self.round == 1 and self.progress:  # known logs are not read any further
            self.progress.add(sum(sources.size) - sum(pending.size))
        if not self.ledger.num_rows and not self.options.skip_identical:
            self._count_all(pending)
        elif pending:
            listing = dict(zip(sources.places(), sources, strict=True))
            self._count(self.looks.probe(pending), found, listing)
        return self.again

    def count_remaining(self) -> int:
        """Return how many of the logs that were listed first are not settled."""
        settled = {*file_keys(self.settled)}
        return sum(key not in settled for key in file_keys(self.pending))

    def finish(self) -> tuple[HostTable, ScanResult]:
        """Report the logs that remain; return the new table and the result of this run."""
        if self.round > 1:
            for source in find_vanished(self.pending, self.settled, self.listed):
                self._report(source, VANISHED)
        begun, edited = None, set[bytes]()
        if len(self.begun) < self.ledger.num_rows:
            begun = dict(zip(self.begun.places(), file_keys(self.begun), strict=True))
            self.ledger, replaced = forget_replaced(self.ledger, begun, self.displaced)
            self.notes |= {Note(REPLACED, entry.source) for entry in replaced}
            # A server writes to the first log of a rotation only: the text of others was edited.
            edited = {entry.place for entry in replaced if entry.family != fsdecode(entry.place)}
            self.ledger = mark_edited(self.ledger, "place", edited)
        is_sorted = self.ledger is self.table.ledger  # it is as it was read
        ledger = self.ledger if is_sorted else merge_ledgers([self.ledger])
        pairs, count = find_identical(ledger, begun)
        notes = [Note(IDENTICAL, *pair) for pair in pairs]
        self.notes |= {
            *notes[:-1],
            *(note._replace(more=count - len(notes)) for note in notes[-1:]),
        }
        reports = NOTHING._replace(
            sources=table_of_rows(self.reports, SOURCES), notes=tuple(self.notes)
        )
        found = merge([*self.results, reports], max_rejects=self.options.max_rejects)
        if edited:
            paths = zip(self.begun.path, map(fsencode, self.begun.places()), strict=True)
            marked = [fsencode(path) for path, place in paths if place in edited]
            found = found._replace(sources=mark_edited(found.sources, "path", marked))
        hosts = merge_hosts([self.table.hosts, found.hosts])
        return self.table._replace(hosts=hosts, ledger=ledger), found

    def _count_all(self, sources: Sources) -> None:
        """Count logs of which none can be known, except those that may be copies of others."""
        suspects = may_be_copies(sources)
        new = (row for row, path in enumerate(sources.path) if path not in suspects)
        self.again = bool(suspects)
        self._read(sources.at(new) if suspects else sources, {})

    def _count(self, files: list[File], found: Booleans, listing: Mapping[str, Source]) -> None:
        """Decide on some logs, and count those that can be decided on."""
        situation = Situation(relevant_entries(self.ledger, files), found, listing, self.is_there)
        evidence, waiting = Evidence(self.refuted, {}, self.copies), True
        while True:
            decisions = decide(files, situation, evidence, waiting=waiting)
            kinds = {decision.kind for decision in decisions.values()}
            if kinds & {Kind.SURVEY, Kind.COMPARE}:
                files = self.looks.compare(files, decisions, evidence)
            elif waiting and kinds == {Kind.WAIT}:
                waiting = False  # each waits for another one
            else:
                break
        if self.options.skip_identical:
            self.looks.skip_identical(files, decisions, situation.entries, self.copies)
        self.again |= any(decision.kind == Kind.WAIT for decision in decisions.values())
        changes = LedgerChanges(situation.entries)
        for file in files:
            self._count_unread(file, decisions[file.source.path], evidence, changes)
        reads = (file.source for file in files if decisions[file.source.path].kind in READS)
        self._read(Sources(reads), decisions, changes)

    def _count_unread(
        self, file: File, decision: Decision, evidence: Evidence, changes: LedgerChanges
    ) -> None:
        """Enter a log in the ledger of which nothing is to be read."""
        source, entry = file.source, decision.entry
        if decision.kind == Kind.DAMAGED:
            damage = evidence.surveys[file.key].damage
            self._report(source, f"{damage}, before it can be compared with known logs")
            self.closed.add(file_key(source))
        elif entry and decision.kind in (Kind.SAME, Kind.REPAIRED):
            here = entry.at(source)._replace(
                bytes_stored=source.size, file_digest=file.probe.file_digest
            )
            changes.replace(decision.row, here)
            if decision.kind == Kind.REPAIRED:
                self._report(source, REPAIRED)
            elif entry.family != family_of(place_of(source)):
                self.notes.add(Note(MOVED, display_name(source.path), entry.source))
        elif entry and decision.kind == Kind.SHORT:
            changes.add(copy_entry(source, file.probe, evidence.surveys[file.key], entry))
            self.notes.add(Note(SHORT, display_name(source.path), entry.source))
        elif entry and decision.kind == Kind.COPY and (copy := self.copies[file.key]):
            changes.add(copy_entry(source, file.probe, copy, entry))
            kind = COPY if decision.original else SKIPPED
            self.notes.add(Note(kind, display_name(source.path), entry.source))
        else:
            return
        changes.occupy(Sources([source]))
        self.settled.extend(Sources([source]))
        if self.progress:
            self.progress.add(source.size)

    def _read(
        self,
        sources: Sources,
        decisions: Mapping[str, Decision],
        changes: LedgerChanges | None = None,
    ) -> None:
        """Read logs from where they are counted on, and enter them in the ledger.

        A log without a decision is read from its beginning.
        """
        changes = changes or LedgerChanges({})
        checkpoints = {
            path: (decision.entry.checkpoint(same_file=decision.same_file),)
            for path, decision in decisions.items()
            if decision.entry and decision.kind in READS
        }
        result = scan_sources(
            self._checked(sources), checkpoints, self.options, self.runner, progress=self.progress
        )
        read = sources.at(rows_of_paths(result.sources, sources.path))
        is_changed, is_refuted = (has_outcome(result.sources, each) for each in (CHANGED, REFUTED))
        for source in read.where(is_changed):
            self._try_again(source)
        for source in read.where(is_refuted):
            self._refute(source, decisions.get(source.path))
        is_kept = ~(is_changed | is_refuted)
        statuses, read = rows_where(result.sources, is_kept), read.where(is_kept)
        read, is_open = self._settle(read, statuses)
        changes.occupy(read.where(is_open))
        is_cut = numbers(joined(statuses["bytes_stored"])) < np.asarray(read.size)
        is_cut &= np.asarray(read.inode) > 0
        self.again |= bool((is_open & (is_cut | has_outcome(statuses, SHRUNK))).any())
        is_resumed = is_open & np.fromiter((path in checkpoints for path in read.path), np.bool_)
        rejects = dict(result.reject_counts)
        resumed = zip(
            read.where(is_resumed), statuses_of(rows_where(statuses, is_resumed)), strict=True
        )
        for source, status in resumed:
            decision = decisions[source.path]
            if entry := decision.entry:
                changes.replace(decision.row, entry.extended(source, status, rejects))
                if decision.kind == Kind.MOVED:
                    self.notes.add(Note(MOVED, status.source, entry.source))
                # A single line is no pattern, unless its own file was written with no other text.
                end = status.bytes_text + status.unfinished_bytes
                is_rewritten = decision.same_file and end == entry.bytes_text
                if status.equal_lines > (not is_rewritten):
                    self.notes.add(Note(REPEATED, status.source))
        is_begun = is_open & ~is_resumed
        begun = read.where(is_begun)
        self.begun.extend(begun)
        new = new_entries(rows_where(statuses, is_begun), begun, rejects)
        self.ledger = changes.apply(self.ledger, new)
        self.displaced |= changes.displaced
        self.results.append(result._replace(sources=statuses))

    def _pack(self, sources: Iterable[Source], arguments: Arguments) -> list[Partition]:
        return pack(self._checked(Sources.of(sources)), self.runner.workers, arguments)

    def _checked(self, sources: Sources) -> Sources:
        """Return logs with the inode that each must have: the one of the file that was listed.

        A worker on another machine may have a file of its own under a path: then the log is still
        where it was when it is listed again.
        """
        if not self.restless or self.runner.is_local:
            return sources
        return Sources(
            source._replace(inode=0) if self._is_unmoved(source) else source for source in sources
        )

    def _is_unmoved(self, source: Source) -> bool:
        known = self.restless.get(file_key(source))
        return known is not None and known.path == source.path

    def _is_there(self, entry: Entry) -> bool:
        return lies_at(fsdecode(entry.place), entry.inode, entry.bytes_stored, self.roots)

    def _could_be_read(self, source: Source, look: Probe | Survey) -> bool:
        """Return whether a log could be looked at; if not, report it or try again."""
        if look.outcome == CHANGED:
            self._try_again(source)
        elif look.outcome != READ:
            self.settled.extend(Sources([source]))
            self.closed.add(file_key(source))
            self._report(source, look.damage, look.outcome)
        return look.outcome == READ

    def _try_again(self, source: Source) -> None:
        self.restless[file_key(source)], self.again = source, True

    def _refute(self, source: Source, decision: Decision | None) -> None:
        """Decide again on a log that is not the one it seemed."""
        if decision and decision.entry:
            self.refuted.add((file_key(source), decision.entry.text))
            self.again = True

    def _settle(self, read: Sources, statuses: pa.Table) -> tuple[Sources, Booleans]:
        """Note that logs were read, or could not be.

        Return them as they are known from now on, and which of them could be opened and read.
        """
        self.settled.extend(read)
        is_interrupted = has_outcome(statuses, INTERRUPTED)
        if is_interrupted.any():  # such a log is read on in the next run
            versions = zip(read.version, is_interrupted, strict=True)
            read = read.replaced(version=["" if is_so else each for each, is_so in versions])
        is_open = ~has_outcome(statuses, UNOPENED, UNREADABLE)
        is_known = np.fromiter(map(bool, read.version), np.bool_)
        self.closed.update(file_keys(read.where(~(is_open & is_known))))
        return read, is_open

    def _report(self, source: Source, damage: str, outcome: str = UNREADABLE) -> None:
        path = fsencode(source.path)
        self.reports.append(SourceStatus(display_name(source.path), path, outcome, damage=damage))
