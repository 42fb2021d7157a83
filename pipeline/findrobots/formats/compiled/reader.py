"""Read the lines of a block by compiled loops: the same requests as those of ``in_arrays.py``."""

from collections.abc import Hashable
from itertools import chain
from typing import Any, NamedTuple, TypeVar

import numpy as np

from findrobots.arrow import Integers
from findrobots.formats.coded import Coded, RobotRequests
from findrobots.formats.compiled.fields import (
    NO_NUMBER,
    Fields,
    Records,
    add_lines,
    forget,
    make_fields,
)
from findrobots.formats.compiled.intrinsics import BLOCK_SIZE
from findrobots.formats.compiled.line import LEFT, LINE
from findrobots.formats.compiled.lines import COLUMNS, Columns, Found, choose_requests, read_lines
from findrobots.formats.compiled.marks import WINDOW, Places
from findrobots.formats.fields import escaped_request, escaped_text
from findrobots.formats.structure import (
    COMBINED,
    COMMON,
    METHODS,
    find_midnight,
)
from findrobots.formats.visitors import (
    INVALID,
    NO_CLIENT,
    PERSON,
    Client,
    ReadLines,
    Visitors,
)
from findrobots.records import Block

__all__ = ["CompiledReader"]

Value = TypeVar("Value", bound=Hashable)

# Lines that are read at a time, and so the most distinct fields of each kind.
CHUNK_LINES = 32 * 1024
# In lines without, and with a user agent.
QUOTES = (COMMON, COMBINED)
DIGITS_AND_DOTS = frozenset("0123456789.")


class _Buffers(NamedTuple):
    """What a thread reads lines into, again and again, since making arrays takes time."""

    marks: Places
    backslashes: Places
    clients: Fields
    agents: Fields
    hosts: Fields
    targets: Fields
    days: Integers
    unusual: Integers
    left: Integers
    lines: Records
    requests: Columns


def _make_buffers() -> _Buffers:
    marks, backslashes = (np.empty(WINDOW, np.int32) for _ in range(2))
    clients, agents, hosts, targets = (make_fields(CHUNK_LINES) for _ in range(4))
    days, unusual, left = (np.empty(CHUNK_LINES, np.int64) for _ in range(3))
    requests = np.empty((COLUMNS, CHUNK_LINES), np.int64)
    lines = np.empty(CHUNK_LINES, LINE)
    return _Buffers(
        marks, backslashes, clients, agents, hosts, targets, days, unusual, left, lines, requests
    )


class CompiledReader:
    """Reads the lines of the formats, in as many threads as want to."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        addresses = sorted(
            host for host in visitors.robot_hosts if DIGITS_AND_DOTS.issuperset(host)
        )
        text = "\n".join([*addresses, "\n" * BLOCK_SIZE]).encode()
        self._robots_text = np.frombuffer(text, np.uint8)
        self._robots = make_fields(len(addresses) + 1)
        add_lines(self._robots_text, self._robots)
        self._free = list[_Buffers]()

    def read(self, block: Block, text: bytes) -> ReadLines:
        """Read the lines of a block, of which the text ends with a newline."""
        try:
            buffers = self._free.pop()
        except IndexError:
            buffers = _make_buffers()
        octets = np.frombuffer(text, np.uint8)
        requests, begins, ends = list[RobotRequests](), list[Integers](), list[Integers]()
        at = count = 0
        while at < len(text):
            for fields in (buffers.clients, buffers.agents, buffers.hosts, buffers.targets):
                forget(fields)
            line_count, day_count, unusual_count, at = read_lines(
                octets,
                at,
                buffers.marks,
                buffers.backslashes,
                self._robots_text,
                self._robots,
                buffers.clients,
                buffers.agents,
                buffers.days,
                buffers.unusual,
                buffers.lines,
            )
            lines = buffers.lines[:line_count]
            _leave_invalid(text, lines, buffers.unusual[:unusual_count])
            left, found = self._judge(block, text, buffers, lines, buffers.days[:day_count])
            requests += found
            begins.append(lines["begin"][left])
            ends.append(lines["end"][left])
            count += line_count
        self._free.append(buffers)
        return ReadLines(requests, count, np.concatenate(begins), np.concatenate(ends))

    def _judge(
        self, block: Block, text: bytes, buffers: _Buffers, lines: Records, days: Integers
    ) -> tuple[Integers, list[RobotRequests]]:
        """Return the numbers of the lines that are left, and the requests of robots if any."""
        agents = [*_texts(text, buffers.agents), b""]
        clients = self._judge_clients(_texts(text, buffers.clients), lines)
        left_count, count = choose_requests(
            np.frombuffer(text, np.uint8),
            lines,
            self._kinds_of(clients),
            np.array([*map(self._visitors.agents.__getitem__, agents)]),
            np.array([find_midnight(text, day) for day in days.tolist()], np.int64),
            buffers.hosts,
            buffers.targets,
            buffers.left,
            buffers.requests,
        )
        left = buffers.left[:left_count]
        if not count:
            return left, []
        found = Found._make(buffers.requests[:, :count].copy())
        host, vhost, form = self._read_clients(_texts(text, buffers.hosts), found, clients)
        method, target = _read_targets(text, buffers, lines, found)
        agent = _used(found.agent, agents)
        return left, [
            RobotRequests(
                host=host,
                time=found.time,
                method=method,
                target=target,
                status=found.status,
                bytes_sent=found.bytes_sent,
                user_agent=Coded(agent.codes, [*map(escaped_text, agent.values)]),
                vhost=vhost,
                format=form,
                source=Coded(np.zeros(count, np.int64), [block.source]),
                offset=found.offset + block.offset,
            )
        ]

    def _judge_clients(self, fields: list[bytes], lines: Records) -> list[list[Client]]:
        """Return what clients that are no addresses say, in lines of each number of quotes."""
        combined = lines["combined"]
        return [
            [*map(self._visitors.clients[quotes].__getitem__, fields)]
            if fields and (combined == row).any()
            else [NO_CLIENT] * len(fields)
            for row, quotes in enumerate(QUOTES)
        ]

    def _kinds_of(self, clients: list[list[Client]]) -> Columns:
        """Return the kinds of clients as ``choose_requests`` reads them."""
        formats = [self._visitors.address_formats[quotes] for quotes in QUOTES]
        return np.array(
            [
                [*(client.kind for client in row), PERSON if form else INVALID]
                for row, form in zip(clients, formats, strict=True)
            ],
            np.int64,
        )

    def _read_clients(
        self, addresses: list[bytes], found: Found, clients: list[list[Client]]
    ) -> tuple[Coded[str], Coded[str], Coded[str]]:
        """Return the hosts, virtual hosts and formats of requests."""
        hosts = [*map(bytes.decode, addresses)]
        formats = [self._visitors.address_formats[quotes] for quotes in QUOTES]
        vhosts = [""] * len(QUOTES)
        host, form = found.host, found.combined
        others = [*chain(*clients)]
        if not others:
            return Coded(host, hosts), Coded(form, vhosts), Coded(form, formats)
        numbers = found.combined * len(clients[0]) + found.client
        host = np.where(found.client < 0, host, numbers + len(hosts))
        form = np.where(found.client < 0, form, numbers + len(QUOTES))
        hosts += [client.host for client in others]
        vhosts += [client.vhost for client in others]
        formats += [client.format for client in others]
        return _used(host, hosts), _used(form, vhosts), _used(form, formats)


def _read_targets(
    text: bytes, buffers: _Buffers, lines: Records, found: Found
) -> tuple[Coded[str], Coded[bytes]]:
    """Return the methods and targets of requests; unusual ones are read one by one."""
    methods, targets = [*METHODS], _texts(text, buffers.targets)
    for row in np.flatnonzero(found.target == NO_NUMBER).tolist():
        found.method[row], found.target[row] = len(methods), len(targets)
        method, target = _read_request(text, lines[found.line[row]]) or ("", b"")
        methods.append(method)
        targets.append(target)
    return Coded(found.method, methods), Coded(found.target, targets)


def _leave_invalid(text: bytes, lines: Records, rows: Integers) -> None:
    """Leave those of some lines whose request is invalid to the exact parser."""
    for row in rows.tolist():
        if _read_request(text, lines[row]) is None:
            lines["kind"][row] = LEFT


def _read_request(text: bytes, line: Any) -> tuple[str, bytes] | None:  # noqa: ANN401 (a record)
    return escaped_request(text[line["request"] + 1 : line["request_end"]])


def _texts(text: bytes, fields: Fields) -> list[bytes]:
    """Return the distinct fields of a text."""
    places = fields.places[: fields.state[1]]
    ends = zip(places["begin"].tolist(), places["end"].tolist(), strict=True)
    return [text[begin:end] for begin, end in ends]


def _used(codes: Integers, values: list[Value]) -> Coded[Value]:
    """Return a column with those values alone that it has."""
    return Coded(codes, values).at(np.arange(len(codes)))
