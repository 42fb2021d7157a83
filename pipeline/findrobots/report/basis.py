"""Describe how the figures of a page were come by, and what cannot be known."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from findrobots.report.sheet import Sheet
from findrobots.robots.agents import find_robot
from findrobots.robots.filter import RequestFilter
from findrobots.tables.audit_files import Audit

__all__ = ["AddressLists", "Basis", "Policy", "describe_basis"]

WAYS = {
    "ranges": "by the lists of addresses that operators publish",
    "dns": "by the lists of addresses that operators publish, and by names in DNS that lead back "
    "to the address",
    "none": "not at all (--verify none)",
}
NAMED = 12


class AddressLists(NamedTuple):
    """The lists of addresses of one name."""

    name: str
    days: int
    first: str
    last: str


class Policy(NamedTuple):
    """A robots.txt, and when it was in force; a gap has no label."""

    begin: str
    end: str
    label: str


class Basis(NamedTuple):
    """What the figures rest on.

    Attributes
    ----------
    verified
        How hosts were verified.
    lists, policies
        The lists of addresses, and the robots.txt files, with their times.
    counted
        Which requests count.
    lines
        How many lines were read, by what became of them; none of a host table.
    notes
        What is known of the policies besides.
    unknown
        What cannot be known.
    """

    verified: str
    lists: tuple[AddressLists, ...]
    policies: tuple[Policy, ...]
    counted: str
    lines: tuple[tuple[str, int], ...]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]


def describe_basis(audit: Audit, sheet: Sheet, *, is_audit: bool) -> Basis:
    """Describe what the figures of an audit, or of a host table, rest on."""
    read = {name: json.loads(text) for name, text in audit.basis.items() if name != "verify"}
    verify = audit.basis.get("verify", "none")
    counts = read.get("counts", {})
    robots = int(sheet.by_claim("requests").sum())
    lines = (
        ("requests of robots that count", robots),
        ("requests that no robot made", counts.get("other_lines", 0)),
        ("lines that are no request", counts.get("rejects", 0)),
        ("empty lines and comments", counts.get("blank_lines", 0)),
        ("lines read in all", counts.get("lines", 0)),
    )
    lists = tuple(
        AddressLists(name, len(days), min(days, default=""), max(days, default=""))
        for name, days in sorted(read.get("lists", {}).items())
    )
    policies = tuple(_with_gaps([Policy(*each) for each in read.get("policies", [])]))
    return Basis(
        WAYS.get(verify, verify),
        lists,
        policies,
        _counted(audit.request_filter, is_audit=is_audit),
        lines if counts else (),
        tuple(map(str, read.get("notes", []))),
        tuple(_unknown(sheet, policies if is_audit else None, verify)),
    )


def _counted(request_filter: RequestFilter, *, is_audit: bool) -> str:
    """Describe which requests count: an audit counts those for any path."""
    described = request_filter.describe()
    if not is_audit:
        return f"requests for {described}"
    _, _, condition = described.partition(" ")
    return f"requests of robots {condition}" if condition else "all requests of robots"


def _with_gaps(policies: list[Policy]) -> Iterator[Policy]:
    """Yield policies with the times to the day and minute, and the gaps between them."""
    end = None
    for policy in policies:
        if policy.begin and end is not None and end != policy.begin:
            yield Policy(_minute(end), _minute(policy.begin), "")
        yield Policy(_minute(policy.begin), _minute(policy.end), policy.label)
        end = policy.end


def _minute(time: str) -> str:
    """Write a time of the basis in short.

    >>> _minute("2027-01-01T00:00:00+00:00"), _minute("2027-01-01T12:30:00+00:00")
    ('2027-01-01', '2027-01-01 12:30')
    """
    return time.replace("T", " ").removesuffix("+00:00").removesuffix(":00").removesuffix(" 00:00")


def _unknown(sheet: Sheet, policies: tuple[Policy, ...] | None, verify: str) -> Iterator[str]:
    """Yield what cannot be known."""
    yield (
        "A user agent is a claim that anybody can make. Of a robot that is not verified, this page "
        "says “in the name of”: it may be the robot, or somebody else."
    )
    uncheckable = sorted(
        {claim.robot for claim in sheet.claims if claim.robot and not _is_checkable(claim.robot)},
        key=str.lower,
    )
    if uncheckable:
        more = f" and {len(uncheckable) - NAMED:,} more" if len(uncheckable) > NAMED else ""
        named = ", ".join(uncheckable[:NAMED])
        yield f"No way is known to verify {named}{more}: their operators publish none."
    if verify == "ranges" and any(_has_only_names(claim.robot) for claim in sheet.claims):
        yield "Some robots can be verified by names in DNS alone, which were not looked up."
    if policies is not None and not policies:
        yield "Without the site's robots.txt (--robots), nobody is judged by it."
    if any(not policy.label for policy in policies or ()):
        yield "In the gaps between the robots.txt files given, nobody is judged."
    yield (
        "Logs show what reached this server. A robot may have read robots.txt before the first "
        "line of these logs, from a cache, or through another host that is not in them."
    )
    if any(not claim.robot for claim in sheet.claims):
        yield (
            "A host that requested robots.txt and declares no robot may be a robot, or a person "
            "who looked at the file."
        )


def _is_checkable(name: str) -> bool:
    robot = find_robot(name)
    return bool(robot and (robot.lists or robot.rdns_suffixes))


def _has_only_names(name: str) -> bool:
    robot = find_robot(name)
    return bool(robot and robot.rdns_suffixes and not robot.lists)
