"""Gather what each robot did: a row for each, and what the row opens to."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, joined, numbers
from findrobots.report.charts import SPARK_BINS, Days, bins_of, draw_sparkline, share_text
from findrobots.report.columns import (
    code_of,
    extremes,
    group,
    numbers_in,
    segments,
    sums,
    time_text,
)
from findrobots.report.limits import Limits
from findrobots.report.sheet import Sheet
from findrobots.robots.agents import find_robot

__all__ = ["HostRow", "Rest", "RobotRow", "RuleRow", "gather_robots", "host_rows"]

# How requests that are neither allowed nor violations are counted, in words.
APART = {
    "unread": "disallowed, but robots.txt had never been served to it in these logs",
    "grace": "disallowed by a robots.txt that had changed shortly before",
    "exempt": "disallowed by a rule that is not meant for it",
    "unknown_policy": "while it is not known which robots.txt was in force",
    "unreachable": "disallowed while robots.txt could not be served",
    "stale": "made with a copy of robots.txt older than the robot may use",
}
SUMMED = ("requests", "bytes_sent", "robots_txt_requests", "disallowed", "violations")
DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
DATES = re.compile(rf"{DATE.pattern}(?: and {DATE.pattern})*")


class Rest(NamedTuple):
    """What is not shown, summed up."""

    more: int
    requests: int


class HostRow(NamedTuple):
    """A host that declared a robot."""

    host: str
    requests: int
    robots_txt_requests: int
    disallowed: int
    violations: int
    days: int
    first_seen: str
    last_seen: str
    reason: str
    user_agents: tuple[str, ...]
    name: str


class RuleRow(NamedTuple):
    """A rule of robots.txt that a robot broke, and the paths that it requested most."""

    rule: str
    line: int
    policy: str
    requests: int
    targets: tuple[str, ...]


class ReasonRow(NamedTuple):
    """Why hosts have a verdict, and the dates of the evidence."""

    reason: str
    dates: str
    hosts: int
    requests: int


class RobotRow(NamedTuple):
    """A robot with one verdict, and what its row opens to."""

    number: int
    name: str
    robot: str
    verdict: str
    operator: str
    purpose: str
    requests: int
    share: str
    bytes_sent: int
    hosts: int
    days: int
    robots_txt_requests: int
    disallowed: int
    violations: int
    first_seen: str
    last_seen: str
    says: str
    docs: str
    checked: str
    trend: str
    trend_label: str
    apart: tuple[tuple[int, str], ...]
    host_rows: tuple[HostRow, ...]
    host_rest: Rest
    user_agents: tuple[str, ...]
    user_agent_rest: int
    rules: tuple[RuleRow, ...]
    rule_rest: Rest
    reasons: tuple[ReasonRow, ...]
    reason_rest: int


def gather_robots(
    sheet: Sheet, violations: pa.Table, days: Days, limits: Limits
) -> tuple[list[RobotRow], Rest]:
    """Return the robots with most requests, and the sum of the others.

    Parameters
    ----------
    sheet
        The visits.
    violations
        The table of violations.
    days
        The days of the log.
    limits
        How many rows of each kind are shown.
    """
    requests = sheet.by_claim("requests")
    weights = requests + sheet.by_claim("violations") * int(requests.max(initial=0))
    declared = sheet.where(bool(claim.robot) for claim in sheet.claims)
    order = declared[np.argsort(-weights[declared], kind="stable")]
    shown, others = order[: limits.robots].tolist(), order[limits.robots :]
    details = _Details(sheet, violations, days, limits, shown)
    rows = [details.row(claim) for claim in shown]
    rows.sort(key=lambda row: -row.requests)
    rest = Rest(len(others), int(requests[others].sum()))
    return [row._replace(number=number) for number, row in enumerate(rows, 1)], rest


class _Details:
    """What the rows of some robots open to."""

    def __init__(
        self,
        sheet: Sheet,
        violations: pa.Table,
        days: Days,
        limits: Limits,
        shown: Sequence[int],
    ) -> None:
        self.sheet, self.limits = sheet, limits
        self.totals = {name: sheet.by_claim(name) for name in (*SUMMED, *APART)}
        count = len(sheet.claims)
        self.first, self.last = extremes(
            sheet.claim, count, sheet.column("first_seen"), sheet.column("last_seen")
        )
        on_days = group(sheet.claim, sheet.day - days.first)
        self.days = sums(sheet.claim[on_days.last], count)
        self.pairs = dict(
            zip(
                shown,
                segments(sheet.pair_claim, sheet.by_pair("requests"), shown),
                strict=True,
            )
        )
        self.trends = _trends(sheet, bins_of(days.first, days.last, SPARK_BINS), shown)
        self.user_agents = _user_agents(sheet, shown)
        self.reasons = _reasons(sheet, shown)
        self.rules = _rules(violations, limits)

    def row(self, claim: int) -> RobotRow:
        """Return the row of a claim."""
        robot, verdict, operator, purpose = self.sheet.claims[claim]
        known = find_robot(robot)
        total = {name: int(values[claim]) for name, values in self.totals.items()}
        pairs, limit = self.pairs[claim], self.limits.hosts
        hosts = tuple(host_rows(self.sheet, pairs[:limit], 0))
        rest_of_hosts = int(self.sheet.by_pair("requests")[pairs[limit:]].sum())
        user_agents = self.user_agents[claim]
        rules = self.rules.get((robot, verdict), [])
        reasons = self.reasons[claim]
        trend = self.trends[claim]
        return RobotRow(
            number=0,
            name=self.sheet.claims[claim].name,
            robot=robot,
            verdict=verdict,
            operator=operator,
            purpose=purpose,
            requests=total["requests"],
            share=share_text(total["requests"], int(self.totals["requests"].sum())),
            bytes_sent=total["bytes_sent"],
            hosts=len(pairs),
            days=int(self.days[claim]),
            robots_txt_requests=total["robots_txt_requests"],
            disallowed=total["disallowed"],
            violations=total["violations"],
            first_seen=time_text(self.first[claim]),
            last_seen=time_text(self.last[claim]),
            says=known.says if known else "",
            docs=known.docs if known else "",
            checked=_written(known.checked) if known else "",
            trend=draw_sparkline(trend),
            trend_label=f"from {int(trend.min(initial=0)):,} to {int(trend.max(initial=0)):,}",
            apart=tuple((total[name], words) for name, words in APART.items() if total[name]),
            host_rows=hosts,
            host_rest=Rest(len(pairs) - len(hosts), rest_of_hosts),
            user_agents=tuple(user_agents[: self.limits.user_agents]),
            user_agent_rest=max(len(user_agents) - self.limits.user_agents, 0),
            rules=tuple(rules[: self.limits.rules]),
            rule_rest=Rest(
                max(len(rules) - self.limits.rules, 0),
                sum(rule.requests for rule in rules[self.limits.rules :]),
            ),
            reasons=tuple(reasons[: self.limits.reasons]),
            reason_rest=max(len(reasons) - self.limits.reasons, 0),
        )


def _written(day: date | None) -> str:
    return day.isoformat() if day else ""


def host_rows(sheet: Sheet, pairs: Integers, user_agents: int) -> Iterator[HostRow]:
    """Yield the rows of some pairs of claim and host, with the first user agents of each.

    Parameters
    ----------
    sheet
        The visits.
    pairs
        The numbers of the pairs.
    user_agents
        How many user agents each row has at most.
    """

    def total(name: str, pair: int) -> int:
        return int(sheet.by_pair(name)[pair])

    for pair in pairs.tolist():
        row = int(sheet.pairs.last[pair])
        first, last = (int(times[pair]) for times in sheet.pair_times)
        yield HostRow(
            sheet.hosts[sheet.pair_host[pair]],
            total("requests", pair),
            total("robots_txt_requests", pair),
            total("disallowed", pair),
            total("violations", pair),
            int(sheet.pair_days[pair]),
            time_text(first),
            time_text(last),
            sheet.visits["reason"][row].as_py(),
            tuple(sheet.visits["user_agents"][row].as_py()[:user_agents]),
            sheet.claims[sheet.pair_claim[pair]].name,
        )


def _ranks(sheet: Sheet, shown: Sequence[int]) -> Integers:
    """Return for each visit the place of its claim among those that are shown, or -1."""
    ranks = np.full(len(sheet.claims), -1, np.int64)
    ranks[shown] = np.arange(len(shown))
    return ranks[sheet.claim]


def _trends(sheet: Sheet, bins: Days, shown: Sequence[int]) -> dict[int, Integers]:
    """Return the requests of each claim in each bin."""
    ranks = _ranks(sheet, shown)
    wanted = ranks >= 0
    cells = ranks[wanted] * bins.total + bins.bins(sheet.day[wanted])
    counts = sums(cells, len(shown) * bins.total, sheet.column("requests")[wanted])
    return dict(zip(shown, counts.reshape(len(shown), bins.total), strict=True))


def _user_agents(sheet: Sheet, shown: Sequence[int]) -> dict[int, list[str]]:
    """Return the user agents of each claim, those of most hosts and days first."""
    lists = joined(sheet.visits["user_agents"])
    names, codes = code_of(lists.flatten())
    owners = _ranks(sheet, shown)[numbers(lists.value_parent_indices())]
    wanted = owners >= 0
    owners, codes = owners[wanted], codes[wanted]
    if not len(owners):
        return {claim: [] for claim in shown}
    groups = group(owners, codes)
    counts = sums(groups.codes, groups.total)
    found = segments(owners[groups.last], counts, range(len(shown)))
    return {
        claim: [names[code] for code in codes[groups.last[rows]].tolist()]
        for claim, rows in zip(shown, found, strict=True)
    }


def _reasons(sheet: Sheet, shown: Sequence[int]) -> dict[int, list[ReasonRow]]:
    """Return why the hosts of each claim have its verdict, most requests first."""
    texts, exact = code_of(joined(sheet.visits["reason"]))
    stems = dict[str, int]()
    stem_of = np.array([stems.setdefault(DATES.sub("", text), len(stems)) for text in texts])
    ranks = _ranks(sheet, shown)
    wanted = np.flatnonzero(ranks >= 0)
    if not len(wanted):
        return {claim: [] for claim in shown}
    stem = stem_of[exact[wanted]].astype(np.int64)
    groups = group(ranks[wanted], stem)
    requests = sums(groups.codes, groups.total, sheet.column("requests")[wanted])
    with_host = group(groups.codes, sheet.host[wanted])
    hosts = sums(groups.codes[with_host.last], groups.total)
    with_text = group(groups.codes, exact[wanted])
    dates: list[set[str]] = [set() for _ in range(groups.total)]
    owners = groups.codes[with_text.last].tolist()
    for owner, code in zip(owners, exact[wanted][with_text.last].tolist(), strict=True):
        dates[owner].update(DATE.findall(texts[code]))
    names = [_without_dates(text) for text in stems]
    found = segments(ranks[wanted][groups.last], requests, range(len(shown)))
    return {
        claim: [
            ReasonRow(
                names[stem[groups.last[place]]],
                _span(dates[place]),
                int(hosts[place]),
                int(requests[place]),
            )
            for place in places.tolist()
        ]
        for claim, places in zip(shown, found, strict=True)
    }


def _without_dates(stem: str) -> str:
    """Return a reason of which the dates are removed, without what introduced them.

    >>> _without_dates("range openai-gptbot  and "), _without_dates("name a.example, asked ")
    ('range openai-gptbot', 'name a.example, asked')
    """
    return re.sub(r"(?:\s+(?:and|of|on))*\s*(?=[;:]|$)", "", re.sub(r"\s+", " ", stem)).strip()


def _span(dates: set[str]) -> str:
    """Write one date, or the first and the last of several."""
    if not dates:
        return ""
    first, last = min(dates), max(dates)
    return first if first == last else f"{first} to {last} ({len(dates):,} dates)"


def _rules(violations: pa.Table, limits: Limits) -> dict[tuple[str, str], list[RuleRow]]:
    """Return the rules that each robot broke, with the paths that it requested most."""
    if not violations.num_rows:
        return {}
    names = ("robot", "verdict", "rule", "policy", "target")
    values, codes = zip(*(code_of(joined(violations[name])) for name in names), strict=True)
    lines = numbers_in(violations, "rule_line")
    robot, verdict, rule, policy, target = codes
    groups = group(robot, verdict, rule, policy, lines)
    requests = sums(groups.codes, groups.total)
    with_target = group(groups.codes, target)
    target_counts = sums(with_target.codes, with_target.total)
    target_owner = groups.codes[with_target.last]
    targets = segments(target_owner, target_counts, range(groups.total))
    found = dict[tuple[str, str], list[RuleRow]]()
    for number in np.argsort(-requests, kind="stable").tolist():
        row = groups.last[number]
        most = with_target.last[targets[number][: limits.targets]]
        found.setdefault((values[0][robot[row]], values[1][verdict[row]]), []).append(
            RuleRow(
                values[2][rule[row]],
                int(lines[row]),
                values[3][policy[row]],
                int(requests[number]),
                tuple(values[4][code] for code in target[most].tolist()),
            )
        )
    return found
