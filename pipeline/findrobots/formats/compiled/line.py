"""Read a line of the NCSA formats in a compiled function, from its beginning to its end.

A line is taken for the same reasons as in ``structure.py``: if each byte that its values depend on
is what it must be. Each function stops at the newline, so that it stays in the text.
"""

from typing import Any

import numpy as np

from findrobots.arrow import Integers
from findrobots.formats.compiled.fields import (
    NEWLINE,
    NO_NUMBER,
    QUOTE,
    UNKNOWN,
    Fields,
    find_mark,
    find_number,
    number_of,
)
from findrobots.formats.compiled.intrinsics import compiled, word_at
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
from findrobots.formats.visitors import INVALID, PERSON
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
    "number_day",
    "number_target",
    "read_line",
]

# A line that may not be a valid one of the formats is left to the exact parser.
LEFT = INVALID
GET, POST, HEAD = range(OTHER_METHOD)
# In place of the number of a client, if it is an IPv4 address without a user, or one of robots.
ADDRESS, ROBOT_ADDRESS = -1, -2
# In place of the number of a user agent, in a line without one.
NO_AGENT = -1

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

SPACE, TAB, RETURN, DOT, COLON, SLASH, DASH, ZERO, BRACKET, END_BRACKET = (
    np.uint8(octet) for octet in b" \t\r.:/-0[]"
)
WORD_SIZE = 8
BIT, OCTET, TWO_OCTETS, FOUR_OCTETS, TOP_BIT, TOP_BITS, WORD_BITS = (
    np.uint64(bits) for bits in (1, 8, 16, 32, 7, 61, 64)
)
NIBBLE, TEN = np.uint64(0x0F), np.uint64(10)

# No word is read further from the beginning of a line, or from a quote, than this.
FRONT_SIZE, REST_SIZE = 128, 32
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
NUMBERS_OF_ADDRESS, LARGEST_NUMBER, MAX_DIGITS = 4, 255, 3
# Days before it with which the day of a line is compared.
RECENT_DAYS = 4
SIXTY = 60


@compiled
def read_line(  # noqa: PLR0911, PLR0913, PLR0917 (as for read_lines; a return for each reason)
    text: Octets,
    line: Any,  # noqa: ANN401 (a record of LINE)
    robots_text: Octets,
    robots: Fields,
    clients: Fields,
    agents: Fields,
) -> int:
    """Read a line; return a place in it before which it does not end."""
    begin = np.int64(line.begin)
    if begin + FRONT_SIZE > len(text):
        return begin
    time = _read_client(text, line, robots_text, robots, clients)
    if time == begin:
        return begin
    if not _read_second(text, line, time):
        return begin
    line.request = time + TIME_SIZE
    line.method = _method_at(text, time + TIME_SIZE)
    end = find_mark(text, time + TIME_SIZE + 1)
    line.request_end = end
    if text[end] == NEWLINE or end + REST_SIZE > len(text):
        return end
    at = _read_status(text, line, end)
    if at == end:
        return end
    if text[at] == SPACE and text[at + 1] == QUOTE:
        return _read_agent(text, line, at + 1, agents)
    line.combined, line.agent = 0, NO_AGENT
    return _read_rest(text, line, at, COMMON)


@compiled
def _read_client(
    text: Octets,
    line: Any,  # noqa: ANN401 (a record of LINE)
    robots_text: Octets,
    robots: Fields,
    clients: Fields,
) -> int:
    """Read the client of a line; return where the time begins, or the line if it is irregular."""
    begin = np.int64(line.begin)
    host_end = _skip_address(text, begin)
    if host_end > begin and (word_at(text, host_end) & NO_USER_MASK) == NO_USER:
        number = find_number(text, begin, host_end, robots_text, robots)
        if number == NO_NUMBER:
            return begin
        line.client = ADDRESS if number == UNKNOWN else ROBOT_ADDRESS
        return host_end + NO_USER_SIZE
    quote = find_mark(text, begin)
    time = quote - TIME_SIZE
    if text[quote] == NEWLINE or quote + REST_SIZE > len(text) or time < begin + 2:
        return begin
    if text[time] != BRACKET or text[time - 1] != SPACE:
        return begin
    line.client = number_of(text, begin, time - 1, clients)
    return begin if line.client == NO_NUMBER else time


@compiled
def _skip_address(text: Octets, begin: int) -> int:
    """Return where an IPv4 address without leading zeros ends (RFC 6943, section 3.1.1).

    If there is none, it is where it begins.
    """
    at = begin
    for number in range(NUMBERS_OF_ADDRESS):
        if number:
            if text[at] != DOT:
                return begin
            at += 1
        first, value = at, 0
        while at < first + MAX_DIGITS and _is_digit(text[at]):
            value = value * 10 + text[at] - ZERO
            at += 1
        if at == first or value > LARGEST_NUMBER or (text[first] == ZERO and at > first + 1):
            return begin
    return at


@compiled
def _is_digit(octet: np.uint8) -> bool:
    return ZERO <= octet < ZERO + 10


@compiled
def _read_second(text: Octets, line: Any, time: int) -> bool:  # noqa: ANN401 (a record)
    """Read the clock of a line; return whether what is around the time is what it must be."""
    if text[time + CLOCK_AT - 1] != COLON or text[time + TIME_SIZE] != QUOTE:
        return False
    if (word_at(text, time + ZONE_AT) & ZONE_MASK) != ZONE:
        return False
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
def _read_agent(text: Octets, line: Any, at: int, agents: Fields) -> int:  # noqa: ANN401 (a record)
    """Read referrer and user agent from the quote before them; return a place in the line."""
    end = find_mark(text, at + 1)
    if text[end] == NEWLINE or text[end + 1] != SPACE or text[end + 2] != QUOTE:
        return end
    agent = end + 3
    end = find_mark(text, agent)
    if text[end] == NEWLINE:
        return end
    line.combined, line.agent = 1, number_of(text, agent, end, agents)
    if line.agent == NO_NUMBER:
        return end
    return _read_rest(text, line, end + 1, COMBINED)


@compiled
def _read_rest(text: Octets, line: Any, at: int, quotes: int) -> int:  # noqa: ANN401 (a record)
    """Take a line if nothing follows its fields that the exact parser must judge.

    That is a quote not closed, a time before a quote, which begins another request, or what may be
    the end of a line of Traefik. Return a place in the line.
    """
    is_combined = quotes == COMBINED
    after = text[at]
    if after in (SPACE, TAB):
        at = find_mark(text, at)
        while text[at] == QUOTE:
            quotes += 1
            if not is_combined or quotes > MAX_QUOTES or text[at - 2] == END_BRACKET:
                return at
            at = find_mark(text, at + 1)
        if quotes % 2 or (quotes == TRAEFIK and text[at - 1] != QUOTE):
            return at
    elif after != NEWLINE and (after != RETURN or text[at + 1] != NEWLINE):
        return at
    line.kind = PERSON
    return at


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
