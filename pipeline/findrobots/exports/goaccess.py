"""Write a list of browsers for GoAccess, which has the robots of a table among its crawlers."""

from collections.abc import Iterator

from findrobots.exports.block_list import BlockList
from findrobots.exports.patterns import is_writable

__all__ = ["USAGE", "write_goaccess"]

USAGE = (
    "Use it with: goaccess --browsers-file=FILE",
    "A line is a part of user agents, a tab, and the category.",
)
# GoAccess's --crawlers-only and --ignore-crawlers know only this category.
CATEGORY = "Crawlers"


def write_goaccess(rules: BlockList) -> Iterator[str]:
    """Yield a line per robot; longer names first, since GoAccess takes the first that fits."""
    names = [robot.name for robot in rules.robots if is_writable(robot.name)]
    for name in sorted(names, key=lambda name: (-len(name), name)):
        if not name.startswith("#"):
            yield f"{name}\t{CATEGORY}"
