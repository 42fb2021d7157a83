"""Audit logs: what robots did, whether they are genuine, and whether they kept to robots.txt."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow as pa

from findrobots.arrow import empty_table, plain
from findrobots.errors import ListingError, MissingOutputError
from findrobots.flow import ScanOptions
from findrobots.jobs.advice import ScanWarning, list_warnings, raise_if_not_understood
from findrobots.jobs.audit_checks import (
    advise,
    check_complete,
    check_one_vhost,
    find_judged_too_early,
    rejudge_warning,
)
from findrobots.jobs.audit_outcome import AuditOutcome
from findrobots.jobs.build import ProgressBar, choose_scheduler, list_again
from findrobots.jobs.errors import ReadTwiceError
from findrobots.jobs.pipes import find_read_once
from findrobots.jobs.scan import raise_for_damage
from findrobots.jobs.store import reject_writers
from findrobots.jobs.update import update_table
from findrobots.robots.agents import find_robot
from findrobots.robots.compliance import crawl_delay_of
from findrobots.robots.filter import EPOCH
from findrobots.robots.names import NameAnswer
from findrobots.robots.party import Party
from findrobots.robots.policies import MAX, MIN, Policies, load_policies
from findrobots.robots.ranges import ListHistory, load_lists
from findrobots.robots.verify import needing_names
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.running.schedulers import connect
from findrobots.storage.discovery import DEFAULT_NAMES, NamePatterns, find_sources
from findrobots.storage.sources import Sources
from findrobots.tables.audit import NOTHING_AUDITED, unpacked
from findrobots.tables.audit_files import FILE_NAMES, Audit, read_audit, write_audit
from findrobots.tables.fetches import FETCHES, merge_fetches
from findrobots.tables.host_table import check_same_filter, empty_host_table
from findrobots.tables.judge import Judge
from findrobots.tables.ledger import LEDGER
from findrobots.tables.paces import PACES, count_gaps, merge_paces
from findrobots.tables.requesters import NO_FETCHES, Answers, read_answers
from findrobots.tables.results import ScanResult
from findrobots.tables.robot_table import ROBOTS, RobotKey, sum_up_robots
from findrobots.tables.violations import VIOLATIONS, merge_violations
from findrobots.tables.visit_verdicts import JUDGED_VISITS, Verifier, claims_of, with_verdicts
from findrobots.tables.visits import merge_visits
from findrobots.writing.atomic import (
    Outputs,
    StrPath,
    check_not_a_log,
    exists,
    reserve_outputs,
)
from findrobots.writing.directory import OutputDirectory, reserve_directory
from findrobots.writing.names import check_not_the_logs

__all__ = ["VERIFY", "AuditJob", "audit_logs"]

# How hosts can be verified: by the operators' lists of addresses, by these and DNS, or not at all.
VERIFY = ("ranges", "dns", "none")
DAY = 86_400_000_000  # in microseconds
# Bytes of logs for which it pays to load numba, and what it compiles.
COMPILED_FROM = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class AuditJob:
    """Everything that an audit is asked to do.

    Attributes
    ----------
    logs, options, names, strict, identical, rejects, scheduler, workers
        As of a ``ScanJob``; the paths of the filter are those of robots.txt.
    output
        The directory to write; None for none.
    update
        Audit only what the existing directory does not count, and add it.
    rejudge
        Audit all logs again where an earlier request for robots.txt has appeared.
    robots
        Which robots.txt was in force when, as ``load_policies`` reads it.
    verify
        One of ``VERIFY``.
    lists
        The directory of lists of addresses; None for the user's.
    other_outputs
        What the caller writes from the outcome; it must not be one of the logs.
    """

    logs: tuple[str, ...]
    options: ScanOptions
    names: NamePatterns = DEFAULT_NAMES
    output: StrPath | None = None
    update: bool = False
    rejudge: bool = False
    strict: bool = False
    identical: str = "count"
    scheduler: object = "auto"
    workers: int | None = None
    robots: tuple[str, ...] = ()
    verify: str = "ranges"
    lists: Path | None = None
    rejects: StrPath | None = None
    other_outputs: tuple[StrPath, ...] = ()

    def __post_init__(self) -> None:
        if self.output is None:
            for name in ("update", "rejudge"):
                if getattr(self, name):
                    raise MissingOutputError(name)


def audit_logs(
    job: AuditJob,
    *,
    waiting: Callable[[StrPath], object] = lambda _: None,
    progress_bar: ProgressBar = lambda _: nullcontext(),
) -> AuditOutcome:
    """Audit logs in two passes, and write the tables, whole or not at all.

    The first pass finds all requests for robots.txt; the second reads all lines of robots, and
    judges each request by the robots.txt that had been served.

    Parameters
    ----------
    job
        What to do.
    waiting
        Called with the output if another run is writing it, before waiting for it.
    progress_bar
        Given the number of stored bytes, returns a context that counts those read.

    Raises
    ------
    FindrobotsError
        A log, a policy, a list or the output cannot be used, an argument is wrong, a worker died.
        The output is then as it was.
    """
    policies = load_policies(job.robots)
    lists = None if job.verify == "none" else load_lists(job.lists)
    outputs = [path for path in (*job.other_outputs, job.output, job.rejects) if path is not None]
    check_not_the_logs(outputs, job.logs)
    unlisted = list[ListingError]()
    with _reserve(job, waiting) as (directory, files):
        sources = find_sources(job.logs, job.names, unlisted)
        for source in find_read_once(sources):
            raise ReadTwiceError(source.path)
        check_not_a_log(outputs, sources)
        before = _read_before(job, directory)
        with (
            connect(choose_scheduler(job.scheduler, sources), job.workers) as runner,
            progress_bar(2 * sum(sources.size)) as progress,
        ):
            run = _Run(job, sources, before, runner, progress, unlisted, policies, lists)
            first, second, audit = run.audit()
        if job.strict:
            raise_for_damage(second.sources, unlisted)
        if not (before.ledger.num_rows or unlisted):
            raise_if_not_understood(first, job.options.dialect)
        if directory:
            if job.rejudge and exists(directory.target):
                check_complete(read_audit(directory.target).ledger, audit.ledger)
            write_audit(audit, directory.temporary)
        files.write(reject_writers(job.rejects, second))
        if directory:
            directory.commit()
    found = list_warnings(first, _fetch_options(job))
    warnings = (*found, *run.warnings, *advise(audit, lists))
    return AuditOutcome(audit, first, second, len(sources), tuple(unlisted), warnings)


class _Run:
    """The two passes of an audit over the same logs."""

    def __init__(  # noqa: PLR0913, PLR0917 (what a pass needs)
        self,
        job: AuditJob,
        sources: Sources,
        before: Audit,
        runner: Runner,
        progress: Progress | None,
        unlisted: list[ListingError],
        policies: Policies,
        lists: ListHistory | None,
    ) -> None:
        self.job, self.sources, self.before = job, sources, before
        self.runner, self.progress, self.unlisted = runner, progress, unlisted
        self.policies, self.lists = policies, lists
        self.warnings = list[ScanWarning]()

    def audit(self) -> tuple[ScanResult, ScanResult, Audit]:
        """Run the passes; return what each found, and the tables."""
        _, first = self._read(_fetch_options(self.job))
        requested = unpacked(first.audit)
        if earlier := find_judged_too_early(self.before.visits, requested.fetches):
            self.warnings.append(rejudge_warning(earlier))
        fetches = merge_fetches([self.before.fetches, requested.fetches])
        if self.policies and not self.job.options.request_filter.vhosts:
            check_one_vhost(fetches)
        verifier = Verifier(self.lists)
        answers = read_answers(fetches, verifier)
        ledger, second = self._judge(fetches, answers, verifier)
        if self.job.verify == "dns" and (names := self._find_names(second)):
            verifier = Verifier(self.lists, names)
            answers = read_answers(fetches, verifier)
            if self.policies:  # verdicts decide whose copies of robots.txt a host may have
                ledger, second = self._judge(fetches, answers, verifier)
        found, before = unpacked(second.audit), self.before.visits
        visits = merge_visits([before, found.visits])
        if before.num_rows or verifier.answers:  # else these are its verdicts
            visits = with_verdicts(visits, verifier)
        paces = merge_paces([self.before.paces, found.paces])
        violations = merge_violations([self.before.violations, found.violations])
        with ThreadPoolExecutor() as threads:  # Arrow does most of this without Python's lock
            plain_visits = threads.submit(plain, visits, JUDGED_VISITS)
            gaps = count_gaps(paces, self._delay_on)
            robots = sum_up_robots(visits, answers.by_robot(visits), gaps)
        audit = self.before._replace(
            robots=robots,
            visits=plain_visits.result(),
            violations=plain(violations, VIOLATIONS),
            fetches=plain(fetches, FETCHES),
            paces=paces,
            ledger=ledger,
            basis={**self._basis(visits), "counts": json.dumps(self._count(second))},
        )
        # The audit has the tables of both passes.
        first, second = (each._replace(audit=NOTHING_AUDITED) for each in (first, second))
        return first, second, audit

    def _judge(
        self, fetches: pa.Table, answers: Answers, verifier: Verifier
    ) -> tuple[pa.Table, ScanResult]:
        judge = Judge(
            self.policies,
            answers.by_family() if self.policies else NO_FETCHES,
            frozenset(fetches["host"].unique().to_pylist()),
            verifier,
            self.job.options.request_filter,
        )
        compiled = sum(self.sources.size) >= COMPILED_FROM
        return self._read(self.job.options._replace(judge=judge, compiled=compiled))

    def _read(self, options: ScanOptions) -> tuple[pa.Table, ScanResult]:
        """Read what is new in the logs; return the new ledger, and what was found."""
        job = self.job
        empty = empty_host_table(job.options.request_filter)
        table, result = update_table(
            empty._replace(ledger=self.before.ledger),
            self.sources,
            options._replace(growing=job.update, skip_identical=job.identical == "skip"),
            self.runner,
            list_again=lambda: list_again(job.logs, job.names, self.unlisted),
            progress=self.progress,
        )
        return table.ledger, result

    def _delay_on(self, key: RobotKey, day: int) -> float | None:
        """Return the least crawl delay of a robot on a day, if one was in force all of it."""
        begin = day * DAY
        found, known = self.policies.between(begin, begin + DAY - 1)
        robot, verdict, vhost = key
        party = Party(robot, find_robot(robot), verdict, vhost)
        delays = [crawl_delay_of(party, self.policies, max(each.begin, begin)) for each in found]
        return (
            min((each for each in delays if each), default=None) if known and all(delays) else None
        )

    def _find_names(self, second: ScanResult) -> Mapping[str, NameAnswer]:
        """Look up the hosts in DNS that the lists do not decide."""
        from findrobots.robots.dns import find_names  # noqa: PLC0415 (it needs an extra)

        visits = merge_visits([self.before.visits, unpacked(second.audit).visits])
        wanted = needing_names(claims_of(visits), self.lists or load_lists())
        lookups = find_names(wanted)
        return lookups.answers

    def _count(self, second: ScanResult) -> dict[str, int]:
        """Return how many lines were read, so far and now."""
        before = json.loads(self.before.basis.get("counts", "{}"))
        counts = {
            "lines": second.audit.lines,
            "other_lines": second.audit.other_lines,
            "blank_lines": second.audit.blank_lines,
            "rejects": second.reject_count,
        }
        return {name: before.get(name, 0) + count for name, count in counts.items()}

    def _basis(self, visits: pa.Table) -> dict[str, str]:
        """Describe what the judgements rest on."""
        robots = filter(None, map(find_robot, sorted(set(visits["robot"].unique().to_pylist()))))
        names = sorted({name for robot in robots for name in robot.lists})
        days = {name: [*map(str, self.lists.days(name))] for name in names} if self.lists else {}
        return {
            "verify": self.job.verify,
            "lists": json.dumps(days),
            "policies": json.dumps(
                [[_written(each.begin), _written(each.end), each.label] for each in self.policies]
            ),
            "notes": json.dumps(self.policies.notes),
        }


def _fetch_options(job: AuditJob) -> ScanOptions:
    """Return the options of the first pass, which counts fetches of all times."""
    request_filter = job.options.request_filter._replace(since=None, until=None)
    return job.options._replace(request_filter=request_filter, fetches=True)


def _written(time: int) -> str:
    """Return a time in ISO 8601, empty for the beginning and the end of time."""
    if time in (MIN, MAX):
        return ""
    return (EPOCH + timedelta(microseconds=time)).isoformat()


@contextmanager
def _reserve(
    job: AuditJob, waiting: Callable[[StrPath], object]
) -> Iterator[tuple[OutputDirectory | None, Outputs]]:
    """Reserve the directory of an audit, if there is one, and the file of its rejected lines."""
    with ExitStack() as stack:
        directory = None
        if job.output is not None:
            directory = stack.enter_context(
                reserve_directory(
                    job.output, names=FILE_NAMES, other_output=job.rejects, waiting=waiting
                )
            )
        rejects = [job.rejects] if job.rejects else []
        yield directory, stack.enter_context(reserve_outputs(rejects, waiting=waiting))


def _read_before(job: AuditJob, directory: OutputDirectory | None) -> Audit:
    """Return the audit to start with: an empty one, or the existing one for an update."""
    request_filter = job.options.request_filter
    if job.update and not job.rejudge and directory and exists(directory.target):
        before = read_audit(directory.target)
        check_same_filter(
            [(str(job.output), before.request_filter), ("this audit", request_filter)]
        )
        return before
    empty = map(empty_table, (ROBOTS, JUDGED_VISITS, VIOLATIONS, FETCHES, PACES, LEDGER))
    robots, visits, violations, fetches, paces, ledger = empty
    return Audit(robots, visits, violations, fetches, paces, ledger, request_filter, {})
