"""Judge for visits whether each host was the robot that it declared to be."""

import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import pyarrow as pa

from findrobots.arrow import coded, joined, numbers
from findrobots.robots.agents import Robot, find_robot
from findrobots.robots.names import NameAnswer
from findrobots.robots.public_addresses import why_not_public
from findrobots.robots.ranges import ListHistory
from findrobots.robots.verify import UNKNOWN, Claim, Verdict, judge
from findrobots.tables.grouping import CODED, as_plain
from findrobots.tables.visits import VISITS

__all__ = ["JUDGED_VISITS", "UNVERIFIED", "Verifier", "claims_of", "with_verdicts"]

EPOCH = date(1970, 1, 1)
NO_ANSWERS: Mapping[str, NameAnswer] = MappingProxyType({})
# As files have it.
JUDGED_VISITS = as_plain(VISITS)

# What is remembered: standings of hosts, and days of robots.
MAX_HOSTS, MAX_DAYS = 1 << 15, 1 << 12

UNVERIFIED = Verdict(UNKNOWN, "not verified", None)
UNDECLARED = Verdict(UNKNOWN, "it declares no robot", None)
NO_WAY = Verdict(UNKNOWN, "no way to check this robot is known", None)


# What a verdict on a host rests on, besides the robot and the day: why it is not public, whether
# each of some lists has it, and the answer of DNS. Hosts with one standing have the same verdict.
Standing = tuple[str, tuple[bool, ...], NameAnswer | None]
JudgeHost = Callable[[str], Verdict]


class Verifier:
    """Judge which hosts were the robots that they declared to be.

    Days mostly have the same lists, so that each host is looked for in them once.

    Parameters
    ----------
    lists
        The operators' lists of addresses; None to verify nothing.
    answers
        The answers of DNS by address.
    """

    def __init__(
        self, lists: ListHistory | None, answers: Mapping[str, NameAnswer] = NO_ANSWERS
    ) -> None:
        self.lists, self.answers = lists, answers
        self._days = dict[tuple[str, int], JudgeHost]()
        # By the names and days of the lists: several days have the same.
        self._standings = defaultdict[tuple[tuple[str, date], ...], dict[str, Standing]](dict)
        self._hosts = 0

    def __reduce__(self) -> tuple[object, ...]:
        return _unpickled, (pickle.dumps((self.lists, dict(self.answers))),)

    def judge(self, robot: str, host: str, day: int) -> Verdict:
        """Return the verdict on a host that declared a robot on a day.

        Parameters
        ----------
        robot
            The robot's name, empty for none.
        host
            The client's address or name.
        day
            The day in UTC, in days since 1970-01-01.
        """
        return self.on_day(robot, day)(host)

    def on_day(self, robot: str, day: int) -> JudgeHost:
        """Return the function that judges hosts that declared a robot on a day; see ``judge``."""
        judge_host = self._days.get((robot, day))
        if judge_host is None:
            # What no list decides is not remembered: a client can invent a name per request.
            row = find_robot(robot)
            if self.lists is None or row is None:
                verdict = self.judge_name(robot) or UNVERIFIED
                return lambda _: verdict
            if len(self._days) >= MAX_DAYS:
                self._days.clear()
            judge_host = self._days[robot, day] = self._judge_host(row, day, self.lists)
        return judge_host

    def _judge_host(self, robot: Robot, day: int, lists: ListHistory) -> JudgeHost:
        on_day, verdicts = EPOCH + timedelta(days=day), dict[Standing, Verdict]()
        nearest = [each for name in robot.lists for each in lists.nearest(name, on_day) if each]
        standings = self._standings[tuple((each.name, each.day) for each in nearest)]

        def judge_host(host: str) -> Verdict:
            standing = standings.get(host)
            if standing is None:
                self._make_room()
                listed = tuple(host in each for each in nearest)
                standing = standings[host] = why_not_public(host), listed, self.answers.get(host)
            verdict = verdicts.get(standing)
            if verdict is None:
                verdict = verdicts[standing] = judge(robot, host, on_day, lists, self.answers)
            return verdict

        return judge_host

    def _make_room(self) -> None:
        if self._hosts >= MAX_HOSTS:
            for standings in [*self._standings.values()]:  # another thread may add some
                standings.clear()
            self._hosts = 0
        self._hosts += 1

    def judge_name(self, robot: str) -> Verdict | None:
        """Return the verdict on all hosts that declare a robot; None if it depends on the host."""
        if not robot:
            return UNDECLARED
        if find_robot(robot) is None:
            return NO_WAY
        return UNVERIFIED if self.lists is None else None


@lru_cache(maxsize=1)
def _unpickled(state: bytes) -> Verifier:
    """Return a verifier; the same one for all tasks of a process, as it remembers hosts."""
    return Verifier(*pickle.loads(state))  # noqa: S301 (as it is a part of what is unpickled)


def with_verdicts(visits: pa.Table, verifier: Verifier) -> pa.Table:
    """Return visits with the verdicts of another verifier, and their reasons."""
    verdicts = [verifier.judge(*key) for key in _keys(visits)]
    columns = dict(zip(VISITS.names, visits.columns, strict=True))
    for name in ("verdict", "reason"):
        columns[name] = coded([getattr(verdict, name) for verdict in verdicts], CODED)
    return pa.table([*columns.values()], schema=VISITS)


def claims_of(visits: pa.Table) -> Iterator[Claim]:
    """Yield which host declared which robot on which day."""
    for robot, host, day in _keys(visits):
        if row := find_robot(robot):
            yield Claim(row, host, EPOCH + timedelta(days=day))


def _keys(visits: pa.Table) -> Iterable[tuple[str, str, int]]:
    days = numbers(joined(visits["day"])).tolist()
    return zip(visits["robot"].to_pylist(), visits["host"].to_pylist(), days, strict=True)
