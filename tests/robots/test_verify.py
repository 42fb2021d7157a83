"""A verdict needs positive evidence of about its day, and never depends on an order."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from findrobots.robots.agents import Robot
from findrobots.robots.names import NameAnswer
from findrobots.robots.ranges import load_lists
from findrobots.robots.verify import (
    IMPOSTOR,
    UNKNOWN,
    VERIFIED,
    Claim,
    Verdict,
    judge,
    needing_names,
)
from hypothesis import assume, given
from hypothesis import strategies as st

DAY = date(2026, 9, 10)
ADDRESS, OTHER = "66.249.66.1", "66.249.66.2"
HOLDING, LACKING = [f"{ADDRESS}/32", "66.249.80.0/24"], ["66.249.80.0/24"]
DOMAIN = "bot.example.org"
NAME, ELSE = f"crawl-1.{DOMAIN}", "a.example.net"


class Lists:
    """Lists of addresses by name and day: what verdicts need of a history of lists."""

    def __init__(self, lists):
        self.lists = lists

    def nearest(self, name, day):
        days = [each for listed, each in self.lists if listed == name]
        before = max((each for each in days if each <= day), default=None)
        after = min((each for each in days if each >= day), default=None)
        return self.lists.get((name, before)), self.lists.get((name, after))


class AddressesOfADay(frozenset):
    """The addresses of a list, which has a day."""

    def __new__(cls, day, addresses):
        self = super().__new__(cls, addresses)
        self.day = day
        return self


def history(**lists):
    """Return lists by name: for each day, as its distance to ``DAY``, the addresses that it has."""
    days = {
        (name, DAY + timedelta(days=distance)): addresses
        for name, by_day in lists.items()
        for distance, addresses in by_day.items()
    }
    return Lists({key: AddressesOfADay(key[1], each) for key, each in days.items()})


def robot(lists=("a",), rdns_suffixes=()):
    """Return a robot of which only the ways to verify it matter."""
    nothing = Robot(*("Abot", "A", "search", (), True, False, 24, False, (), (), (), "", "", DAY))
    return nothing._replace(lists=tuple(lists), rdns_suffixes=tuple(rdns_suffixes))


def answer(names=(), confirmed=(), denied=(), failure="", days=0):
    """Return an answer that was given some days after ``DAY``."""
    asked = datetime(2026, 9, 10, 12, tzinfo=UTC) + timedelta(days=days)
    return NameAnswer(ADDRESS, asked, *map(tuple, (names, confirmed, denied)), failure)


NAMED = robot((), [DOMAIN])
BOTH = robot(["a"], [DOMAIN])
CONFIRMED = answer([NAME], [NAME])
DENIED = answer([NAME], (), [NAME])
ELSEWHERE = answer([ELSE])


@pytest.mark.parametrize(
    ("days", "verdict"),
    [
        ({0: [ADDRESS]}, (VERIFIED, "range a 2026-09-10", DAY)),
        ({0: [OTHER]}, (IMPOSTOR, "not in range a 2026-09-10", DAY)),
        ({0: [ADDRESS], -1: [], 1: []}, (VERIFIED, "range a 2026-09-10", DAY)),
        ({0: [], -1: [ADDRESS], 1: [ADDRESS]}, (IMPOSTOR, "not in range a 2026-09-10", DAY)),
        (
            {-3: [ADDRESS], 2: [ADDRESS]},
            (VERIFIED, "range a 2026-09-07 and 2026-09-12", date(2026, 9, 12)),
        ),
        (
            {-300: [ADDRESS], 200: [ADDRESS]},
            (VERIFIED, "range a 2025-11-14 and 2027-03-29", date(2027, 3, 29)),
        ),
        (
            {-31: [], 31: []},
            (IMPOSTOR, "not in range a 2026-08-10 and 2026-10-11", date(2026, 8, 10)),
        ),
        ({-32: [], 31: []}, (UNKNOWN, "list of 2026-08-09 is older than 31 days", None)),
        ({-31: [], 32: []}, (UNKNOWN, "list of 2026-10-12 is more than 31 days later", None)),
        ({-32: [], 32: []}, (UNKNOWN, "no list of 2026-09", None)),
        ({}, (UNKNOWN, "no list of 2026-09", None)),
        ({-90: []}, (UNKNOWN, "no list of 2026-09", None)),
        ({90: []}, (UNKNOWN, "no list of 2026-09", None)),
        ({-1: []}, (UNKNOWN, "no list after 2026-09-10", None)),
        ({1: []}, (UNKNOWN, "no list before 2026-09-10", None)),
        ({-1: [ADDRESS]}, (UNKNOWN, "only in the list of 2026-09-09", date(2026, 9, 9))),
        ({1: [ADDRESS]}, (UNKNOWN, "only in the list of 2026-09-11", date(2026, 9, 11))),
        ({-1: [ADDRESS], 1: []}, (UNKNOWN, "only in the list of 2026-09-09", date(2026, 9, 9))),
        ({-1: [], 1: [ADDRESS]}, (UNKNOWN, "only in the list of 2026-09-11", date(2026, 9, 11))),
        (
            {-9: [ADDRESS], -1: [], 1: []},
            (IMPOSTOR, "not in range a 2026-09-09 and 2026-09-11", date(2026, 9, 9)),
        ),
    ],
)
def test_the_lists_nearest_to_the_day_decide(days, verdict):
    assert judge(robot(), ADDRESS, DAY, history(a=days)) == verdict


@pytest.mark.parametrize(
    ("lists", "verdict"),
    [
        ({"a": {0: []}, "b": {0: [ADDRESS]}}, (VERIFIED, "range b 2026-09-10", DAY)),
        ({"a": {}, "b": {0: [ADDRESS]}}, (VERIFIED, "range b 2026-09-10", DAY)),
        (
            {"a": {0: []}, "b": {-1: [], 0: []}},
            (IMPOSTOR, "not in range a 2026-09-10; not in range b 2026-09-10", DAY),
        ),
        ({"a": {0: []}, "b": {}}, (UNKNOWN, "no list of 2026-09", None)),
        ({"a": {0: []}, "b": {-1: []}}, (UNKNOWN, "no list after 2026-09-10", None)),
        (
            {"a": {0: []}, "b": {-1: [ADDRESS], 1: []}},
            (UNKNOWN, "only in the list of 2026-09-09", date(2026, 9, 9)),
        ),
    ],
)
def test_one_list_verifies_and_all_accuse(lists, verdict):
    for names in permutations("ab"):
        assert judge(robot(names), ADDRESS, DAY, history(**lists)) == verdict


@pytest.mark.parametrize(
    ("given_answer", "verdict"),
    [
        (CONFIRMED, (VERIFIED, f"name {NAME}, asked 2026-09-10")),
        (answer([ELSE, NAME], [NAME]), (VERIFIED, f"name {NAME}, asked 2026-09-10")),
        (
            DENIED,
            (IMPOSTOR, f"name {NAME} does not lead back to the address, asked 2026-09-10"),
        ),
        (ELSEWHERE, (IMPOSTOR, f"name {ELSE} is not its operator's, asked 2026-09-10")),
        (answer(), (UNKNOWN, "no name in DNS, asked 2026-09-10")),
        (answer(failure="SERVFAIL"), (UNKNOWN, "no answer from DNS (SERVFAIL), asked 2026-09-10")),
        (answer(failure="REFUSED"), (UNKNOWN, "no answer from DNS (REFUSED), asked 2026-09-10")),
        (answer(failure="timeout"), (UNKNOWN, "no answer from DNS (timeout), asked 2026-09-10")),
        (
            answer(failure="no resolver"),
            (UNKNOWN, "no answer from DNS (no resolver), asked 2026-09-10"),
        ),
        (
            answer([NAME], failure="timeout"),
            (UNKNOWN, "no answer from DNS (timeout), asked 2026-09-10"),
        ),
        (
            answer([ELSE])._replace(omitted=7),
            (UNKNOWN, "no answer from DNS (more than 1 names), asked 2026-09-10"),
        ),
        (answer([NAME], [NAME], days=400), (VERIFIED, f"name {NAME}, asked 2027-10-15")),
    ],
)
def test_names_accuse_only_by_positive_evidence(given_answer, verdict):
    asked = given_answer.asked.date()
    assert judge(NAMED, ADDRESS, DAY, history(), {ADDRESS: given_answer}) == (*verdict, asked)


@pytest.mark.parametrize("accusing", [DENIED, ELSEWHERE])
@pytest.mark.parametrize(
    ("days", "verdict"), [(31, IMPOSTOR), (-31, IMPOSTOR), (32, UNKNOWN), (-32, UNKNOWN)]
)
def test_names_accuse_within_31_days(accusing, days, verdict):
    dated = accusing._replace(asked=accusing.asked + timedelta(days=days))
    judged = judge(NAMED, ADDRESS, DAY, history(), {ADDRESS: dated})
    assert judged.verdict == verdict
    assert judged.reason.endswith("not within 31 days") is (verdict == UNKNOWN)


@pytest.mark.parametrize(
    ("days", "given_answer", "verdict"),
    [
        ({0: []}, CONFIRMED, VERIFIED),
        ({0: [ADDRESS]}, DENIED, VERIFIED),
        ({0: [ADDRESS]}, ELSEWHERE, VERIFIED),
        ({0: []}, answer(), IMPOSTOR),
        ({0: []}, answer(failure="timeout"), IMPOSTOR),
        ({}, ELSEWHERE, IMPOSTOR),
        ({}, DENIED, IMPOSTOR),
        ({}, CONFIRMED, VERIFIED),
        ({}, answer(), UNKNOWN),
        # An address that was the robot's a day before may have a new owner when DNS is asked.
        ({-1: [ADDRESS], 1: []}, ELSEWHERE, UNKNOWN),
        ({-1: [ADDRESS], 1: []}, CONFIRMED, VERIFIED),
    ],
)
def test_either_way_confirms(days, given_answer, verdict):
    assert judge(BOTH, ADDRESS, DAY, history(a=days), {ADDRESS: given_answer}).verdict == verdict


def test_a_reason_names_both_ways_that_do_not_decide():
    judged = judge(BOTH, ADDRESS, DAY, history(), {ADDRESS: answer()})
    assert judged == (UNKNOWN, "no list of 2026-09; no name in DNS, asked 2026-09-10", DAY)


def test_names_say_nothing_of_a_robot_whose_operator_does_not_document_them():
    judged = judge(robot(), ADDRESS, DAY, history(), {ADDRESS: ELSEWHERE})
    assert judged == (UNKNOWN, "no list of 2026-09", None)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("10.0.0.1", "not a public address"),
        ("::1", "not a public address"),
        (f"{NAME}", "the log has a name, not an address"),
    ],
)
def test_only_public_addresses_are_judged(host, reason):
    lists = history(a={0: [host]})
    answers = {host: CONFIRMED._replace(address=host)}
    assert judge(BOTH, host, DAY, lists, answers) == (UNKNOWN, reason, None)


def test_a_robot_that_cannot_be_verified_is_unknown():
    reason = "its operator publishes no way to check"
    assert judge(robot(()), ADDRESS, DAY, history(), {ADDRESS: ELSEWHERE}) == (
        UNKNOWN,
        reason,
        None,
    )


def test_a_name_that_was_not_looked_up_is_unknown():
    reason = "its name in DNS was not looked up"
    assert judge(NAMED, ADDRESS, DAY, history()) == (UNKNOWN, reason, None)


def test_only_claims_that_no_list_decides_need_names():
    lists = history(a={0: [ADDRESS]}, b={})
    undecided = robot(["b"], [DOMAIN])
    claims = [
        *(Claim(NAMED, address, DAY) for address in ("9.9.9.9", "8.8.8.8", "10.0.0.1", NAME)),
        Claim(BOTH, ADDRESS, DAY),
        Claim(BOTH, OTHER, DAY),
        Claim(undecided, "7.7.7.7", DAY),
        Claim(robot(["b"]), "6.6.6.6", DAY),
        Claim(robot(()), "5.5.5.5", DAY),
        Claim(robot((), ["example.com"]), "8.8.8.8", DAY),
    ]
    assert needing_names(claims, lists) == {
        "9.9.9.9": (DOMAIN,),
        "8.8.8.8": (DOMAIN, "example.com"),
        "7.7.7.7": (DOMAIN,),
    }
    assert [*needing_names(claims, lists)] == ["9.9.9.9", "8.8.8.8", "7.7.7.7"]


# The laws, over any lists, answers and robots.

DISTANCES = st.sampled_from([-400, -32, -31, -5, -1, 0, 1, 5, 31, 32, 400])
HELD = st.sampled_from([[], [ADDRESS], [OTHER], [ADDRESS, OTHER]])
LISTS = st.dictionaries(st.sampled_from("abc"), st.dictionaries(DISTANCES, HELD))
SOME_NAMES = st.lists(st.sampled_from([NAME, f"b.{DOMAIN}", ELSE, f"evil{DOMAIN}"]), unique=True)
ROBOTS = st.builds(
    robot,
    st.lists(st.sampled_from("abc"), unique=True),
    st.lists(st.sampled_from([DOMAIN, "example.com"]), unique=True),
)


@st.composite
def any_answers(draw):
    names = draw(SOME_NAMES)
    fates = [draw(st.sampled_from(["confirmed", "denied", "failed"])) for _ in names]
    by_fate = {
        fate: [name for name, each in zip(names, fates, strict=True) if each == fate]
        for fate in ("confirmed", "denied")
    }
    failure = "timeout" if "failed" in fates else draw(st.sampled_from(["", "SERVFAIL"]))
    drawn = answer(names, **by_fate, failure=failure, days=draw(DISTANCES))
    return drawn._replace(omitted=draw(st.sampled_from([0, 0, 3])))


@given(ROBOTS, LISTS, any_answers(), st.randoms())
def test_a_verdict_does_not_depend_on_an_order(any_robot, lists, given_answer, luck):
    def shuffled(values):
        return tuple(luck.sample(values, len(values)))

    other_robot = any_robot._replace(
        lists=shuffled(any_robot.lists), rdns_suffixes=shuffled(any_robot.rdns_suffixes)
    )
    other_lists = {
        name: {day: lists[name][day] for day in shuffled([*lists[name]])}
        for name in shuffled([*lists])
    }
    other_answer = given_answer._replace(
        names=shuffled(given_answer.names),
        confirmed=shuffled(given_answer.confirmed),
        denied=shuffled(given_answer.denied),
    )
    judged = judge(any_robot, ADDRESS, DAY, history(**lists), {ADDRESS: given_answer})
    again = judge(other_robot, ADDRESS, DAY, history(**other_lists), {ADDRESS: other_answer})
    assert judged == again


@given(ROBOTS, LISTS, any_answers())
def test_verdicts_of_other_addresses_do_not_matter(any_robot, lists, given_answer):
    answers = {ADDRESS: given_answer, OTHER: answer([ELSE])._replace(address=OTHER)}
    alone = judge(any_robot, ADDRESS, DAY, history(**lists), {ADDRESS: given_answer})
    assert judge(any_robot, ADDRESS, DAY, history(**lists), answers) == alone


@given(LISTS, st.sampled_from("abc"), DISTANCES, HELD)
def test_a_list_of_another_day_takes_nothing_away_that_was_verified_on_its_day(
    lists, name, distance, held
):
    assume(distance != 0)
    everything = robot("abc")
    before = judge(everything, ADDRESS, DAY, history(**lists))
    assume(before.verdict == VERIFIED and before.date == DAY)
    more = {**lists, name: {**lists.get(name, {}), distance: held}}
    assert judge(everything, ADDRESS, DAY, history(**more)).verdict == VERIFIED


@given(ROBOTS, LISTS, any_answers())
def test_dns_takes_no_verification_away(any_robot, lists, given_answer):
    by_lists = judge(any_robot, ADDRESS, DAY, history(**lists))
    judged = judge(any_robot, ADDRESS, DAY, history(**lists), {ADDRESS: given_answer})
    if by_lists.verdict == VERIFIED:
        assert judged == by_lists
    if by_lists.verdict == IMPOSTOR:
        assert judged.verdict != UNKNOWN


@given(ROBOTS, LISTS, any_answers())
def test_only_a_name_accuses(any_robot, lists, given_answer):
    by_lists = judge(any_robot, ADDRESS, DAY, history(**lists))
    judged = judge(any_robot, ADDRESS, DAY, history(**lists), {ADDRESS: given_answer})
    if judged.verdict == IMPOSTOR and by_lists.verdict != IMPOSTOR:
        assert given_answer.names
        assert not given_answer.failure
        assert not given_answer.omitted
        assert abs(given_answer.asked.date() - DAY) <= timedelta(days=31)


@given(ROBOTS, LISTS, any_answers())
def test_no_list_near_the_day_accuses_nobody(any_robot, lists, given_answer):
    far = {
        name: {distance: held for distance, held in days.items() if abs(distance) > 31}
        for name, days in lists.items()
    }
    assert judge(any_robot, ADDRESS, DAY, history(**far)).verdict != IMPOSTOR
    late = given_answer._replace(asked=given_answer.asked + timedelta(days=1000))
    judged = judge(any_robot, ADDRESS, DAY, history(**far), {ADDRESS: late})
    assert judged.verdict != IMPOSTOR


@given(ROBOTS, LISTS, any_answers())
def test_every_verdict_has_a_reason(any_robot, lists, given_answer):
    judged = judge(any_robot, ADDRESS, DAY, history(**lists), {ADDRESS: given_answer})
    assert isinstance(judged, Verdict)
    assert judged.reason
    if judged.verdict != UNKNOWN:
        assert judged.date is not None


def test_lists_in_a_directory_are_judged_by(tmp_path):
    for day, prefixes in {"2026-09-01": HOLDING, "2026-09-20": LACKING}.items():
        folder = tmp_path / "a"
        folder.mkdir(exist_ok=True)
        (folder / f"{day}.txt").write_text("\n".join(prefixes))
    lists = load_lists(tmp_path)
    expected = {1: VERIFIED, 10: UNKNOWN, 20: IMPOSTOR}
    for day, verdict in expected.items():
        assert judge(robot(), ADDRESS, date(2026, 9, day), lists).verdict == verdict
