"""Judge the requests of robots: who made each, and whether robots.txt allowed it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from findrobots.arrow import Booleans, Integers, integers, joined, numbers, table_of_rows, texts
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.robots.agents import Agent, find_robot, name_agent
from findrobots.robots.compliance import ALLOWED, VIOLATION, Conducts, judge_requests
from findrobots.robots.fetches import Fetches, classify_answer
from findrobots.robots.filter import ROBOTS_TXT, RequestFilter, request_path
from findrobots.robots.party import FamilyKey, Party, family_key, family_keys
from findrobots.robots.policies import Policies
from findrobots.tables.grouping import CODED, REQUESTS
from findrobots.tables.own_names import fold_own_name, last_own_name
from findrobots.tables.paces import PACES, pace_rows
from findrobots.tables.violations import VIOLATIONS
from findrobots.tables.visit_verdicts import Verifier
from findrobots.tables.visits import JUDGED

__all__ = ["Judge", "fetches_by_family", "fetches_by_robot", "is_robot"]

SECOND = 1_000_000
DAY = 86_400 * SECOND
NO_FETCHES = Fetches()
# Takes the place of a host where it is asked whether the host matters.
ANY_HOST = "any"
# The path that is asked for before all others.
ROBOTS_PATH = ROBOTS_TXT.encode()

Value = TypeVar("Value")


def is_robot(user_agent: str) -> bool:
    """Return whether a user agent declares a robot."""
    return bool(name_agent(user_agent).name)


class Judge(NamedTuple):
    """What is known before the requests are read, and how they are judged by it.

    Attributes
    ----------
    policies
        Which robots.txt was in force when.
    families
        When robots.txt was served, by family.
    hosts
        The hosts that requested robots.txt.
    verifier
        Judges whether a host is the robot that it declares.
    request_filter
        The virtual hosts and times of the requests that count.
    """

    policies: Policies
    families: Mapping[FamilyKey, Fetches]
    hosts: frozenset[str]
    verifier: Verifier
    request_filter: RequestFilter

    def judge(self, requests: RobotRequests) -> tuple[pa.Table, pa.Table, pa.Table]:
        """Judge requests of robots.

        Returns
        -------
        The requests that the filter counts, with the columns of ``JUDGED``; the violations
        among them, with those of ``VIOLATIONS``; and the paces, with those of ``PACES``.
        """
        requests = _select(requests, self._wanted(requests))
        # A target that several blocks have is judged once.
        requests = requests._replace(target=_unified(requests.target))
        sheet = _Sheet(requests)
        kinds = np.zeros(len(requests.time), np.int64)
        kind_names = [ALLOWED]
        disallowed, stale = np.zeros_like(kinds), np.zeros_like(kinds)
        violations = list[tuple[object, ...]]()
        paces = list[tuple[object, ...]]()
        for party, rows in _parties(sheet, self._verdicts(sheet)) if self.policies else ():
            conducts = judge_requests(
                party,
                self._fetches(party),
                requests.target.values,
                requests.target.codes[rows],
                requests.time[rows],
                self.policies,
            )
            of_conduct = [_place(kind_names, each.kind) for each in conducts.distinct]
            kinds[rows] = np.array(of_conduct, np.int64)[conducts.numbers]
            forbidden = [each.disallowed for each in conducts.distinct]
            disallowed[rows] = np.array(forbidden, np.int64)[conducts.numbers]
            stale[rows] = conducts.stale
            violations += _violations(party, rows, conducts, requests)
            if party.robot and party.robot.crawl_delay:
                key = (party.name, party.verdict, party.vhost)
                paces += pace_rows(key, requests.time[rows] // SECOND)
        columns = {
            "robots_txt": integers(sheet.is_robots_txt, pa.int64()),
            "conduct": _coded(Coded(kinds, kind_names)),
            "disallowed": integers(disallowed, pa.int64()),
            "stale": integers(stale, pa.int64()),
        }
        return (
            sheet.table(columns),
            table_of_rows(violations, VIOLATIONS),
            table_of_rows(paces, PACES),
        )

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

    def _verdicts(self, sheet: "_Sheet") -> Coded[str]:
        """Return the verdict on each request's host."""
        firsts, numbers_of_rows = _distinct(sheet.robot.codes, sheet.host.codes, sheet.day)
        robots, hosts = sheet.robot.codes[firsts].tolist(), sheet.host.codes[firsts].tolist()
        verdicts = [
            self.verifier.judge(sheet.robot.values[robot], sheet.host.values[host], day).verdict
            for robot, host, day in zip(robots, hosts, sheet.day[firsts].tolist(), strict=True)
        ]
        return _unified(Coded(numbers_of_rows, verdicts))

    def _fetches(self, party: Party) -> Fetches:
        """Return when robots.txt was served to all who share their copies with a party."""
        fetches = NO_FETCHES
        for key in family_keys(party):
            if own := self.families.get(key):
                fetches = fetches.merge(own) if fetches.served else own
        return fetches


class _Sheet:
    """Requests in columns, with what is derived from each alone; no value has two codes."""

    def __init__(self, requests: RobotRequests) -> None:
        self.requests = requests
        self.host, self.vhost = _unified(requests.host), _unified(requests.vhost)
        self.day = requests.time // DAY
        self.agents = [*map(name_agent, requests.user_agent.values)]
        self.robot = self._of_agent("name")
        at_robots_txt = [request_path(target) == ROBOTS_PATH for target in requests.target.values]
        self.is_robots_txt = np.array(at_robots_txt, np.int64)[requests.target.codes]

    def _of_agent(self, name: str) -> Coded[str]:
        values = [getattr(agent, name) for agent in self.agents]
        return _unified(Coded(self.requests.user_agent.codes, values))

    def table(self, columns: Mapping[str, pa.Array]) -> pa.Table:
        """Return the requests and further columns as a table with the columns of ``JUDGED``."""
        own: dict[str, pa.Array] = {"host": _coded(self.host), "vhost": _coded(self.vhost)}
        own["robot"] = _coded(self.robot)
        for name in ("operator", "purpose", "declared_by"):
            own[name] = _coded(self._of_agent(name))
        for field in REQUESTS:
            column = getattr(self.requests, field.name)
            if field.name not in own:
                own[field.name] = (
                    _coded(_unified(column))
                    if isinstance(column, Coded)
                    else integers(column, field.type)
                )
        own.update(columns)
        return pa.table([own[name] for name in JUDGED.names], schema=JUDGED)


def _parties(sheet: _Sheet, verdicts: Coded[str]) -> Iterator[tuple[Party, Integers]]:
    """Yield who made requests, and the rows of their requests."""
    purposes = {agent.name: agent.purpose for agent in sheet.agents}
    robots = [party_of(name, "", "", purposes[name], ANY_HOST) for name in sheet.robot.values]
    apart = np.array([robot.host == ANY_HOST for robot in robots], np.bool_)
    hosts = np.where(apart[sheet.robot.codes], sheet.host.codes, 0)
    firsts, numbers_of_rows = _distinct(sheet.robot.codes, verdicts.codes, sheet.vhost.codes, hosts)
    order = np.argsort(numbers_of_rows, kind="stable")
    ends = np.searchsorted(numbers_of_rows[order], np.arange(len(firsts) + 1))
    for number, first in enumerate(firsts.tolist()):
        robot = robots[sheet.robot.codes[first]]
        if robot.name:
            party = robot._replace(
                verdict=verdicts.values[verdicts.codes[first]],
                vhost=sheet.vhost.values[sheet.vhost.codes[first]],
                host=sheet.host.values[sheet.host.codes[first]] if robot.host else "",
            )
            yield party, order[ends[number] : ends[number + 1]]


def party_of(name: str, verdict: str, vhost: str, purpose: str, host: str) -> Party:
    """Return who made a request; the host matters only where each is on its own."""
    party = Party(name, find_robot(name), verdict, vhost, purpose, host)
    key = family_key(party)
    return party if key and key.host else party._replace(host="")


def fetches_by_family(fetches: pa.Table, verifier: Verifier) -> dict[FamilyKey, Fetches]:
    """Return when robots.txt was served, and when it was not, by family."""
    answers = defaultdict[FamilyKey, list[tuple[int, str]]](list)
    for _, party, second, meaning in _answers(fetches, verifier):
        if key := family_key(party):
            answers[key].append((second, meaning))
    return {key: Fetches.of(found) for key, found in answers.items()}


def fetches_by_robot(
    fetches: pa.Table, verifier: Verifier, visits: pa.Table
) -> dict[tuple[str, str, str], Fetches]:
    """Return when robots.txt was served, by robot, verdict and virtual host as in visits."""
    last = last_own_name(visits)
    answers = defaultdict[tuple[str, str, str], list[tuple[int, str]]](list)
    for agent, party, second, meaning in _answers(fetches, verifier):
        name = fold_own_name(agent.name, agent.declared_by, last)
        answers[name, party.verdict, party.vhost].append((second, meaning))
    return {key: Fetches.of(found) for key, found in answers.items()}


def _answers(fetches: pa.Table, verifier: Verifier) -> Iterator[tuple[Agent, Party, int, str]]:
    """Yield what requested robots.txt, and who, in which second, and what the answer meant."""
    sizes = numbers(joined(fetches["bytes_sent"]))
    has_sizes = bool(sizes.any())  # else the logs do not have them
    seconds = (numbers(joined(fetches["time"])) // SECOND).tolist()
    names = ("host", "user_agent", "vhost", "method", "status")
    columns = (fetches[name].to_pylist() for name in names)
    rows = zip(*columns, sizes.tolist(), seconds, strict=True)
    for host, user_agent, vhost, method, status, size, second in rows:
        agent = name_agent(user_agent)
        verdict = verifier.judge(agent.name, host, second * SECOND // DAY).verdict
        party = party_of(agent.name, verdict, vhost, agent.purpose, host)
        meaning = classify_answer(method, status or None, size if has_sizes else None)
        yield agent, party, second, meaning


def _violations(
    party: Party, rows: Integers, conducts: Conducts, requests: RobotRequests
) -> Iterator[tuple[object, ...]]:
    """Yield the violations among a party's requests, with the columns of ``VIOLATIONS``."""
    accused = [each.kind == VIOLATION for each in conducts.distinct]
    for place in np.flatnonzero(np.array(accused, np.bool_)[conducts.numbers]).tolist():
        row, conduct = rows[place], conducts.of(place)
        if conduct.rule is None or conduct.fetched is None:  # a violation has both
            continue
        target = requests.target.values[requests.target.codes[row]]
        yield (
            int(requests.time[row]),
            requests.host.values[requests.host.codes[row]],
            party.name,
            party.verdict,
            requests.vhost.values[requests.vhost.codes[row]],
            requests.method.values[requests.method.codes[row]],
            target.decode("utf-8", "backslashreplace"),
            int(requests.status[row]),
            conduct.rule.pattern,
            conduct.rule.line,
            conduct.policy,
            conduct.fetched * SECOND,
            requests.source.values[requests.source.codes[row]],
            int(requests.offset[row]),
        )


def _select(requests: RobotRequests, wanted: Booleans) -> RobotRequests:
    """Return the requests for which ``wanted`` is true."""
    if wanted.all():
        return requests
    return RobotRequests._make(
        column._replace(codes=column.codes[wanted]) if isinstance(column, Coded) else column[wanted]
        for column in requests
    )


def _unified(column: Coded[Value]) -> Coded[Value]:
    """Return a coded column of which no value has two codes."""
    codes = dict[Value, int]()
    new_codes = [codes.setdefault(value, len(codes)) for value in column.values]
    return Coded(np.array(new_codes, np.int64)[column.codes], [*codes])


def _coded(column: Coded[str]) -> pa.Array:
    """Return a coded column as an Arrow dictionary array."""
    codes = integers(column.codes, CODED.index_type)
    return pa.DictionaryArray.from_arrays(codes, texts(column.values, CODED.value_type))


def _place(names: list[str], name: str) -> int:
    """Return the place of a name in a list, to which it is added if it is not there."""
    if name not in names:
        names.append(name)
    return names.index(name)


def _distinct(*columns: Integers) -> tuple[Integers, Integers]:
    """Return the first row of each distinct row of some columns of codes, and each row's number.

    The codes are not negative, and of a batch, so that a product of their numbers fits 64 bits.
    """
    keys = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        low = int(column.min(initial=0))
        keys = keys * (int(column.max(initial=0)) - low + 1) + (column - low)
    _, firsts, numbers_of_rows = np.unique(keys, return_index=True, return_inverse=True)
    return firsts, numbers_of_rows
