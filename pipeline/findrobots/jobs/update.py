"""Count logs into a host table: only what the table does not count yet."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from os import fsdecode, fsencode

from findrobots.arrow import Booleans, rows_at, table_of_rows
from findrobots.errors import NotRereadableError
from findrobots.flow import ScanOptions
from findrobots.jobs.looks import Looks
from findrobots.jobs.pipes import is_read_once
from findrobots.jobs.ranges import scan_sources
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
from findrobots.storage.discovery import Source, lies_at
from findrobots.storage.locations import FileSystemRoot
from findrobots.storage.rotation import family_of, without_compression
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
    locate,
    merge_ledgers,
    new_entries,
    place_of,
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
    if options.growing:
        for source in filter(is_read_once, sources):
            raise NotRereadableError(source.path)
    update = _Update(table, options, runner, progress)
    idle, remaining = 0, len(sources)
    while update.run_round(sources) and idle < MAX_IDLE_ROUNDS:
        before, remaining = remaining, update.count_remaining()
        idle = 0 if remaining < before else idle + 1
        sources = list_again() if list_again else sources
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
        self.settled = list[Source]()
        self.closed = set[FileKey]()  # logs that are not looked at again in this run
        self.begun = list[Source]()  # logs that were read from their beginning
        self.restless = dict[FileKey, Source]()  # logs that were not where they had been listed
        self.refuted = set[tuple[FileKey, TextKey]]()
        self.copies = dict[FileKey, Survey | None]()
        self.round, self.again = 0, False
        self.listed: Sequence[Source] = ()
        self.pending: Sequence[Source] = ()  # the logs that the first round has to decide on
        self.displaced = set[tuple[bytes, TextKey]]()
        self.roots = set[FileSystemRoot]()  # of the URLs that were typed
        self.is_there = cache(self._is_there)
        self.looks = Looks(runner, self._pack, self._could_be_read, self._try_again)

    def run_round(self, sources: Sequence[Source]) -> bool:
        """Decide on the logs that are not settled, and read them; return whether some remain."""
        self.round, self.again = self.round + 1, False
        self.listed = sources
        self.roots |= {source.stored.root for source in sources if source.stored}
        self.ledger, found, others = locate(self.ledger, sources)
        self.ledger, found = fold_copies(self.ledger, found, others)
        closed = self.closed
        pending = [each for each in others if file_key(each) not in closed] if closed else others
        self.pending = self.pending or pending
        if self.round == 1 and self.progress:  # known logs are not read any further
            known = sum(source.size for source in sources) - sum(source.size for source in pending)
            self.progress.add(known)
        if not self.ledger.num_rows and not self.options.skip_identical:
            self._count_all(pending)
        elif pending:
            listing = {place_of(source): source for source in sources}
            self._count(self.looks.probe(pending), found, listing)
        return self.again

    def count_remaining(self) -> int:
        """Return how many of the logs that were listed first are not settled."""
        settled = {*map(file_key, self.settled)}
        return sum(file_key(source) not in settled for source in self.pending)

    def finish(self) -> tuple[HostTable, ScanResult]:
        """Report the logs that remain; return the new table and the result of this run."""
        if self.round > 1:
            self._report_vanished()
        begun, edited = None, set[bytes]()
        if len(self.begun) < self.ledger.num_rows:
            begun = {place_of(source): file_key(source) for source in self.begun}
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
        paths = [each.path for each in self.begun if fsencode(place_of(each)) in edited]
        found = found._replace(sources=mark_edited(found.sources, "path", map(fsencode, paths)))
        hosts = merge_hosts([self.table.hosts, found.hosts])
        return self.table._replace(hosts=hosts, ledger=ledger), found

    def _report_vanished(self) -> None:
        """Report the logs that were not found again, unless they were compressed, as it seems."""
        settled = {file_key(source): source for source in self.settled}
        vanished = [source for source in self.pending if file_key(source) not in settled]
        if not vanished:
            return
        before, now = {*map(file_key, self.pending)}, {*map(file_key, self.listed)}
        compressed = Counter(
            family_of(place_of(source))
            for key, source in settled.items()
            if key not in before and without_compression(source.path) != source.path
        )
        for source in vanished:
            family = family_of(place_of(source))
            if compressed[family] and file_key(source) not in now:
                compressed[family] -= 1
            else:
                self._report(source, VANISHED)

    def _count_all(self, sources: Sequence[Source]) -> None:
        """Count logs of which none can be known, except those that may be copies of others."""
        suspects = may_be_copies(sources)
        new = [each for each in sources if each.path not in suspects] if suspects else sources
        self.again = bool(suspects)
        self._read(new, {})

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
        reads = [file.source for file in files if decisions[file.source.path].kind in READS]
        self._read(reads, decisions, changes)

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
        changes.occupy(source)
        self.settled.append(source)
        if self.progress:
            self.progress.add(source.size)

    def _read(
        self,
        sources: Sequence[Source],
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
        by_path = {source.path: source for source in sources}
        kept, begun, resumed = list[int](), dict[int, Source](), dict[int, Source]()
        columns = (result.sources[name].to_pylist() for name in ("path", "outcome", "bytes_stored"))
        for row, (path, outcome, size) in enumerate(zip(*columns, strict=True)):
            source = by_path[fsdecode(path)]
            if outcome in (CHANGED, REFUTED):
                self._retry(source, decisions.get(source.path), outcome)
                continue
            kept.append(row)
            source = self._settle(source, outcome)
            if outcome not in (UNOPENED, UNREADABLE):
                (resumed if source.path in checkpoints else begun)[row] = source
                changes.occupy(source)
                self.again |= outcome == SHRUNK or (size < source.size and source.inode > 0)
        rejects = dict(result.reject_counts)
        statuses = statuses_of(rows_at(result.sources, resumed))
        for source, status in zip(resumed.values(), statuses, strict=True):
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
        self.begun += begun.values()
        new = new_entries(rows_at(result.sources, begun), [*begun.values()], rejects)
        self.ledger = changes.apply(self.ledger, new)
        self.displaced |= changes.displaced
        self.results.append(result._replace(sources=rows_at(result.sources, kept)))

    def _pack(self, sources: Iterable[Source], arguments: Arguments) -> list[Partition]:
        return pack(self._checked([*sources]), self.runner.workers, arguments)

    def _checked(self, sources: Sequence[Source]) -> Sequence[Source]:
        """Return logs with the inode that each must have: the one of the file that was listed.

        A worker on another machine may have a file of its own under a path: then the log is still
        where it was when it is listed again.
        """
        if not self.restless or self.runner.is_local:
            return sources
        return [
            source._replace(inode=0) if self._is_unmoved(source) else source for source in sources
        ]

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
            self.settled.append(source)
            self.closed.add(file_key(source))
            self._report(source, look.damage, look.outcome)
        return look.outcome == READ

    def _try_again(self, source: Source) -> None:
        self.restless[file_key(source)], self.again = source, True

    def _retry(self, source: Source, decision: Decision | None, outcome: str) -> None:
        """Decide again on a log that was not where it was, or that is not the one it seemed."""
        if outcome == CHANGED:
            self._try_again(source)
        elif decision and decision.entry:
            self.refuted.add((file_key(source), decision.entry.text))
            self.again = True

    def _settle(self, source: Source, outcome: str) -> Source:
        """Note that a log was read, or could not be; return it as it is known from now on."""
        self.settled.append(source)
        if outcome == INTERRUPTED:
            source = source._replace(version="")  # it is read on in the next run
        if outcome in (UNOPENED, UNREADABLE) or not source.version:
            self.closed.add(file_key(source))
        return source

    def _report(self, source: Source, damage: str, outcome: str = UNREADABLE) -> None:
        path = fsencode(source.path)
        self.reports.append(SourceStatus(display_name(source.path), path, outcome, damage=damage))
