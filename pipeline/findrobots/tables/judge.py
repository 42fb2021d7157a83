"""Judge the requests of robots: who made each, and whether robots.txt allowed it."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from findrobots.arrow import Booleans, Integers, empty_table, integers, table_of_rows
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.robots.agents import name_agent
from findrobots.robots.compliance import ALLOWED, KINDS, VIOLATION, Conducts, judge_parties
from findrobots.robots.filter import ROBOTS_TXT, RequestFilter, request_path
from findrobots.robots.party import Party
from findrobots.robots.policies import Policies
from findrobots.tables.grouping import REQUESTS
from findrobots.tables.paces import PACES, pace_rows
from findrobots.tables.requesters import (
    FamilyFetches,
    Requesters,
    arrow_column,
    find_requesters,
    unified,
)
from findrobots.tables.violations import CODED_VIOLATIONS
from findrobots.tables.visit_verdicts import Verifier
from findrobots.tables.visits import JUDGED

__all__ = ["Judge", "is_robot"]

SECOND = 1_000_000
# The path that is asked for before all others.
ROBOTS_PATH = ROBOTS_TXT.encode()

Value = TypeVar("Value")


def is_robot(user_agent: str) -> bool:
    """Return whether a user agent declares a robot."""
    return bool(name_agent(user_agent).name)


class Judgement(NamedTuple):
    """What requests of robots are found to be.

    Attributes
    ----------
    requests
        The requests that the filter counts, with the columns of ``JUDGED``.
    violations
        The violations among them, with the columns of ``VIOLATIONS``, in any order.
    paces
        Their paces, with the columns of ``PACES``.
    """

    requests: pa.Table
    violations: pa.Table
    paces: pa.Table


class Judge(NamedTuple):
    """What is known before the requests are read, and how they are judged by it.

    Attributes
    ----------
    policies
        Which robots.txt was in force when.
    fetches
        When robots.txt was served, by family.
    hosts
        The hosts that requested robots.txt.
    verifier
        Judges whether a host is the robot that it declares.
    request_filter
        The virtual hosts and times of the requests that count.
    """

    policies: Policies
    fetches: FamilyFetches
    hosts: frozenset[str]
    verifier: Verifier
    request_filter: RequestFilter

    def judge(self, requests: RobotRequests, until: int | None = None) -> Judgement:
        """Judge requests of robots.

        Parameters
        ----------
        requests
            The requests.
        until
            The time after which no violation is kept as such, though it counts; None for none.
        """
        requests = _select(requests, self._wanted(requests))
        who = find_requesters(
            requests.host, requests.vhost, requests.user_agent, requests.time, self.verifier
        )
        zeros = np.zeros(len(requests.time), np.int64)
        conduct, disallowed, stale = Coded(zeros, [ALLOWED]), zeros, zeros
        violations, paces = empty_table(CODED_VIOLATIONS), list[tuple[object, ...]]()
        if self.policies:
            # A target that several blocks have is judged once.
            requests = requests._replace(target=unified(requests.target))
            party = who.parties()
            conducts = judge_parties(
                party.values,
                party.codes,
                self.fetches.times,
                self.fetches.families(party.values),
                requests.target.values,
                requests.target.codes,
                requests.time,
                self.policies,
            )
            kinds = [KINDS.index(each.kind) for each in conducts.distinct]
            conduct = Coded(np.array(kinds, np.int64)[conducts.numbers], [*KINDS])
            forbidden = [each.disallowed for each in conducts.distinct]
            disallowed = np.array(forbidden, np.int64)[conducts.numbers]
            stale = conducts.stale.astype(np.int64)
            accused = conduct.codes == KINDS.index(VIOLATION)
            if until is not None:
                accused &= requests.time <= until
            violations = _violations(np.flatnonzero(accused), who, conducts, requests)
            paces = _paces(party, requests.time)
        columns = {
            "robots_txt": integers(_is_robots_txt(requests.target), pa.int64()),
            "conduct": arrow_column(conduct),
            "disallowed": integers(disallowed, pa.int64()),
            "stale": integers(stale, pa.int64()),
        }
        return Judgement(_judged(requests, who, columns), violations, table_of_rows(paces, PACES))

    def _wanted(self, requests: RobotRequests) -> Booleans:
        """Return which requests the filter counts, whatever their path."""
        _, vhosts, since, until = self.request_filter
        wanted = np.ones(len(requests.time), np.bool_)
        if since is not None:
            wanted &= requests.time >= since
        if until is not None:
            wanted &= requests.time < until
        if vhosts:
            known = [name in vhosts for name in requests.vhost.values]
            wanted &= np.array(known, np.bool_)[requests.vhost.codes]
        return wanted


def _is_robots_txt(target: Coded[bytes]) -> Integers:
    """Return 1 for each request for robots.txt, else 0."""
    values = target.values
    found = np.zeros(len(values), np.int64)
    # To read all paths takes as long as the rest of judging.
    for number in _find_values(values, (ROBOTS_PATH, b"%")):
        found[number] = request_path(values[number]) == ROBOTS_PATH
    return found[target.codes]


def _find_values(values: Sequence[bytes], needles: Sequence[bytes]) -> set[int]:
    """Return the numbers of the values that contain any of some texts without newlines."""
    text, places = b"\n".join(values), list[int]()
    for needle in needles:
        at = text.find(needle)
        while at >= 0:
            places.append(at)
            at = text.find(needle, at + 1)
    ends = np.cumsum(np.fromiter(map(len, values), np.int64, len(values)) + 1)
    return {*np.searchsorted(ends, places, side="right").tolist()}


def _judged(requests: RobotRequests, who: Requesters, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return requests as a table with the columns of ``JUDGED``, some of which are given."""
    own: dict[str, pa.Array] = {"host": arrow_column(who.host), "vhost": arrow_column(who.vhost)}
    own["robot"] = arrow_column(who.of_agent("name"))
    for name in ("operator", "purpose", "declared_by"):
        own[name] = arrow_column(who.of_agent(name))
    for name in ("verdict", "reason"):
        own[name] = arrow_column(who.of_verdict(name))
    for field in REQUESTS:
        column = getattr(requests, field.name)
        if field.name not in own:
            own[field.name] = (
                arrow_column(unified(column))
                if isinstance(column, Coded)
                else integers(column, field.type)
            )
    own.update(columns)
    return pa.table([own[name] for name in JUDGED.names], schema=JUDGED)


def _violations(
    rows: Integers, who: Requesters, conducts: Conducts, requests: RobotRequests
) -> pa.Table:
    """Return the violations in some rows of requests."""
    found = conducts.numbers[rows]
    rules = [each.rule for each in conducts.distinct]
    lines = [rule.line if rule else 0 for rule in rules]
    coded: dict[str, Coded[str]] = {
        "host": who.host,
        "robot": who.of_agent("name"),
        "verdict": who.of_verdict("verdict"),
        "vhost": who.vhost,
        "method": requests.method,
        "source": requests.source,
    }
    coded["rule"] = Coded(conducts.numbers, [rule.pattern if rule else "" for rule in rules])
    coded["policy"] = Coded(conducts.numbers, [each.policy for each in conducts.distinct])
    columns = {name: _as_texts(column.at(rows)) for name, column in coded.items()}
    columns["target"] = _as_texts(requests.target.at(rows), _decode)
    amounts = {
        "time": requests.time[rows],
        "status": requests.status[rows],
        "rule_line": np.array(lines, np.int64)[found],
        "fetched": conducts.fetched[rows] * SECOND,
        "offset": requests.offset[rows],
    }
    columns |= {
        name: integers(values, CODED_VIOLATIONS.field(name).type)
        for name, values in amounts.items()
    }
    return pa.table([columns[name] for name in CODED_VIOLATIONS.names], schema=CODED_VIOLATIONS)


def _as_texts(column: Coded[Value], as_text: Callable[[Value], str] = str) -> pa.DictionaryArray:
    """Return a coded column as an Arrow array of texts."""
    return arrow_column(unified(Coded(column.codes, [*map(as_text, column.values)])))


def _decode(target: bytes) -> str:
    return target.decode("utf-8", "backslashreplace")


def _paces(party: Coded[Party], times: Integers) -> list[tuple[object, ...]]:
    """Return the rows of ``PACES`` of the robots whose operators say that they keep a delay."""
    rows = list[tuple[object, ...]]()
    for code, each in enumerate(party.values):
        if each.robot and each.robot.crawl_delay:
            key = (each.name, each.verdict, each.vhost)
            rows += pace_rows(key, times[party.codes == code] // SECOND)
    return rows


def _select(requests: RobotRequests, wanted: Booleans) -> RobotRequests:
    """Return the requests for which ``wanted`` is true."""
    if wanted.all():
        return requests
    return RobotRequests._make(
        column._replace(codes=column.codes[wanted]) if isinstance(column, Coded) else column[wanted]
        for column in requests
    )
