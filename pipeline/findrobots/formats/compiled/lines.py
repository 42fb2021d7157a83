"""Read all lines of a text, and choose those of robots, in compiled loops.

Only text is known here: what clients and user agents are is judged between ``read_lines`` and
``choose_requests``.
"""

from typing import Any, NamedTuple

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.compiled.fields import NO_NUMBER, Fields, Records, number_of
from findrobots.formats.compiled.intrinsics import compiled
from findrobots.formats.compiled.line import (
    ADDRESS,
    LEFT,
    ROBOT_ADDRESS,
    number_day,
    number_target,
    read_line,
)
from findrobots.formats.compiled.marks import QUOTE, Places, find_marks, find_newline
from findrobots.formats.structure import HOST_END, MICROSECONDS, OTHER_METHOD
from findrobots.formats.visitors import PERSON, ROBOT
from findrobots.formats.words import Octets

__all__ = ["COLUMNS", "Columns", "Found", "choose_requests", "read_lines"]

Columns = np.ndarray[tuple[int, int], np.dtype[np.int64]]

HEX = np.uint8(ord("x"))


class Found(NamedTuple):
    """The requests of robots in columns.

    ``host`` and ``target`` are numbers, if the host is an address, and the target where it usually
    is. ``line`` is the number of the line, of which the other columns are.
    """

    line: Integers
    offset: Integers
    host: Integers
    target: Integers
    combined: Integers
    client: Integers
    agent: Integers
    time: Integers
    method: Integers
    status: Integers
    bytes_sent: Integers


COLUMNS = len(Found._fields)


@compiled
def read_lines(  # noqa: PLR0913, PLR0917 (arrays are given, because making them takes time)
    text: Octets,
    at: int,
    size: int,
    marks: Places,
    backslashes: Places,
    robots: Fields,
    clients: Fields,
    agents: Fields,
    days: Integers,
    unusual: Integers,
    lines: Records,
) -> tuple[int, int, int, int]:
    """Find the fields of lines, until the end of the text, or until there is no room for more.

    Parameters
    ----------
    text
        The text, and behind it as many bytes as are compared at once.
    at, size
        Where the first line begins, and the last one ends.
    marks, backslashes
        Where their places are stored, for some of the text at a time; see ``find_marks``.
    robots
        The IPv4 addresses all of whose requests are of robots.
    clients, agents
        Where the clients that are no addresses, and the user agents, are numbered; the empty user
        agent has the first number.
    days
        Where the place of the time of each day is stored.
    unusual
        Where the numbers of the lines are stored whose request does not begin as most do.
    lines
        Where the lines are stored, as those of persons, or as left to the exact parser. None of
        these arrays needs more room than this.

    Returns
    -------
    tuple of (int, int, int, int)
        How many lines, days and unusual lines there are, and where the next line begins.
    """
    count = day_count = unusual_count = 0
    while at < size and count < len(lines):
        mark_count, backslash_count = find_marks(text, at, size, marks, backslashes)
        first = passed = 0
        while first < mark_count and count < len(lines):
            last = _find_newline_mark(text, marks, first, mark_count)
            if last == mark_count:
                break
            line = lines[count]
            line.begin, line.end, line.kind = at, marks[last], LEFT
            if read_line(*(text, line, marks, first, last, robots, clients, agents)):
                line.kind = PERSON
            passed = _pass_backslashes(text, line, backslashes, passed, backslash_count)
            if line.kind != LEFT:
                day_count = number_day(text, line, days, day_count)
                if line.method == OTHER_METHOD:
                    unusual[unusual_count] = count
                    unusual_count += 1
            count += 1
            at, first = int(line.end) + 1, last + 1
        if not first:
            # No line ends in what was searched.
            line = lines[count]
            line.begin, line.end, line.kind = at, find_newline(text, at), LEFT
            count += 1
            at = int(line.end) + 1
    return count, day_count, unusual_count, at


@compiled
def _find_newline_mark(text: Octets, marks: Places, first: int, count: int) -> int:
    """Return which of some marks is the first newline from one on; if none, their number."""
    while first < count and text[marks[first]] == QUOTE:
        first += 1
    return first


@compiled
def _pass_backslashes(
    text: Octets,
    line: Any,  # noqa: ANN401 (a record of LINE)
    backslashes: Places,
    passed: int,
    count: int,
) -> int:
    """Judge a line by its backslashes; return how many are passed now."""
    while passed < count and backslashes[passed] < line.end:
        if text[backslashes[passed] + 1] != HEX:
            line.kind = LEFT
        line.method = OTHER_METHOD
        passed += 1
    return passed


@compiled
def choose_requests(  # noqa: PLR0913, PLR0917 (as for read_lines)
    text: Octets,
    lines: Records,
    client_kinds: Columns,
    are_robots: Booleans,
    midnights: Integers,
    hosts: Fields,
    targets: Fields,
    left: Integers,
    requests: Columns,
) -> tuple[int, int]:
    """Find out whose the lines are, and what robots asked for.

    Parameters
    ----------
    text
        The text.
    lines
        Its lines.
    client_kinds
        What the lines of each client are, in two rows: in lines without, and with a user agent. The
        kind of addresses comes last.
    are_robots
        Which user agents are of robots.
    midnights
        When each day begins, negative if there is no such day.
    hosts, targets
        Where the addresses of robots, and what they asked for, are numbered.
    left
        Where the numbers of the lines are stored that are left to the exact parser.
    requests
        Where the requests of robots are stored, a row for each column of ``Found``.

    Returns
    -------
    tuple of (int, int)
        How many lines are left, and how many requests of robots there are.
    """
    left_count = count = 0
    for number in range(len(lines)):
        line = lines[number]
        kind = LEFT
        if line.kind != LEFT and midnights[line.day] >= 0:
            kind = client_kinds[line.combined, max(line.client, ADDRESS)]
        if kind == PERSON and (line.client == ROBOT_ADDRESS or are_robots[line.agent]):
            kind = ROBOT
        host = NO_NUMBER
        if kind == ROBOT and line.client < 0:
            host = number_of(text, line.begin, line.request - HOST_END, hosts)
            if host == NO_NUMBER:
                kind = LEFT
        if kind == LEFT:
            left[left_count] = number
            left_count += 1
        elif kind == ROBOT:
            values = (
                np.int64(number),
                np.int64(line.begin),
                np.int64(host),
                np.int64(number_target(text, line, targets)),
                np.int64(line.combined),
                np.int64(line.client),
                np.int64(line.agent),
                midnights[line.day] + line.second * MICROSECONDS,
                np.int64(line.method),
                np.int64(line.status),
                np.int64(line.bytes_sent),
            )
            for column in range(COLUMNS):
                requests[column, count] = values[column]
            count += 1
    return left_count, count
