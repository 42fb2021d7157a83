"""Cloudflare's expressions are of its grammar, whatever the names are."""

import re

from findrobots.exports.block_list import AddressRule, BlockList, Choice
from findrobots.exports.cloudflare import MAX_EXPRESSION, write_cloudflare
from findrobots.exports.patterns import AgentRule
from findrobots.exports.selection import choose
from hypothesis import given
from hypothesis import strategies as st
from support.sightings import DAY, SITE

# https://developers.cloudflare.com/ruleset-engine/rules-language/values/: in a quoted string, a
# quote and a backslash have a backslash before them.
STRING = r'"(?:[^"\\]|\\["\\])*"'
ADDRESS = r"[0-9a-f.:]+"
COMPARISON = rf"(?:not )?lower\(http\.user_agent\) (?:contains|eq) {STRING}"
CONDITION = rf"(?:\({COMPARISON}(?: and {COMPARISON})*\)|{COMPARISON})"
EXPRESSION = re.compile(
    r'\(http\.request\.uri\.path ne "/robots\.txt" and '
    rf"\((?:ip\.src in {{{ADDRESS}(?: {ADDRESS})*}}|{CONDITION}(?: or {CONDITION})*)\)\)"
)


def expressions(rules):
    return [line for line in write_cloudflare(rules) if not line.startswith("#")]


def test_addresses_and_names_are_expressions():
    chosen = choose(SITE, Choice(robots=("GPTBot",)))
    by_address, by_name = expressions(chosen)
    assert "ip.src in {203.0.113.1 203.0.113.200 2001:db8::1}" in by_address
    assert 'lower(http.user_agent) contains "gptbot"' in by_name
    assert EXPRESSION.fullmatch(by_address)
    assert EXPRESSION.fullmatch(by_name)


@given(st.lists(st.builds(AgentRule, st.text(), st.text(), st.lists(st.text()).map(tuple))))
def test_no_name_can_leave_its_string(agents):
    for line in expressions(BlockList((), (), (*agents,), (), ())):
        assert EXPRESSION.fullmatch(line)


def test_many_rules_are_split_into_expressions_that_cloudflare_takes():
    addresses = tuple(
        AddressRule(f"2001:db8::{number:x}", "x", "impostor", DAY, "") for number in range(1, 2000)
    )
    agents = tuple(AgentRule(f"bot{number}", f"bot{number}") for number in range(500))
    lines = expressions(BlockList(addresses, (), agents, (), ()))
    assert all(len(line) <= MAX_EXPRESSION and EXPRESSION.fullmatch(line) for line in lines)
    text = "\n".join(lines)
    assert all(re.search(rf"[ {{]{each.address}[ }}]", text) for each in addresses)
    assert all(f'contains "{each.text}"' in text for each in agents)
