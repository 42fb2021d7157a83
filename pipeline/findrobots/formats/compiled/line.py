"""Read a line of the NCSA formats in a compiled function, from its beginning to its end.

A line is taken for the same reasons as in ``structure.py``: if each byte that its values depend on
is what it must be. Its quotes and its newline are ``marks[first]`` to ``marks[last]``.
"""

from typing import Any

import numpy as np

from findrobots.arrow import Integers
from findrobots.formats.compiled.fields import (
    NO_NUMBER,
    UNKNOWN,
    Fields,
    find_number,
    number_of,
)
from findrobots.formats.compiled.intrinsics import (
    compiled,
    count_bits,
    within_at,
    word_at,
)
from findrobots.formats.compiled.marks import NEWLINE, QUOTE, Places
from findrobots.formats.structure import (
    COMBINED,
    COMMON,
    HOST_END,
    MAX_QUOTES,
    METHODS,
    OTHER_METHOD,
    TIME_SIZE,
    TRAEFIK,
)
from findrobots.formats.visitors import INVALID
from findrobots.formats.words import (
    EIGHTS,
    FOUR_MASK,
    FOURS,
    HIGH_BITS,
    LOW_BITS,
    NO_DIGIT,
    PAIR_MASK,
    PAIRS,
    WIDTHS,
    ZEROS,
    Octets,
    pattern_of,
    word,
)

__all__ = [
    "ADDRESS",
    "LEFT",
    "LINE",
    "NO_AGENT",
    "ROBOT_ADDRESS",
    "is_address",
    "number_day",
    "number_target",
    "read_line",
]

# A line that may not be a valid one of the formats is left to the exact parser.
LEFT = INVALID
GET, POST, HEAD = range(OTHER_METHOD)
# In place of the number of a client, if it is an IPv4 address without a user, or one of robots.
ADDRESS, ROBOT_ADDRESS = -1, -2
# The number of the empty user agent, which a line without one has.
NO_AGENT = 0

# Where a line begins, and the quotes around its request; the numbers of its client, its user agent
# and its day. ``combined`` is 1 if the line has a user agent.
LINE = np.dtype(
    [
        (name, np.int32)
        for name in (
            *("begin", "end", "request", "request_end", "combined", "client", "agent"),
            *("day", "second", "method", "status", "bytes_sent", "kind"),
        )
    ]
)

SPACE, TAB, RETURN, DOT, COLON, SLASH, DASH, BRACKET, END_BRACKET = (
    np.uint8(octet) for octet in b" \t\r.:/-[]"
)
ZERO, TWO, THREE, FIVE, SIX, NINE = (np.uint8(digit) for digit in b"023569")
WORD_SIZE = 8
BIT, OCTET, TWO_OCTETS, FOUR_OCTETS, TOP_BIT, TOP_BITS, WORD_BITS = (
    np.uint64(bits) for bits in (1, 8, 16, 32, 7, 61, 64)
)
NIBBLE, TEN = np.uint64(0x0F), np.uint64(10)

# From the bracket of the time in `[01/Sep/2026:10:00:00 +0000] "`.
MONTH_AT, CLOCK_AT, ZONE_AT = 5, 13, 21
NO_USER, NO_USER_MASK = word(b" - - ["), word(b"\xff" * 6)
# From the end of a host to the bracket of the time if there is no user.
NO_USER_SIZE = HOST_END - TIME_SIZE
ZONE, ZONE_MASK = word(b" \0\0\0\0\0] "), word(b"\xff\0\0\0\0\0\xff\xff")
CLOCK, CLOCK_ADD, CLOCK_MASK = pattern_of("3d:6d:6d")
STATUS, STATUS_ADD, STATUS_MASK = pattern_of('" ddd __')
VERSION, VERSION_ADD, VERSION_MASK = pattern_of("HTTP/d.d")
VERSION_SIZE, STATUS_SIZE = 8, 6
# Hours from 24 on: the tens have this bit, the ones one of those that six times the bit shows.
TWENTY, SIX_TIMES_NEXT = np.uint64(0x02), np.uint64(0x06 << 8)
METHOD_AT = -2
GET_WORD, POST_WORD, HEAD_WORD = (word(text) for text in (b'] "GET /', b'] "POST ', b'] "HEAD '))
POST_SIZE = 6
TARGETS_AT = np.array([len(method) + 2 for method in METHODS])
DOTS, SHORTEST_ADDRESS, LONGEST_ADDRESS = 3, len("1.1.1.1"), len("255.255.255.255")
# Days before it with which the day of a line is compared.
RECENT_DAYS = 4
SIXTY = 60


@compiled
def read_line(  # noqa: PLR0913, PLR0917 (as for read_lines)
    text: Octets,
    line: Any,  # noqa: ANN401 (a record of LINE)
    marks: Places,
    first: int,
    last: int,
    robots: Fields,
    clients: Fields,
    agents: Fields,
) -> bool:
    """Read a line; return whether it is taken."""
    if last < first + COMMON or last > first + MAX_QUOTES:
        return False
    request, end = np.int64(marks[first]), np.int64(marks[first + 1])
    time = request - TIME_SIZE
    if not (
        _is_around_time(text, line.begin, time)
        and _read_client(text, line, time, robots, clients)
        and _read_second(text, line, time)
    ):
        return False
    line.request, line.request_end = request, end
    line.method = _method_at(text, request)
    at = _read_status(text, line, end)
    if at == end:
        return False
    if text[at] == SPACE and text[at + 1] == QUOTE:
        return _read_agent(text, line, marks, first, last, agents)
    line.combined, line.agent = 0, NO_AGENT
    return last == first + COMMON and _is_end(text, marks, last, last, at)


@compiled
def _is_around_time(text: Octets, begin: int, time: int) -> bool:
    """Return whether what is around a time is what it must be."""
    return (
        time >= begin + 2
        and text[time - 1] == SPACE
        and text[time] == BRACKET
        and text[time + CLOCK_AT - 1] == COLON
        and (word_at(text, time + ZONE_AT) & ZONE_MASK) == ZONE
    )


@compiled
def _read_client(
    text: Octets,
    line: Any,  # noqa: ANN401 (a record of LINE)
    time: int,
    robots: Fields,
    clients: Fields,
) -> bool:
    """Read the client of a line; return whether it is regular."""
    begin, host_end = np.int64(line.begin), time - NO_USER_SIZE
    if is_address(text, begin, host_end) and (word_at(text, host_end) & NO_USER_MASK) == NO_USER:
        number = find_number(text, begin, host_end, robots)
        line.client = ADDRESS if number == UNKNOWN else ROBOT_ADDRESS
        return number != NO_NUMBER
    line.client = number_of(text, begin, time - 1, clients)
    return line.client != NO_NUMBER


@compiled
def is_address(text: Octets, begin: int, end: int) -> bool:
    """Return whether a field is an IPv4 address without leading zeros (RFC 6943, section 3.1.1).

    Each number has a bit for each byte, of the first the lowest: there are no branches, which are
    mispredicted where numbers have now two digits, now three.
    """
    size = end - begin
    if not SHORTEST_ADDRESS <= size <= LONGEST_ADDRESS:
        return False
    all_bytes = (1 << size) - 1
    dots = within_at(text, begin, DOT, DOT) & all_bytes
    digits = within_at(text, begin, ZERO, NINE) & all_bytes
    firsts, ends = dots << 1 | 1, dots | 1 << size
    seconds, thirds = digits >> 1, digits >> 2
    zeros = within_at(text, begin, ZERO, ZERO)
    twos, fives = within_at(text, begin, TWO, TWO), within_at(text, begin, FIVE, FIVE)
    above_five = within_at(text, begin, SIX, NINE)
    above_255 = twos & (above_five >> 1 | (fives >> 1 & above_five >> 2))
    above_255 |= within_at(text, begin, THREE, NINE)
    wrong = firsts & ends | firsts & zeros & seconds
    wrong |= firsts & seconds & thirds & (digits >> 3 | above_255)
    return (dots | digits) == all_bytes and count_bits(dots) == DOTS and wrong == 0


@compiled
def _read_second(text: Octets, line: Any, time: int) -> bool:  # noqa: ANN401 (a record)
    """Read the clock of a line; return whether it is one."""
    clock = word_at(text, time + CLOCK_AT) ^ CLOCK
    wrong = (clock | (clock + CLOCK_ADD)) & CLOCK_MASK
    wrong |= ((clock & TWENTY) * SIX_TIMES_NEXT) & clock
    if wrong:
        return False
    minute = _two_digits(clock, 0) * SIXTY + _two_digits(clock, 3)
    line.second = minute * SIXTY + _two_digits(clock, 6)
    return True


@compiled
def _two_digits(digits: np.uint64, place: int) -> int:
    tens, ones = digits >> np.uint64(8 * place), digits >> np.uint64(8 * place + 8)
    return np.int64((tens & NIBBLE) * TEN + (ones & NIBBLE))


@compiled
def _method_at(text: Octets, request: int) -> int:
    begins = word_at(text, request + METHOD_AT)
    if begins == GET_WORD:
        return GET
    if text[request + POST_SIZE] == SLASH:
        if begins == POST_WORD:
            return POST
        if begins == HEAD_WORD:
            return HEAD
    return OTHER_METHOD


@compiled
def _read_status(text: Octets, line: Any, end: int) -> int:  # noqa: ANN401 (a record)
    """Read the status and the number of bytes; return where they end, if they are regular."""
    status = word_at(text, end) ^ STATUS
    if (status | (status + STATUS_ADD)) & STATUS_MASK:
        return end
    hundreds = np.int64((status >> TWO_OCTETS) & NIBBLE)
    line.status = hundreds * 100 + _two_digits(status, 3)
    at = end + STATUS_SIZE
    line.bytes_sent = 0
    if text[at] == DASH:
        return at + 1
    digits = word_at(text, at) ^ ZEROS
    others = (((digits & LOW_BITS) + NO_DIGIT) | digits) & HIGH_BITS
    width = np.uint64(WORD_SIZE)
    if others:
        # What is before the first byte that is no digit.
        ends = (others & (~others + BIT)) >> TOP_BIT
        width = (ends * WIDTHS) >> TOP_BITS
        if width == 0:
            return end
        digits = (digits & (ends - BIT)) << (WORD_BITS - width * OCTET)
    pairs = (digits * PAIRS) >> OCTET
    fours = ((pairs & PAIR_MASK) * FOURS) >> TWO_OCTETS
    line.bytes_sent = np.int64(((fours & FOUR_MASK) * EIGHTS) >> FOUR_OCTETS)
    return at + np.int64(width)


@compiled
def _read_agent(  # noqa: PLR0913, PLR0917 (as for read_lines)
    text: Octets,
    line: Any,  # noqa: ANN401 (a record of LINE)
    marks: Places,
    first: int,
    last: int,
    agents: Fields,
) -> bool:
    """Read referrer and user agent of a line; return whether it is taken."""
    if last < first + COMBINED:
        return False
    agent, end = np.int64(marks[first + 4]), np.int64(marks[first + 5])
    if marks[first + 3] != agent - 2 or text[agent - 1] != SPACE:
        return False
    line.combined, line.agent = 1, number_of(text, agent + 1, end, agents)
    return line.agent != NO_NUMBER and _is_end(text, marks, first + COMBINED, last, end + 1)


@compiled
def _is_end(text: Octets, marks: Places, first: int, last: int, at: int) -> bool:
    """Return whether nothing follows the fields of a line that the exact parser must judge.

    That is a quote not closed, a time before a quote, which begins another request, or what may be
    the end of a line of Traefik. ``first`` is the first mark behind the fields.
    """
    after, end = text[at], np.int64(marks[last])
    if after not in (SPACE, TAB):
        return after == NEWLINE or (after == RETURN and at + 1 == end)
    for mark in range(first, last):
        if text[marks[mark] - 2] == END_BRACKET:
            return False
    more = last - first
    return more % 2 == 0 and (more != TRAEFIK - COMBINED or text[end - 1] == QUOTE)


@compiled
def number_target(text: Octets, line: Any, targets: Fields) -> int:  # noqa: ANN401 (a record)
    """Return the number of a target; ``NO_NUMBER`` if it is not where it usually is."""
    if line.method == OTHER_METHOD:
        return NO_NUMBER
    begin = line.request + TARGETS_AT[line.method]
    end = line.request_end - VERSION_SIZE - 1
    if end <= begin or text[end] != SPACE or text[end - 1] == SPACE:
        return NO_NUMBER
    version = word_at(text, end + 1) ^ VERSION
    if (version | (version + VERSION_ADD)) & VERSION_MASK:
        return NO_NUMBER
    return number_of(text, begin, end, targets)


@compiled
def number_day(text: Octets, line: Any, days: Integers, count: int) -> int:  # noqa: ANN401 (a record)
    """Find the day and the zone of a line among the last ones; return how many there are now."""
    time = np.int64(line.request) - TIME_SIZE
    for number in range(count - 1, max(count - 1 - RECENT_DAYS, -1), -1):
        day = days[number]
        if (
            word_at(text, day) == word_at(text, time)
            and word_at(text, day + MONTH_AT) == word_at(text, time + MONTH_AT)
            and word_at(text, day + ZONE_AT) == word_at(text, time + ZONE_AT)
        ):
            line.day = number
            return count
    days[count] = time
    line.day = count
    return count + 1
