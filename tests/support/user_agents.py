"""Real user agents, each with the robot that it declares."""

import csv
from typing import NamedTuple

from support.project import PROJECT


class Known(NamedTuple):
    """A user agent of ``tests/data/user-agents.tsv``, and where it is from."""

    user_agent: str
    name: str
    declared_by: str
    source: str


def read_known():
    with (PROJECT / "tests/data/user-agents.tsv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return [Known(*row) for row in rows]


KNOWN = read_known()
ROBOTS = [each for each in KNOWN if each.declared_by != "none"]
PEOPLE = [each for each in KNOWN if each.declared_by == "none"]
