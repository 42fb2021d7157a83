"""Hold the visits of an audit in columns of numbers, grouped by robot and verdict."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, joined
from findrobots.report.columns import Groups, code_of, extremes, group, numbers_in, sums

__all__ = ["IN_THE_NAME", "UNDECLARED", "Claim", "Sheet", "shown_name"]

IN_THE_NAME = "in the name of "
UNDECLARED = "(undeclared)"
VERIFIED, IMPOSTOR = "verified", "impostor"


class Claim(NamedTuple):
    """What a host declared, and whether that is so.

    Attributes
    ----------
    robot
        The robot's name, empty for none.
    verdict
        ``verified``, ``impostor`` or ``unknown``.
    operator, purpose
        Of the robot; empty if they are not known.
    """

    robot: str
    verdict: str
    operator: str
    purpose: str

    @property
    def name(self) -> str:
        """Name who it was, without more than is known."""
        return shown_name(self.robot, self.verdict)


def shown_name(robot: str, verdict: str) -> str:
    """Name a robot; one that is not verified only acted in the name of it.

    >>> shown_name("GPTBot", "verified"), shown_name("GPTBot", "unknown"), shown_name("", "unknown")
    ('GPTBot', 'in the name of GPTBot', '(undeclared)')
    """
    if not robot:
        return UNDECLARED
    return robot if verdict == VERIFIED else f"{IN_THE_NAME}{robot}"


class Sheet:
    """Visits in columns.

    Parameters
    ----------
    visits
        A table with the columns of ``JUDGED_VISITS``.

    Attributes
    ----------
    claims
        What hosts declared: one for each robot and verdict.
    claim
        The number of each visit's claim.
    hosts, host
        The hosts, and the number of each visit's.
    day
        The day of each visit, in days since 1970-01-01.
    pairs
        The visits grouped by claim and host.
    pair_claim, pair_host
        The claim and the host of each pair.
    """

    def __init__(self, visits: pa.Table) -> None:
        self.visits = visits
        self._columns, self._pair_sums = dict[str, Integers](), dict[str, Integers]()
        robots, robot = code_of(joined(visits["robot"]))
        verdicts, verdict = code_of(joined(visits["verdict"]))
        by_claim = group(robot, verdict)
        self.claim, firsts = by_claim.codes, by_claim.last.tolist()
        self.claims = [
            Claim(
                robots[robot[row]],
                verdicts[verdict[row]],
                visits["operator"][row].as_py(),
                visits["purpose"][row].as_py(),
            )
            for row in firsts
        ]
        self.hosts, self.host = code_of(joined(visits["host"]))
        self.day = numbers_in(visits, "day")
        self.pairs: Groups = group(self.claim, self.host)
        self.pair_claim = self.claim[self.pairs.last]
        self.pair_host = self.host[self.pairs.last]

    def column(self, name: str) -> Integers:
        """Return a column of numbers of the visits."""
        if name not in self._columns:
            self._columns[name] = numbers_in(self.visits, name)
        return self._columns[name]

    def by_claim(self, name: str) -> Integers:
        """Return the sum of a column for each claim."""
        return sums(self.claim, len(self.claims), self.column(name))

    def by_pair(self, name: str) -> Integers:
        """Return the sum of a column for each claim and host."""
        if name not in self._pair_sums:
            self._pair_sums[name] = sums(self.pairs.codes, self.pairs.total, self.column(name))
        return self._pair_sums[name]

    @cached_property
    def pair_times(self) -> tuple[Integers, ...]:
        """The first and the last time of each pair."""
        first, last = self.column("first_seen"), self.column("last_seen")
        return extremes(self.pairs.codes, self.pairs.total, first, last)

    @cached_property
    def pair_days(self) -> Integers:
        """How many days each pair was seen on."""
        on_days = group(self.pairs.codes, self.day - int(self.day.min()))
        return sums(self.pairs.codes[on_days.last], self.pairs.total)

    def where(self, wanted: Iterable[bool]) -> Integers:
        """Return the numbers of the claims for which ``wanted`` is true."""
        return np.flatnonzero(np.fromiter(wanted, np.bool_, len(self.claims)))
