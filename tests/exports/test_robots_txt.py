"""robots.txt keeps out whom it is asked to, and says the same as before to all others."""

from contextlib import suppress

import pytest
from findrobots.exports.block_list import BlockedRobot, Choice
from findrobots.exports.errors import RobotsTxtMergeError
from findrobots.exports.robots_txt import Follower, extend_robots_txt, follower_of
from findrobots.exports.selection import choose
from findrobots.robots.agents import find_robot, load_robots
from findrobots.robots.rules import GOOGLE, PARSING_LIMIT, STANDARD, parse_robots_txt
from hypothesis import given
from hypothesis import strategies as st
from support.sightings import SITE

HEAD = ("a comment",)
TOKENS = sorted({token for robot in load_robots() for token in robot.robots_tokens})
FOLLOWERS = {
    robot.name: Follower(robot.robots_tokens, robot.obeys_star)
    for robot in load_robots()
    if robot.robots_tokens
}
ANYBODY = Follower((), obeys_star=True)
# Robots that follow each other's groups are chosen often.
NAMES = st.sampled_from(
    ["Googlebot", "Googlebot-Image", "Applebot", "YandexBot", "YandexImages", "GoogleOther"]
) | st.sampled_from(sorted(FOLLOWERS))
AGENT_VALUES = st.sampled_from(
    ["*", "googlebot", "Googlebot-Image/1.0", "applebot", "yandex", "GPTBot", "otherbot", "", "()"]
) | st.sampled_from(TOKENS)
PATHS = st.sampled_from(["", "/", "/a", "/a/b", "/*.php$", "/private/", "/%61", "*"])
LINES = st.one_of(
    AGENT_VALUES.map("User-agent: {}".format),
    AGENT_VALUES.map("user-AGENT :{} # a comment".format),
    PATHS.map("Disallow: {}".format),
    PATHS.map("Allow: {}".format),
    st.sampled_from(["", "# User-agent: *", "Sitemap: https://example.org/s", "Crawl-delay: 5"]),
    st.sampled_from(["garbage", "Disallow", ":", "\xef\xbb\xbf"]),
)
# These are read by Google's parser, and by the standard not at all.
ODD_LINES = st.one_of(
    AGENT_VALUES.map("useragent: {}".format),
    AGENT_VALUES.map("user-agent {}".format),
    PATHS.map("Disallaw: {}".format),
)
TARGETS = [b"/", b"/a", b"/a/b", b"/b", b"/x.php", b"/private/a", b"/robots.txt", b"/%61?q"]


def texts(lines):
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    return st.builds(
        lambda lines, end, last: (end.join(lines) + end * last).encode("latin-1"),
        st.lists(lines, max_size=12),
        ends,
        st.booleans(),
    )


def blocked(*names):
    rows = ((name, find_robot(name)) for name in names)
    return [BlockedRobot(name, "", "", row) for name, row in rows]


def decisions(content, follower):
    robots_txt = parse_robots_txt(content)
    return [
        robots_txt.decide(
            follower.tokens, target, obeys_star=follower.obeys_star, readings=[reading]
        ).allowed
        for target in TARGETS
        for reading in (STANDARD, GOOGLE)
    ]


def assert_law(existing, names):
    after = extend_robots_txt(existing, blocked(*names), HEAD)
    for name, follower in FOLLOWERS.items():
        if name in names:
            out = decisions(after, follower)
            assert out == [target == b"/robots.txt" for target in TARGETS for _ in range(2)], name
        else:
            assert decisions(after, follower) == decisions(existing, follower), name
    for follower in (ANYBODY, ANYBODY._replace(tokens=("unknownbot",))):
        assert decisions(after, follower) == decisions(existing, follower)
    return after


@given(texts(LINES), st.lists(NAMES, max_size=4))
def test_who_is_kept_out_is_out_and_nothing_changes_for_others(existing, names):
    assert_law(existing, names)


@given(texts(LINES | ODD_LINES), st.lists(NAMES, max_size=4))
def test_what_robots_read_differently_is_refused_if_it_cannot_be_kept(existing, names):
    try:
        assert_law(existing, names)
    except RobotsTxtMergeError:
        assert any(
            STANDARD.read_line(line) != GOOGLE.read_line(line)
            for line in (each.partition(b"#")[0] for each in existing.splitlines())
        )


@given(st.binary(max_size=200), st.lists(NAMES, max_size=3))
def test_any_bytes_can_be_extended_or_are_refused(existing, names):
    with suppress(RobotsTxtMergeError):
        assert_law(existing, names)


@given(texts(LINES), st.lists(NAMES, max_size=3))
def test_extending_again_changes_nothing(existing, names):
    once = extend_robots_txt(existing, blocked(*names), HEAD)
    assert extend_robots_txt(once, blocked(*names), HEAD) == once


def test_a_group_that_allows_more_does_not_reopen_the_site():
    # RFC 9309, section 2.2.1: groups of a token count as one, and the longest rule decides.
    existing = b"User-agent: GPTBot\nAllow: /public\nDisallow: /private\n"
    naive = existing + b"\nUser-agent: GPTBot\nDisallow: /\n"
    assert parse_robots_txt(naive).decide(["gptbot"], b"/public/a").allowed
    after = assert_law(existing, ["GPTBot"])
    assert not parse_robots_txt(after).decide(["gptbot"], b"/public/a").allowed


def test_a_group_of_several_robots_stays_that_of_the_others():
    existing = b"User-agent: GPTBot\nUser-agent: bingbot\nDisallow: /private\n"
    after = assert_law(existing, ["GPTBot"])
    assert parse_robots_txt(after).decide(["bingbot"], b"/private").allowed is False
    assert parse_robots_txt(after).decide(["bingbot"], b"/a").allowed


def test_a_group_without_rules_at_the_end_does_not_join_the_new_one():
    existing = b"User-agent: bingbot"
    after = assert_law(existing, ["GPTBot"])
    assert parse_robots_txt(after).decide(["bingbot"], b"/a").allowed


def test_robots_that_follow_the_group_of_another_one_keep_their_rules():
    existing = b"User-agent: *\nDisallow: /private\n"
    after = assert_law(existing, ["Googlebot"])
    assert not parse_robots_txt(after).decide(["googlebot"], b"/a").allowed
    for tokens in (["applebot", "googlebot"], ["googlebot-image", "googlebot"]):
        assert parse_robots_txt(after).decide(tokens, b"/a").allowed
        assert not parse_robots_txt(after).decide(tokens, b"/private").allowed


def test_all_other_lines_stay_as_they_are():
    existing = (
        b"# mine\r\nUser-agent: *\r\nDisallow: /a # why\r\nSitemap: https://example.org/s\r\n"
    )
    after = extend_robots_txt(existing, blocked("GPTBot"), HEAD)
    assert after.startswith(existing)


def test_nothing_is_written_for_robots_that_are_out_already():
    existing = b"User-agent: *\nDisallow: /\n"
    assert extend_robots_txt(existing, blocked("GPTBot"), HEAD) == existing


def test_a_robots_txt_that_would_be_too_long_is_refused():
    existing = b"# a comment\n" * (PARSING_LIMIT // 12)
    with pytest.raises(RobotsTxtMergeError, match="500 KiB"):
        extend_robots_txt(existing, blocked("GPTBot"), HEAD)


@pytest.mark.parametrize("name", ["Foo bot", "*", "Foo\nDisallow: /", "Ω", "", "a" * 101])
def test_a_name_that_is_no_product_token_is_left_out(name):
    assert follower_of(BlockedRobot(name, "", "", None)) is None
    assert extend_robots_txt(b"", [BlockedRobot(name, "", "", None)], HEAD) == b""


def test_robots_that_follow_no_robots_txt_are_left_out():
    chosen = choose(SITE, Choice(robots=("archive.org_bot",)))
    assert [follower_of(robot) for robot in chosen.robots] == [None]
