"""Gather the evidence: violations, impostors, undeclared robots, those that never asked, logs."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, integers, joined
from findrobots.report.columns import code_of, numbers_in, sums, time_text
from findrobots.report.limits import Limits
from findrobots.report.robots import HostRow, Rest, host_rows
from findrobots.report.sheet import IMPOSTOR, Sheet, shown_name
from findrobots.robots.agents import find_robot
from findrobots.sanitize import safe
from findrobots.tables.ledger import entries_of

__all__ = [
    "Hosts",
    "Logs",
    "NeverAsked",
    "Violations",
    "gather_impostors",
    "gather_logs",
    "gather_never_asked",
    "gather_undeclared",
    "gather_violations",
]


class Violator(NamedTuple):
    """Who broke robots.txt, and how often."""

    name: str
    verdict: str
    requests: int
    hosts: int


class Violation(NamedTuple):
    """A request that robots.txt disallows."""

    time: str
    name: str
    verdict: str
    host: str
    vhost: str
    method: str
    target: str
    status: int
    rule: str
    line: int
    policy: str
    fetched: str
    source: str
    offset: int


class Violations(NamedTuple):
    """The violations: who made them, and the latest of them.

    Attributes
    ----------
    total
        How many there are.
    kept
        Of how many the audit keeps the evidence: the earliest ones.
    by_whom
        Who made them, most first.
    latest
        The latest ones with their evidence, the last first.
    """

    total: int
    kept: int
    by_whom: tuple[Violator, ...]
    latest: tuple[Violation, ...]


class Hosts(NamedTuple):
    """The hosts with most requests, and the sum of the others."""

    total: int
    requests: int
    rows: tuple[HostRow, ...]
    rest: Rest


class NeverAsked(NamedTuple):
    """A robot that never asked for robots.txt, and what may explain it."""

    name: str
    verdict: str
    operator: str
    purpose: str
    requests: int
    explanation: str


class Log(NamedTuple):
    """A log that was read."""

    source: str
    stored: int
    text: int
    matched_lines: int
    rejects: int
    damage: str
    copy_of: str


class Logs(NamedTuple):
    """The logs that were read: the damaged ones first, then the largest."""

    total: int
    stored: int
    text: int
    rejects: int
    damaged: int
    rows: tuple[Log, ...]
    rest: Rest


def gather_violations(sheet: Sheet, violations: pa.Table, limits: Limits) -> Violations:
    """Return who broke robots.txt, and the latest violations."""
    by_claim, by_pair = sheet.by_claim("violations"), sheet.by_pair("violations")
    hosts = sums(sheet.pair_claim, len(sheet.claims), (by_pair > 0).astype(np.int64))
    order = np.argsort(-by_claim, kind="stable").tolist()
    by_whom = tuple(
        Violator(
            sheet.claims[claim].name,
            sheet.claims[claim].verdict,
            int(by_claim[claim]),
            int(hosts[claim]),
        )
        for claim in order
        if by_claim[claim]
    )
    shown = violations.slice(max(violations.num_rows - limits.violations, 0))
    rows = [
        Violation(
            time=time_text(time),
            name=shown_name(row["robot"], row["verdict"]),
            fetched=time_text(fetched),
            line=row.pop("rule_line"),
            source=safe(row.pop("source")),
            **{name: value for name, value in row.items() if name != "robot"},
        )
        for row, time, fetched in zip(
            shown.drop_columns(["time", "fetched"]).to_pylist(),
            numbers_in(shown, "time").tolist(),
            numbers_in(shown, "fetched").tolist(),
            strict=True,
        )
    ]
    return Violations(int(by_claim.sum()), violations.num_rows, by_whom, tuple(reversed(rows)))


def gather_impostors(sheet: Sheet, limits: Limits) -> Hosts:
    """Return the hosts that are not the robots that they declare to be."""
    return _hosts(sheet, sheet.where(claim.verdict == IMPOSTOR for claim in sheet.claims), limits)


def gather_undeclared(sheet: Sheet, limits: Limits) -> Hosts:
    """Return the hosts that requested robots.txt and declare no robot."""
    return _hosts(sheet, sheet.where(not claim.robot for claim in sheet.claims), limits)


def _hosts(sheet: Sheet, claims: Integers, limits: Limits) -> Hosts:
    pairs = np.flatnonzero(np.isin(sheet.pair_claim, claims))
    requests = sheet.by_pair("requests")
    order = pairs[np.argsort(-requests[pairs], kind="stable")]
    shown, others = order[: limits.host_rows], order[limits.host_rows :]
    rows = tuple(host_rows(sheet, shown, limits.user_agents))
    rest = Rest(len(others), int(requests[others].sum()))
    return Hosts(len(pairs), int(requests[pairs].sum()), rows, rest)


def gather_never_asked(sheet: Sheet, limits: Limits) -> tuple[list[NeverAsked], Rest]:
    """Return the robots of which no host asked for robots.txt in these logs.

    What impostors did is nothing that the robot did or left undone.
    """
    fetches, requests = sheet.by_claim("robots_txt_requests"), sheet.by_claim("requests")
    own = sheet.where(claim.verdict != IMPOSTOR and bool(claim.robot) for claim in sheet.claims)
    asked = {sheet.claims[claim].robot for claim in own.tolist() if fetches[claim]}
    never = [claim for claim in own.tolist() if sheet.claims[claim].robot not in asked]
    never.sort(key=lambda claim: -int(requests[claim]))
    shown, others = never[: limits.host_rows], never[limits.host_rows :]
    rows = [
        NeverAsked(
            sheet.claims[claim].name,
            sheet.claims[claim].verdict,
            sheet.claims[claim].operator,
            sheet.claims[claim].purpose,
            int(requests[claim]),
            _explain(sheet.claims[claim].robot, asked),
        )
        for claim in shown
    ]
    return rows, Rest(len(others), int(requests[others].sum()))


def _explain(name: str, asked: set[str]) -> str:
    """Return what may explain that a robot never asked for robots.txt."""
    robot = find_robot(name)
    if robot is None:
        return ""
    if sharing := [other for other in robot.shares_with if other in asked]:
        return f"it may use the copies of {', '.join(sharing)}, which asked"
    if robot.user_triggered:
        return "it fetches pages because a user asks"
    if not robot.robots_tokens:
        return "its operator does not say that it follows robots.txt"
    return ""


def gather_logs(ledger: pa.Table, limits: Limits) -> Logs:
    """Return the logs that were read, and what was damaged."""
    damages, damage = code_of(joined(ledger["damage"]))
    damaged = np.array([bool(text) for text in damages], np.bool_)[damage]
    text, stored = numbers_in(ledger, "bytes_text"), numbers_in(ledger, "bytes_stored")
    rejects = numbers_in(ledger, "rejects")
    order = np.lexsort((-text, -rejects, ~damaged))
    rows = tuple(
        Log(
            safe(entry.source),
            entry.bytes_stored,
            entry.bytes_text,
            entry.matched_lines,
            entry.rejects,
            safe(entry.damage),
            safe(entry.copy_of),
        )
        for entry in entries_of(ledger.take(integers(order[: limits.logs], pa.int64())))
    )
    others = order[limits.logs :]
    return Logs(
        ledger.num_rows,
        int(stored.sum()),
        int(text.sum()),
        int(rejects.sum()),
        int(damaged.sum()),
        rows,
        Rest(len(others), int(text[others].sum())),
    )
