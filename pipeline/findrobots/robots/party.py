"""Say which robots are bound by robots.txt, and which of them share their copies of it."""

from typing import NamedTuple, Protocol

__all__ = ["FamilyKey", "Party", "RobotRow", "family_key", "family_keys"]

HOUR = 3600
# RFC 9309, section 2.4: a copy should not be used for longer.
CACHE_HOURS = 24

IMPOSTOR, VERIFIED = "impostor", "verified"
# The site's owner runs them.
OWNERS_PURPOSES = ("monitor",)
# Programs that anyone may run: two hosts with this name need not know of each other.
LIBRARY, TOOL = "library", "tool"
# Tokens of robots.txt that no user agent has, so that whoever declares one is something else:
# https://developers.google.com/crawling/docs/crawlers-fetchers/google-common-crawlers and
# https://support.apple.com/en-us/119829.
ONLY_TOKENS = ("applebot-extended", "google-extended")


class RobotRow(Protocol):
    """The columns of the table of robots that matter here; see ``Robot``."""

    @property
    def name(self) -> str: ...  # noqa: D102 (see Robot)
    @property
    def purpose(self) -> str: ...  # noqa: D102
    @property
    def robots_tokens(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def obeys_star(self) -> bool: ...  # noqa: D102
    @property
    def user_triggered(self) -> bool: ...  # noqa: D102
    @property
    def cache_hours(self) -> int: ...  # noqa: D102
    @property
    def crawl_delay(self) -> bool: ...  # noqa: D102
    @property
    def shares_with(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def says(self) -> str: ...  # noqa: D102


class Party(NamedTuple):
    """Who made requests: a robot as its user agent declares it, with its verdict.

    Attributes
    ----------
    name
        The robot's name; empty if the user agent declares none.
    robot
        Its row of the table of robots; None if it has none.
    verdict
        ``verified``, ``impostor`` or ``unknown``.
    vhost
        The virtual host that it requested; empty if it is not logged.
    purpose
        Its purpose, if it has no row.
    host
        The client, which matters only for programs that anyone may run.
    """

    name: str
    robot: RobotRow | None = None
    verdict: str = "unknown"
    vhost: str = ""
    purpose: str = ""
    host: str = ""

    @property
    def tokens(self) -> tuple[str, ...]:
        """The product tokens by which robots.txt may name it."""
        return self.robot.robots_tokens if self.robot else (self.name.lower(),)

    @property
    def obeys_star(self) -> bool:
        """Whether the group ``*`` binds it."""
        return self.robot.obeys_star if self.robot else True

    @property
    def is_bound(self) -> bool:
        """Whether any rule binds it: its operator says that it obeys, or says nothing.

        A robot that fetches because a user asks is bound only if its operator says so.
        """
        robot = self.robot
        if self.verdict == IMPOSTOR or self.name.lower() in ONLY_TOKENS:
            return False
        if robot is None:
            return True
        if robot.purpose in OWNERS_PURPOSES:
            return False
        if robot.user_triggered:
            return robot.obeys_star and bool(robot.says)
        return robot.obeys_star or bool(robot.robots_tokens)

    @property
    def cache_seconds(self) -> int:
        """How long it may use a copy of robots.txt."""
        hours = max(self.robot.cache_hours, CACHE_HOURS) if self.robot else CACHE_HOURS
        return hours * HOUR


class FamilyKey(NamedTuple):
    """Under what fetches of robots.txt are collected: all with one key share their copies."""

    name: str
    verified: bool
    vhost: str
    host: str


def family_key(party: Party) -> FamilyKey | None:
    """Return the key under which a party's own fetches of robots.txt are collected.

    The verified hosts of a robot share their copies, and so do those that are not verified;
    the ones do not share with the others. Of a program that anyone may run, each host is apart.

    Returns
    -------
    FamilyKey or None
        None if they count for no robot: those of impostors, and of what declares no robot.
    """
    if not party.name or party.verdict == IMPOSTOR:
        return None
    verified = party.verdict == VERIFIED
    return FamilyKey(party.name, verified, party.vhost, party.host if _is_program(party) else "")


def family_keys(party: Party) -> tuple[FamilyKey, ...]:
    """Return the keys of all fetches whose copies a party may hold: its own, and shared ones."""
    own = family_key(party)
    if own is None:
        return ()
    shared = party.robot.shares_with if party.robot else ()
    return (own, *(own._replace(name=name) for name in shared if name != own.name))


def _is_program(party: Party) -> bool:
    if party.robot:
        return party.robot.purpose == LIBRARY
    return party.purpose in {LIBRARY, TOOL}
