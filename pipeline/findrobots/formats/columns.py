"""Parse all lines of a log, and return the requests of robots in columns.

Most lines are of people, and only count. So lines of the NCSA formats are read in arrays
(``structure.py``), and each distinct user agent and client of a block is judged once. The exact
parser, ``parse_lines``, reads the lines of other formats, and each line that is not quite regular,
so that the result is the same as if it read all.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import islice, starmap
from typing import NamedTuple, TypeVar

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.coded import Coded, RobotRequests, code_requests, concat
from findrobots.formats.dotted import HostFilter
from findrobots.formats.field_cache import Memory, clear_caches
from findrobots.formats.fields import escaped_request, escaped_text
from findrobots.formats.format import to_requests
from findrobots.formats.padding import skip_padding
from findrobots.formats.parse import LONG_LINE, parse_lines
from findrobots.formats.registry import Dialect, choose_formats
from findrobots.formats.slices import distinct, distinct_texts
from findrobots.formats.structure import (
    CLIENT_END,
    COMBINED,
    COMMON,
    HOST_END,
    METHODS,
    NO_USER,
    OTHER_METHOD,
    Structure,
    find_escapes,
    mark_lines,
    match_lines,
    read_statuses,
    read_times,
)
from findrobots.formats.words import mismatch, pattern_of, read_digits, words_at
from findrobots.records import HEADER, Block, Lines, Reject, Requests, concat_requests, select

__all__ = ["Coded", "ParsedBlock", "RobotRequests", "parse_block", "parse_blocks"]

IsRobot = Callable[[str], bool]
Other = TypeVar("Other")


class ParsedBlock(NamedTuple):
    """What the lines of a block are.

    ``lines`` is the sum of the numbers of requests, of rejects, of ``other_lines``, which are
    requests of no robot, and of ``blank_lines``, which have no text or are comments.
    """

    requests: RobotRequests
    rejects: list[Reject]
    lines: int
    other_lines: int
    blank_lines: int


def parse_block(
    block: Block, dialect: Dialect, *, is_robot: IsRobot, robot_hosts: frozenset[str]
) -> ParsedBlock:
    """Parse all lines of a block; return the requests of robots, and count the others.

    A request is of a robot if its user agent is one of a robot, or if its host is in a set.

    Parameters
    ----------
    block
        Complete lines of a log.
    dialect
        What is known of the logs.
    is_robot
        Returns whether a user agent, empty if the log has none, is one of a robot. The answers are
        remembered if it is the same function for all blocks.
    robot_hosts
        The canonical hosts all whose requests are of robots.
    """
    return _parser(dialect, is_robot, robot_hosts).parse(block)


def parse_blocks(
    items: Iterable[Block | Lines | Other],
    dialect: Dialect,
    *,
    is_robot: IsRobot,
    robot_hosts: frozenset[str],
) -> Iterator[ParsedBlock | Other]:
    """Parse the blocks and lines among some items as ``parse_block`` does.

    Other items are yielded unchanged.
    """
    parser = _parser(dialect, is_robot, robot_hosts)
    for item in items:
        if isinstance(item, Block):
            yield parser.parse(item)
        elif isinstance(item, Lines):
            yield parser.parse_lines(item)
        else:
            yield item


# Lines that the exact parser reads at a time, so that memory is bounded.
BATCH_LINES = 4096
# Lines that are compared at a time: larger arrays are slower, since the system provides and clears
# their memory each time.
CHUNK_LINES = 20_000
# Fewer lines than these take longer in arrays than one by one.
FEW_LINES = 16

# The formats that have the structure, and what follows the client in a line of theirs.
STRUCTURED = ("combined", "common", "vhost combined", "vhost common")
DIALECTS = (Dialect().format, *STRUCTURED)
REQUEST = b' [01/Sep/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 70'
REST_OF_LINE = {COMMON: REQUEST, COMBINED: REQUEST + b' "-" "-"'}

# What a line without text consists of, and how a comment begins.
BLANK, COMMENT = b"\0 \t\r", b"#"

VERSION, VERSION_SIZE, SPACE = pattern_of("HTTP/d.d"), 8, ord(" ")
# From the quote before a request to its target.
METHOD_SIZES = np.array([len(method) + 2 for method in (*METHODS, "")])

INVALID, PERSON, ROBOT = range(3)


class Client(NamedTuple):
    """What the part of a line before the time says, and whether its host is one of robots."""

    host: str
    vhost: str
    format: str
    kind: int


NO_CLIENT = Client("", "", "", INVALID)


class Clients(NamedTuple):
    """What lines are, and what robots' lines say before the time."""

    kinds: Integers  # INVALID, PERSON or ROBOT
    host: Coded[str]
    vhost: Coded[str]
    format: Coded[str]


@lru_cache(maxsize=1)
def _parser(dialect: Dialect, is_robot: IsRobot, robot_hosts: frozenset[str]) -> "_BlockParser":
    return _BlockParser(dialect, is_robot, robot_hosts)


class _BlockParser:
    """Parses blocks, and remembers what their clients and user agents are."""

    def __init__(self, dialect: Dialect, is_robot: IsRobot, robot_hosts: frozenset[str]) -> None:
        self._dialect, self._is_robot, self._robot_hosts = dialect, is_robot, robot_hosts
        self._formats = [row for row in choose_formats(dialect) if row.name in STRUCTURED]
        self._agents = Memory(self._judge_agent)
        self._host_filter = HostFilter(robot_hosts)
        self._clients = {
            quotes: Memory(partial(self._read_client, quotes)) for quotes in REST_OF_LINE
        }
        # The format of a line that begins with an address and no user; empty if there is none.
        self._address_formats = {
            quotes: self._read_client(quotes, b"192.0.2.1" + NO_USER).format
            for quotes in REST_OF_LINE
        }

    def parse(self, block: Block) -> ParsedBlock:
        """Parse the lines of a block."""
        if block.header is not None or self._dialect.format not in DIALECTS:
            return self._parse_exactly(block, _split(block))
        text = block.text if block.text.endswith(b"\n") else block.text + b"\n"
        lines = mark_lines(text)
        count = len(lines.end)
        if count < FEW_LINES:
            return self._parse_exactly(block, _split(block))
        if len(text) > LONG_LINE * count:
            clear_caches()
        left = np.ones(count, np.bool_)
        parts = list[RobotRequests]()
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
        rows = np.flatnonzero(left)
        places = zip(lines.begin[rows].tolist(), lines.end[rows].tolist(), strict=True)
        rest = self._parse_exactly(
            block, ((block.offset + begin, text[begin:end]) for begin, end in places)
        )
        others = count - len(rows) - sum(len(part.offset) for part in parts)
        return rest._replace(
            requests=concat([*parts, rest.requests]) if parts else rest.requests,
            lines=count,
            other_lines=rest.other_lines + others,
        )

    def parse_lines(self, lines: Lines) -> ParsedBlock:
        """Parse lines that do not follow one another in the text, by the exact parser."""
        block = Block(lines.source, 0, b"", lines.header)
        numbered = zip(lines.offsets, lines.text.split(b"\n"), strict=True)
        return self._parse_exactly(block, numbered)

    def _declare(self, agents: Coded[bytes]) -> Booleans:
        """Return which lines have a user agent that declares a robot."""
        declared: Booleans = np.array([*map(self._agents.__getitem__, agents.values)])
        return declared[agents.codes]

    def _judge_agent(self, field: bytes) -> bool:
        return self._is_robot(escaped_text(field))

    def _read_clients(
        self, text: bytes, lines: Structure, declared: Booleans, quotes: int
    ) -> Clients:
        """Judge lines, and read the clients of robots'; those of most lines are only compared."""
        kinds = np.where(lines.taken, PERSON, INVALID)
        codes, other_codes = np.zeros((2, len(lines.rows)), np.int64)
        hosts, vhosts, formats = list[str](), [""], [self._address_formats[quotes]]
        is_address = lines.is_address & bool(formats[0])
        may_be_robot = declared | self._host_filter.may_contain(lines.key)
        rows = np.flatnonzero(lines.taken & is_address & may_be_robot)
        if len(rows):
            codes[rows], hosts = _distinct_hosts(text, lines, rows)
            are_robots = np.array([host in self._robot_hosts for host in hosts])
            kinds[rows[are_robots[codes[rows]]]] = ROBOT
        rows = np.flatnonzero(lines.taken & ~is_address)
        if len(rows):
            fields = distinct(text, lines.begin[rows], lines.request[rows] - CLIENT_END)
            clients = [*map(self._clients[quotes].__getitem__, fields.values)]
            kinds[rows] = np.array([client.kind for client in clients])[fields.codes]
            codes[rows], other_codes[rows] = fields.codes + len(hosts), fields.codes + 1
            hosts += [client.host for client in clients]
            vhosts += [client.vhost for client in clients]
            formats += [client.format for client in clients]
        kinds[(kinds == PERSON) & declared] = ROBOT
        return Clients(
            kinds, Coded(codes, hosts), Coded(other_codes, vhosts), Coded(other_codes, formats)
        )

    def _read_client(self, quotes: int, field: bytes) -> Client:
        """Read the part of a line before the time; ``NO_CLIENT`` if it is not of the formats.

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
        kind = ROBOT if host in self._robot_hosts else PERSON
        return Client(host, item.vhost[0], item.format[0], kind)

    def _parse_exactly(self, block: Block, numbered: Iterator[tuple[int, bytes]]) -> ParsedBlock:
        """Parse lines, each with its offset, by the exact parser."""
        rejects, requests = list[Reject](), list[Requests]()
        total = others = 0
        blank, header = 0, block.header
        while batch := [*starmap(skip_padding, islice(numbered, BATCH_LINES))]:
            total += len(batch)
            lines = [line for line in batch if _is_line(line[1])]
            blank += len(batch) - len(lines)
            if header is not None:  # the parser needs the headers among the lines
                lines = [line for line in batch if _is_line(line[1]) or line[1].startswith(HEADER)]
            if not lines:
                continue
            offsets, texts = map(list, zip(*lines, strict=True))
            for item in parse_lines(
                Lines(block.source, offsets, b"\n".join(texts), header), self._dialect
            ):
                if isinstance(item, Reject):
                    rejects.append(item)
                    continue
                robots = self._are_robots(item)
                others += len(robots) - sum(robots)
                if any(robots):
                    requests.append(select(item, robots))
            if header is not None:
                header = next((text for text in reversed(texts) if text.startswith(HEADER)), header)
        coded = code_requests(concat_requests(requests))
        return ParsedBlock(coded, rejects, total, others, blank)

    def _are_robots(self, requests: Requests) -> list[bool]:
        """Return of each request whether it is of a robot."""
        declared = {agent: self._is_robot(agent) for agent in {*requests.user_agent}}
        hosts = self._robot_hosts
        return [
            declared[agent] or host in hosts
            for agent, host in zip(requests.user_agent, requests.host, strict=True)
        ]


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


def _split(block: Block) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a block with their offsets in the log's text."""
    offset = block.offset
    for line in block.text.removesuffix(b"\n").split(b"\n"):
        yield offset, line
        offset += len(line) + 1


def _is_line(text: bytes) -> bool:
    return bool(text.strip(BLANK)) and not text.startswith(COMMENT)


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
