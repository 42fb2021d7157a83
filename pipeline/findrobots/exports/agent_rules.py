"""Find rules that match the user agents of robots, and of nobody else."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from findrobots.exports.block_list import BlockedRobot, LeftOut
from findrobots.exports.patterns import (
    AgentRule,
    is_writable,
    match_pattern,
    single_pattern,
)
from findrobots.exports.sightings import Sighting
from findrobots.robots.agents import load_robots

__all__ = ["find_agent_rules"]

# Whole user agents in the rules of one robot.
MAX_EXACT = 100
# A pattern with more letters is too long for a line of HAProxy.
MAX_PATTERN = 1500


def find_agent_rules(
    robots: Collection[BlockedRobot],
    chosen: Iterable[Sighting],
    rows: Iterable[Sighting],
    leave_out: Callable[[LeftOut], object],
) -> tuple[AgentRule, ...]:
    """Return the rules on user agents: by the robot's name, or by each whole user agent.

    The name is enough if it is one that findrobots or crawler-user-agents knows, and if no other
    client of the table has it in its user agent. A robot that names itself may choose any word,
    such as that of a browser. User agents in which the name is not found as a word, such as
    encoded ones, have rules of their own.
    """
    seen = defaultdict[str, set[str]](set)
    declared = dict[str, str]()
    for row in chosen:
        seen[row.robot] |= row.user_agents
        declared[row.robot] = row.declared_by
    names = {robot.name for robot in robots}
    by_name = {robot.name: _rule_by_name(robot.name, names) for robot in robots}
    unsure = {
        name: rule for name, rule in by_name.items() if declared.get(name, "table") != "table"
    }
    others = [row.user_agents for row in rows if row.robot not in names] if unsure else []
    ambiguous = _ambiguous(unsure, frozenset[str]().union(*others))
    rules = list[AgentRule]()
    for name, rule in by_name.items():
        is_table = declared.get(name, "table") == "table"
        is_known = declared.get(name) == "pattern" and is_writable(name) and name not in ambiguous
        if (is_table or is_known) and len(single_pattern(rule)) <= MAX_PATTERN:
            rules.append(rule)
            found = re.compile(single_pattern(rule), re.IGNORECASE).search
            seen[name] = {text for text in seen[name] if not found(text)}
        texts = sorted(seen[name])
        writable = [*filter(is_writable, texts)]
        rules += (AgentRule(name, text, is_exact=True) for text in writable[:MAX_EXACT])
        if omitted := len(texts) - len(writable[:MAX_EXACT]):
            reason = f"{omitted:,} of its {len(texts):,} user agents are too many, too long or "
            leave_out(LeftOut(name, f"{reason}have quotes or other letters than ASCII"))
    return tuple(rules)


def _rule_by_name(name: str, chosen: Collection[str]) -> AgentRule:
    """Return the rule of a robot's name, which spares the robots with longer names."""
    longer = (robot.name for robot in load_robots() if name.lower() in robot.name.lower())
    return AgentRule(name, name, tuple(each for each in longer if each not in {name, *chosen}))


def _ambiguous(rules: Mapping[str, AgentRule], others: Iterable[str]) -> set[str]:
    """Return the robots whose rules match a user agent of others."""
    if not rules:
        return set()
    each = {name: re.compile(match_pattern(rule), re.IGNORECASE) for name, rule in rules.items()}
    any_of_them = re.compile("|".join(map(match_pattern, rules.values())), re.IGNORECASE)
    return {
        name
        for text in filter(any_of_them.search, others)
        for name, pattern in each.items()
        if pattern.search(text)
    }
