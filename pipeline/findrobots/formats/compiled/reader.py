"""Read the lines of a block by compiled loops: the same requests as those of ``in_arrays.py``."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.formats.compiled.fields import NO_NUMBER, Records, add_lines, make_fields
from findrobots.formats.compiled.intrinsics import BLOCK_SIZE
from findrobots.formats.compiled.known import QUOTES, Agents, Clients, Texts
from findrobots.formats.compiled.line import LEFT, LINE
from findrobots.formats.compiled.lines import (
    COLUMNS,
    Columns,
    Found,
    choose_requests,
    read_lines,
)
from findrobots.formats.compiled.marks import WINDOW, Places
from findrobots.formats.fields import escaped_request
from findrobots.formats.structure import METHODS, find_midnight
from findrobots.formats.visitors import ReadLines, Visitors
from findrobots.formats.words import Octets
from findrobots.records import Block

__all__ = ["CompiledReader"]

# Lines that are read at a time.
CHUNK_LINES = 32 * 1024
DIGITS_AND_DOTS = frozenset("0123456789.")
# The virtual hosts of lines that begin with an address, and the usual methods of requests.
NO_VHOSTS, USUAL_METHODS = [""] * len(QUOTES), [*METHODS]


class _Workspace(NamedTuple):
    """What a thread reads lines into, again and again, and what it knows of earlier ones."""

    clients: Clients
    agents: Agents
    hosts: Texts[str]
    targets: Texts[bytes]
    marks: Places
    backslashes: Places
    days: Integers
    unusual: Integers
    left: Integers
    lines: Records
    requests: Columns


def _make_workspace(visitors: Visitors) -> _Workspace:
    marks, backslashes = (np.empty(WINDOW, np.int32) for _ in range(2))
    days, unusual, left = (np.empty(CHUNK_LINES, np.int64) for _ in range(3))
    return _Workspace(
        Clients(visitors),
        Agents(visitors),
        Texts(bytes.decode),
        Texts(bytes),
        marks,
        backslashes,
        days,
        unusual,
        left,
        np.empty(CHUNK_LINES, LINE),
        np.empty((COLUMNS, CHUNK_LINES), np.int64),
    )


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

    def read(self, block: Block, text: bytes) -> ReadLines:
        """Read the lines of a block, of which the text ends with a newline."""
        try:
            space = self._free.pop()
        except IndexError:
            space = _make_workspace(self._visitors)
        octets = np.frombuffer(text, np.uint8)
        requests, begins, ends = list[RobotRequests](), list[Integers](), list[Integers]()
        at = count = 0
        while at < len(text):
            for known in (space.clients, space.agents, space.hosts, space.targets):
                known.make_room()
            line_count, day_count, unusual_count, at = read_lines(
                octets,
                at,
                space.marks,
                space.backslashes,
                self._robots,
                space.clients.fields,
                space.agents.fields,
                space.days,
                space.unusual,
                space.lines,
            )
            lines = space.lines[:line_count]
            _leave_invalid(text, lines, space.unusual[:unusual_count])
            left, found = _choose(octets, text, space, lines, space.days[:day_count])
            for part in found:
                requests.append(self._requests(block, text, space, lines, part))
            begins.append(lines["begin"][left])
            ends.append(lines["end"][left])
            count += line_count
        self._free.append(space)
        return ReadLines(requests, count, np.concatenate(begins), np.concatenate(ends))

    def _requests(
        self, block: Block, text: bytes, space: _Workspace, lines: Records, found: Found
    ) -> RobotRequests:
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
            read = [_read_request(text, line) or ("", b"") for line in lines[found.line]]
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


def _choose(
    octets: Octets, text: bytes, space: _Workspace, lines: Records, days: Integers
) -> tuple[Integers, list[Found]]:
    """Return the numbers of the lines that are left, and what robots asked for, in parts."""
    left_count, count = choose_requests(
        octets,
        lines,
        space.clients.judge(lines),
        space.agents.judge(),
        np.array([find_midnight(text, day) for day in days.tolist()], np.int64),
        space.hosts.fields,
        space.targets.fields,
        space.left,
        space.requests,
    )
    space.hosts.learn()
    space.targets.learn()
    found = Found._make(space.requests[:, :count].copy())
    return space.left[:left_count], [
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


def _leave_invalid(text: bytes, lines: Records, rows: Integers) -> None:
    """Leave those of some lines whose request is invalid to the exact parser."""
    for row in rows.tolist():
        if _read_request(text, lines[row]) is None:
            lines["kind"][row] = LEFT


def _read_request(text: bytes, line: Any) -> tuple[str, bytes] | None:  # noqa: ANN401 (a record)
    return escaped_request(text[line["request"] + 1 : line["request_end"]])
