"""Parse single lines, for tests."""

from findrobots.formats import Dialect
from findrobots.formats.parse import parse_lines
from findrobots.records import Lines, Reject, Requests

OFFSET = 7


def parse(line, *dialect):
    """Parse one line, at ``OFFSET`` of a.log.

    ``dialect`` are the arguments of ``Dialect``. Returns a Reject, or Requests with the values
    of the one request in place of lists.
    """
    (item,) = parse_lines(Lines("a.log", [OFFSET], line), Dialect(*dialect))
    return item if isinstance(item, Reject) else Requests._make(value for (value,) in item)


def parse_together(*lines):
    """Parse lines of one format, and return their Requests, or the Reject of the only line."""
    (item,) = parse_lines(Lines("a.log", list(range(len(lines))), b"\n".join(lines)))
    return item
