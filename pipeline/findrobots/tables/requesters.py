"""Find out who made requests: which robot each declares, and whose robots.txt it may hold."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, distinct_rows, encode, integers, joined, numbers, texts
from findrobots.formats.coded import Coded
from findrobots.robots.agents import Agent, find_robot, name_agent
from findrobots.robots.fetch_times import MEANINGS, FetchTimes
from findrobots.robots.fetches import Fetches, FetchSummary, classify_answer
from findrobots.robots.party import FamilyKey, Party, family_key, family_keys
from findrobots.robots.verify import Verdict
from findrobots.tables.grouping import CODED
from findrobots.tables.own_names import ITSELF, fold_own_name, last_own_name
from findrobots.tables.robot_table import RobotKey
from findrobots.tables.visit_verdicts import UNVERIFIED, Verifier

__all__ = [
    "NO_FETCHES",
    "Answers",
    "FamilyFetches",
    "Requesters",
    "arrow_column",
    "coded_column",
    "find_requesters",
    "read_answers",
    "unified",
]

SECOND = 1_000_000
DAY = 86_400 * SECOND
# Takes the place of a host where it is asked whether the host matters.
ANY_HOST = "any"

Value = TypeVar("Value")


class Requesters(NamedTuple):
    """Who made requests, in coded columns in which no value has two codes."""

    host: Coded[str]
    vhost: Coded[str]
    agent: Coded[Agent]
    verdict: Coded[Verdict]

    def of_agent(self, name: str) -> Coded[str]:
        """Return a field of what each user agent declares."""
        return unified(
            Coded(self.agent.codes, [getattr(agent, name) for agent in self.agent.values])
        )

    def of_verdict(self, name: str) -> Coded[str]:
        """Return a field of each verdict."""
        return unified(
            Coded(self.verdict.codes, [getattr(verdict, name) for verdict in self.verdict.values])
        )

    def parties(self) -> Coded[Party]:
        """Return who each is to robots.txt; a host matters only where each is on its own."""
        verdict, agents = self.of_verdict("verdict"), self.agent.values
        apart = np.array([_party(agent, "", "", ANY_HOST).host for agent in agents], np.bool_)
        hosts = np.where(apart[self.agent.codes], self.host.codes, 0)
        columns = (self.agent.codes, verdict.codes, self.vhost.codes, hosts)
        firsts, codes = distinct_rows(columns)
        parties = [
            _party(
                agents[agent],
                verdict.values[number],
                self.vhost.values[vhost],
                self.host.values[host],
            )
            for agent, number, vhost, host in zip(
                *(column[firsts].tolist() for column in columns), strict=True
            )
        ]
        return Coded(codes, parties)


def find_requesters(
    host: Coded[str],
    vhost: Coded[str],
    user_agent: Coded[str],
    time: Integers,
    verifier: Verifier,
) -> Requesters:
    """Find out who made requests.

    Parameters
    ----------
    host, vhost, user_agent, time
        The columns of the requests.
    verifier
        Judges whether a host is the robot that it declares.
    """
    host, vhost = unified(host), unified(vhost)
    agent = unified(Coded(user_agent.codes, [*map(name_agent, user_agent.values)]))
    names = [each.name for each in agent.values]
    # A verdict that no host can change is that of all requests of a robot.
    verdicts = [*map(verifier.judge_name, names)]
    codes = agent.codes.copy()
    rows = np.flatnonzero(np.array([each is None for each in verdicts], np.bool_)[codes])
    columns = (agent.codes[rows], host.codes[rows], time[rows] // DAY)
    firsts, numbers_of_rows = distinct_rows(columns)
    codes[rows] = numbers_of_rows + len(verdicts)
    agents, hosts, days = (column[firsts] for column in columns)
    firsts, pairs = distinct_rows([agents, days])
    judges = [
        verifier.on_day(names[robot], day)
        for robot, day in zip(agents[firsts].tolist(), days[firsts].tolist(), strict=True)
    ]
    found = [each or UNVERIFIED for each in verdicts]
    found += [
        judges[pair](host.values[number])
        for pair, number in zip(pairs.tolist(), hosts.tolist(), strict=True)
    ]
    # Most verdicts are the same objects, which are compared faster than their texts.
    firsts, places = distinct_rows([np.fromiter(map(id, found), np.int64, len(found))])
    verdict = Coded(places[codes], [found[first] for first in firsts.tolist()])
    return Requesters(host, vhost, agent, unified(verdict))


def _party(agent: Agent, verdict: str, vhost: str, host: str) -> Party:
    party = Party(agent.name, find_robot(agent.name), verdict, vhost, agent.purpose, host)
    key = family_key(party)
    return party if key and key.host else party._replace(host="")


class FamilyFetches(NamedTuple):
    """When robots.txt was served: the number of each family, and the times of all."""

    numbers: dict[FamilyKey, int]
    times: FetchTimes

    def families(self, parties: Sequence[Party]) -> list[Integers]:
        """Return the families whose copies each party may hold; see ``judge_parties``."""
        rows = ([self.numbers.get(key, -1) for key in family_keys(party)] for party in parties)
        return [np.array(column, np.int64) for column in zip_longest(*rows, fillvalue=-1)]


NO_FETCHES = FamilyFetches({}, FetchTimes.of_one(Fetches()))


class Answers(NamedTuple):
    """Answers to requests for robots.txt: who got each, in which second, and what it meant.

    ``own_names`` are the names of robots that only they themselves declare.
    """

    party: Coded[Party]
    seconds: Integers
    meanings: Integers
    own_names: frozenset[str]

    def by_family(self) -> FamilyFetches:
        """Return when robots.txt was served, and when it was not, by family."""
        family = unified(Coded(self.party.codes, [*map(family_key, self.party.values)]))
        found = np.array([key is not None for key in family.values], np.bool_)[family.codes]
        known = {key: code for code, key in enumerate(family.values) if key}
        times = FetchTimes.of(family.codes[found], self.seconds[found], self.meanings[found])
        return FamilyFetches(known, times)

    def by_robot(self, visits: pa.Table) -> dict[RobotKey, FetchSummary]:
        """Return when robots.txt was served, by robot, verdict and virtual host as in visits."""
        last = last_own_name(visits)
        keys = [
            (fold_own_name(name, last) if name in self.own_names else name, verdict, vhost)
            for name, _, verdict, vhost, *_ in self.party.values
        ]
        robot = unified(Coded(self.party.codes, keys))
        summaries = FetchTimes.of(robot.codes, self.seconds, self.meanings).summaries()
        return {robot.values[code]: summary for code, summary in summaries.items()}


def read_answers(fetches: pa.Table, verifier: Verifier) -> Answers:
    """Read who requested robots.txt, when, and what each answer meant, from a table of fetches."""
    names = ("host", "vhost", "user_agent", "method")
    host, vhost, user_agent, method = (coded_column(fetches[name]) for name in names)
    time, status, sizes = (
        numbers(joined(fetches[name])) for name in ("time", "status", "bytes_sent")
    )
    requesters = find_requesters(host, vhost, user_agent, time, verifier)
    has_sizes = bool(sizes.any())  # else the logs do not have them
    columns = (method.codes, status, (sizes > 0).astype(np.int64))
    firsts, codes = distinct_rows(columns)
    meanings = [
        classify_answer(method.values[number], code or None, size if has_sizes else None)
        for number, code, size in zip(*(column[firsts].tolist() for column in columns), strict=True)
    ]
    places = [MEANINGS.index(meaning) if meaning else -1 for meaning in meanings]
    agents = requesters.agent.values
    own_names = {agent.name for agent in agents if agent.declared_by == ITSELF}
    own_names -= {agent.name for agent in agents if agent.declared_by != ITSELF}
    return Answers(
        requesters.parties(),
        time // SECOND,
        np.array(places, np.int64)[codes],
        frozenset(own_names),
    )


def coded_column(column: pa.ChunkedArray) -> Coded[str]:
    """Return an Arrow column of texts as a coded column."""
    array = joined(column)
    if not pa.types.is_dictionary(array.type):
        array = encode(array)
    return Coded(numbers(array.indices).astype(np.int64), array.dictionary.to_pylist())


def unified(column: Coded[Value]) -> Coded[Value]:
    """Return a coded column of which no value has two codes."""
    distinct = dict.fromkeys(column.values)
    if len(distinct) == len(column.values):
        return column
    codes = dict(zip(distinct, range(len(distinct)), strict=True))
    new_codes = np.fromiter(map(codes.__getitem__, column.values), np.int64, len(column.values))
    return Coded(new_codes[column.codes], [*distinct])


def arrow_column(column: Coded[str]) -> pa.DictionaryArray:
    """Return a coded column as an Arrow dictionary array."""
    codes = integers(column.codes, CODED.index_type)
    return pa.DictionaryArray.from_arrays(codes, texts(column.values, CODED.value_type))
