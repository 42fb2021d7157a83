"""Define the errors that concern what is known of robots, and of a site's robots.txt."""

from findrobots.errors import FindrobotsError, UsageError

__all__ = ["PolicyDateError", "PolicyOverlapError", "PolicyReadError"]


class PolicyDateError(UsageError):
    """A robots.txt has no date, or one that is not a valid time."""

    policy: str
    reason: str
    template = (
        "{policy}: {reason}. Write the date (UTC) from which a robots.txt was in force as "
        "2026-09-01 or 2026-09-01T1200."
    )


class PolicyOverlapError(UsageError):
    """Two robots.txt files cannot have been in force at the same time."""

    policy: str
    other_policy: str
    time: str
    template = (
        "{policy} and {other_policy} overlap: both would be in force {time}. Give each a date "
        "of its own, such as 2026-09-01=FILE, or drop one."
    )


class PolicyReadError(FindrobotsError):
    """A robots.txt, or its history, cannot be read."""

    policy: str
    reason: str
    hint: str
    template = "Cannot read robots.txt from {policy}: {reason}. {hint}."
