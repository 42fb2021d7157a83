"""Write a robots.txt that asks robots to stay away, or add that to one.

RFC 9309, section 2.2.1: the groups of a product token count as one, so a group that allows
``/public`` would still allow it beside a group that disallows ``/``. Therefore the robot's name is
taken out of the groups that it is in. And a robot that follows the group of another one, as
Applebot does that of Googlebot, gets the rules under its own name that it had before. Each result
is read again before it is returned.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from findrobots.exports.block_list import BlockedRobot, BlockList, LeftOut
from findrobots.exports.errors import RobotsTxtMergeError
from findrobots.exports.patterns import comment
from findrobots.robots.agents import load_robots
from findrobots.robots.rules import (
    PARSING_LIMIT,
    READINGS,
    STANDARD,
    RobotsTxt,
    parse_robots_txt,
    product_token,
)

__all__ = ["Follower", "extend_robots_txt", "follower_of", "unreachable_robots"]

STAR = "*"
TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,100}")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# The value of a user agent that is no robot's. The line keeps its group together.
NOBODY = "()"
# What is before the value of a line, in both readings of robots.txt.
VALUE = re.compile(rb"(?P<name>[^:#]*:[ \t]*|\s*\S+\s+)(?P<value>[^#]*)")
OUT = frozenset({(b"/", False)})
EVERYTHING_OUT = "Disallow: /"


class Follower(NamedTuple):
    """What a robot looks for in robots.txt: product tokens in order, then the group ``*``."""

    tokens: tuple[str, ...]
    obeys_star: bool

    def rules(self, robots_txt: RobotsTxt) -> tuple[object, ...]:
        """Return all that the robot obeys, by each reading."""
        patterns = (
            robots_txt.patterns_of(self.tokens, obeys_star=self.obeys_star, reading=reading)
            for reading in READINGS
        )
        return (*patterns, robots_txt.crawl_delay(self.tokens, obeys_star=self.obeys_star))

    def is_out(self, robots_txt: RobotsTxt) -> bool:
        """Return whether the robot may request nothing but robots.txt."""
        *patterns, _ = self.rules(robots_txt)
        return all(each == OUT for each in patterns)


def follower_of(robot: BlockedRobot) -> Follower | None:
    """Return what a robot looks for; None if it follows no robots.txt, or its name is no token."""
    if robot.row is not None:
        row = robot.row
        return Follower(row.robots_tokens, row.obeys_star) if row.robots_tokens else None
    return Follower((robot.name.lower(),), obeys_star=True) if TOKEN.fullmatch(robot.name) else None


def unreachable_robots(rules: BlockList) -> Iterator[LeftOut]:
    """Yield the robots that robots.txt does not keep out, and those for which it is in doubt."""
    for robot in rules.robots:
        if follower_of(robot) is None:
            known = "it does not follow robots.txt" if robot.row else "its name is no product token"
            yield LeftOut(robot.name, known)


def extend_robots_txt(
    existing: bytes, robots: Iterable[BlockedRobot], head: Sequence[str]
) -> bytes:
    """Return a robots.txt that keeps robots out, and says the same as before to all others.

    Parameters
    ----------
    existing
        The robots.txt to extend; may be empty.
    robots
        The robots to keep out; those that follow no robots.txt are ignored.
    head
        Comments to write above the new groups.

    Raises
    ------
    RobotsTxtMergeError
        It would be too long, or its lines are read differently by different robots, so that the
        rules for others would change.
    """
    before = parse_robots_txt(existing)
    followers = {each.tokens[0]: each for robot in robots if (each := follower_of(robot))}
    kept_out = {token: each for token, each in followers.items() if not each.is_out(before)}
    if not kept_out:
        return existing
    others = [
        Follower(row.robots_tokens, row.obeys_star)
        for row in load_robots()
        if row.robots_tokens and row.robots_tokens[0] not in followers
    ]
    mark = BYTE_ORDER_MARK if existing.startswith(BYTE_ORDER_MARK) else b""
    heirs, free = _heirs(before, others, kept_out)
    lines = [*_rename(existing[len(mark) :].splitlines(keepends=True), kept_out, heirs)]
    body = b"".join(lines)
    if body and not body.endswith((b"\n", b"\r")):
        body += b"\n"
    # An empty rule ends a group without rules at the end, which the new ones would join.
    groups = [*(["Disallow:", ""] if _is_open(body) else [""] if body else [])]
    groups += (f"# {comment(line)}" for line in head)
    groups += (f"User-agent: {token}" for token in sorted(kept_out))
    groups += [EVERYTHING_OUT, ""]
    for token in sorted(free):
        groups += [f"User-agent: {token}", "Disallow:", ""]
    after = mark + body + "\n".join(groups).encode("ascii")
    _check(before, parse_robots_txt(after), followers, others)
    return after


def _heirs(
    before: RobotsTxt, others: Iterable[Follower], kept_out: Mapping[str, Follower]
) -> tuple[dict[str, list[str]], list[str]]:
    """Find the robots that would follow a new group, though they are not to be kept out.

    Returns
    -------
    Their tokens by the token of the group that they follow so far, and the tokens of those that
    follow none.
    """
    heirs, free = dict[str, list[str]](), list[str]()
    for tokens, obeys_star in others:
        new = next((number for number, token in enumerate(tokens) if token in kept_out), None)
        if new is None or before.has_group(tokens[:new]):
            continue
        if before.has_group(tokens):
            token = next(token for token in tokens if before.has_group([token]))
        elif obeys_star and before.has_group([STAR]):
            token = STAR
        else:
            free.append(tokens[0])
            continue
        heirs.setdefault(token, []).append(tokens[0])
    return heirs, free


def _rename(
    lines: Iterable[bytes], kept_out: Mapping[str, Follower], heirs: Mapping[str, Sequence[str]]
) -> Iterator[bytes]:
    """Yield the lines of a file, in whose groups others take the places of robots."""
    for line in lines:
        token = _agent(line)
        yield line if token not in kept_out else b""
        if token in kept_out or token in heirs:
            found = VALUE.match(line)
            name = found["name"] if found else b"User-agent: "
            end = line[len(line.rstrip(b"\r\n")) :] or b"\n"
            if token not in kept_out and not line.endswith((b"\r", b"\n")):
                yield end
            takers = heirs.get(token, ())
            for taker in takers:
                yield name + taker.encode() + end
            if not takers:
                yield name + f"{NOBODY} # {token}: see below".encode() + end


def _agent(line: bytes) -> str:
    """Return the product token of a line, by any reading; empty if it is none."""
    text = line.rstrip(b"\r\n").partition(b"#")[0]
    for reading in READINGS:
        statement = reading.read_line(text)
        if statement and statement[0] == b"user-agent":
            return product_token(statement[1])
    return ""


def _is_open(body: bytes) -> bool:
    """Return whether a file ends in a group without rules, by any reading."""
    for reading in READINGS:
        in_agents = False
        for line in body.splitlines():
            statement = reading.read_line(line.partition(b"#")[0])
            if statement and statement[0] != b"crawl-delay":
                in_agents = statement[0] == b"user-agent"
        if in_agents:
            return True
    return False


def _check(
    before: RobotsTxt,
    after: RobotsTxt,
    followers: Mapping[str, Follower],
    others: Iterable[Follower],
) -> None:
    """Read the result as robots do: those to keep out are out, and nothing changes for others."""
    if len(after.content) > PARSING_LIMIT:
        reason = f"with them, it has more than {PARSING_LIMIT // 1024} KiB, which robots may ignore"
        raise RobotsTxtMergeError(reason, "Shorten it")
    in_file = {_agent(line) for line in before.content.splitlines()} - {""}
    alone = (Follower((token,), obeys_star=False) for token in in_file - followers.keys())
    unknown = Follower((), obeys_star=True)
    wrong = [each.tokens[0] for each in followers.values() if not each.is_out(after)]
    wrong += [
        each.tokens[0] if each.tokens else STAR
        for each in (*others, *alone, unknown)
        if each.rules(after) != each.rules(before)
    ]
    if wrong:
        reason = f"robots would read its lines differently, for example {wrong[0]}"
        raise RobotsTxtMergeError(reason, f"Write the lines as {STANDARD.name} does, or drop them")
