"""List which robot was seen from which host, from an audit or from a host table."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import joined, numbers
from findrobots.robots.agents import name_agent
from findrobots.robots.verify import IMPOSTOR, Verdict
from findrobots.tables.audit_files import Audit
from findrobots.tables.declared import Declared
from findrobots.tables.visitors import sum_up_visitors

__all__ = ["Sighting", "Sightings", "sight_hosts", "sight_visits"]

MICROSECONDS_PER_DAY = 86_400_000_000
EPOCH = date(1970, 1, 1).toordinal()

Key = tuple[str, str, str]


class Sighting(NamedTuple):
    """What a host did under the name of a robot, with one verdict.

    Attributes
    ----------
    host
        The client's address or name.
    robot
        The robot that the host declared; empty if it declared none.
    operator, purpose, declared_by
        As in ``Agent``.
    verdict, reason
        Whether it was that robot, and why; both may be empty if the robot is.
    last_day
        The last day, UTC, on which it was seen with this verdict.
    requests, violations
        How many requests it made, and how many of them robots.txt disallowed.
    user_agents
        Its user agents.
    """

    host: str
    robot: str
    operator: str
    purpose: str
    declared_by: str
    verdict: str
    reason: str
    last_day: date
    requests: int
    violations: int
    user_agents: frozenset[str]


class Sightings(NamedTuple):
    """All robots of a table, by host.

    Attributes
    ----------
    rows
        One per host, robot and verdict.
    by_robot
        Whether requests are counted by robot; else each row has all requests of its host.
    total
        How many requests were counted.
    noun
        What is counted: those of people as well, or only those of robots.
    """

    rows: tuple[Sighting, ...]
    by_robot: bool
    total: int
    noun: str

    def count_requests(self, rows: Iterable[Sighting]) -> int:
        """Return how many requests some rows have together."""
        if self.by_robot:
            return sum(row.requests for row in rows)
        return sum({row.host: row.requests for row in rows}.values())


def sight_visits(audit: Audit) -> Sightings:
    """List the robots of an audit, by host."""
    evidence = _latest_evidence(audit.visits)
    rows = dict[Key, Sighting]()
    for row in _visitors(audit.visits):
        key = (row.host, row.robot, row.verdict)
        day, reason = evidence.get(key, (row.last_day, row.reason))
        row = row._replace(last_day=day, reason=reason)  # noqa: PLW2901 (the same, completed)
        rows[key] = _merge(rows[key], row) if key in rows else row
    counts = json.loads(audit.basis.get("counts", "{}"))
    # Of the requests that no robot made, the virtual hosts and times are not known.
    _, vhosts, since, until = audit.request_filter
    is_filtered = bool(vhosts) or since is not None or until is not None
    total = sum(row.requests for row in rows.values())
    if is_filtered:
        return Sightings((*rows.values(),), by_robot=True, total=total, noun="requests of robots")
    total += counts.get("other_lines", 0)
    return Sightings((*rows.values(),), by_robot=True, total=total, noun="requests")


def _visitors(visits: pa.Table) -> Iterator[Sighting]:
    visitors = sum_up_visitors(visits)
    columns = {
        name: [*map(frozenset, visitors[name].to_pylist())]
        if name == "user_agents"
        else _days(visitors["last_seen"])
        if name == "last_day"
        else visitors[name].to_pylist()
        for name in Sighting._fields
    }
    yield from map(Sighting._make, zip(*columns.values(), strict=True))


def _latest_evidence(visits: pa.Table) -> dict[Key, tuple[date, str]]:
    """Return the last day of each impostor, and why it was one on that day."""
    impostors = visits.filter(pc.equal(visits["verdict"], IMPOSTOR))
    names = ("host", "robot", "verdict", "day", "reason")
    rows = zip(*(impostors[name].to_pylist() for name in names), strict=True)
    latest = dict[Key, tuple[date, str]]()
    for host, robot, verdict, day, reason in rows:
        key = (host, robot, verdict)
        latest[key] = max(latest.get(key, (day, reason)), (day, reason))
    return latest


def _merge(one: Sighting, other: Sighting) -> Sighting:
    """Add up what a host did on two virtual hosts."""
    return one._replace(
        last_day=max(one.last_day, other.last_day),
        requests=one.requests + other.requests,
        violations=one.violations + other.violations,
        user_agents=one.user_agents | other.user_agents,
    )


def sight_hosts(
    pieces: Iterable[tuple[pa.Table, Declared, Sequence[Verdict]]],
) -> Sightings:
    """List the robots of a host table, by host.

    Parameters
    ----------
    pieces
        Parts of the table, each with the robots that its hosts declare and their verdicts.
    """
    rows, requests = list[Sighting](), 0
    for hosts, declared, verdicts in pieces:
        rows += _sight_piece(hosts, declared, verdicts)
        requests += int(numbers(joined(hosts["requests"])).sum())
    return Sightings((*rows,), by_robot=False, total=requests, noun="requests for robots.txt")


def _sight_piece(
    hosts: pa.Table, declared: Declared, verdicts: Sequence[Verdict]
) -> Iterator[Sighting]:
    names = ("host", "requests", "user_agents")
    columns = (hosts[name].to_pylist() for name in names)
    of_host = [*zip(*columns, _days(hosts["last_seen"]), strict=True)]
    agents = [dict[str, set[str]]() for _ in of_host]  # by robot
    for (_, _, texts, _), by_robot in zip(of_host, agents, strict=True):
        for text in texts:
            by_robot.setdefault(name_agent(text).name, set()).add(text)
    pairs = zip(declared.hosts.tolist(), declared.robots.tolist(), verdicts, strict=True)
    for number, code, verdict in pairs:
        host, requests, _, day = of_host[number]
        agent = declared.agents[code]
        texts = frozenset(agents[number].pop(agent.name, ()))
        declares = (agent.name, agent.operator, agent.purpose, agent.declared_by)
        judged = (verdict.verdict, verdict.reason)
        yield Sighting(host, *declares, *judged, day, requests, 0, texts)
    for (host, requests, _, day), by_robot in zip(of_host, agents, strict=True):
        if "" in by_robot:
            texts = frozenset(by_robot[""])
            yield Sighting(host, "", "", "", "none", "", "", day, requests, 0, texts)


def _days(times: pa.ChunkedArray) -> list[date]:
    """Return the days of times, UTC; a table may hold times that Python's dates do not."""
    ordinals = numbers(joined(times)) // MICROSECONDS_PER_DAY + EPOCH
    return [*map(date.fromordinal, ordinals.clip(1, date.max.toordinal()).tolist())]
