"""Look at logs before it is decided which ones they are."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from findrobots.flow import probe_flow, survey_flow
from findrobots.records import CHANGED, Probe, Survey, TextKey
from findrobots.running.partitions import NO_ARGUMENTS, Arguments, Partition
from findrobots.running.runner import Runner
from findrobots.storage.sources import Source, Sources
from findrobots.tables.decisions import Decision, Evidence, File, Kind
from findrobots.tables.ledger import Entry, FileKey

__all__ = ["Looks"]


class Looks:
    """Reads the beginnings of logs, or all of their text, for the evidence in it.

    Parameters
    ----------
    runner
        Where logs are read.
    pack
        Packs logs into partitions.
    could_be_read
        Called with each log that was looked at; returns whether that gave something.
    try_again
        Called with each log that is to be looked at once more.
    """

    def __init__(
        self,
        runner: Runner,
        pack: Callable[[Iterable[Source], Arguments], list[Partition]],
        could_be_read: Callable[[Source, Probe | Survey], bool],
        try_again: Callable[[Source], None],
    ) -> None:
        self.runner, self.pack = runner, pack
        self.could_be_read, self.try_again = could_be_read, try_again

    def probe(self, sources: Sources) -> list[File]:
        """Find out how some logs begin."""
        probes = self.runner.compute(probe_flow, self.pack(sources, NO_ARGUMENTS))
        by_path = {source.path: source for source in sources}
        files = [File(by_path[os.fsdecode(probe.path)], probe) for probe in probes]
        return sorted(each for each in files if self.could_be_read(each.source, each.probe))

    def compare(
        self, files: list[File], decisions: Mapping[str, Decision], evidence: Evidence
    ) -> list[File]:
        """Read some logs whole for evidence; return the files that can still be decided on."""
        chosen = {
            file.source.path: file
            for file in files
            if decisions[file.source.path].kind in (Kind.SURVEY, Kind.COMPARE)
        }
        texts = {path: (decisions[path].texts,) for path in chosen}
        looks = self._surveys([file.source for file in chosen.values()], texts)
        dropped = {
            path
            for path, file in chosen.items()
            if not self.could_be_read(file.source, looks[path])
        }
        copies = dict[Source, list[File]]()
        for path, file in chosen.items():
            original = decisions[path].original
            if path not in dropped and original:
                copies.setdefault(original, []).append(file)
            evidence.surveys[file.key] = looks[path]
        texts = {
            original.path: (frozenset(looks[file.source.path].text for file in group),)
            for original, group in copies.items()
        }
        originals = self._surveys([*copies], texts)
        for original, group in copies.items():
            whole = originals[original.path]
            for file in group:
                copy = looks[file.source.path]
                if whole.outcome == CHANGED:
                    self.try_again(file.source)
                    dropped.add(file.source.path)
                else:
                    is_copy = not copy.bytes_text or copy.text in whole.matched
                    evidence.copies[file.key] = copy if is_copy else None
                    del evidence.surveys[file.key]
        return [file for file in files if file.source.path not in dropped]

    def skip_identical(
        self,
        files: Iterable[File],
        decisions: dict[str, Decision],
        entries: Mapping[int, Entry],
        copies: dict[FileKey, Survey | None],
    ) -> None:
        """Leave out new logs whose text is that of a log that counts, however they are called."""
        new = [file for file in files if decisions[file.source.path].kind == Kind.NEW]
        known = {entry.text: entry for entry in entries.values() if not entry.copy_of}
        heads = Counter(entry.prefix_checksums for entry in known.values())
        heads.update(file.probe.prefix_checksums for file in new)
        suspects = [file for file in new if heads[file.probe.prefix_checksums] > 1]
        looks = self._surveys([file.source for file in suspects], NO_ARGUMENTS)
        first = set[TextKey]()
        for file in suspects:
            path, look = file.source.path, looks[file.source.path]
            if not look.bytes_text:
                continue
            if entry := known.get(look.text):
                decisions[path], copies[file.key] = Decision(Kind.COPY, -1, entry), look
            elif look.text in first:
                decisions[path] = Decision(Kind.WAIT)  # for the entry of the first one
            first.add(look.text)

    def _surveys(self, sources: Sequence[Source], texts: Arguments) -> dict[str, Survey]:
        if not sources:
            return {}
        surveys = self.runner.compute(survey_flow, self.pack(sources, texts))
        return {os.fsdecode(survey.path): survey for survey in surveys}
