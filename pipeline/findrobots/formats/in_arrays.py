"""Read the lines of a block in arrays of numpy, a step for all lines after the other."""

from typing import NamedTuple

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.formats.dotted import HostFilter
from findrobots.formats.fields import escaped_request, escaped_text
from findrobots.formats.slices import distinct, distinct_texts
from findrobots.formats.structure import (
    CLIENT_END,
    COMBINED,
    COMMON,
    HOST_END,
    METHODS,
    OTHER_METHOD,
    Structure,
    find_escapes,
    mark_lines,
    match_lines,
    read_statuses,
    read_times,
)
from findrobots.formats.visitors import INVALID, PERSON, ROBOT, ReadLines, Visitors
from findrobots.formats.words import mismatch, pattern_of, read_digits, words_at
from findrobots.records import Block

__all__ = ["ArrayReader"]

# Fewer lines than these take longer in arrays than one by one.
FEW_LINES = 16
# Lines that are compared at a time: larger arrays are slower, since the system provides and clears
# their memory each time.
CHUNK_LINES = 20_000

VERSION, VERSION_SIZE, SPACE = pattern_of("HTTP/d.d"), 8, ord(" ")
# From the quote before a request to its target.
METHOD_SIZES = np.array([len(method) + 2 for method in (*METHODS, "")])


class Clients(NamedTuple):
    """What lines are, and what robots' lines say before the time."""

    kinds: Integers  # INVALID, PERSON or ROBOT
    host: Coded[str]
    vhost: Coded[str]
    format: Coded[str]


class ArrayReader:
    """Reads the lines that have the structure of the formats."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._host_filter = HostFilter(visitors.robot_hosts)

    def read(self, block: Block) -> ReadLines:
        """Read the lines of a block."""
        text = block.text
        if not text.endswith(b"\n"):
            text += b"\n"
        lines = mark_lines(text)
        count = len(lines.end)
        left = np.ones(count, np.bool_)
        parts = list[RobotRequests]()
        if count >= FEW_LINES:
            escaped, odd = find_escapes(text, lines.end)
            for quotes, has_quotes in (
                (COMBINED, lines.quotes >= COMBINED),
                (COMMON, lines.quotes == COMMON),
            ):
                rows = np.flatnonzero(has_quotes & ~odd)
                for at in range(0, len(rows), CHUNK_LINES):
                    chunk = rows[at : at + CHUNK_LINES]
                    found = match_lines(text, lines, chunk, quotes, escaped[chunk])
                    if found is None:
                        continue
                    agents = _user_agents(text, found, quotes)
                    clients = self._read_clients(text, found, self._declare(agents), quotes)
                    left[found.rows[clients.kinds != INVALID]] = False
                    robots = np.flatnonzero(clients.kinds == ROBOT)
                    if len(robots):
                        parts.append(_columns(block, text, found, clients, agents, robots))
        begins, ends = (places[left].tolist() for places in (lines.begin, lines.end))
        unread = [(begin, text[begin:end]) for begin, end in zip(begins, ends, strict=True)]
        return ReadLines(parts, count, unread)

    def _declare(self, agents: Coded[bytes]) -> Booleans:
        """Return which lines have a user agent that declares a robot."""
        declared: Booleans = np.array([*map(self._visitors.agents.__getitem__, agents.values)])
        return declared[agents.codes]

    def _read_clients(
        self, text: bytes, lines: Structure, declared: Booleans, quotes: int
    ) -> Clients:
        """Judge lines, and read the clients of robots'; those of most lines are only compared."""
        kinds = np.where(lines.taken, PERSON, INVALID)
        codes, other_codes = np.zeros((2, len(lines.rows)), np.int64)
        hosts, vhosts, formats = list[str](), [""], [self._visitors.address_formats[quotes]]
        is_address = lines.is_address & bool(formats[0])
        may_be_robot = declared | self._host_filter.may_contain(lines.key)
        rows = np.flatnonzero(lines.taken & is_address & may_be_robot)
        if len(rows):
            codes[rows], hosts = _distinct_hosts(text, lines, rows)
            are_robots = np.array([host in self._visitors.robot_hosts for host in hosts])
            kinds[rows[are_robots[codes[rows]]]] = ROBOT
        rows = np.flatnonzero(lines.taken & ~is_address)
        if len(rows):
            fields = distinct(text, lines.begin[rows], lines.request[rows] - CLIENT_END)
            clients = [*map(self._visitors.clients[quotes].__getitem__, fields.values)]
            kinds[rows] = np.array([client.kind for client in clients])[fields.codes]
            codes[rows], other_codes[rows] = fields.codes + len(hosts), fields.codes + 1
            hosts += [client.host for client in clients]
            vhosts += [client.vhost for client in clients]
            formats += [client.format for client in clients]
        kinds[(kinds == PERSON) & declared] = ROBOT
        return Clients(
            kinds, Coded(codes, hosts), Coded(other_codes, vhosts), Coded(other_codes, formats)
        )


def _columns(  # noqa: PLR0913, PLR0917 (what was found of the lines)
    block: Block,
    text: bytes,
    lines: Structure,
    clients: Clients,
    agents: Coded[bytes],
    robots: Integers,
) -> RobotRequests:
    """Return the requests of some lines."""
    lines, agents = lines.at(robots), agents.at(robots)
    method, target = _requests(text, lines)
    return RobotRequests(
        host=clients.host.at(robots),
        time=read_times(lines),
        method=method,
        target=target,
        status=read_statuses(lines),
        bytes_sent=read_digits(*lines.bytes_sent),
        user_agent=Coded(agents.codes, [*map(escaped_text, agents.values)]),
        vhost=clients.vhost.at(robots),
        format=clients.format.at(robots),
        source=Coded(np.zeros_like(lines.rows), [block.source]),
        offset=lines.begin + block.offset,
    )


def _user_agents(text: bytes, lines: Structure, quotes: int) -> Coded[bytes]:
    """Return the user agents of lines as the log has them; empty if it has none."""
    if quotes == COMMON:
        return Coded(np.zeros_like(lines.rows), [b""])
    return distinct(text, lines.agent + 1, lines.agent_end)


def _distinct_hosts(text: bytes, lines: Structure, rows: Integers) -> Coded[str]:
    """Return the hosts of some lines whose clients are addresses."""
    return distinct_texts(text, lines.begin[rows], lines.request[rows] - HOST_END)


def _requests(text: bytes, lines: Structure) -> tuple[Coded[str], Coded[bytes]]:
    """Return the methods and the targets of requests."""
    begin = lines.request + METHOD_SIZES[lines.method]
    end = lines.request_end - VERSION_SIZE - 1
    octets = np.frombuffer(text, np.uint8)
    (versions,) = words_at(text, lines.request_end - VERSION_SIZE, 1)
    usual = (mismatch(versions, VERSION) == 0) & (lines.method != OTHER_METHOD) & (end > begin)
    usual &= (octets[end] == SPACE) & (octets[end - 1] != SPACE)
    rows, others = np.flatnonzero(usual), np.flatnonzero(~usual)
    method_codes, target_codes = lines.method.astype(np.int64), np.empty(len(usual), np.int64)
    methods, targets = [*METHODS], list[bytes]()
    if len(rows):
        target_codes[rows], targets = distinct(text, begin[rows], end[rows])
    for row in others.tolist():
        request = escaped_request(text[lines.request[row] + 1 : lines.request_end[row]])
        method, target = request or ("", b"")
        method_codes[row], target_codes[row] = len(methods), len(targets)
        methods.append(method)
        targets.append(target)
    return Coded(method_codes, methods), Coded(target_codes, targets)
