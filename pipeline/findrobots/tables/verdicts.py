"""Judge whether the hosts of a host table are the robots that they declare."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

import pyarrow as pa

from findrobots.arrow import integers, joined, numbers, texts
from findrobots.robots.agents import find_robot
from findrobots.robots.names import NameAnswer
from findrobots.robots.ranges import ListHistory
from findrobots.robots.verify import (
    IMPOSTOR,
    UNKNOWN,
    VERIFIED,
    Claim,
    Verdict,
    judge,
    needing_names,
)
from findrobots.tables.declared import PROGRAMS, VERIFIED_HOSTS, Declared

__all__ = ["Evidence", "add_verdicts", "judge_declared"]

MICROSECONDS_PER_DAY = 86_400_000_000
EPOCH = date(1970, 1, 1).toordinal()
# A host that declares several robots has the gravest of their verdicts.
GRAVITY = (VERIFIED, UNKNOWN, IMPOSTOR)
NO_ROW = Verdict(UNKNOWN, "no way to check this robot is known", None)

FindNames = Callable[[Mapping[str, tuple[str, ...]]], Mapping[str, NameAnswer]]


class Evidence(NamedTuple):
    """What verdicts are founded on.

    Attributes
    ----------
    lists
        The lists of addresses that operators publish, with their days.
    find_names
        Looks up the names of addresses in DNS; ``None`` looks up none.
    """

    lists: ListHistory
    find_names: FindNames | None = None


def judge_declared(hosts: pa.Table, declared: Declared, evidence: Evidence) -> list[Verdict]:
    """Judge each robot that a host declares, on the days of its first and its last request.

    A host table does not hold the days between, nor under which user agent a request was made.
    So a verdict holds only if it is the same on both days; otherwise it is unknown.

    Parameters
    ----------
    hosts
        A host table.
    declared
        The robots that its hosts declare.
    evidence
        What the verdicts are founded on.

    Returns
    -------
    A verdict for each robot of each host, in the order of ``declared``.
    """
    rows = integers(declared.hosts, pa.int64())
    addresses = hosts["host"].take(rows).to_pylist()
    days = zip(
        *(_days(hosts[name].take(rows)) for name in ("first_seen", "last_seen")), strict=True
    )
    robots = [find_robot(agent.name) for agent in declared.agents]
    claims = [
        (robot := robots[number]) and [Claim(robot, address, day) for day in dict.fromkeys(both)]
        for number, address, both in zip(declared.robots.tolist(), addresses, days, strict=True)
    ]
    answers: Mapping[str, NameAnswer] = {}
    if evidence.find_names:
        every = (claim for each in claims for claim in each or ())
        if wanted := needing_names(every, evidence.lists):
            answers = evidence.find_names(wanted)
    return [
        _agreed(each, [judge(*claim, evidence.lists, answers) for claim in each])
        if each
        else NO_ROW
        for each in claims
    ]


def _days(times: pa.ChunkedArray) -> list[date]:
    """Return the days of times, UTC; a table may hold times that Python's dates do not."""
    ordinals = numbers(joined(times)) // MICROSECONDS_PER_DAY + EPOCH
    return [*map(date.fromordinal, ordinals.clip(1, date.max.toordinal()).tolist())]


def _agreed(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of the last day if it is that of the first one, too."""
    first, last = verdicts[0], verdicts[-1]
    if first.verdict == last.verdict:
        return last
    reason = "; ".join(
        f"{verdict.verdict} on {claim.day}: {verdict.reason}"
        for claim, verdict in zip(claims, verdicts, strict=True)
    )
    return Verdict(UNKNOWN, reason, last.date)


def add_verdicts(hosts: pa.Table, declared: Declared, verdicts: Sequence[Verdict]) -> pa.Table:
    """Add the columns verdict and reason, empty where a host declares no robot.

    A host that declares several robots is verified only if each of them is, and an impostor if
    any of them is.

    Parameters
    ----------
    hosts
        A host table.
    declared, verdicts
        The robots that its hosts declare, and the verdict of each.
    """
    columns = {name: [""] * hosts.num_rows for name in ("verdict", "reason")}
    judged = zip(declared.hosts.tolist(), declared.robots.tolist(), verdicts, strict=True)
    for row, group in groupby(judged, key=lambda each: each[0]):
        several = [(verdict, declared.agents[robot]) for _, robot, verdict in group]
        # A robot may also use curl, of which nothing can be verified.
        named = [each for each in several if each[1].purpose not in PROGRAMS] or several
        gravest, agent = max(named, key=lambda each: GRAVITY.index(each[0].verdict))
        columns["verdict"][row] = gravest.verdict
        columns["reason"][row] = (
            gravest.reason if len(several) == 1 else f"{agent.name}: {gravest.reason}"
        )
    for name, values in columns.items():
        hosts = hosts.append_column(VERIFIED_HOSTS.field(name), texts(values, pa.string()))
    return hosts
