"""Define the errors that concern rules for servers.

::

    FindrobotsError
    ├── RobotsTxtMergeError      a robots.txt to which rules cannot be added
    └── UsageError
        ├── InvalidHostError     a host that is not an address
        ├── NoChoiceError        no robots and no addresses chosen
        ├── NoViolationsError    violators of a table without violations
        └── UnknownRobotError    a robot that neither the table nor findrobots knows
"""

from findrobots.errors import FindrobotsError, UsageError

__all__ = [
    "InvalidHostError",
    "NoChoiceError",
    "NoViolationsError",
    "RobotsTxtMergeError",
    "UnknownRobotError",
]


class NoChoiceError(UsageError):
    """No robots and no addresses are chosen."""

    template = (
        "Nothing is chosen. Choose robots with {argument.robot} NAME, {argument.purpose} PURPOSE, "
        "{argument.verdict:impostor} or {argument.violators}, or an address with {argument.host}."
    )
    field_names = ()


class UnknownRobotError(UsageError):
    """A robot is neither in the table nor known to findrobots."""

    robot: str
    near: str
    parameter = "robot"
    template = (
        "No robot '{robot}' is in the table or known{near}. "
        "findrobots show TABLE and findrobots robots list them."
    )


class InvalidHostError(UsageError):
    """A host to block is not an address."""

    host: str
    parameter = "host"
    template = "'{host}' is not an IP address. Write it like 192.0.2.1 or 2001:db8::1."


class NoViolationsError(UsageError):
    """Violators are chosen in a table that does not have violations."""

    table: object
    parameter = "violators"
    template = "{table} is a host table, which has no violations. Make an audit: findrobots audit."


class RobotsTxtMergeError(FindrobotsError):
    """Rules cannot be added to a robots.txt without a change for other robots."""

    reason: str
    hint: str
    parameter = "robots_txt"
    template = "The rules cannot be added to this robots.txt: {reason}. {hint}."
