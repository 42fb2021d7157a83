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

from findrobots.arrow import Booleans, Integers, distinct_rows
from findrobots.robots.fetch_times import MEANINGS, NEVER, FetchTimes
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
    "judge_parties",
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
# Length of a target whose conducts are cached, of which there may be as many as kinds of robots.
MAX_REMEMBERED = 256


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
    stale: Booleans

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
    """Which rules bind a party: none if it is no robot, unknown ones at another virtual host."""

    tokens: tuple[str, ...]
    obeys_star: bool
    is_bound: bool
    is_robot: bool
    is_here: bool


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
    times = np.asarray(times, np.int64)
    zeros = np.zeros(len(times), np.int64)
    fetch_times, family = FetchTimes.of_one(fetches), np.zeros(1, np.int64)
    codes = np.asarray(codes, np.int64)
    return judge_parties([party], zeros, fetch_times, [family], targets, codes, times, policies)


def judge_parties(  # noqa: PLR0913, PLR0917 (what the judgement depends on)
    parties: Sequence[Party],
    numbers: Integers,
    fetches: FetchTimes,
    families: Sequence[Integers],
    targets: Sequence[bytes],
    codes: Integers,
    times: Integers,
    policies: Policies,
) -> Conducts:
    """Judge many requests of many parties; the result is the same as one by one.

    Parameters
    ----------
    parties
        Who made requests.
    numbers
        Per request, the number of its party.
    fetches
        When robots.txt was served to the families.
    families
        Per party, the number of a family whose copies it may hold, or -1; as often as some party
        may hold those of several.
    targets, codes, times, policies
        See ``judge_requests``.
    """
    edges = policies.edges()
    begins = np.array([begin for begin, _ in edges], np.int64)
    seconds = times // SECOND
    of_requests = [family[numbers] for family in families]
    fetched = np.full(len(times), NEVER)
    for family in of_requests:
        fetched = np.maximum(fetched, fetches.last_before(family, seconds))
    was_served = fetched != NEVER
    cache = np.array([party.cache_seconds for party in parties], np.int64)[numbers]
    oldest = seconds - cache
    # A copy that is older than it may be used is the one of the last fetch.
    since = np.where(was_served, np.minimum(oldest, fetched), oldest)
    answers = np.zeros((len(MEANINGS), len(times)), np.int64)
    answers[0] = was_served
    for family in of_requests:
        for meaning in range(1, len(MEANINGS)):
            answers[meaning] |= fetches.any_since(meaning, family, since, seconds)
    columns = [
        _edge(begins, times),
        _edge(begins, times - cache * SECOND),
        np.where(was_served, _edge(begins, fetched * SECOND), 0),
        np.where(was_served, _edge(begins, fetched * SECOND + SECOND - 1), 0),
        *answers,
    ]
    firsts, kinds = distinct_rows(columns)
    rows = zip(*(column[firsts].tolist() for column in columns), strict=True)
    situations = [_situation(edges, row) for row in rows]
    bounds = dict[_Bound, int]()
    of_parties = [bounds.setdefault(_bound(party, policies), len(bounds)) for party in parties]
    bound_codes = np.array(of_parties, np.int64)[numbers]
    firsts, distinct_numbers = distinct_rows([bound_codes, kinds, codes])
    in_order = [*bounds]
    distinct = [
        _judge_target(_case(in_order[bound], situations[kind]), targets[code])
        for bound, kind, code in zip(
            *(column[firsts].tolist() for column in (bound_codes, kinds, codes)), strict=True
        )
    ]
    fetched = np.where(was_served, fetched, -1)
    return Conducts(distinct, distinct_numbers, fetched, was_served & (fetched < oldest))


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


def _bound(party: Party, policies: Policies) -> _Bound:
    is_here = not (policies.vhost and party.vhost and policies.vhost != party.vhost)
    return _Bound(party.tokens, party.obeys_star, party.is_bound, bool(party.name), is_here)


def _edge(begins: Integers, times: Integers) -> Integers:
    """Return the number of the interval or gap in which each time is."""
    return np.searchsorted(begins, times, side="right") - 1


def _situation(edges: list[tuple[int, Policy | None]], columns: Sequence[int]) -> _Situation:
    now, first, fetch_first, fetch_last, *answers = columns
    # What the robot may hold: any version of the time for which a copy may be used, and that of
    # its last fetch, which may be older.
    held = {*range(first, now + 1)}
    served, absent, moved, unreachable = map(bool, answers)
    if served:
        held |= {*range(fetch_first, fetch_last + 1)}
    policies = tuple(edges[number][1] for number in sorted(held))
    return _Situation(edges[now][1], policies, served, absent, moved, unreachable)


class _Case:
    """What the conduct of a request depends on, besides its target; compared by identity."""

    def __init__(self, bound: _Bound, situation: _Situation) -> None:
        self.bound, self.situation = bound, situation


@lru_cache(1 << 12)
def _case(bound: _Bound, situation: _Situation) -> _Case:
    return _Case(bound, situation)


def _judge_target(case: _Case, target: bytes) -> Conduct:
    """Judge a request for a target, from the cache if the target is short."""
    judge = _judge_once if len(target) <= MAX_REMEMBERED else _judge_once.__wrapped__
    return judge(case, target)


@lru_cache(1 << 15)
def _judge_once(case: _Case, target: bytes) -> Conduct:
    """Judge a request for a target; the time of the fetch is left out."""
    bound, situation = case.bound, case.situation
    if not bound.is_robot:
        return Conduct(ALLOWED, None, "", None, stale=False)
    now = situation.now if bound.is_here else None
    if now is None:
        kind = UNKNOWN if _is_judged(target) else ALLOWED
        return Conduct(kind, None, "", None, stale=False)
    tokens, obeys_star, is_bound, *_ = bound
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
