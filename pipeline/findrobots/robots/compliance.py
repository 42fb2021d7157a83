"""Judge whether robots kept to robots.txt, and accuse none that may have.

A request is a violation only if every robots.txt that its robot may rightly hold disallows it, by
every reading, after it was served one. Whatever else a rule disallows is counted apart. All
functions here are pure, so that requests may be judged in any order.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from findrobots.robots.fetches import Fetches
from findrobots.robots.filter import ROBOTS_TXT, request_path
from findrobots.robots.party import Party
from findrobots.robots.policies import Policies, Policy
from findrobots.robots.rules import Decision, RobotsTxt, Rule, normalize_target

__all__ = [
    "ALLOWED",
    "EXEMPT",
    "GRACE",
    "KINDS",
    "UNKNOWN",
    "UNREACHABLE",
    "UNREAD",
    "VIOLATION",
    "Conduct",
    "Conducts",
    "count_short_gaps",
    "crawl_delay_of",
    "judge_request",
    "judge_requests",
]

SECOND = 1_000_000
ALLOWED = "allowed"
# Every copy that the robot may hold disallows the request.
VIOLATION = "violation"
# A rule disallows the request, but …
UNREAD = "unread"  # robots.txt was never served to the robot before, in these logs
GRACE = "grace"  # a copy that it may still hold allows the request
EXEMPT = "exempt"  # the rule does not bind it: a user's request, or an advertising robot under *
UNKNOWN = "unknown"  # which robots.txt it may hold, or which one was in force, is not known
UNREACHABLE = "unreachable"  # the server failed to answer its request for robots.txt
KINDS = (ALLOWED, VIOLATION, UNREAD, GRACE, EXEMPT, UNKNOWN, UNREACHABLE)

# Length of a target whose decision is cached: a target may be as long as a line, and there is room
# for 16,384 of them.
MAX_CACHED = 2048
# Numbers of combinations that fit into 64 bits with a sign.
MAX_NUMBER = 1 << 62

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Conduct(NamedTuple):
    """How a request keeps to robots.txt.

    Attributes
    ----------
    kind
        One of ``KINDS``.
    rule
        The rule that decided, of the robots.txt in force; None if no rule matches.
    policy
        The label of that robots.txt; empty if it is not known.
    fetched
        When the robot's family was last served robots.txt before, in seconds since 1970-01-01
        UTC; None if it was not.
    stale
        Whether that was longer ago than a copy may be used. RFC 9309 recommends this, so that
        it is reported, and never a violation as such.
    """

    kind: str
    rule: Rule | None
    policy: str
    fetched: int | None
    stale: bool

    @property
    def disallowed(self) -> bool:
        """Whether a rule of the robots.txt in force disallows the request."""
        return self.rule is not None and not self.rule.allow and self.kind != ALLOWED


class Conducts(NamedTuple):
    """How many requests keep to robots.txt.

    Attributes
    ----------
    distinct
        The different conducts, without the time of a fetch.
    numbers
        Per request, the number of its conduct in ``distinct``.
    fetched
        Per request, when its family was last served robots.txt, in seconds; -1 if it was not.
    stale
        Per request, whether that was longer ago than a copy may be used.
    """

    distinct: list[Conduct]
    numbers: Integers
    fetched: Integers
    stale: Flags

    def of(self, request: int) -> Conduct:
        """Return the conduct of one request."""
        fetched = int(self.fetched[request])
        conduct = self.distinct[int(self.numbers[request])]
        return conduct._replace(
            fetched=None if fetched < 0 else fetched, stale=bool(self.stale[request])
        )

    def counts(self) -> dict[str, int]:
        """Return the number of requests of each kind."""
        found = dict.fromkeys(KINDS, 0)
        for conduct, count in zip(
            self.distinct, np.bincount(self.numbers, minlength=len(self.distinct)), strict=True
        ):
            found[conduct.kind] += int(count)
        return found


class _Situation(NamedTuple):
    """All that the conduct of a request depends on, besides its party and target."""

    now: Policy | None
    held: tuple[Policy | None, ...]  # that the robot may hold; None for what is not known
    served: bool
    absent: bool
    moved: bool
    unreachable: bool


class _Bound(NamedTuple):
    """Which rules bind a party."""

    tokens: tuple[str, ...]
    obeys_star: bool
    is_bound: bool


def judge_request(
    party: Party, fetches: Fetches, target: bytes, time: int, policies: Policies
) -> Conduct:
    """Judge one request.

    Parameters
    ----------
    party
        Who made it.
    fetches
        When robots.txt was served to its family: the fetches of all its ``family_keys``.
    target
        Request target, as the log has it.
    time
        Microseconds since 1970-01-01 UTC.
    policies
        Which robots.txt was in force when.
    """
    conducts = judge_requests(party, fetches, [target], [0], [time], policies)
    return conducts.of(0)


def judge_requests(  # noqa: PLR0913, PLR0917 (what the judgement depends on)
    party: Party,
    fetches: Fetches,
    targets: Sequence[bytes],
    codes: npt.ArrayLike,
    times: npt.ArrayLike,
    policies: Policies,
) -> Conducts:
    """Judge many requests of one party; the result is the same as one by one.

    Parameters
    ----------
    party, fetches, policies
        See ``judge_request``.
    targets
        Different request targets.
    codes
        Per request, the number of its target.
    times
        Per request, its time in microseconds since 1970-01-01 UTC.
    """
    codes, times = np.asarray(codes, np.int64), np.asarray(times, np.int64)
    if policies.vhost and party.vhost and policies.vhost != party.vhost:
        policies = NO_POLICIES
    edges = policies.edges()
    begins = np.array([begin for begin, _ in edges], np.int64)
    seconds = times // SECOND
    served = np.array(fetches.served, np.int64)
    fetch = np.searchsorted(served, seconds) - 1  # in an earlier second
    fetched = served[fetch] if len(served) else np.zeros(len(times), np.int64)
    fetched = np.where(fetch < 0, -1, fetched)
    oldest = seconds - party.cache_seconds
    # A copy that is older than it may be used is the one of the last fetch.
    since = np.where(fetch < 0, oldest, np.minimum(oldest, fetched))
    columns = [
        _edge(begins, times),
        _edge(begins, times - party.cache_seconds * SECOND),
        np.where(fetch < 0, 0, _edge(begins, fetched * SECOND)),
        np.where(fetch < 0, 0, _edge(begins, fetched * SECOND + SECOND - 1)),
        (fetch >= 0).astype(np.int64),
        *(_any_since(answers, since, seconds) for answers in fetches[1:]),
    ]
    firsts, kinds = _distinct(columns)
    situations = [_situation(edges, [int(each[first]) for each in columns]) for first in firsts]
    firsts, numbers = _distinct([kinds, codes])
    bound = _Bound(party.tokens, party.obeys_star, party.is_bound)
    distinct = [
        _judge(bound, targets[code], situations[kind])
        if party.name
        else Conduct(ALLOWED, None, "", None, stale=False)
        for kind, code in zip(kinds[firsts].tolist(), codes[firsts].tolist(), strict=True)
    ]
    return Conducts(distinct, numbers, fetched, (fetch >= 0) & (fetched < oldest))


def crawl_delay_of(party: Party, policies: Policies, time: int) -> float | None:
    """Return the crawl delay of a robot whose operator says that it keeps one, in seconds.

    None if the robot does not, or if no ``Crawl-delay`` was in force at the time.
    """
    policy = policies.at(time)
    if policy is None or not (party.robot and party.robot.crawl_delay):
        return None
    return policy.content.crawl_delay(party.tokens, obeys_star=party.obeys_star)


def count_short_gaps(seconds: Iterable[int], delay: float) -> tuple[int, int]:
    """Count the gaps between requests, and those that are certainly below a crawl delay.

    Times are logged without a fraction, so that a gap may be longer by almost a second.

    Parameters
    ----------
    seconds
        Times of the requests, sorted.
    delay
        The crawl delay.

    Returns
    -------
    tuple of (int, int)
        All gaps, and those below the delay.
    """
    gaps = [later - earlier for earlier, later in pairwise(seconds)]
    return len(gaps), sum(gap + 1 <= delay for gap in gaps)


NO_POLICIES = Policies()


def _edge(begins: Integers, times: Integers) -> Integers:
    """Return the number of the interval or gap in which each time is."""
    return np.searchsorted(begins, times, side="right") - 1


def _any_since(answers: Sequence[int], since: Integers, seconds: Integers) -> Integers:
    """Return 1 for each request before which there was an answer, from a second on; else 0."""
    found = np.array(answers, np.int64)
    before = np.searchsorted(found, since)
    return (before < np.searchsorted(found, seconds, side="right")).astype(np.int64)


def _distinct(columns: list[Integers]) -> tuple[Integers, Integers]:
    """Return a number per row, the same for equal rows of some non-negative columns.

    Returns
    -------
    tuple of (array, array)
        The first row of each number, and the number of each row.
    """
    numbers, size = np.zeros(len(columns[0]), np.int64), 1
    for column in columns:
        width = int(column.max(initial=0)) + 1
        if size * width > MAX_NUMBER:
            distinct, numbers = np.unique(numbers, return_inverse=True)
            size = len(distinct)
        numbers, size = numbers * width + column, size * width
    _, firsts, numbers = np.unique(numbers, return_index=True, return_inverse=True)
    return firsts, numbers


def _situation(edges: list[tuple[int, Policy | None]], columns: list[int]) -> _Situation:
    now, first, fetch_first, fetch_last, *answers = columns
    # What the robot may hold: any version of the time for which a copy may be used, and that of
    # its last fetch, which may be older.
    held = {*range(first, now + 1)}
    served, absent, moved, unreachable = map(bool, answers)
    if served:
        held |= {*range(fetch_first, fetch_last + 1)}
    policies = tuple(edges[number][1] for number in sorted(held))
    return _Situation(edges[now][1], policies, served, absent, moved, unreachable)


def _judge(bound: _Bound, target: bytes, situation: _Situation) -> Conduct:
    """Judge a request for a target; the time of the fetch is left out."""
    now = situation.now
    if now is None:
        kind = UNKNOWN if _is_judged(target) else ALLOWED
        return Conduct(kind, None, "", None, stale=False)
    tokens, obeys_star, is_bound = bound
    decision = _decide(now.content, tokens, target, obeys_star=obeys_star)
    kind = ALLOWED if decision.allowed else _kind(bound, target, situation)
    if decision.allowed and not (is_bound and obeys_star):
        # A rule for all robots may disallow what none that binds this one does.
        for_all = _decide(now.content, tokens, target, obeys_star=True)
        if not for_all.allowed:
            kind, decision = EXEMPT, for_all
    return Conduct(kind, decision.rule, now.label, None, stale=False)


def _is_judged(target: bytes) -> bool:
    """Return whether a target is a path, and not that of robots.txt, which is always allowed."""
    target = normalize_target(target)
    return target.startswith(b"/") and request_path(target) != ROBOTS_TXT.encode()


def _kind(bound: _Bound, target: bytes, situation: _Situation) -> str:
    """Return what to call a request that the robot's rules disallow now."""
    if not bound.is_bound:
        return EXEMPT
    if not situation.served:
        return UNREAD
    if situation.unreachable:
        return UNREACHABLE
    if situation.moved or None in situation.held:
        return UNKNOWN
    if situation.absent or any(
        _decide(policy.content, bound.tokens, target, obeys_star=bound.obeys_star).allowed
        for policy in situation.held
        if policy
    ):
        return GRACE
    return VIOLATION


def _decide(
    content: RobotsTxt, tokens: tuple[str, ...], target: bytes, *, obeys_star: bool
) -> Decision:
    """Return the decision on a target, from the cache unless the target is long."""
    decide = _decide_once if len(target) <= MAX_CACHED else _decide_once.__wrapped__
    return decide(content, tokens, target, obeys_star=obeys_star)


@lru_cache(1 << 14)
def _decide_once(
    content: RobotsTxt, tokens: tuple[str, ...], target: bytes, *, obeys_star: bool
) -> Decision:
    return content.decide(tokens, target, obeys_star=obeys_star)
