"""Compare the last days of a log with as many days before them."""

from typing import NamedTuple

import numpy as np

from findrobots.arrow import Integers
from findrobots.report.columns import day_text, sums
from findrobots.report.sheet import Sheet

__all__ = ["Change", "RobotChange", "compare_weeks"]

WEEK = 7
MINUS = "\N{MINUS SIGN}"
# From here on a multiple says more than a percentage.
MANIFOLD = 3
HOUR = 3_600_000_000
DAY = 24 * HOUR


class RobotChange(NamedTuple):
    """How many requests a robot made before, and after; the name may be of a sum."""

    name: str
    verdict: str
    before: int
    after: int

    @property
    def words(self) -> str:
        """How much it grew or shrank."""
        return describe_change(self.before, self.after)


class Change(NamedTuple):
    """What changed between two periods of as many days.

    Attributes
    ----------
    days
        How many days each period has.
    before, after
        The first and the last day of each.
    requests, hosts, violations
        Of robots, before and after.
    robots
        The robots whose requests changed most.
    left_out
        The last day, if it is left out because the log ends within it, and when.
    """

    days: int
    before: tuple[str, str]
    after: tuple[str, str]
    requests: RobotChange
    hosts: RobotChange
    violations: RobotChange
    robots: tuple[RobotChange, ...]
    left_out: tuple[str, str] | None


def describe_change(before: int, after: int) -> str:
    r"""Describe a change in words and signs.

    >>> describe_change(10, 15), describe_change(0, 3), describe_change(3, 0), describe_change(2, 2)
    ('+50%', 'new', 'gone', 'unchanged')
    >>> describe_change(2, 20), ascii(describe_change(20, 2))
    ('10.0 times as many', "'\\u221290%'")
    """
    if before == after:
        return "unchanged"
    if not before:
        return "new"
    if not after:
        return "gone"
    if after >= MANIFOLD * before:
        return f"{after / before:,.1f} times as many"
    percent = round(100 * (after - before) / before)
    sign = "+" if after > before else MINUS
    return f"{sign}{abs(percent)}%" if percent else "nearly unchanged"


def compare_weeks(sheet: Sheet, named: int) -> Change | None:
    """Compare the last seven complete days with the seven before; fewer if the log is shorter.

    The last day is complete if a robot's request was made in its last hour: an audit that runs
    in the morning would otherwise report each day that less was requested.

    Parameters
    ----------
    sheet
        The visits, at least one.
    named
        How many robots to name.

    Returns
    -------
    The change; None if there are no two complete days.
    """
    first, last = int(sheet.day.min()), int(sheet.day.max())
    ended = int(sheet.column("last_seen").max())
    begun = int(sheet.column("first_seen").min())
    left_out = None
    if ended < (last + 1) * DAY - HOUR:
        time = str(np.datetime64(ended, "us").astype("datetime64[m]"))[-5:]
        left_out = (day_text(last), time)
        last -= 1
    if begun >= first * DAY + HOUR:  # as the last day, the first may not be complete
        first += 1
    days = min(WEEK, (last - first + 1) // 2)
    if days < 1:
        return None
    after = (sheet.day <= last) & (sheet.day > last - days)
    before = (sheet.day <= last - days) & (sheet.day > last - 2 * days)
    requests = [
        sums(sheet.claim[when], len(sheet.claims), sheet.column("requests")[when])
        for when in (before, after)
    ]
    hosts = [len(np.unique(sheet.host[when])) for when in (before, after)]
    broken = [int(sheet.column("violations")[when].sum()) for when in (before, after)]
    return Change(
        days,
        (day_text(last - 2 * days + 1), day_text(last - days)),
        (day_text(last - days + 1), day_text(last)),
        RobotChange("Requests", "", int(requests[0].sum()), int(requests[1].sum())),
        RobotChange("Hosts", "", *hosts),
        RobotChange("Violations", "", *broken),
        _changed_most(sheet, requests[0], requests[1], named),
        left_out,
    )


def _changed_most(
    sheet: Sheet, before: Integers, after: Integers, named: int
) -> tuple[RobotChange, ...]:
    """Return the robots whose requests changed most, by number."""
    order = np.argsort(-abs(after - before), kind="stable")
    changed = [claim for claim in order.tolist() if before[claim] != after[claim]]
    return tuple(
        RobotChange(
            sheet.claims[claim].name,
            sheet.claims[claim].verdict,
            int(before[claim]),
            int(after[claim]),
        )
        for claim in changed[:named]
    )
