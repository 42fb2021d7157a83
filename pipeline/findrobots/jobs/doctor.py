"""Examine logs: what findrobots understands of them, and which option may help with the rest."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

from findrobots.errors import ListingError
from findrobots.flow import ScanOptions, diagnosis_flow
from findrobots.formats import Dialect, choose_formats
from findrobots.formats.guess import guess_dialect
from findrobots.jobs.advice import ScanWarning, format_hint
from findrobots.jobs.build import ProgressBar, choose_scheduler
from findrobots.reading.compression import MAGIC_SIZE, detect_compression
from findrobots.records import Reject
from findrobots.running.partitions import pack
from findrobots.running.schedulers import connect
from findrobots.storage.discovery import DEFAULT_NAMES, NamePatterns, find_sources
from findrobots.storage.sources import Source
from findrobots.storage.urls import is_url
from findrobots.tables.diagnosis import Diagnosis
from findrobots.tables.results import NOTHING, ScanResult

__all__ = ["DoctorJob", "Examination", "Misunderstood", "examine_logs"]

UNKNOWN = "unknown format"
# What to do about rejected lines, by reason; for those of an unknown format it depends on the line.
HINTS: Mapping[str, str] = {
    "not an HTTP request": "clients sent something else, such as a TLS handshake or nothing; "
    "no option is needed",
    "no client address": "let the server log the client's address; {argument.host_field} names "
    "its field in JSON, format strings and #Fields: lines",
    "invalid timestamp": "the line has the form of a known format, but no valid time; if the "
    "format is another one, describe it with {argument.format}",
    "truncated line": "the log is damaged before or after the line",
    "line split by the container runtime": "name the log that has the other part of the line too",
}
FEW_HINT = (
    "these are few, such as lines that were cut; {argument.format} is needed only if a whole log "
    "has this format, and {argument.exclude} skips a log"
)
OTHER_HINT = "no server writes such lines to an access log; see where they come from"
# Shares of the requests from which a finding is of use.
MOST, SOME = 0.9, 0.5
# Share of the lines below which those of an unknown format are no reason to name another one.
FEW = 0.01
PLAIN, COMPRESSED = "plain", "compressed"


class DoctorJob(NamedTuple):
    """Which logs to examine: as of a ``ScanJob``."""

    logs: tuple[str, ...]
    dialect: Dialect = Dialect()
    names: NamePatterns = DEFAULT_NAMES
    scheduler: object = "auto"
    workers: int | None = None


class Misunderstood(NamedTuple):
    """The lines that were rejected for one reason, and what to do about them."""

    lines: int
    advice: ScanWarning
    samples: tuple[Reject, ...]


class Examination(NamedTuple):
    """What findrobots understands of logs.

    Attributes
    ----------
    diagnosis
        What the lines are.
    compressions
        Number of logs by compression.
    misunderstood
        The rejected lines, those of the most frequent reason first.
    findings
        What suggests that an option, or a setting of the server, is needed.
    unlisted
        The directories that could not be listed.
    """

    diagnosis: Diagnosis
    compressions: Counter[str]
    misunderstood: tuple[Misunderstood, ...]
    findings: tuple[ScanWarning, ...]
    unlisted: tuple[ListingError, ...]

    @property
    def result(self) -> ScanResult:
        """What was read of the logs, and could not be."""
        return NOTHING._replace(sources=self.diagnosis.sources)

    @property
    def warnings(self) -> tuple[ScanWarning, ...]:
        """Nothing: what is found is no warning, but what was asked for."""
        return ()


def examine_logs(
    job: DoctorJob, *, progress_bar: ProgressBar = lambda _: nullcontext()
) -> Examination:
    """Parse all lines of logs, and report what they are.

    All logs are read completely, as an audit does; the memory in use does not depend on their size.

    Parameters
    ----------
    job
        What to examine.
    progress_bar
        Given the number of stored bytes, returns a context that counts those read.

    Raises
    ------
    FindrobotsError
        No log was found, an argument is wrong, a worker died.
    """
    choose_formats(job.dialect)  # an error here is raised once, not by each worker
    unlisted = list[ListingError]()
    sources = find_sources(job.logs, job.names, unlisted)
    options = ScanOptions(dialect=job.dialect)
    with (
        connect(choose_scheduler(job.scheduler, sources), job.workers) as runner,
        progress_bar(sum(sources.size)) as progress,
    ):
        partitions = pack(sources, runner.workers)
        diagnosis = runner.compute(partial(diagnosis_flow, options=options), partitions, progress)
    return Examination(
        diagnosis,
        _count_compressions(diagnosis, sources),
        tuple(_explain(diagnosis, job.dialect)),
        tuple(_find(diagnosis)),
        tuple(unlisted),
    )


def _count_compressions(diagnosis: Diagnosis, sources: Sequence[Source]) -> Counter[str]:
    """Return how many logs have each compression; of a URL it is not known which."""
    names = (diagnosis.sources[name].to_pylist() for name in ("path", "bytes_stored", "bytes_text"))
    sizes = {path: (stored, text) for path, stored, text in zip(*names, strict=True)}
    return Counter(_compression_of(source, sizes) for source in sources)


def _compression_of(source: Source, sizes: Mapping[bytes, tuple[int, int]]) -> str:
    if source.size and not is_url(source.path):  # a pipe, which has no size, is read only once
        try:
            with open(source.path, "rb") as file:  # noqa: PTH123 (paths are strings here)
                compression = detect_compression(file.read(MAGIC_SIZE))
        except OSError:  # which the status of the log says
            return PLAIN
        return compression.name if compression else PLAIN
    stored, text = sizes.get(source.path.encode("utf-8", "surrogateescape"), (0, 0))
    return PLAIN if text >= stored else COMPRESSED


def _explain(diagnosis: Diagnosis, dialect: Dialect) -> list[Misunderstood]:
    """Return what to do about the rejected lines of each reason."""
    return [
        Misunderstood(
            lines,
            ScanWarning(
                f"{lines:,} {'line' if lines == 1 else 'lines'} not understood ({reason})",
                _hint(reason, samples, dialect, is_few=lines < FEW * diagnosis.lines),
            ),
            samples,
        )
        for reason, lines in sorted(diagnosis.reasons.items(), key=lambda each: -each[1])
        for samples in [tuple(each for each in diagnosis.samples if each.reason == reason)]
    ]


def _hint(reason: str, samples: Sequence[Reject], dialect: Dialect, *, is_few: bool) -> str:
    if reason != UNKNOWN:
        return HINTS.get(reason, OTHER_HINT)
    if is_few:
        return FEW_HINT
    texts = [each.text for each in samples]
    # A log may begin with lines of its program; the line whose format can be guessed helps most.
    return format_hint(next(filter(guess_dialect, texts), texts[0]), dialect)


def _find(diagnosis: Diagnosis) -> list[ScanWarning]:
    """Return what the requests lack, so that an option or a setting of the server is needed."""
    found, requests = list[ScanWarning](), diagnosis.requests
    if not requests:
        return found
    if diagnosis.private >= MOST * requests:
        found.append(
            ScanWarning(
                f"{diagnosis.private:,} of {requests:,} requests come from addresses of private "
                "networks, such as those of a proxy",
                "let the server log the address of the client, or name its field with "
                "{argument.host_field}",
            )
        )
    if diagnosis.without_agent >= SOME * requests:
        found.append(
            ScanWarning(
                f"{diagnosis.without_agent:,} of {requests:,} requests have no user agent, so "
                "that no robot is named",
                "let the server log it: the format combined of Apache and nginx has it",
            )
        )
    if not diagnosis.robots_txt:
        found.append(
            ScanWarning(
                "No request is for /robots.txt, so that findrobots scan finds no host",
                "check that these are the logs of the whole site, or name another path with "
                "{argument.path}",
            )
        )
    return found
