"""Judge whether an address is the robot that its user agent declares.

All functions here are pure: they read dated lists and answers of DNS that are given to them.
A verdict needs positive evidence. What is missing (a list, a name, an answer) is never evidence
against an address, because today's lists and names say little about another day.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from findrobots.formats.field_cache import cached
from findrobots.robots.agents import Robot
from findrobots.robots.names import NameAnswer, Outcome, read_answer
from findrobots.robots.public_addresses import why_not_public
from findrobots.robots.ranges import AddressList, ListHistory

__all__ = [
    "IMPOSTOR",
    "MAX_DAYS",
    "UNKNOWN",
    "VERIFIED",
    "Claim",
    "Verdict",
    "judge",
    "needing_names",
]

VERIFIED = "verified"
IMPOSTOR = "impostor"
UNKNOWN = "unknown"

# Addresses change hands: a third of Applebot's list is new within a month. So evidence of more
# days before or after a request does not count against an address.
MAX_DAYS = 31

NO_ANSWERS: Mapping[str, NameAnswer] = MappingProxyType({})


class Verdict(NamedTuple):
    """Whether an address is the robot that it declares.

    Attributes
    ----------
    verdict
        ``verified``, ``impostor`` or ``unknown``.
    reason
        The evidence, or what is missing.
    date
        The day of the evidence; None if there is none.
    """

    verdict: str
    reason: str
    date: date | None


class Claim(NamedTuple):
    """A robot that a user agent declared from an address on a day (UTC)."""

    robot: Robot
    address: str
    day: date


# What an outcome of DNS means, and how its reason begins. An outcome that is missing here, or a
# lookup that was not made, can never accuse.
BY_NAME = {
    Outcome.CONFIRMED: (VERIFIED, "name {name}"),
    Outcome.DENIED: (IMPOSTOR, "name {name} does not lead back to the address"),
    Outcome.ELSEWHERE: (IMPOSTOR, "name {name} is not its operator's"),
    Outcome.NO_NAME: (UNKNOWN, "no name in DNS"),
    Outcome.FAILED: (UNKNOWN, "no answer from DNS ({name})"),
}


NOT_LOOKED_UP = Verdict(UNKNOWN, "its name in DNS was not looked up", None)


def judge(
    robot: Robot,
    address: str,
    day: date,
    lists: ListHistory,
    answers: Mapping[str, NameAnswer] = NO_ANSWERS,
) -> Verdict:
    """Judge whether an address was a robot on a day.

    Either way confirms: the operator's lists of addresses, or its names in DNS. A list of the
    day itself, or the nearest lists before and after it, decide; if they leave the address out,
    and are within 31 days, it is an impostor. A name accuses only if it is of another domain, or
    if the operator's own zone denies it, within 31 days.

    Parameters
    ----------
    robot
        The robot that the user agent declares.
    address
        The client's address, in canonical form.
    day
        The day of its requests, UTC.
    lists
        The operators' lists of addresses, with their days.
    answers
        The answers of DNS by address, if it was asked.

    Returns
    -------
    The verdict, with its reason and the day of the evidence.
    """
    if reason := why_not_public(address):
        return Verdict(UNKNOWN, reason, None)
    if not robot.lists and not robot.rdns_suffixes:
        return Verdict(UNKNOWN, "its operator publishes no way to check", None)
    by_lists, is_listed = _judge_by_lists(robot, address, day, lists)
    answer = answers.get(address) if robot.rdns_suffixes else None
    if answer is None or by_lists.verdict == VERIFIED:
        return by_lists
    by_name = _judge_by_name(robot, day, answer)
    if by_name.verdict != VERIFIED and (is_listed or by_lists.verdict == IMPOSTOR):
        # An address that the list before or after the day has is not accused by its name.
        return by_lists
    if by_name.verdict == UNKNOWN and robot.lists:
        return Verdict(UNKNOWN, f"{by_lists.reason}; {by_name.reason}", by_name.date)
    return by_name


def needing_names(claims: Iterable[Claim], lists: ListHistory) -> dict[str, tuple[str, ...]]:
    """Return the addresses that only their names in DNS can verify.

    These are the public addresses that declare a robot whose operator names its addresses, and
    that no list decides.

    Parameters
    ----------
    claims
        Which address declared which robot, on which day.
    lists
        The operators' lists of addresses.

    Returns
    -------
    The domains under which a name may be, by address, in the order of the claims.
    """
    needing: dict[str, tuple[str, ...]] = {}
    for robot, address, day in claims:
        known = needing.get(address, ())
        if robot.rdns_suffixes and not why_not_public(address):
            by_lists, _ = _judge_by_lists(robot, address, day, lists)
            if by_lists.verdict == UNKNOWN:
                needing[address] = tuple(sorted({*known, *robot.rdns_suffixes}))
    return needing


def _judge_by_lists(
    robot: Robot, address: str, day: date, lists: ListHistory
) -> tuple[Verdict, bool]:
    """Judge by all lists of a robot; return also whether any list has the address."""
    if not robot.lists:
        return NOT_LOOKED_UP, False
    judged = [
        evidence.verdicts[evidence.find(address)] for evidence in _weigh(robot.lists, day, lists)
    ]
    # One list is enough to verify, and one that may have the address is enough not to accuse.
    best = judged[0] if len(judged) == 1 else min(judged, key=_strength)
    verdict, is_listed = best
    if verdict.verdict == IMPOSTOR and len(judged) > 1:
        verdict = verdict._replace(reason="; ".join(each.reason for each, _ in judged))
    return verdict, is_listed


def _strength(judged: tuple[Verdict, bool]) -> tuple[bool, bool, bool]:
    """Return a key by which the verdict that holds for all lists of a robot comes first."""
    verdict, is_listed = judged
    return verdict.verdict != VERIFIED, not is_listed, verdict.verdict == IMPOSTOR


class _Evidence(NamedTuple):
    """What the nearest lists of a name say about a day.

    Attributes
    ----------
    nearest
        The lists of the day, or those before and after it.
    verdicts
        The verdict on an address, and whether any list has it, by the number whose bits are
        set for the lists that have it.
    """

    nearest: tuple[AddressList, ...]
    verdicts: tuple[tuple[Verdict, bool], ...]

    def find(self, address: str) -> int:
        """Return which of the lists have an address."""
        return sum((address in each) << bit for bit, each in enumerate(self.nearest))


# A history does not change, and its days are few: what they say is worked out once.
@cached(1 << 14)
def _weigh(names: tuple[str, ...], day: date, lists: ListHistory) -> tuple[_Evidence, ...]:
    """Weigh the lists of several names, sorted, so that their order does not matter."""
    return tuple(_weigh_list(name, day, lists) for name in sorted(names))


def _weigh_list(name: str, day: date, lists: ListHistory) -> _Evidence:
    """Work out each verdict that the lists nearest to a day can give."""
    before, after = lists.nearest(name, day)
    sides = (before,) if before is after else (before, after)
    nearest = tuple(each for each in sides if each is not None)
    only = [Verdict(UNKNOWN, f"only in the list of {each.day}", each.day) for each in nearest]
    missing = _missing_list(before, after, day)
    lacking = Verdict(UNKNOWN, missing, None)
    held = only[-1:]
    if len(nearest) == len(sides):
        close = min((each.day for each in nearest), key=lambda each: abs(each - day))
        evidence = f"range {name} {' and '.join(str(each.day) for each in nearest)}"
        lacking = lacking if missing else Verdict(IMPOSTOR, f"not in {evidence}", close)
        held = [Verdict(VERIFIED, evidence, close)]
    partly = only if len(nearest) > 1 else []
    return _Evidence(
        nearest, ((lacking, False), *((verdict, True) for verdict in (*partly, *held)))
    )


def _missing_list(before: AddressList | None, after: AddressList | None, day: date) -> str:
    """Return which list, near enough to accuse, is missing before or after a day; or nothing."""
    near = [each is not None and _is_near(each.day, day) for each in (before, after)]
    if not any(near):
        return f"no list of {day:%Y-%m}"
    if before is None:
        return f"no list before {day}"
    if after is None:
        return f"no list after {day}"
    if not near[0]:
        return f"list of {before.day} is older than {MAX_DAYS} days"
    return "" if near[1] else f"list of {after.day} is more than {MAX_DAYS} days later"


def _judge_by_name(robot: Robot, day: date, answer: NameAnswer) -> Verdict:
    outcome, name = read_answer(answer, robot.rdns_suffixes)
    verdict, evidence = BY_NAME[outcome]
    asked = answer.asked.date()
    reason = f"{evidence.format(name=name)}, asked {asked}"
    if verdict == IMPOSTOR and not _is_near(asked, day):
        return Verdict(UNKNOWN, f"{reason}, not within {MAX_DAYS} days", asked)
    return Verdict(verdict, reason, asked)


def _is_near(evidence: date, day: date) -> bool:
    return abs((evidence - day).days) <= MAX_DAYS
