"""Sum up an audit in a few lines."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from findrobots.cli.naming import counted
from findrobots.cli.summary import note_lines, reject_lines, work
from findrobots.sanitize import printable, safe

if TYPE_CHECKING:
    from findrobots.jobs.audit_outcome import AuditOutcome

__all__ = ["audit_summary"]

# Robots that are named.
NAMED = 5


def audit_summary(outcome: "AuditOutcome", *, updated: bool, seconds: float) -> Iterator[str]:
    """Yield the lines that sum up an audit."""
    audit = outcome.audit
    robots, requests = audit.robots["robot"].to_pylist(), audit.robots["requests"].to_pylist()
    others = json.loads(audit.basis["counts"])["other_lines"]
    total = sum(requests) + others
    share = f" ({sum(requests) / total:.1%})" if total else ""
    read = work(outcome.result, seconds, updated=updated)
    names = {*robots} - {""}
    yield (
        f"{counted(len(names), 'robot')} made {sum(requests):,} of "
        f"{counted(total, 'request')}{share} ({read})"
    )
    yield _violations(outcome)
    yield from map(safe, json.loads(audit.basis["notes"]))
    if known := outcome.log_count - outcome.result.sources.num_rows:
        yield f"{counted(known, 'log')} unchanged since the last update"
    yield from reject_lines(outcome.result)
    yield from note_lines(outcome.result)


def _violations(outcome: "AuditOutcome") -> str:
    """Return who broke robots.txt, of those that can be judged."""
    if not json.loads(outcome.audit.basis["policies"]):
        return "nobody is judged: give the site's robots.txt with --robots"
    by_robot = Counter[str]()
    columns = (
        outcome.audit.robots[name].to_pylist() for name in ("robot", "verdict", "violations")
    )
    for robot, verdict, violations in zip(*columns, strict=True):
        name = robot if verdict == "verified" else f"in the name of {robot}"
        by_robot[name] += violations
    named = [f"{printable(name)} {count:,}" for name, count in by_robot.most_common(NAMED) if count]
    if not named:
        return "no violation of robots.txt"
    more = sum(count > 0 for count in by_robot.values()) - len(named)
    others = [counted(more, "other")] if more else []
    return f"{counted(by_robot.total(), 'violation')} of robots.txt: {', '.join([*named, *others])}"
