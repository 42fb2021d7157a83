"""Write expressions of Cloudflare's rules language, for custom rules that block."""

from collections.abc import Iterator

from findrobots.exports.block_list import BlockList
from findrobots.exports.patterns import AgentRule
from findrobots.exports.servers import describe_address, describe_agent

__all__ = ["MAX_EXPRESSION", "USAGE", "write_cloudflare"]

# https://developers.cloudflare.com/ruleset-engine/rules-language/expressions/: "The maximum length
# of a rule expression is 4,096 characters."
MAX_EXPRESSION = 4096
USAGE = (
    "Make a custom rule with the action Block of each line that is no comment, and paste the line",
    "as its expression. It finds names anywhere in the user agent, in longer words as well, since",
    "regular expressions are not part of every plan.",
)
# robots.txt stays open: a robot that is refused it may request anything.
HEAD, TAIL = '(http.request.uri.path ne "/robots.txt" and (', "))"
ADDRESSES = "ip.src in {"
AGENT = "lower(http.user_agent)"


def write_cloudflare(rules: BlockList) -> Iterator[str]:
    """Yield the comments and the expressions, each of which is one line."""
    addresses = [each.address for each in rules.addresses]
    yield from (f"# {each.address}: {describe_address(each)}" for each in rules.addresses)
    for group in _groups(addresses, 1, len(ADDRESSES) + 1):
        yield f"{HEAD}{ADDRESSES}{' '.join(group)}}}{TAIL}"
    yield from (f"# {describe_agent(rule)}" for rule in rules.agents)
    for group in _groups([_condition(rule) for rule in rules.agents], len(" or "), 0):
        yield f"{HEAD}{' or '.join(group)}{TAIL}"


def _condition(rule: AgentRule) -> str:
    text = rule.text.lower()
    if rule.is_exact:
        return f"{AGENT} eq {_quote(text)}"
    spared = (f"like {text}", *(name.lower() for name in rule.spared))
    excluded = "".join(f" and not {AGENT} contains {_quote(each)}" for each in spared)
    return f"({AGENT} contains {_quote(text)}{excluded})"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _groups(texts: list[str], joint: int, around: int) -> Iterator[list[str]]:
    """Yield the texts in groups that fit in an expression."""
    group, size = list[str](), 0
    room = MAX_EXPRESSION - len(HEAD) - len(TAIL) - around
    for text in texts:
        if group and size + len(text) + joint > room:
            yield group
            group, size = [], 0
        group.append(text)
        size += len(text) + joint
    if group:
        yield group
