"""Define the errors that concern the tables of audits.

::

    FindrobotsError
    └── NotAnAuditError          a directory that is no audit
"""

from findrobots.errors import FindrobotsError

__all__ = ["NotAnAuditError"]


class NotAnAuditError(FindrobotsError):
    """A directory does not have the tables of an audit, or one cannot be read."""

    path: object
    reason: str
    template = "{path}: Not a table of an audit ({reason}). Write it with findrobots audit -o DIR."
