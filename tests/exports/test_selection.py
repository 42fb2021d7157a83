"""What is blocked: evidence decides on addresses, and what people want to keep is kept."""

import re
from datetime import date, timedelta

import pytest
from findrobots.exports.block_list import Choice, Kinds
from findrobots.exports.errors import InvalidHostError, NoChoiceError, UnknownRobotError
from findrobots.exports.selection import choose
from hypothesis import given
from hypothesis import strategies as st
from support.sightings import BROWSER, DAY, SITE, sighting, sightings

IMPOSTORS = Choice(impostors=True)


def addresses(site, choice, kinds=Kinds()):  # noqa: B008 (immutable)
    return [rule.address for rule in choose(site, choice, kinds).addresses]


def robots(site, choice, kinds=Kinds()):  # noqa: B008 (immutable)
    return [robot.name for robot in choose(site, choice, kinds).robots]


def reasons(site, choice, kinds=Kinds()):  # noqa: B008 (immutable)
    return dict(choose(site, choice, kinds).left_out)


def test_impostors_are_blocked_by_address_and_their_robots_are_not():
    chosen = choose(SITE, IMPOSTORS)
    assert [rule.address for rule in chosen.addresses] == ["203.0.113.200", "2001:db8::bad"]
    assert chosen.robots == chosen.agents == ()
    assert {rule.day for rule in chosen.addresses} == {DAY}
    assert {rule.reason for rule in chosen.addresses} == {"impostor of a test"}


def test_the_impostors_of_one_robot_can_be_chosen():
    assert addresses(SITE, IMPOSTORS._replace(robots=("gptbot",))) == ["203.0.113.200"]
    assert addresses(SITE, IMPOSTORS._replace(purposes=("search",))) == ["2001:db8::bad"]


def test_a_robot_that_is_named_is_blocked_by_name_and_by_the_addresses_of_its_own():
    choice = Choice(robots=("GPTBot",))
    assert robots(SITE, choice) == ["GPTBot"]
    assert addresses(SITE, choice) == ["203.0.113.1", "203.0.113.200", "2001:db8::1"]


def test_a_purpose_blocks_user_agents_and_no_verified_address():
    choice = Choice(purposes=("ai-training",))
    assert robots(SITE, choice) == ["GPTBot"]
    assert addresses(SITE, choice) == ["203.0.113.200"]


def test_violators_are_blocked_by_their_user_agents():
    choice = Choice(violators=True)
    assert robots(SITE, choice) == ["GPTBot", "MJ12bot"]
    assert addresses(SITE, choice) == []


def test_violators_and_impostors_add_up():
    choice = Choice(impostors=True, violators=True)
    assert robots(SITE, choice) == ["GPTBot", "MJ12bot"]
    assert addresses(SITE, choice) == ["203.0.113.200", "2001:db8::bad"]


@pytest.mark.parametrize(
    "choice", [Choice(purposes=("search", "archive", "monitor")), Choice(violators=True)]
)
def test_search_engines_archives_and_monitors_are_kept_unless_they_are_named(choice):
    site = sightings(
        sighting("66.249.66.1", "Googlebot", "verified", violations=1),
        sighting("198.51.100.9", "archive.org_bot", violations=1),
        sighting("198.51.100.10", "UptimeRobot", violations=1),
    )
    assert robots(site, choice) == addresses(site, choice) == []
    assert reasons(site, choice) == {
        "Googlebot": "a search engine: name it with --robot",
        "UptimeRobot": "a monitor, perhaps your own: name it with --robot",
        "archive.org_bot": "an archive: name it with --robot",
    }
    named = choice._replace(robots=("Googlebot", "archive.org_bot", "UptimeRobot"))
    assert robots(site, named) == ["archive.org_bot", "Googlebot", "UptimeRobot"]


def test_addresses_that_other_robots_share_are_not_blocked():
    # Googlebot and GoogleOther are verified by the same list.
    assert addresses(SITE, Choice(robots=("GoogleOther",))) == []
    assert robots(SITE, Choice(robots=("GoogleOther",))) == ["GoogleOther"]


def test_an_address_of_people_is_never_blocked_unless_it_is_named():
    shared = sighting("203.0.113.200", "", user_agent=BROWSER)
    site = SITE._replace(rows=(*SITE.rows, shared))
    for choice in (IMPOSTORS, Choice(robots=("GPTBot",)), Choice(purposes=("ai-training",))):
        assert "203.0.113.200" not in addresses(site, choice)
        assert reasons(site, choice)["203.0.113.200"].endswith("user agent that is no robot's")
    assert "203.0.113.200" in addresses(site, IMPOSTORS._replace(hosts=("203.0.113.200",)))


def test_an_empty_user_agent_is_not_taken_for_a_person():
    silent = sighting("203.0.113.200", "", user_agent="")
    assert "203.0.113.200" in addresses(SITE._replace(rows=(*SITE.rows, silent)), IMPOSTORS)


@pytest.mark.parametrize(
    "other",
    [
        sighting("203.0.113.200", "Googlebot", "verified"),
        sighting("203.0.113.200", "GPTBot", "verified", last_day=DAY + timedelta(1)),
        sighting("203.0.113.200", "archive.org_bot"),
        sighting("203.0.113.200", "UptimeRobot"),
    ],
)
def test_an_impostor_that_is_something_else_as_well_is_not_blocked(other):
    site = SITE._replace(rows=(*SITE.rows, other))
    assert "203.0.113.200" not in addresses(site, IMPOSTORS)


def test_an_address_that_was_last_seen_long_ago_is_left_out():
    choice = IMPOSTORS._replace(since=DAY + timedelta(1))
    assert addresses(SITE, choice) == []
    assert "addresses change hands" in reasons(SITE, choice)["203.0.113.200"]
    assert addresses(SITE, choice._replace(since=DAY)) == ["203.0.113.200", "2001:db8::bad"]


@given(
    rows=st.lists(
        st.builds(
            sighting,
            st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::3"]),
            st.sampled_from(["GPTBot", "Googlebot", "MJ12bot", "archive.org_bot", ""]),
            st.sampled_from(["verified", "impostor", "unknown"]),
            violations=st.integers(0, 1),
            last_day=st.sampled_from([DAY, date(2026, 1, 1)]),
        ),
        max_size=8,
    ),
    choice=st.builds(
        Choice,
        robots=st.just(()),
        hosts=st.just(()),
        purposes=st.sampled_from([(), ("search",), ("ai-training", "archive", "seo")]),
        impostors=st.booleans(),
        violators=st.booleans(),
        since=st.just(date(2026, 12, 1)),
    ),
)
def test_without_a_name_only_recent_impostors_lose_their_addresses(rows, choice):
    site = sightings(*rows)
    if choice == Choice(since=choice.since):
        with pytest.raises(NoChoiceError):
            choose(site, choice)
        return
    chosen = choose(site, choice)
    for rule in chosen.addresses:
        seen = [row for row in rows if row.host == rule.address]
        assert any(row.verdict == "impostor" and row.last_day == DAY for row in seen)
        assert not any(row.verdict == "verified" and row.robot for row in seen)
        assert not any(row.robot == "" for row in seen)
    assert {robot.name for robot in chosen.robots} <= {"GPTBot", "MJ12bot"}


def test_an_unknown_address_is_blocked_only_if_it_is_named():
    assert addresses(SITE, Choice(robots=("MJ12bot",))) == []
    chosen = choose(SITE, Choice(hosts=("198.51.100.7", "2001:0DB8::42")))
    assert [rule.address for rule in chosen.addresses] == ["198.51.100.7", "2001:db8::42"]
    assert chosen.agents == ()


def test_a_choice_of_nothing_is_refused():
    with pytest.raises(NoChoiceError, match="Choose robots with"):
        choose(SITE, Choice())


def test_a_robot_that_nobody_knows_is_refused_with_near_names():
    with pytest.raises(UnknownRobotError, match="near: GPTBot"):
        choose(SITE, Choice(robots=("GPTBto",)))


def test_a_name_is_no_address():
    with pytest.raises(InvalidHostError, match=r"crawl\.example\.org"):
        choose(SITE, Choice(hosts=("crawl.example.org",)))


@pytest.mark.parametrize(
    "host",
    ['2001:4860::1%"; }', "2001:4860::1%x\ny", "2001:4860:0::1", "evil.example", "", "1.2.3"],
)
def test_a_host_that_is_no_plain_address_is_left_out(host):
    site = sightings(sighting(host, "GPTBot", "impostor"))
    assert addresses(site, IMPOSTORS) == []
    assert reasons(site, IMPOSTORS)[host] == "not an address that a server knows"


def test_a_zone_is_no_part_of_an_address():
    with pytest.raises(InvalidHostError):
        choose(SITE, Choice(hosts=("fe80::1%eth0",)))


def test_a_known_robot_can_be_blocked_before_it_comes():
    assert robots(SITE, Choice(robots=("ClaudeBot",))) == ["ClaudeBot"]
    assert robots(SITE, Choice(robots=("ClaudeBot",), violators=True)) == []


def test_the_requests_of_what_is_blocked_are_counted():
    chosen = choose(SITE, Choice(robots=("GPTBot",)))
    assert SITE.count_requests(chosen.blocked) == 55
    chosen = choose(SITE, Choice(hosts=("198.51.100.7",)))
    assert SITE.count_requests(chosen.blocked) == 30


def test_a_host_table_counts_each_host_once():
    site = SITE._replace(
        by_robot=False,
        rows=(
            sighting("192.0.2.1", "GPTBot", requests=7),
            sighting("192.0.2.1", "MJ12bot", requests=7),
        ),
    )
    chosen = choose(site, Choice(robots=("GPTBot", "MJ12bot")))
    assert site.count_requests(chosen.blocked) == 7


def test_a_format_without_user_agents_says_what_it_cannot_block():
    left_out = reasons(SITE, Choice(robots=("GPTBot", "MJ12bot")), Kinds(agents=False))
    assert list(left_out) == ["MJ12bot"]
    assert "matches addresses only" in left_out["MJ12bot"]


def test_a_format_without_addresses_says_how_many_it_leaves_out():
    left_out = reasons(SITE, IMPOSTORS, Kinds(addresses=False))
    assert left_out == {"2 addresses": "this format cannot name addresses"}


def test_a_robot_that_names_itself_is_blocked_by_its_whole_user_agents():
    # Its name is the word of a browser's user agent, which must not be blocked.
    text = "Vivaldi/1.0 (+https://example.org/vivaldi)"
    site = sightings(sighting("192.0.2.1", "Vivaldi", user_agent=text))
    (rule,) = choose(site, Choice(robots=("Vivaldi",))).agents
    assert (rule.text, rule.is_exact) == (text, True)


def test_a_name_that_others_have_in_their_user_agents_is_not_enough():
    name = "SEOkicks"  # of crawler-user-agents
    row = sighting("192.0.2.1", name, user_agent="Mozilla/5.0 (compatible; SEOkicks; +https://x)")
    (rule,) = choose(sightings(row), Choice(robots=(name,))).agents
    assert not rule.is_exact
    other = row._replace(robot="other", user_agents=frozenset({"Other like (SEOkicks) really"}))
    (rule,) = choose(sightings(row, other), Choice(robots=(name,))).agents
    assert rule.is_exact


def test_user_agents_that_cannot_be_written_are_left_out_and_counted():
    texts = frozenset(
        {'Qbot"', "Qbot\\", "Qböt-bot", "Qbot\n", f"Qbot {'x' * 300}", "Qbot +http://q"}
    )
    row = sighting("192.0.2.1", "Qbot")._replace(user_agents=texts)
    chosen = choose(sightings(row), Choice(robots=("Qbot",)))
    assert [rule.text for rule in chosen.agents] == ["Qbot +http://q"]
    assert chosen.left_out[0].reason.startswith("5 of its 6 user agents")


def test_at_most_a_hundred_user_agents_are_written_for_a_robot():
    texts = frozenset(f"Qbot/{number} +http://q" for number in range(250))
    row = sighting("192.0.2.1", "Qbot")._replace(user_agents=texts)
    chosen = choose(sightings(row), Choice(robots=("Qbot",)))
    assert len(chosen.agents) == 100
    assert re.match("150 of its 250", chosen.left_out[0].reason)
