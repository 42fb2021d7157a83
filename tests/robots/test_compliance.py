"""Each sentence on what is a violation, and what is never called one, is a test."""

import random
from typing import NamedTuple

import numpy as np
import pytest
from findrobots import arrow
from findrobots.robots import compliance
from findrobots.robots.compliance import (
    ALLOWED,
    EXEMPT,
    GRACE,
    KINDS,
    UNKNOWN,
    UNREACHABLE,
    UNREAD,
    VIOLATION,
    count_short_gaps,
    crawl_delay_of,
    judge_request,
    judge_requests,
)
from findrobots.robots.fetches import Fetches, FetchSummary, classify_answer
from findrobots.robots.party import FamilyKey, Party, family_key, family_keys
from findrobots.robots.policies import MAX, MIN, Policies, Policy
from findrobots.robots.rules import RobotsTxt, Rule
from hypothesis import given
from hypothesis import strategies as st

SECOND = 1_000_000
HOUR = 3600
NOW = 1_788_256_800  # in seconds
PRIVATE = b"User-agent: *\nDisallow: /private\n"
OPEN = b"User-agent: *\nDisallow:\n"


class Row(NamedTuple):
    """A row of the table of robots."""

    name: str = "Abot"
    purpose: str = "search"
    robots_tokens: tuple = ("abot",)
    obeys_star: bool = True
    user_triggered: bool = False
    cache_hours: int = 24
    crawl_delay: bool = False
    shares_with: tuple = ()
    says: str = "obeys"


def party(verdict="verified", vhost="", **row):
    robot = Row(**row)
    return Party(robot.name, robot, verdict, vhost)


ABOT = party()


def always(content=PRIVATE):
    return Policies([Policy(MIN, MAX, RobotsTxt(content), "robots.txt")])


def versions(*starts):
    """Return policies from times (in seconds) on, each up to the next one; None is a gap."""
    ends = [*(begin for begin, _ in starts[1:]), None]
    return Policies(
        Policy(
            begin * SECOND,
            MAX if end is None else end * SECOND,
            RobotsTxt(content),
            f"from {begin - NOW}",
        )
        for (begin, content), end in zip(starts, ends, strict=True)
        if content is not None
    )


def judge(
    who=ABOT, target=b"/private", policies=None, *, served=(NOW - HOUR,), second=NOW, **answers
):
    fetches = Fetches(tuple(sorted(served)), **answers)
    policies = always() if policies is None else policies
    return judge_request(who, fetches, target, second * SECOND, policies)


def kind(*arguments, **options):
    return judge(*arguments, **options).kind


# The five conditions.


def test_a_request_that_each_copy_disallows_after_one_was_served_is_a_violation():
    conduct = judge()
    assert conduct.kind == VIOLATION
    assert conduct.rule == Rule(False, "/private", 2)  # noqa: FBT003 (a field)
    assert conduct.policy == "robots.txt"
    assert conduct.fetched == NOW - HOUR
    assert conduct.disallowed
    assert not conduct.stale


def test_condition_1_a_declared_robot_without_a_row_may_violate():
    assert kind(Party("NewBot")) == VIOLATION
    own = b"User-agent: NewBot\nDisallow: /a\nUser-agent: *\nDisallow:\n"
    assert kind(Party("NewBot"), b"/a", always(own)) == VIOLATION


def test_condition_1_a_robot_that_ignores_the_star_violates_only_its_own_group():
    ads = party(robots_tokens=("adsbot-google",), obeys_star=False)
    assert kind(ads) == EXEMPT
    own = PRIVATE + b"User-agent: AdsBot-Google\nDisallow: /ads\n"
    assert kind(ads, b"/ads", always(own)) == VIOLATION
    assert kind(ads, b"/private", always(own)) == ALLOWED


def test_condition_1_of_several_tokens_the_first_with_a_group_counts():
    image = party(robots_tokens=("googlebot-image", "googlebot"))
    content = PRIVATE + b"User-agent: Googlebot\nDisallow: /g\n"
    assert kind(image, b"/g", always(content)) == VIOLATION
    assert kind(image, b"/private", always(content)) == ALLOWED


def test_condition_2_a_request_of_an_impostor_is_no_violation():
    assert kind(party("impostor")) == EXEMPT
    assert kind(party("unknown")) == VIOLATION


def test_condition_3_robots_txt_was_served_in_an_earlier_second():
    assert kind(served=()) == UNREAD
    assert kind(served=[NOW]) == UNREAD
    assert kind(served=[NOW + 1]) == UNREAD
    assert kind(served=[NOW - 1]) == VIOLATION


@pytest.mark.parametrize(
    ("method", "status", "bytes_sent", "meaning"),
    [
        *(("GET", status, 100, "served") for status in (200, 203, 206)),
        *(("GET", status, None, "served") for status in (200, 203, 206)),
        *(("GET", 304, bytes_sent, "served") for bytes_sent in (0, 100, None)),
        *(("GET", status, 0, "absent") for status in (200, 203, 206)),
        *(("GET", status, 100, "absent") for status in (204, 400, 401, 403, 404, 410, 429)),
        *(("GET", status, 100, "moved") for status in (301, 302, 307, 308)),
        *(("GET", status, 100, "unreachable") for status in (500, 502, 503, 504)),
        *(("GET", status, 100, "") for status in (0, None, 101, 999)),
        *((method, 200, 100, "") for method in ("HEAD", "POST", "OPTIONS", "")),
    ],
)
def test_condition_3_what_an_answer_means(method, status, bytes_sent, meaning):
    assert classify_answer(method, status, bytes_sent) == meaning


def test_condition_4_the_path_and_query_without_fragment_is_compared():
    policies = always(b"User-agent: *\nDisallow: /a?b\n")
    assert kind(ABOT, b"/a?b=1", policies) == VIOLATION
    assert kind(ABOT, b"http://example.com/a?b#c", policies) == VIOLATION
    assert kind(ABOT, b"/#/a?b", policies) == ALLOWED


def test_condition_4_policies_are_those_of_the_same_virtual_host():
    policies = Policies(always(), vhost="example.com")
    assert kind(party(vhost="example.com"), policies=policies) == VIOLATION
    assert kind(party(vhost="other.example"), policies=policies) == UNKNOWN
    assert kind(party(vhost=""), policies=policies) == VIOLATION


def test_condition_4_both_readings_of_percent_encoding_disallow():
    assert kind(ABOT, b"/%70rivate") == ALLOWED
    assert kind(ABOT, b"/a", always(b"User-agent: *\nDisallow: /%61\n")) == ALLOWED


def test_condition_4_each_version_of_the_last_24_hours_disallows():
    for hours, expected in ((1, GRACE), (23, GRACE), (25, VIOLATION)):
        changed = versions((NOW - 1000 * HOUR, OPEN), (NOW - hours * HOUR, PRIVATE))
        served = [NOW - 24 * HOUR]
        assert kind(policies=changed, served=served) == expected, hours


def test_condition_4_a_version_counts_up_to_the_microsecond():
    edge = NOW - 24 * HOUR
    for begin, expected in ((edge, VIOLATION), (edge + 1, GRACE)):
        changed = versions((NOW - 1000 * HOUR, OPEN), (begin, PRIVATE))
        assert kind(policies=changed, served=[NOW - 1]) == expected


def test_condition_4_versions_between_count_as_well():
    changed = versions(
        (NOW - 1000 * HOUR, PRIVATE), (NOW - 3 * HOUR, OPEN), (NOW - 2 * HOUR, PRIVATE)
    )
    assert kind(policies=changed, served=[NOW - HOUR]) == GRACE


@pytest.mark.parametrize("hours", [72, 336, 720])
def test_condition_4_a_robot_may_keep_its_copy_for_the_hours_of_its_row(hours):
    slow = party(cache_hours=hours)
    for changed, expected in ((hours - 1, GRACE), (hours + 1, VIOLATION)):
        policies = versions((NOW - 2000 * HOUR, OPEN), (NOW - changed * HOUR, PRIVATE))
        assert kind(slow, policies=policies, served=[NOW - HOUR]) == expected


def test_condition_4_nobody_has_less_than_24_hours():
    policies = versions((NOW - 2000 * HOUR, OPEN), (NOW - 23 * HOUR, PRIVATE))
    assert kind(party(cache_hours=1), policies=policies) == GRACE


def test_condition_4_the_version_served_at_the_last_fetch_disallows():
    policies = versions((NOW - 1000 * HOUR, OPEN), (NOW - 100 * HOUR, PRIVATE))
    assert kind(policies=policies, served=[NOW - 101 * HOUR]) == GRACE
    assert kind(policies=policies, served=[NOW - 99 * HOUR]) == VIOLATION
    # Within the second of the fetch, either version may have been served.
    assert kind(policies=policies, served=[NOW - 100 * HOUR - 1]) == GRACE


def test_condition_4_a_version_that_changed_within_the_second_of_the_fetch_counts():
    change = (NOW - 100 * HOUR) * SECOND + 500_000
    policies = Policies(
        [
            Policy(MIN, change, RobotsTxt(OPEN), "before"),
            Policy(change, MAX, RobotsTxt(PRIVATE), "after"),
        ]
    )
    assert kind(policies=policies, served=[NOW - 100 * HOUR]) == GRACE
    assert kind(policies=policies, served=[NOW - 100 * HOUR + 1]) == VIOLATION


def test_condition_4_a_version_that_began_within_the_second_of_the_fetch_counts():
    second = NOW - 100 * HOUR
    begin, end = second * SECOND + 500_000, second * SECOND + 3_000_000
    policies = Policies(
        [
            Policy(MIN, begin, RobotsTxt(PRIVATE), "before"),
            Policy(begin, end, RobotsTxt(OPEN), "for a moment"),
            Policy(end, MAX, RobotsTxt(PRIVATE), "after"),
        ]
    )
    assert kind(policies=policies, served=[second]) == GRACE
    assert kind(policies=policies, served=[second - 1]) == VIOLATION


def test_condition_5_all_those_versions_are_known():
    for gap, expected in ((1, UNKNOWN), (23, UNKNOWN), (26, VIOLATION)):
        policies = versions(
            (NOW - 1000 * HOUR, PRIVATE),
            (NOW - gap * HOUR - HOUR // 2, None),
            (NOW - gap * HOUR, PRIVATE),
        )
        assert kind(policies=policies) == expected


def test_condition_5_the_version_at_the_last_fetch_is_known():
    policies = versions((NOW - 100 * HOUR, PRIVATE))
    assert kind(policies=policies, served=[NOW - 101 * HOUR]) == UNKNOWN
    assert kind(policies=policies, served=[NOW - 99 * HOUR]) == VIOLATION


@pytest.mark.parametrize(
    ("meaning", "expected"),
    [("unreachable", UNREACHABLE), ("absent", GRACE), ("moved", UNKNOWN)],
)
def test_condition_5_they_were_served_to_the_family(meaning, expected):
    day = 24 * HOUR
    for second, kind_then in (
        (NOW, expected),
        (NOW - HOUR // 2, expected),
        (NOW - day, expected),
        (NOW - day - 1, VIOLATION),
        (NOW + 1, VIOLATION),
    ):
        assert kind(**{meaning: (second,)}) == kind_then, second


@pytest.mark.parametrize("meaning", ["unreachable", "absent", "moved"])
def test_condition_5_an_answer_since_the_last_fetch_counts_however_old(meaning):
    served = [NOW - 100 * HOUR]
    assert kind(served=served, **{meaning: (NOW - 99 * HOUR,)}) != VIOLATION
    assert kind(served=served, **{meaning: (NOW - 101 * HOUR,)}) == VIOLATION


# The counts apart.


def test_unread_is_what_a_rule_disallows_before_robots_txt_was_served():
    conduct = judge(served=())
    assert (conduct.kind, conduct.fetched, conduct.disallowed) == (UNREAD, None, True)


def test_unknown_is_a_request_when_no_version_was_known():
    for policies in (Policies(), versions((NOW + 1, PRIVATE))):
        conduct = judge(policies=policies)
        assert (conduct.kind, conduct.rule, conduct.policy) == (UNKNOWN, None, "")
        assert not conduct.disallowed


def test_what_the_version_in_force_allows_is_allowed_whatever_the_others_say():
    policies = versions((NOW - 1000 * HOUR, PRIVATE), (NOW - HOUR, OPEN))
    conduct = judge(policies=policies)
    assert (conduct.kind, conduct.disallowed) == (ALLOWED, False)


def test_a_rule_that_allows_is_named_and_disallows_nothing():
    content = b"User-agent: *\nDisallow: /\nAllow: /private\n"
    conduct = judge(policies=always(content))
    assert conduct.rule == Rule(True, "/private", 3)  # noqa: FBT003 (a field)
    assert (conduct.kind, conduct.disallowed) == (ALLOWED, False)


# What is never called a violation.


@pytest.mark.parametrize("target", [b"/robots.txt", b"/robots.txt?a", b"/%72obots.txt"])
@pytest.mark.parametrize("policies", [always(b"User-agent: *\nDisallow: /\n"), Policies()])
def test_robots_txt_itself_is_allowed(target, policies):
    assert kind(ABOT, target, policies) == ALLOWED


def test_a_browser_and_what_declares_nothing_is_not_judged():
    assert kind(Party("")) == ALLOWED
    assert kind(Party(""), policies=Policies()) == ALLOWED


@pytest.mark.parametrize("target", [b"*", b"example.com:443", b"", b"\x16\x03\x01", b"private"])
def test_a_target_that_is_no_path_is_allowed(target):
    assert kind(ABOT, target, always(b"User-agent: *\nDisallow: *\n")) == ALLOWED


def test_robots_that_never_fetch_are_not_accused():
    assert {kind(served=(), second=NOW + day * 86_400) for day in range(100)} == {UNREAD}


def test_a_users_request_is_exempt_unless_the_operator_says_that_it_obeys():
    chatgpt = party(robots_tokens=("chatgpt-user",), obeys_star=False, user_triggered=True)
    own = PRIVATE + b"User-agent: ChatGPT-User\nDisallow: /\n"
    assert kind(chatgpt) == EXEMPT
    assert kind(chatgpt, b"/a", always(own)) == EXEMPT
    claude = party(robots_tokens=("claude-user",), user_triggered=True, says="obeys")
    assert kind(claude) == VIOLATION
    assert kind(party(user_triggered=True, says="")) == EXEMPT


def test_ads_robots_are_exempt_under_the_star():
    assert kind(party(purpose="ads", obeys_star=False)) == EXEMPT


def test_a_robot_that_follows_no_robots_txt_is_exempt():
    assert kind(party(robots_tokens=(), obeys_star=False)) == EXEMPT


def test_the_owners_monitor_is_exempt():
    assert kind(party(purpose="monitor")) == EXEMPT


@pytest.mark.parametrize("name", ["Google-Extended", "Applebot-Extended"])
def test_a_token_of_robots_txt_is_no_robot(name):
    own = f"User-agent: {name}\nDisallow: /\n".encode()
    token = party(name=name, robots_tokens=(name.lower(),))
    assert kind(token, b"/", always(own)) == EXEMPT
    assert kind(Party(name), b"/", always(own)) == EXEMPT


def test_an_old_copy_as_such_is_reported_and_no_violation():
    for age, stale in ((24 * HOUR, False), (24 * HOUR + 1, True)):
        conduct = judge(ABOT, b"/", served=[NOW - age])
        assert (conduct.kind, conduct.stale) == (ALLOWED, stale)
    assert not judge(party(cache_hours=72), b"/", served=[NOW - 70 * HOUR]).stale
    assert judge(served=[NOW - 90 * HOUR]).kind == VIOLATION


def test_crawl_delay_is_no_violation_and_counted_only_for_robots_that_keep_it():
    policies = always(b"User-agent: *\nCrawl-delay: 10\n")
    assert kind(policies=policies) == ALLOWED
    assert crawl_delay_of(ABOT, policies, NOW) is None
    assert crawl_delay_of(Party("NewBot"), policies, NOW) is None
    assert crawl_delay_of(party(crawl_delay=True), policies, NOW) == 10
    assert crawl_delay_of(party(crawl_delay=True), Policies(), NOW) is None


def test_a_gap_counts_as_too_short_only_if_it_certainly_is():
    assert count_short_gaps([0, 9, 19, 28, 28], 10) == (4, 3)
    assert count_short_gaps([0, 9, 19, 28, 28], 9.5) == (4, 1)
    assert count_short_gaps([], 10) == count_short_gaps([5], 10) == (0, 0)


# Families.


def test_a_robots_verified_hosts_share_their_copies_and_the_others_apart():
    verified, unknown = party("verified"), party("unknown")
    assert family_keys(verified) == (FamilyKey("Abot", True, "", ""),)  # noqa: FBT003 (a field)
    assert family_keys(unknown) == (FamilyKey("Abot", False, "", ""),)  # noqa: FBT003 (a field)
    assert family_key(verified._replace(host="192.0.2.1")) == family_key(verified)


def test_copies_are_those_of_one_virtual_host():
    assert family_key(party(vhost="a")) != family_key(party(vhost="b"))


def test_robots_that_share_copies_may_hold_those_of_each_other():
    image = party(name="Googlebot-Image", shares_with=("Googlebot",))
    assert [key.name for key in family_keys(image)] == ["Googlebot-Image", "Googlebot"]
    assert family_key(party(name="Googlebot")) in family_keys(image)
    assert family_key(party("unknown", name="Googlebot")) not in family_keys(image)


def test_the_fetches_of_an_impostor_count_for_nobody():
    assert family_key(party("impostor")) is None
    assert family_keys(party("impostor")) == ()


def test_what_declares_no_robot_has_no_family():
    assert family_keys(Party("")) == ()


@pytest.mark.parametrize("purpose", ["library", "tool"])
def test_hosts_of_a_program_that_anyone_may_run_do_not_share(purpose):
    hosts = [Party("python-requests", purpose=purpose, host=host) for host in "ab"]
    assert len({*map(family_key, hosts)}) == 2
    assert len({family_key(each._replace(purpose="seo")) for each in hosts}) == 1


def test_hosts_of_a_librarys_row_do_not_share():
    library = Row(name="curl", purpose="library")
    assert len({family_key(Party("curl", library, host=host)) for host in "ab"}) == 2


# Fetches.

ANSWERS = st.lists(
    st.tuples(
        st.integers(NOW - 200 * HOUR, NOW + HOUR),
        st.sampled_from(["served", "absent", "moved", "unreachable", ""]),
    ),
    max_size=6,
)


@given(ANSWERS, ANSWERS, ANSWERS)
def test_fetches_are_merged_in_any_order(some, others, more):
    a, b, c = map(Fetches.of, (some, others, more))
    assert a.merge(b).merge(c) == Fetches.of([*more, *some, *others]) == c.merge(b.merge(a))
    assert a.merge(Fetches()) == a == a.merge(a)


def test_a_summary_has_the_first_and_last_fetch_and_the_longest_pause():
    assert Fetches((1, 5, 7), (100,)).summary() == FetchSummary(1, 7, 4)
    assert Fetches((3,)).summary() == FetchSummary(3, 3, None)
    assert Fetches(absent=(3,)).summary() == FetchSummary(None, None, None)


# Laws.

CONTENTS = [
    PRIVATE,
    OPEN,
    b"User-agent: *\nDisallow: /\nAllow: /a\n",
    b"User-agent: abot\nDisallow: /a\n",
    b"",
    None,
]
HISTORIES = st.dictionaries(
    st.integers(NOW - 150 * HOUR, NOW), st.sampled_from(CONTENTS), min_size=1, max_size=5
).map(lambda starts: versions(*sorted(starts.items())))
PARTIES = st.builds(
    party,
    verdict=st.sampled_from(["verified", "unknown", "impostor"]),
    obeys_star=st.booleans(),
    user_triggered=st.booleans(),
    cache_hours=st.sampled_from([24, 72]),
    purpose=st.sampled_from(["search", "monitor"]),
) | st.just(Party("NewBot"))
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from([b"/private", b"/a", b"/", b"/robots.txt", b"*"]),
        st.integers((NOW - 160 * HOUR) * SECOND, (NOW + HOUR) * SECOND),
    ),
    min_size=1,
    max_size=8,
)


def judge_all(who, fetches, requests, policies):
    targets = sorted({target for target, _ in requests})
    codes = [targets.index(target) for target, _ in requests]
    times = [time for _, time in requests]
    conducts = judge_requests(who, fetches, targets, codes, times, policies)
    return [conducts.of(number) for number in range(len(requests))]


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES)
def test_many_requests_are_judged_as_one_by_one_in_any_order(who, answers, requests, policies):
    fetches = Fetches.of(answers)
    one_by_one = [judge_request(who, fetches, *request, policies) for request in requests]
    assert judge_all(who, fetches, requests, policies) == one_by_one
    assert judge_all(who, fetches, requests[::-1], policies) == one_by_one[::-1]


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES)
def test_no_violation_without_an_earlier_fetch(who, answers, requests, policies):
    served = [second for second, meaning in answers if meaning == "served"]
    for (_, time), conduct in zip(
        requests, judge_all(who, Fetches.of(answers), requests, policies), strict=True
    ):
        if conduct.kind == VIOLATION:
            assert conduct.fetched < time // SECOND
            assert conduct.fetched in served


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES)
def test_a_violation_is_disallowed_by_every_version_that_may_be_held(
    who, answers, requests, policies
):
    for (target, time), conduct in zip(
        requests, judge_all(who, Fetches.of(answers), requests, policies), strict=True
    ):
        if conduct.kind == VIOLATION:
            begin = min(time - who.cache_seconds * SECOND, conduct.fetched * SECOND)
            held, known = policies.between(time - who.cache_seconds * SECOND, time)
            assert known
            held.append(policies.at(conduct.fetched * SECOND))
            for policy in held:
                assert not policy.content.decide(
                    who.tokens, target, obeys_star=who.obeys_star
                ).allowed
            others = [second for second, meaning in answers if meaning not in {"served", ""}]
            assert not any(begin // SECOND < second <= time // SECOND for second in others)
            assert who.verdict != "impostor"


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES, st.integers(0, 4))
def test_a_gap_never_accuses(who, answers, requests, policies, number):
    fetches = Fetches.of(answers)
    left_out = number % max(len(policies), 1)
    fewer = Policies(each for at, each in enumerate(policies) if at != left_out)
    before = judge_all(who, fetches, requests, policies)
    after = judge_all(who, fetches, requests, fewer)
    for known, unknown in zip(before, after, strict=True):
        if unknown.kind == VIOLATION:
            assert known.kind == VIOLATION


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES, st.integers(NOW - 150 * HOUR, NOW))
def test_an_answer_that_was_not_the_file_never_accuses(who, answers, requests, policies, second):
    before = judge_all(who, Fetches.of(answers), requests, policies)
    for meaning in ("absent", "moved", "unreachable", ""):
        more = Fetches.of([*answers, (second, meaning)])
        for known, then in zip(before, judge_all(who, more, requests, policies), strict=True):
            assert then.kind == known.kind or then.kind != VIOLATION


@given(PARTIES, ANSWERS, ANSWERS, REQUESTS, REQUESTS, HISTORIES)
def test_requests_and_fetches_of_another_family_change_nothing(  # noqa: PLR0913, PLR0917 (a law)
    who, answers, other_answers, requests, other_requests, policies
):
    other = Party("OtherBot")
    filed = {family_key(who): Fetches.of(answers), family_key(other): Fetches.of(other_answers)}
    held = Fetches()
    for key in family_keys(who):
        held = held.merge(filed.get(key, Fetches()))
    if family_key(who):
        assert held == Fetches.of(answers)
    alone = judge_all(who, held, requests, policies)
    judge_all(other, Fetches.of(other_answers), other_requests, policies)
    together = judge_all(who, held, [*requests, *other_requests], policies)
    assert together[: len(requests)] == alone


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES)
def test_each_request_is_counted_once(who, answers, requests, policies):
    targets = [target for target, _ in requests]
    conducts = judge_requests(
        who,
        Fetches.of(answers),
        targets,
        np.arange(len(requests)),
        [time for _, time in requests],
        policies,
    )
    counts = conducts.counts()
    assert tuple(counts) == KINDS
    assert sum(counts.values()) == len(requests)
    kinds = [conducts.of(number).kind for number in range(len(requests))]
    assert all(counts[each] == kinds.count(each) for each in KINDS)


def test_no_requests_are_judged_as_none():
    conducts = judge_requests(ABOT, Fetches(), [], [], [], always())
    assert sum(conducts.counts().values()) == 0


def test_repeated_targets_are_decided_once(monkeypatch):
    chance = random.Random(1)  # noqa: S311 (no secret)
    decided = []
    decide = RobotsTxt.decide

    def counted(self, *arguments, **options):
        decided.append(arguments)
        return decide(self, *arguments, **options)

    monkeypatch.setattr(RobotsTxt, "decide", counted)
    targets = [b"/private/once-%d" % number for number in range(50)]
    codes = [chance.randrange(50) for _ in range(20_000)]
    times = [(NOW + chance.randrange(HOUR)) * SECOND for _ in codes]
    fetches = Fetches(tuple(range(NOW - HOUR, NOW + HOUR, 60)))
    conducts = judge_requests(ABOT, fetches, targets, codes, times, always(PRIVATE + b"#once"))
    assert conducts.counts()[VIOLATION] == 20_000
    assert len(decided) == 50


def test_the_cache_of_decisions_holds_no_long_target():
    target = b"/private/" + b"a" * (1 << 20)
    size = compliance._decide_once.cache_info().currsize  # noqa: SLF001 (its memory is bounded)
    assert kind(ABOT, target) == VIOLATION
    assert compliance._decide_once.cache_info().currsize == size  # noqa: SLF001


@given(PARTIES, ANSWERS, REQUESTS, HISTORIES)
def test_combinations_beyond_64_bits_are_judged_alike(who, answers, requests, policies):
    fetches = Fetches.of(answers)
    expected = judge_all(who, fetches, requests, policies)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrow, "MAX_NUMBER", 20)
        assert judge_all(who, fetches, requests, policies) == expected
