"""Sum up what rules block, and what they leave out."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from findrobots.cli.naming import counted
from findrobots.exports.block_list import AddressRule, BlockedRobot
from findrobots.exports.formats import EXPORTS
from findrobots.exports.servers import describe_address

if TYPE_CHECKING:
    from findrobots.exports.sightings import Sighting
    from findrobots.jobs.block import BlockOutcome

__all__ = ["block_summary"]

# Robots, addresses and reasons that are printed; of more, the number.
SHOWN = 10
# Names in a line of what is left out.
NAMED = 5


def block_summary(outcome: "BlockOutcome", form: str) -> Iterator[str]:
    """Yield the lines that say what would be blocked, what not, and what is not known."""
    rules, sightings = outcome.rules, outcome.sightings
    hosts = len({row.host for row in rules.blocked})
    requests = sightings.count_requests(rules.blocked)
    share = f" ({requests / sightings.total:.1%})" if sightings.total else ""
    verb = "blocks" if EXPORTS[form].kinds.blocks else "lists"
    named = [counted(len(rules.robots), "robot")] if rules.robots else []
    named += [_count_addresses(len(rules.addresses))] if rules.addresses else []
    yield (
        f"{verb} {' and '.join(named) or 'nothing'}: in this table {counted(hosts, 'host')} with "
        f"{requests:,} of {sightings.total:,} {sightings.noun}{share}"
    )
    yield from _robots(rules.robots, rules.blocked, form)
    yield from _addresses(rules.addresses)
    reasons = defaultdict[str, list[str]](list)
    for each in rules.left_out:
        reasons[each.reason].append(each.subject)
    for reason, subjects in reasons.items():
        more = f" and {len(subjects) - NAMED:,} more" if len(subjects) > NAMED else ""
        yield f"left out: {', '.join(subjects[:NAMED])}{more} ({reason})"
    if any(rule.day for rule in rules.addresses):
        yield (
            "whether browsers also use these addresses is known only of hosts that requested "
            "robots.txt"
        )


def _robots(
    robots: tuple[BlockedRobot, ...], blocked: "tuple[Sighting, ...]", form: str
) -> Iterator[str]:
    """Yield a line per robot: who it is, how much it did, what the rule on it rests on."""
    hosts, requests = defaultdict[str, set[str]](set), Counter[str]()
    for row in blocked:
        hosts[row.robot].add(row.host)
        requests[row.robot] += row.requests
    for robot in robots[:SHOWN]:
        who = ", ".join(filter(None, (robot.operator, robot.purpose)))
        seen = "not seen in this table"
        if robot.name in hosts:
            count = counted(len(hosts[robot.name]), "host")
            seen = f"{count}, {counted(requests[robot.name], 'request')}"
        note = _note(robot, form)
        yield f"  {robot.name}{f' ({who})' if who else ''}: {seen}{f'; {note}' if note else ''}"
    if len(robots) > SHOWN:
        yield f"  and {counted(len(robots) - SHOWN, 'more robot')}"


def _note(robot: BlockedRobot, form: str) -> str:
    if form == "robots.txt":
        if robot.row is None:
            return "whether it follows robots.txt is not known"
        return robot.row.says or "what it obeys is not known"
    return "by its user agent alone" if EXPORTS[form].kinds.blocks else ""


def _addresses(addresses: tuple[AddressRule, ...]) -> Iterator[str]:
    for rule in addresses[:SHOWN]:
        about = describe_address(rule)
        yield f"  {rule.address}: {about.removeprefix(f'{rule.address}: ')}"
    if len(addresses) > SHOWN:
        yield f"  and {_count_addresses(len(addresses) - SHOWN)} more"


def _count_addresses(number: int) -> str:
    return f"{number:,} address{'' if number == 1 else 'es'}"
