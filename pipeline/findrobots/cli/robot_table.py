"""Tabulate the known robots, with their rows in words."""

import pyarrow as pa

from findrobots.cli.layouts import Layout
from findrobots.robots.agents import Robot, load_robots

__all__ = [
    "CSV_LAYOUT",
    "ROBOT_LAYOUT",
    "describe_check",
    "describe_obedience",
    "describe_verification",
    "robot_rows",
]

TEXTS = pa.list_(pa.string())
# The fields of a robot, and what two columns of the listing say of several fields in words.
SCHEMA = pa.schema(
    {
        **dict.fromkeys(("name", "operator", "purpose", "verified_by", "obeys"), pa.string()),
        "robots_tokens": TEXTS,
        **dict.fromkeys(("obeys_star", "user_triggered"), pa.string()),
        "cache_hours": pa.int64(),
        "crawl_delay": pa.string(),
        **dict.fromkeys(("lists", "rdns_suffixes", "shares_with"), TEXTS),
        **dict.fromkeys(("says", "docs", "checked"), pa.string()),
    }
)
ROBOT_LAYOUT = Layout(
    SCHEMA,
    key="name",
    sort="operator",
    priority=("name", "operator", "purpose", "verified_by", "obeys", "checked"),
    min_width={"obeys": 20, "verified_by": 20},
)
CSV_LAYOUT = ROBOT_LAYOUT._replace(
    priority=tuple(name for name in SCHEMA.names if name != "obeys"), min_width={}
)


def robot_rows(purpose: str | None = None) -> pa.Table:
    """Return the robots, or those with one purpose, as a table."""
    rows = [_row(robot) for robot in load_robots() if purpose in (None, robot.purpose)]
    return pa.Table.from_pylist(rows, SCHEMA)


def _row(robot: Robot) -> dict[str, object]:
    flags = ("obeys_star", "user_triggered", "crawl_delay")
    return {
        **robot._asdict(),
        **{name: "yes" if getattr(robot, name) else "no" for name in flags},
        "verified_by": describe_verification(robot),
        "obeys": describe_obedience(robot),
        "checked": describe_check(robot),
    }


def describe_verification(robot: Robot) -> str:
    """Return how a host is verified to be a robot's.

    >>> from findrobots.robots.agents import find_robot
    >>> [describe_verification(find_robot(name)) for name in ("GPTBot", "Googlebot", "MJ12bot")]
    ['addresses openai-gptbot', 'addresses google-common; names in googlebot.com', 'nothing']
    """
    ways = []
    if robot.lists:
        ways.append(f"addresses {', '.join(robot.lists)}")
    if robot.rdns_suffixes:
        ways.append(f"names in {', '.join(robot.rdns_suffixes)}")
    return "; ".join(ways) or "nothing"


def describe_obedience(robot: Robot) -> str:
    """Return what a robot's operator says that it obeys, and whether that was checked."""
    if not robot.says:
        return "not known"
    return robot.says if robot.checked else f"{robot.says} (not checked)"


def describe_check(robot: Robot) -> str:
    """Return the day on which a row was compared with the operator's own words."""
    return robot.checked.isoformat() if robot.checked else "not checked"
