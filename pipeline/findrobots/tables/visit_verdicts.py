"""Judge for visits whether each host was the robot that it declared to be."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import pyarrow as pa

from findrobots.arrow import coded, joined, numbers
from findrobots.robots.agents import Robot, find_robot
from findrobots.robots.names import NameAnswer
from findrobots.robots.public_addresses import why_not_public
from findrobots.robots.ranges import AddressList, ListHistory
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
# each of some lists has it, and the answer of DNS.
Standing = tuple[str, tuple[bool, ...], NameAnswer | None]


class _Day(NamedTuple):
    """How hosts that declared a robot on a day are judged.

    Attributes
    ----------
    judge
        Judges a host.
    verdicts
        The verdicts so far: hosts with one standing have the same.
    lists
        The lists nearest to the day.
    number
        The number of these lists: several days have the same.
    """

    judge: Callable[[str], Verdict]
    verdicts: dict[Standing, Verdict]
    lists: tuple[AddressList, ...]
    number: int


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
        self._days = dict[tuple[str, int], _Day]()
        self._numbers = dict[tuple[tuple[str, date], ...], int]()
        self._standings = dict[tuple[int, str], Standing]()

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
        on_day = self._days.get((robot, day))
        if on_day is None:
            # What no list decides is not remembered: a client can invent a name per request.
            row = find_robot(robot)
            if self.lists is None or row is None:
                return self.judge_name(robot) or UNVERIFIED
            if len(self._days) >= MAX_DAYS:
                self._days.clear()
            on_day = self._days[robot, day] = self._begin(row, day, self.lists)
        key = (on_day.number, host)
        standing = self._standings.get(key)
        if standing is None:
            if len(self._standings) >= MAX_HOSTS:
                self._standings.clear()
            listed = tuple(host in each for each in on_day.lists)
            standing = (why_not_public(host), listed, self.answers.get(host))
            self._standings[key] = standing
        verdict = on_day.verdicts.get(standing)
        if verdict is None:
            verdict = on_day.verdicts[standing] = on_day.judge(host)
        return verdict

    def _begin(self, robot: Robot, day: int, lists: ListHistory) -> _Day:
        on_day = EPOCH + timedelta(days=day)
        nearest = tuple(
            each for name in robot.lists for each in lists.nearest(name, on_day) if each
        )
        number = self._numbers.setdefault(
            tuple((each.name, each.day) for each in nearest), len(self._numbers)
        )
        return _Day(
            lambda host: judge(robot, host, on_day, lists, self.answers), {}, nearest, number
        )

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
