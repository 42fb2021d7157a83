"""Choose what to block: addresses where the evidence allows it, else user agents.

What is never chosen, unless it is named outright: search engines, archives and monitors; the
addresses of people, and those whose owner the evidence does not prove.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from difflib import get_close_matches
from ipaddress import ip_address

from findrobots.exports.agent_rules import find_agent_rules
from findrobots.exports.block_list import (
    AddressRule,
    BlockedRobot,
    BlockList,
    Choice,
    Kinds,
    LeftOut,
)
from findrobots.exports.errors import InvalidHostError, NoChoiceError, UnknownRobotError
from findrobots.exports.sightings import Sighting, Sightings
from findrobots.robots.agents import find_robot, load_robots
from findrobots.robots.verify import IMPOSTOR, VERIFIED

__all__ = ["choose"]

# Robots that are left out unless they are named: what an operator wants to keep.
PROTECTED: Mapping[str, str] = {
    "search": "a search engine",
    "archive": "an archive",
    "monitor": "a monitor, perhaps your own",
}
# Purposes of robots whose addresses are kept even if nobody can verify them.
UNVERIFIED_PROTECTED = frozenset({"archive", "monitor"})
NAME_IT = "name it with --robot"
ADDRESSES_ONLY = (
    "this format matches addresses only, and no address is known to be this robot's alone; "
    "the verified ones of a robot count if --robot names it"
)


def choose(sightings: Sightings, choice: Choice, kinds: Kinds = Kinds()) -> BlockList:  # noqa: B008 (immutable)
    """Choose what to block.

    Parameters
    ----------
    sightings
        The robots of a table, by host.
    choice
        What the user wants to block.
    kinds
        What the format of the rules can match.

    Raises
    ------
    NoChoiceError
        Nothing is chosen, which would block all robots.
    UnknownRobotError
        A robot is neither in the table nor known.
    InvalidHostError
        A host to block is not an address.
    """
    is_open = not any(choice._replace(since=date.min)[:5])
    if is_open and kinds.blocks:
        raise NoChoiceError
    hosts = {_address(host) for host in choice.hosts}
    named = {_find_name(name, sightings.rows) for name in choice.robots}
    chosen = [row for row in sightings.rows if is_open and row.robot] or [
        *_chosen(sightings.rows, choice, named)
    ]
    left_out = list[LeftOut]()
    takes_robots = choice.violators or not choice.impostors
    robots = list[BlockedRobot]()
    if kinds.agents and takes_robots:
        robots = _robots(chosen, choice, named)
    if kinds.blocks:
        robots, protected = _without_protected(robots, named)
        left_out += protected
    agents = find_agent_rules(robots, chosen, sightings.rows, left_out.append)
    addresses = dict[str, AddressRule]()
    if kinds.addresses:
        alone = {name for name in named if _is_alone(name, named)} if takes_robots else set()
        guard = _Guard(sightings.rows, named, alone, choice.since)
        own = (row for row in chosen if row.verdict == VERIFIED and row.robot in alone)
        candidates = [*_accused(chosen, choice), *own]
        # The last rule of an address is the one with the latest evidence.
        for row in sorted(candidates, key=lambda row: (row.last_day, row.robot)):
            if reason := guard.why_not(row):
                left_out.append(LeftOut(row.host, reason))
            else:
                rule = AddressRule(row.host, row.robot, row.verdict, row.last_day, row.reason)
                addresses[row.host] = rule
        for host in hosts:
            addresses.setdefault(host, AddressRule(host, "", "", None, "named by --host"))
    else:
        count = len({row.host for row in _accused(chosen, choice)} | hosts)
        if count:
            noun = "address" if count == 1 else "addresses"
            left_out.append(LeftOut(f"{count:,} {noun}", "this format cannot name addresses"))
    if takes_robots and not kinds.agents:
        left_out += _without_addresses(chosen, addresses)
    names = {rule.robot for rule in agents}
    blocked = [row for row in sightings.rows if row.host in addresses or row.robot in names]
    return BlockList(
        tuple(addresses[host] for host in sorted(addresses, key=_address_order)),
        tuple(robot for robot in robots if robot.name in names),
        agents,
        tuple(dict.fromkeys(left_out)),
        tuple(blocked),
    )


def _address(host: str) -> str:
    """Return an address as it is written in rules; a zone after "%" may be any text."""
    try:
        address = ip_address(host)
    except ValueError as error:
        raise InvalidHostError(host) from error
    if "%" in str(address):
        raise InvalidHostError(host)
    return str(address)


def _is_address(host: str) -> bool:
    with suppress(InvalidHostError):
        return _address(host) == host
    return False


def _address_order(address: str) -> tuple[int, int]:
    parsed = ip_address(address)
    return parsed.version, int(parsed)


def _find_name(name: str, rows: Iterable[Sighting]) -> str:
    """Return a robot's name as it is written in the table, or in findrobots' own."""
    if robot := find_robot(name):
        return robot.name
    known = {row.robot.lower(): row.robot for row in rows if row.robot}
    if found := known.get(name.lower()):
        return found
    known |= {robot.name.lower(): robot.name for robot in load_robots()}
    near = [known[each] for each in get_close_matches(name.lower(), known, 3)]
    raise UnknownRobotError(name, f"; near: {', '.join(near)}" if near else "")


def _chosen(rows: Iterable[Sighting], choice: Choice, named: set[str]) -> Iterator[Sighting]:
    """Yield the sightings of the robots that a user chooses."""
    everything = not choice.robots and not choice.purposes
    narrowed = choice.impostors or choice.violators
    if everything and not narrowed:  # only hosts are named
        return
    rows = [
        row
        for row in rows
        if row.robot and (everything or row.robot in named or row.purpose in choice.purposes)
    ]
    violators = {row.robot for row in rows if row.violations and row.verdict != IMPOSTOR}
    for row in rows:
        is_impostor = row.verdict == IMPOSTOR
        if (
            not narrowed
            or (choice.impostors and is_impostor)
            or (choice.violators and not is_impostor and row.robot in violators)
        ):
            yield row


def _robots(
    chosen: Iterable[Sighting],
    choice: Choice,
    named: set[str],
) -> list[BlockedRobot]:
    """Return the robots whose user agents are to be blocked, sorted."""
    found = {row.robot: row for row in chosen if not choice.impostors or row.verdict != IMPOSTOR}
    robots = {
        row.robot: BlockedRobot(row.robot, row.operator, row.purpose, find_robot(row.robot))
        for row in found.values()
    }
    if not choice.violators:
        for name in named - robots.keys():
            if row := find_robot(name):
                robots[name] = BlockedRobot(name, row.operator, row.purpose, row)
    return [robots[name] for name in sorted(robots, key=str.lower)]


def _without_protected(
    robots: Iterable[BlockedRobot], named: set[str]
) -> tuple[list[BlockedRobot], list[LeftOut]]:
    """Return the robots without those that are blocked only if they are named, and the latter."""
    kept, left_out = list[BlockedRobot](), list[LeftOut]()
    for robot in robots:
        if robot.purpose in PROTECTED and robot.name not in named:
            left_out.append(LeftOut(robot.name, f"{PROTECTED[robot.purpose]}: {NAME_IT}"))
        else:
            kept.append(robot)
    return kept, left_out


def _accused(chosen: Iterable[Sighting], choice: Choice) -> Iterator[Sighting]:
    """Yield the sightings of impostors, unless only violators are chosen."""
    if choice.impostors or not choice.violators:
        yield from (row for row in chosen if row.verdict == IMPOSTOR)


def _is_alone(name: str, named: set[str]) -> bool:
    """Return whether all robots that are verified by the same lists or domains are named."""
    robot = find_robot(name)
    if robot is None:
        return False
    ways = {*robot.lists, *robot.rdns_suffixes}
    return all(
        other.name in named or ways.isdisjoint((*other.lists, *other.rdns_suffixes))
        for other in load_robots()
    )


class _Guard:
    """Find why an address must not be blocked, whatever robot it declared."""

    def __init__(
        self, rows: Iterable[Sighting], named: set[str], alone: set[str], since: date
    ) -> None:
        self.since = since
        self.reasons = dict[str, str]()
        for row in rows:
            if not row.robot and any(row.user_agents):
                self.reasons[row.host] = "its requests also have a user agent that is no robot's"
            elif row.verdict == VERIFIED and row.robot not in alone:
                self.reasons[row.host] = f"it is verified as {row.robot}"
            elif row.verdict == IMPOSTOR or row.robot in named:
                continue
            elif row.purpose in UNVERIFIED_PROTECTED:
                self.reasons[row.host] = f"it declares {row.robot}, {PROTECTED[row.purpose]}"

    def why_not(self, row: Sighting) -> str:
        """Return why the address of a sighting must not be blocked; empty if it may be."""
        if not _is_address(row.host):
            return "not an address that a server knows"
        if row.last_day < self.since:
            return f"last seen {row.last_day}: addresses change hands; see --since"
        return self.reasons.get(row.host, "")


def _without_addresses(chosen: Iterable[Sighting], addresses: Collection[str]) -> Iterator[LeftOut]:
    """Yield the robots of which a format without user agents blocks no address."""
    hosts = defaultdict[str, set[str]](set)
    for row in chosen:
        if row.verdict != IMPOSTOR:
            hosts[row.robot].add(row.host)
    for name in sorted(hosts, key=str.lower):
        if hosts[name].isdisjoint(addresses):
            yield LeftOut(name, ADDRESSES_ONLY)
