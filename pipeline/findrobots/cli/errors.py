"""Define the errors that concern the command line alone.

::

    FindrobotsError
    └── UsageError
        └── ConfigurationError   a configuration file that is not valid
"""

from findrobots.errors import UsageError

__all__ = ["ConfigurationError"]


class ConfigurationError(UsageError):
    """A configuration file cannot be read, or says something that no command understands."""

    path: object
    reason: str
    template = "{path}: {reason}"
