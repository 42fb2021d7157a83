"""Define the errors in what is known of robots."""

from findrobots.errors import FindrobotsError

__all__ = ["RobotTableError"]


class RobotTableError(FindrobotsError):
    """A row of the table of robots is not valid."""

    line: int
    robot: str
    reason: str
    template = "agents.csv, line {line} ('{robot}'): {reason}. Correct the row."
