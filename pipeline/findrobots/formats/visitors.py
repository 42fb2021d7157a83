"""Know which user agents and clients in a log are of robots, once for each distinct one."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from findrobots.formats.coded import RobotRequests
from findrobots.formats.field_cache import Memory
from findrobots.formats.fields import escaped_text
from findrobots.formats.format import to_requests
from findrobots.formats.registry import Dialect, choose_formats
from findrobots.formats.structure import COMBINED, COMMON, NO_USER
from findrobots.records import Lines, Reject

__all__ = [
    "DIALECTS",
    "INVALID",
    "NO_CLIENT",
    "PERSON",
    "ROBOT",
    "STRUCTURED",
    "Client",
    "IsRobot",
    "ReadLines",
    "Visitors",
]

IsRobot = Callable[[str], bool]

# The formats that have the structure, and what follows the client in a line of theirs.
STRUCTURED = ("combined", "common", "vhost combined", "vhost common")
DIALECTS = (Dialect().format, *STRUCTURED)
REQUEST = b' [01/Sep/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 70'
REST_OF_LINE = {COMMON: REQUEST, COMBINED: REQUEST + b' "-" "-"'}

INVALID, PERSON, ROBOT = range(3)


class Client(NamedTuple):
    """What the part of a line before the time says, and whether its host is one of robots."""

    host: str
    vhost: str
    format: str
    kind: int


NO_CLIENT = Client("", "", "", INVALID)


class ReadLines(NamedTuple):
    """What was read of the lines of a block: the requests of robots in some parts.

    ``left`` are the lines, of ``lines``, that are left to the exact parser: where in the block each
    begins, and what it is without its newline.
    """

    requests: list[RobotRequests]
    lines: int
    left: list[tuple[int, bytes]]


class Visitors:
    """Judges the user agents and clients of a log, and remembers what they are.

    Attributes
    ----------
    robot_hosts
        The canonical hosts all whose requests are of robots.
    agents
        Whether a user agent, as the log has it, is of a robot.
    clients
        By the quotes of a line, ``COMMON`` or ``COMBINED``: what the part of a line before the time
        says; ``NO_CLIENT`` if it is not of the formats.
    address_formats
        By the quotes of a line: the format of one that begins with an address and no user; empty if
        there is none.
    """

    def __init__(self, dialect: Dialect, is_robot: IsRobot, robot_hosts: frozenset[str]) -> None:
        self._is_robot, self.robot_hosts = is_robot, robot_hosts
        self._formats = [row for row in choose_formats(dialect) if row.name in STRUCTURED]
        self.agents = Memory(self._judge_agent)
        self.clients = {
            quotes: Memory(partial(self._read_client, quotes)) for quotes in REST_OF_LINE
        }
        self.address_formats = {
            quotes: self._read_client(quotes, b"192.0.2.1" + NO_USER).format
            for quotes in REST_OF_LINE
        }

    def _judge_agent(self, field: bytes) -> bool:
        return self._is_robot(escaped_text(field))

    def _read_client(self, quotes: int, field: bytes) -> Client:
        """Read the part of a line before the time.

        It says the same with any time and request after it, and the formats take the same lines.
        """
        line = field + REST_OF_LINE[quotes]
        row = next((row for row in self._formats if row.pattern.match(line)), None)
        if row is None:
            return NO_CLIENT
        (item,) = to_requests(row, row.columns(line), Lines("", [0], line))
        if isinstance(item, Reject):
            return NO_CLIENT
        host = item.host[0]
        kind = ROBOT if host in self.robot_hosts else PERSON
        return Client(host, item.vhost[0], item.format[0], kind)
