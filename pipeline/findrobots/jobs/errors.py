"""Define the errors that concern what an audit is asked to do.

::

    FindrobotsError
    ├── MissingLogsError         logs that were counted and are not named any more
    └── UsageError
        ├── ReadTwiceError       an audit of a pipe or of standard input
        └── SeveralVhostsError   one robots.txt for several virtual hosts
"""

from findrobots.errors import FindrobotsError, UsageError

__all__ = ["MissingLogsError", "ReadTwiceError", "SeveralVhostsError"]


class MissingLogsError(FindrobotsError):
    """Logs that were counted before are not among those that are judged again."""

    count: int
    source: str
    template = (
        "{count} logs that the audit counts are not among these, such as {source}. Name all logs, "
        "or keep the audit as it is, without {argument.rejudge}."
    )


class ReadTwiceError(UsageError):
    """A log that can be read only once is to be audited."""

    source: str
    template = "{source}: An audit reads each log twice. Save it to a file and name that."


class SeveralVhostsError(UsageError):
    """One robots.txt is given for logs of several virtual hosts."""

    vhosts: str
    template = (
        "The logs are of several virtual hosts ({vhosts}), each with a robots.txt of its own. "
        "Name the one whose robots.txt is given with {argument.vhost}."
    )
