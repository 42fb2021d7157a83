"""Gather all that a page shows of an audit, or of a host table."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, integers, texts
from findrobots.report.basis import Basis, describe_basis
from findrobots.report.change import Change, compare_weeks
from findrobots.report.charts import DailyChart, Days, bins_of, draw_daily, share_text
from findrobots.report.columns import sums, time_text
from findrobots.report.evidence import (
    Hosts,
    Logs,
    NeverAsked,
    Violations,
    gather_impostors,
    gather_logs,
    gather_never_asked,
    gather_undeclared,
    gather_violations,
)
from findrobots.report.limits import Limits
from findrobots.report.robots import Rest, RobotRow, gather_robots
from findrobots.report.sheet import IMPOSTOR, Claim, Sheet
from findrobots.tables.audit_files import Audit
from findrobots.tables.visit_verdicts import JUDGED_VISITS

__all__ = ["Figures", "Part", "audit_of_hosts", "gather"]

# Purposes that have a colour of their own in the chart.
SERIES = 6
OTHER, UNDECLARED = "other", "undeclared"
# Who has no operator that is known, in the order in which they follow the operators.
NOBODY = UNKNOWN_OPERATOR, UNDECLARED_HOSTS, IMPOSTORS = (
    "operator not known",
    "undeclared hosts",
    "impostors",
)
VERDICTS = ("verified", "unknown", "impostor")
DAY = 86_400_000_000


class Part(NamedTuple):
    """A part of all requests of robots."""

    name: str
    requests: int
    share: str
    percent: float  # from 0 to 100
    hosts: int


class Figures(NamedTuple):
    """What a page shows.

    Attributes
    ----------
    is_audit
        Whether the logs were audited; a host table only has requests for robots.txt.
    asked_for
        What the hosts of a host table asked for: robots.txt, unless another path was counted.
    is_judged
        Whether there was a robots.txt to judge by.
    vhosts
        The virtual hosts that were requested.
    period
        The first and the last time; empty if there was no request.
    requests
        Of robots, and of undeclared hosts.
    total
        All requests; 0 if they are not known.
    share, percent
        The part of robots in all requests.
    robot_count, host_count
        How many robots, and how many hosts of them and of undeclared ones.
    operators, verdicts
        Whose the requests are, and whether that is verified.
    """

    is_audit: bool
    asked_for: str
    is_judged: bool
    vhosts: tuple[str, ...]
    period: tuple[str, str]
    requests: int
    total: int
    share: str
    percent: float
    robot_count: int
    host_count: int
    undeclared_requests: int
    operators: tuple[Part, ...]
    verdicts: tuple[Part, ...]
    change: Change | None
    chart: DailyChart | None
    robots: tuple[RobotRow, ...]
    robot_rest: Rest
    purposes: tuple[str, ...]
    violations: Violations
    impostors: Hosts
    undeclared: Hosts
    never_asked: tuple[NeverAsked, ...]
    never_asked_rest: Rest
    logs: Logs
    basis: Basis


def gather(audit: Audit, limits: Limits, *, is_audit: bool = True) -> Figures:
    """Gather what a page shows.

    Parameters
    ----------
    audit
        The tables.
    limits
        How many rows are shown.
    is_audit
        Whether the tables are those of an audit, or made of a host table.
    """
    sheet = Sheet(audit.visits)
    days = _days(sheet)
    requests = int(sheet.by_claim("requests").sum())
    total = _total(audit, requests) if is_audit else 0
    robots, robot_rest = gather_robots(sheet, audit.violations, days, limits)
    never, never_rest = gather_never_asked(sheet, limits) if is_audit else ([], Rest(0, 0))
    undeclared = gather_undeclared(sheet, limits)
    return Figures(
        is_audit=is_audit,
        asked_for=" or ".join(map(os.fsdecode, audit.request_filter.paths)).removeprefix("/"),
        is_judged=bool(json.loads(audit.basis.get("policies", "[]"))),
        vhosts=_vhosts(audit),
        period=_period(sheet),
        requests=requests,
        total=total,
        share=share_text(requests, total),
        percent=100 * requests / total if total else 0,
        robot_count=len({claim.robot for claim in sheet.claims} - {""}),
        host_count=len(sheet.hosts),
        undeclared_requests=undeclared.requests,
        operators=_operators(sheet, limits.named),
        verdicts=_verdicts(sheet),
        change=compare_weeks(sheet, limits.named) if is_audit and len(sheet.day) else None,
        chart=_chart(sheet, days) if is_audit and len(sheet.day) else None,
        robots=tuple(robots),
        robot_rest=robot_rest,
        purposes=tuple(sorted({row.purpose or OTHER for row in robots})),
        violations=gather_violations(sheet, audit.violations, limits),
        impostors=gather_impostors(sheet, limits),
        undeclared=undeclared,
        never_asked=tuple(never),
        never_asked_rest=never_rest,
        logs=gather_logs(audit.ledger, limits),
        basis=describe_basis(audit, sheet, is_audit=is_audit),
    )


def _days(sheet: Sheet) -> Days:
    if not len(sheet.day):
        return Days(0, 0, 1)
    return bins_of(int(sheet.day.min()), int(sheet.day.max()))


def _total(audit: Audit, requests: int) -> int:
    """Return the number of all requests; 0 where it is not known."""
    request_filter = audit.request_filter
    # Of the requests that no robot made, the virtual hosts and times are not known.
    if request_filter.vhosts or request_filter.since or request_filter.until:
        return 0
    counts = json.loads(audit.basis.get("counts", "{}"))
    return requests + int(counts["other_lines"]) if counts else 0


def _vhosts(audit: Audit) -> tuple[str, ...]:
    known = {*audit.robots["vhost"].unique().to_pylist()} - {""}
    return tuple(sorted(known))


def _period(sheet: Sheet) -> tuple[str, str]:
    if not len(sheet.day):
        return "", ""
    first, last = sheet.column("first_seen").min(), sheet.column("last_seen").max()
    return time_text(int(first)), time_text(int(last))


def _parts(names: list[str], codes: Integers, sheet: Sheet) -> tuple[Part, ...]:
    """Return the parts of all requests, the largest first, by a number for each claim."""
    requests = sums(codes, len(names), sheet.by_claim("requests"))
    total = int(requests.sum())
    hosts = [
        len(np.unique(sheet.pair_host[codes[sheet.pair_claim] == number]))
        for number in range(len(names))
    ]
    order = np.argsort(-requests, kind="stable").tolist()
    return tuple(
        Part(
            names[number],
            int(requests[number]),
            share_text(int(requests[number]), total),
            round(100 * int(requests[number]) / total, 2) if total else 0,
            hosts[number],
        )
        for number in order
    )


def _operators(sheet: Sheet, named: int) -> tuple[Part, ...]:
    """Return whose robots made the requests: the first operators, the others, and nobody's."""
    owners = [_owner(claim) for claim in sheet.claims]
    totals = Counter[str]()
    for owner, count in zip(owners, sheet.by_claim("requests").tolist(), strict=True):
        totals[owner] += count
    known = [owner for owner, _ in totals.most_common() if owner not in NOBODY]
    more = f"{len(known) - named:,} other operators"
    names = [*known[:named], *([more] if known[named:] else []), *NOBODY]
    codes = [names.index(owner if owner in names else more) for owner in owners]
    parts = _parts(names, np.array(codes, np.int64), sheet)
    return tuple(part for part in sorted(parts, key=_place_in(names)) if part.requests)


def _owner(claim: Claim) -> str:
    """Return whose requests are; those of impostors are not the operator's."""
    if claim.verdict == IMPOSTOR:
        return IMPOSTORS
    return (claim.operator or UNKNOWN_OPERATOR) if claim.robot else UNDECLARED_HOSTS


def _place_in(names: Sequence[str]) -> Callable[[Part], int]:
    return lambda part: names.index(part.name)


def _verdicts(sheet: Sheet) -> tuple[Part, ...]:
    """Return which requests are verified, in the order of ``VERDICTS``."""
    codes = [
        VERDICTS.index(claim.verdict if claim.verdict in VERDICTS else "unknown")
        for claim in sheet.claims
    ]
    parts = _parts([*VERDICTS], np.array(codes, np.int64), sheet)
    return tuple(sorted(parts, key=lambda part: VERDICTS.index(part.name)))


def _chart(sheet: Sheet, days: Days) -> DailyChart:
    """Draw the requests per day by the purposes with most requests."""
    requests = sheet.by_claim("requests")
    totals = defaultdict[str, int](int)
    of_claim = [(claim.purpose or OTHER) if claim.robot else UNDECLARED for claim in sheet.claims]
    for name, count in zip(of_claim, requests.tolist(), strict=True):
        totals[name] += count
    own = sorted(totals.keys() - {OTHER, UNDECLARED}, key=lambda name: (-totals[name], name))
    names = own[:SERIES]
    if OTHER in totals or own[SERIES:]:
        names.append(OTHER)
    if UNDECLARED in totals:
        names.append(UNDECLARED)
    codes = [names.index(name if name in names else OTHER) for name in of_claim]
    cells = np.array(codes, np.int64)[sheet.claim] * days.total + days.bins(sheet.day)
    counts = sums(cells, len(names) * days.total, sheet.column("requests"))
    return draw_daily(days, names, counts.reshape(len(names), days.total))


def audit_of_hosts(hosts: pa.Table, audit: Audit) -> Audit:
    """Return what a host table says, as an audit of requests for robots.txt alone.

    Parameters
    ----------
    hosts
        A host table with robots and verdicts, as ``VERIFIED_HOSTS``.
    audit
        An audit without visits, to which they are added.
    """
    count = hosts.num_rows
    # A host table has no days; the one of the first request orders the rows.
    first = np.array(
        [] if not count else hosts["first_seen"].cast(pa.int64()).to_pylist(), np.int64
    )
    made = {
        "day": integers(first // DAY, pa.date32()),
        "robots_txt_requests": hosts["requests"],
        "vhost": texts([""] * count, pa.string()),
        "verdict": texts(["unknown"] * count, pa.string()),
        "reason": texts(["not verified"] * count, pa.string()),
    }
    columns = [
        hosts[field.name]
        if field.name in hosts.column_names
        else made.get(field.name, integers([0] * count, pa.int64()))
        for field in JUDGED_VISITS
    ]
    return audit._replace(visits=pa.table(columns, schema=JUDGED_VISITS))
