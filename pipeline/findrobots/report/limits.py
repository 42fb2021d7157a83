"""Define how many rows of each kind a page shows."""

from typing import NamedTuple

__all__ = ["LIMITS", "MAX_BYTES", "Limits"]

# A page of more bytes is made again with fewer rows.
MAX_BYTES = 3_000_000


class Limits(NamedTuple):
    """How many rows of each kind are shown; the others are summed up."""

    robots: int = 150
    hosts: int = 8  # of a robot
    user_agents: int = 5  # of a robot, or of a host
    rules: int = 8  # of a robot
    targets: int = 3  # of a rule
    reasons: int = 6  # of a robot
    violations: int = 200
    host_rows: int = 100  # of impostors, and of undeclared robots
    logs: int = 100
    named: int = 5  # on the first screen

    def halved(self) -> "Limits":
        """Return half of each, but at least one."""
        return Limits._make(max(limit // 2, 1) for limit in self)


LIMITS = Limits()
