"""Patterns match the robots they are for, and no text can leave them."""

import re
import string

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from findrobots.exports.block_list import Choice
from findrobots.exports.patterns import (
    AgentRule,
    comment,
    escape,
    is_writable,
    lookaround,
    match_pattern,
    single_pattern,
    spare_pattern,
)
from findrobots.exports.selection import choose
from findrobots.robots.agents import load_robots, name_agent
from hypothesis import given
from hypothesis import strategies as st
from support.sightings import sighting, sightings

EXAMPLES = sorted({text for entry in CRAWLER_USER_AGENTS_DATA for text in entry["instances"]})
# What the quotes, comments and variables of configuration files are made of.
DANGEROUS = set("\"'`#{}$%\\\n\r\t;<>\0")


def blocks(rule, user_agent):
    """Whether a server that has two patterns blocks a user agent."""
    spare = spare_pattern(rule)
    return bool(re.search(match_pattern(rule), user_agent, re.IGNORECASE)) and not (
        spare and re.search(spare, user_agent, re.IGNORECASE)
    )


@pytest.fixture(scope="module")
def rules():
    """The rule of each robot of the table, if it alone is blocked."""
    return {
        robot.name: choose(sightings(), Choice(robots=(robot.name,))).agents[0]
        for robot in load_robots()
    }


@pytest.mark.slow
def test_real_robots_are_blocked_if_and_only_if_they_declare_the_robot(rules):
    wrong = []
    for text in EXAMPLES:
        agent = name_agent(text)
        blocked = {name for name, rule in rules.items() if blocks(rule, text)}
        declared = {agent.name} if agent.declared_by == "table" else set()
        if blocked != declared:
            wrong.append((text, blocked, declared))
    # Only that of a domain with more behind it.
    assert wrong == [("Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", set(), {"Pingdom"})]


def test_every_user_agent_of_a_robot_that_was_seen_is_blocked():
    texts = [text for text in EXAMPLES if name_agent(text).name == "Pingdom"]
    texts += ["Mozilla/5.0%20(compatible;%20Pingdom/1)"]
    rows = [sighting("192.0.2.1", "Pingdom", user_agent=text) for text in texts]
    rules = choose(sightings(*rows), Choice(robots=("Pingdom",))).agents
    assert all(any(blocks(rule, text) for rule in rules) for text in texts)


@pytest.mark.parametrize(
    ("robot", "user_agent", "blocked"),
    [
        ("Googlebot", "Mozilla/5.0 (compatible; Googlebot/2.1)", True),
        ("Googlebot", "Googlebot2.1", True),
        ("Googlebot", "GOOGLEBOT", True),
        ("Googlebot", "Googlebot-Image/1.0", False),
        ("Googlebot", "Mozilla/5.0 (like Googlebot) Foo", False),
        ("Googlebot", "Foo (+http://www.googlebot.com/)", False),
        ("Googlebot", "googlebots", False),
        ("Googlebot", "xGooglebot", False),
        ("MJ12bot", "Mozilla/5.0 (compatible; MJ12bot/v2.0; http://mj12bot.com/)", True),
        ("MJ12bot", "MJ12botv2", True),
        ("GPTBot", "GPTBot.", True),
        ("Diffbot", "Diffbot-User/1", False),
    ],
)
def test_a_name_is_a_word_by_itself(rules, robot, user_agent, blocked):
    assert blocks(rules[robot], user_agent) is blocked
    single = re.compile(single_pattern(rules[robot]), re.IGNORECASE)
    assert bool(single.search(user_agent)) is blocked
    line = f'192.0.2.1 - - "GET / HTTP/1.1" 200 5 "-" "{user_agent}"'
    assert bool(re.search(lookaround(rules[robot]), line, re.IGNORECASE)) is blocked


@given(st.text())
def test_an_escaped_text_matches_itself_and_has_nothing_dangerous(text):
    escaped = escape(text)
    if text.isascii():
        assert re.fullmatch(escaped, text)
    assert escaped.isascii()
    plain = re.sub(r"\\x[0-9a-f]{2}|\\[()\[\].+*?|^]", "", escaped)
    assert not DANGEROUS & {*plain}


@given(
    st.builds(
        AgentRule,
        st.text(),
        st.text(min_size=1),
        st.lists(st.text(min_size=1)).map(tuple),
        st.booleans(),
    )
)
def test_no_pattern_can_end_the_quotes_around_it(rule):
    for pattern in (match_pattern(rule), spare_pattern(rule), single_pattern(rule)):
        assert pattern.isascii()
        assert not {*"\"'`#{}%\n\r\0"} & {*pattern}
        assert not pattern.endswith("\\")
        assert "${" not in pattern
        re.compile(pattern)


@given(st.text(string.printable), st.text(string.printable))
def test_a_whole_user_agent_matches_nothing_else(text, other):
    rule = AgentRule("x", text, is_exact=True)
    if is_writable(text):
        assert blocks(rule, text)
        assert blocks(rule, other) is (text.lower() == other.lower()) or other.endswith("\n")


@given(st.text())
def test_a_comment_is_the_rest_of_a_line_and_continues_no_other(text):
    written = comment(text)
    assert written.isascii()
    assert written.isprintable()
    assert not DANGEROUS - {*"<>';"} & {*written}
    assert len(written) <= 303
