"""Judge for visits whether each host was the robot that it declared to be."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

import pyarrow as pa

from findrobots.arrow import coded, joined, numbers
from findrobots.robots.agents import find_robot
from findrobots.robots.names import NameAnswer
from findrobots.robots.ranges import ListHistory
from findrobots.robots.verify import UNKNOWN, Claim, Verdict, judge
from findrobots.tables.grouping import CODED, as_plain
from findrobots.tables.visits import VISITS

__all__ = ["JUDGED_VISITS", "UNVERIFIED", "Verifier", "claims_of", "with_verdicts"]

EPOCH = date(1970, 1, 1)
NO_ANSWERS: Mapping[str, NameAnswer] = MappingProxyType({})
# As files have it.
JUDGED_VISITS = as_plain(VISITS)

# Verdicts that are remembered.
MAX_KNOWN = 1 << 15

UNVERIFIED = Verdict(UNKNOWN, "not verified", None)
UNDECLARED = Verdict(UNKNOWN, "it declares no robot", None)
NO_WAY = Verdict(UNKNOWN, "no way to check this robot is known", None)


class Verifier:
    """Judge which hosts were the robots that they declared to be; each question once.

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
        self._known: dict[tuple[str, str, int], Verdict] = {}

    def __reduce__(self) -> tuple[object, ...]:
        return Verifier, (self.lists, dict(self.answers))  # without what it remembers

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
        # What no list decides is not remembered: a client can invent a name per request.
        row = find_robot(robot)
        if self.lists is None or row is None:
            return self.judge_name(robot) or UNVERIFIED
        key = (robot, host, day)
        verdict = self._known.get(key)
        if verdict is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            on_day = EPOCH + timedelta(days=day)
            verdict = self._known[key] = judge(row, host, on_day, self.lists, self.answers)
        return verdict

    def judge_name(self, robot: str) -> Verdict | None:
        """Return the verdict on all hosts that declare a robot; None if it depends on the host."""
        if not robot:
            return UNDECLARED
        if find_robot(robot) is None:
            return NO_WAY
        return UNVERIFIED if self.lists is None else None


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
