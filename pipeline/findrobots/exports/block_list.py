"""Define what is chosen to be blocked: addresses and robots, with the evidence."""

from datetime import date
from typing import NamedTuple

from findrobots.exports.patterns import AgentRule
from findrobots.exports.sightings import Sighting
from findrobots.robots.agents import Robot

__all__ = ["AddressRule", "BlockList", "BlockedRobot", "Choice", "Kinds", "LeftOut"]


class Choice(NamedTuple):
    """What a user wants to block.

    ``robots`` and ``purposes`` choose robots: those of either, or all if there are none.
    ``impostors`` and ``violators`` narrow that to the impostors of these robots, or to the robots
    that broke robots.txt, or to both.

    Attributes
    ----------
    robots
        Names of robots, in any case.
    purposes
        Purposes of robots.
    impostors
        Whether to block the addresses of impostors only.
    violators
        Whether to block only robots that broke robots.txt.
    hosts
        Addresses that are blocked whatever the evidence is.
    since
        Addresses that were not seen on this day or later are left out.
    """

    robots: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    impostors: bool = False
    violators: bool = False
    hosts: tuple[str, ...] = ()
    since: date = date.min


class Kinds(NamedTuple):
    """What a format of rules can match: addresses, user agents; and whether it blocks these."""

    addresses: bool = True
    agents: bool = True
    blocks: bool = True


class AddressRule(NamedTuple):
    """An address to block, and the evidence: a verdict on a day, with its reason."""

    address: str
    robot: str
    verdict: str
    day: date | None
    reason: str


class BlockedRobot(NamedTuple):
    """A robot whose user agent is blocked, and what its operator says about robots.txt."""

    name: str
    operator: str
    purpose: str
    row: Robot | None


class LeftOut(NamedTuple):
    """A robot or an address that is not blocked although it was chosen, and why."""

    subject: str
    reason: str


class BlockList(NamedTuple):
    """What is blocked.

    Attributes
    ----------
    addresses
        The addresses, sorted.
    robots
        The robots whose user agents are blocked, sorted.
    agents
        The rules on user agents, of all ``robots``.
    left_out
        What was chosen and is not blocked.
    blocked
        The sightings that the rules would have blocked.
    """

    addresses: tuple[AddressRule, ...]
    robots: tuple[BlockedRobot, ...]
    agents: tuple[AgentRule, ...]
    left_out: tuple[LeftOut, ...]
    blocked: tuple[Sighting, ...]
