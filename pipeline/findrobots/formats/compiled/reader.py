"""Read the lines of a block by compiled loops: the same requests as those of ``in_arrays.py``."""

from collections.abc import Iterable, Iterator

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.formats.compiled.fields import NO_NUMBER, add_lines, make_fields
from findrobots.formats.compiled.intrinsics import BLOCK_SIZE
from findrobots.formats.compiled.known import MAX_FIELDS, QUOTES, Agents, Clients, Texts
from findrobots.formats.compiled.line import LEFT, LINE
from findrobots.formats.compiled.lines import (
    COLUMNS,
    Found,
    choose_requests,
    read_lines,
)
from findrobots.formats.compiled.marks import NEWLINE, WINDOW
from findrobots.formats.fields import escaped_request
from findrobots.formats.structure import METHODS, TIME_SIZE, find_midnight
from findrobots.formats.visitors import ReadLines, Visitors
from findrobots.records import Block

__all__ = ["CompiledReader"]

# Lines that are read at a time: for the fields of as many there is room.
CHUNK_LINES = MAX_FIELDS // 2
DIGITS_AND_DOTS = frozenset("0123456789.")
# The virtual hosts of lines that begin with an address, and the usual methods of requests.
NO_VHOSTS, USUAL_METHODS = [""] * len(QUOTES), [*METHODS]


class _Workspace:
    """What a thread reads lines into, again and again, and what it knows of earlier ones."""

    def __init__(self, visitors: Visitors) -> None:
        self.text = np.empty(0, np.uint8)
        self.marks = np.empty(WINDOW, np.int32)
        self.backslashes = np.empty(WINDOW, np.int32)
        self.lines = np.empty(CHUNK_LINES, LINE)
        self.days, self.unusual, self.left = (np.empty(CHUNK_LINES, np.int64) for _ in range(3))
        self.requests = np.empty((COLUMNS, CHUNK_LINES), np.int64)
        self.clients, self.agents = Clients(visitors), Agents(visitors)
        self.hosts, self.targets = Texts(bytes.decode), Texts(bytes)

    def write(self, pieces: Iterable[bytes | memoryview]) -> int:
        """Write some pieces to the text, and a newline where they lack it; return their size."""
        octets = [np.frombuffer(piece, np.uint8) for piece in pieces]
        size = sum(map(len, octets))
        if size + 2 * BLOCK_SIZE > len(self.text):
            self.text = np.empty(size + 2 * BLOCK_SIZE, np.uint8)
        np.concatenate(octets, out=self.text[:size])
        self.text[size : size + 2 * BLOCK_SIZE] = NEWLINE
        return size if size and self.text[size - 1] == NEWLINE else size + 1

    def make_room(self) -> None:
        """Forget fields if there may be no room for those of the next lines."""
        for known in (self.clients, self.agents, self.hosts, self.targets):
            known.make_room()

    def line(self, row: int) -> bytes:
        """Return a line without its newline."""
        return self._bytes(self.lines["begin"][row], self.lines["end"][row])

    def request(self, row: int) -> tuple[str, bytes] | None:
        """Return the method and the target of a line, or None if its request is invalid."""
        begin, end = self.lines["request"][row] + 1, self.lines["request_end"][row]
        return escaped_request(self._bytes(begin, end))

    def midnights(self, count: int) -> Integers:
        """Return the midnight before each of the first days; see ``find_midnight``."""
        times = [self._bytes(at, at + TIME_SIZE) for at in self.days[:count].tolist()]
        return np.array([find_midnight(time, 0) for time in times], np.int64)

    def _bytes(self, begin: int, end: int) -> bytes:
        return self.text[begin:end].tobytes()


class CompiledReader:
    """Reads the lines of the formats, in as many threads as want to."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._address_formats = [visitors.address_formats[quotes] for quotes in QUOTES]
        addresses = sorted(
            host for host in visitors.robot_hosts if DIGITS_AND_DOTS.issuperset(host)
        )
        text = "\n".join([*addresses, "\n" * BLOCK_SIZE]).encode()
        self._robots = make_fields(len(addresses) + 1, len(text))
        add_lines(np.frombuffer(text, np.uint8), self._robots)
        self._free = list[_Workspace]()

    def read(self, block: Block) -> ReadLines:
        """Read the lines of a block."""
        try:
            space = self._free.pop()
        except IndexError:
            space = _Workspace(self._visitors)
        requests, left = list[RobotRequests](), list[tuple[int, bytes]]()
        size, at, count = space.write(block.pieces), 0, 0
        while at < size:
            space.make_room()
            line_count, day_count, unusual_count, at = read_lines(
                space.text,
                at,
                size,
                space.marks,
                space.backslashes,
                self._robots,
                space.clients.fields,
                space.agents.fields,
                space.days,
                space.unusual,
                space.lines,
            )
            for row in space.unusual[:unusual_count].tolist():
                if space.request(row) is None:
                    space.lines["kind"][row] = LEFT
            rows, found = _choose(space, line_count, day_count)
            requests += [self._requests(block, space, part) for part in found]
            left += [(int(space.lines["begin"][row]), space.line(row)) for row in rows]
            count += line_count
        self._free.append(space)
        return ReadLines(requests, count, left)

    def _requests(self, block: Block, space: _Workspace, found: Found) -> RobotRequests:
        """Return requests, of which the first is like all others: see ``_choose``."""
        if found.client[0] < 0:
            host = Coded(found.host, space.hosts.values)
            vhost = Coded(found.combined, NO_VHOSTS)
            form = Coded(found.combined, self._address_formats)
        else:
            places = space.clients.places[found.combined, found.client]
            host = Coded(places, space.clients.hosts)
            vhost = Coded(places, space.clients.vhosts)
            form = Coded(places, space.clients.formats)
        if found.target[0] == NO_NUMBER:
            read = [space.request(row) or ("", b"") for row in found.line.tolist()]
            rows = np.arange(len(read))
            method, target = (Coded(rows, [*values]) for values in zip(*read, strict=True))
        else:
            method = Coded(found.method, USUAL_METHODS)
            target = Coded(found.target, space.targets.values)
        return RobotRequests(
            host=host,
            time=found.time,
            method=method,
            target=target,
            status=found.status,
            bytes_sent=found.bytes_sent,
            user_agent=Coded(found.agent, space.agents.values),
            vhost=vhost,
            format=form,
            source=Coded(np.zeros_like(found.line), [block.source]),
            offset=found.offset + block.offset,
        )


def _choose(space: _Workspace, line_count: int, day_count: int) -> tuple[list[int], list[Found]]:
    """Return the numbers of the lines that are left, and what robots asked for, in parts."""
    lines = space.lines[:line_count]
    left_count, count = choose_requests(
        space.text,
        lines,
        space.clients.judge(lines),
        space.agents.judge(),
        space.midnights(day_count),
        space.hosts.fields,
        space.targets.fields,
        space.left,
        space.requests,
    )
    space.hosts.learn()
    space.targets.learn()
    found = Found._make(space.requests[:, :count].copy())
    return space.left[:left_count].tolist(), [
        part
        for some in _split(found, found.client < 0)
        for part in _split(some, some.target == NO_NUMBER)
    ]


def _split(found: Found, condition: Booleans) -> Iterator[Found]:
    """Yield the requests of which a condition is true, and those of which it is not, if any."""
    count = np.count_nonzero(condition)
    if count in (0, len(condition)):
        yield from [found] if len(condition) else []
        return
    for rows in (condition, ~condition):
        yield Found._make(column[rows] for column in found)
