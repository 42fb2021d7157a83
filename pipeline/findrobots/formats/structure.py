"""Find the fields of many lines of the NCSA formats at once, at fixed distances from quotes.

In these formats the time ends two bytes before the first quote and has a fixed length, the status
begins two bytes behind the second quote, and a user agent is between the fifth and the sixth. So
newlines and quotes are found first, in one pass, and everything else is compared and read in
arrays, one item per line.

A line is taken only if each byte that its values depend on is what it must be. All others are left
to the exact parser: those with escaped quotes, other spaces than usual, or numbers of nine digits.
"""

from typing import NamedTuple

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.dotted import Key, find_addresses, keys_of
from findrobots.formats.field_cache import cached
from findrobots.formats.fields import escaped_request
from findrobots.formats.timestamps import read_stamp
from findrobots.formats.words import (
    Octets,
    Words,
    digit_run,
    mismatch,
    pattern_of,
    two_digits,
    word,
    words_at,
)

__all__ = [
    "CLIENT_END",
    "COMBINED",
    "COMMON",
    "HOST_END",
    "MAX_QUOTES",
    "METHODS",
    "MICROSECONDS",
    "NO_USER",
    "OTHER_METHOD",
    "TIME_SIZE",
    "TRAEFIK",
    "LineMarks",
    "Structure",
    "find_escapes",
    "find_midnight",
    "mark_lines",
    "match_lines",
    "read_statuses",
    "read_times",
]

NEWLINE, QUOTE, BACKSLASH, HEX, SPACE, RETURN, DOT = b'\n"\\x \r.'
# Quotes of a line in the common and the combined format; more may follow in pairs.
COMMON, COMBINED = 2, 6
# Lines of more quotes go to the exact parser: each pair takes a step.
MAX_QUOTES = 16

# Backslashes of a block up to which it is faster to find one after the other.
FEW_BACKSLASHES = 200

# Words of the front that are read, up to the beginning of the request, and how many bytes of them
# are before the first quote: `    192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] `.
FRONT_WORDS, BEFORE_QUOTE = 8, 50
# From the bracket of the time to the quote before the request: `[01/Sep/2026:10:00:00 +0000] "`.
TIME_SIZE = 29
# From the space before the time to the first quote; what is before it if there is no user.
CLIENT_END, NO_USER = 30, b" - -"
HOST_END = CLIENT_END + len(NO_USER)
# The two words from the second quote on: `" 200 70 "-" "`.
STATUS_WORDS = 2
NEEDED_SIZE = 64

# Bytes in which newlines and quotes are found at a time.
PIECE_SIZE = 256 * 1024

# The parts of the front after the host, each of eight bytes: ` - - [01`, `/Sep/202`, `6:10:00:`,
# `00 +0000`, `] "GET /`. The date and the zone are judged as texts.
BRACKET = pattern_of("____ [__")
CLOCK, SECOND = pattern_of("_:3d:6d:"), pattern_of("6d _____")
QUOTED = pattern_of('] "_____')
STATUS = pattern_of('" ddd __')
# Hours from 24 on: the tens have this bit, the ones one of those that six times the bit shows.
TWENTY, SIX_TIMES_NEXT = np.uint64(0x02 << 16), np.uint64(0x06 << 8)

NO_USER_OCTETS, NO_USER_WORD = np.uint64(0xFFFFFFFF), word(NO_USER)
GET, POST, HEAD = word(b'] "GET /'), word(b'] "POST '), word(b'] "HEAD ')
SLASH, LAST_OCTET = np.uint64(ord("/")), np.uint64(0xFF)
DASH, DASH_TO_ZERO = np.uint64(ord("-")), np.uint64(ord("0") - ord("-"))

# Dates as the time stamps of their midnights; others are left to the exact parser, and so are
# those near the ends of the calendar.
NO_DATE = -1
FIRST_DATE, LAST_DATE = 86_400_000_000, 4_102_444_800_000_000  # 1970-01-02, 2100-01-01
DAY_OCTETS, YEAR_OCTET = np.uint64(48), np.uint64(16)
ZONE_OCTETS = np.uint64(0xFFFFFFFFFF000000)

# What a method is in ``Structure.method``.
METHODS = ("GET", "POST", "HEAD")
OTHER_METHOD = len(METHODS)


class LineMarks(NamedTuple):
    """Where the lines of a text begin and end, and which quotes each has.

    ``marks`` are the places of all quotes and newlines. The quotes of a line are ``quotes`` of them
    from ``first`` on.
    """

    octets: Octets
    marks: Integers
    begin: Integers
    end: Integers
    first: Integers
    quotes: Integers

    def at(self, rows: Integers) -> "LineMarks":
        """Return some of the lines."""
        octets, marks, *columns = self
        return LineMarks(octets, marks, *(column[rows] for column in columns))


class Structure(NamedTuple):
    """The fields of lines: the rows of the lines, whether they were taken, and where each field is.

    Words and widths are those from which times and numbers are read.
    """

    rows: Integers
    taken: Booleans
    begin: Integers
    request: Integers  # the place of the quote before it
    request_end: Integers
    agent: Integers  # the place of the quote before it; as request_end if there is none
    agent_end: Integers
    method: Octets  # the number in METHODS of a request that begins with it, a space and a slash
    day: Integers  # midnight, in microseconds
    key: Key
    is_address: Booleans  # whether the client is an IPv4 address, of which key is the text
    clock: tuple[Words, Words]
    status: Words
    bytes_sent: tuple[Words, Words, Words]

    def at(self, index: Integers) -> "Structure":
        """Return the fields of some of the lines."""
        values = (
            tuple(each[index] for each in column) if isinstance(column, tuple) else column[index]
            for column in self
        )
        found = Structure._make(values)
        return found._replace(key=Key(*found.key))


def mark_lines(text: bytes) -> LineMarks:
    """Find the newlines and quotes of a text that ends with a newline."""
    octets = np.frombuffer(text, np.uint8)
    # In pieces that stay in the processor's cache, so that no large array is made.
    is_newline, is_mark = np.empty((2, PIECE_SIZE), np.bool_)
    found = list[Integers]()
    for at in range(0, len(octets), PIECE_SIZE):
        piece = octets[at : at + PIECE_SIZE]
        size = len(piece)
        np.equal(piece, NEWLINE, out=is_newline[:size])
        np.equal(piece, QUOTE, out=is_mark[:size])
        is_mark[:size] |= is_newline[:size]
        found.append(np.flatnonzero(is_mark[:size]))
        found[-1] += at
    marks = np.concatenate(found)
    newlines = np.flatnonzero(octets[marks] == NEWLINE)
    end = marks[newlines]
    begin, first = np.zeros_like(end), np.zeros_like(end)
    begin[1:], first[1:] = end[:-1] + 1, newlines[:-1] + 1
    return LineMarks(octets, marks, begin, end, first, newlines - first)


def _find_backslashes(text: bytes) -> Integers:
    """Return the places of all backslashes of a text."""
    found, at = list[int](), text.find(b"\\")
    while at >= 0 and len(found) < FEW_BACKSLASHES:
        found.append(at)
        at = text.find(b"\\", at + 1)
    if at < 0:
        return np.array(found, np.int64)
    return np.flatnonzero(np.frombuffer(text, np.uint8) == BACKSLASH)


def find_escapes(text: bytes, ends: Integers) -> tuple[Booleans, Booleans]:
    r"""Return which lines have ``\xNN``, and which have other backslashes, as before a quote.

    ``ends`` is where the lines end.
    """
    escaped, odd = np.zeros((2, len(ends)), np.bool_)
    places = _find_backslashes(text)
    if len(places):
        octets = np.frombuffer(text, np.uint8)
        lines, is_hex = np.searchsorted(ends, places), octets[places + 1] == HEX
        escaped[lines[is_hex]] = True
        odd[lines[~is_hex]] = True
    return escaped, odd


def match_lines(
    text: bytes, lines: LineMarks, rows: Integers, quotes: int, escaped: Booleans
) -> Structure | None:
    """Return the fields of some lines, and which have the structure; None if no line has it.

    Parameters
    ----------
    text
        A text that ends with a newline.
    lines
        Its lines.
    rows
        Numbers of lines that have at least as many quotes as the format, and backslashes only
        before an ``x``.
    quotes
        ``COMMON`` or ``COMBINED``.
    escaped
        Which of the rows have backslashes.
    """
    size = len(text)
    if not len(rows) or size < NEEDED_SIZE:
        return None
    if len(rows) < len(lines.end):
        lines = lines.at(rows)
    octets, marks, begin, end, first, _ = lines
    request, request_end = marks[first], marks[first + 1]
    front_at = np.clip(request - BEFORE_QUOTE, 0, size - 8 * FRONT_WORDS)
    status_at = np.minimum(request_end, size - 8 * STATUS_WORDS)
    bad = (request - CLIENT_END <= begin) | (front_at != request - BEFORE_QUOTE)
    bad |= status_at < request_end

    words = words_at(text, front_at, FRONT_WORDS)
    front = words[2:]
    clock = front[2] ^ CLOCK.value
    wrong = mismatch(front[0], BRACKET) | ((clock | (clock + CLOCK.add)) & CLOCK.mask)
    wrong |= ((clock & TWENTY) * SIX_TIMES_NEXT) & clock
    wrong |= mismatch(front[3], SECOND) | mismatch(front[4], QUOTED)

    status, more = words_at(text, status_at, STATUS_WORDS)
    wrong |= mismatch(status, STATUS)
    number = (status >> DAY_OCTETS) | (more << YEAR_OCTET)
    dash = (number & LAST_OCTET) == DASH
    number += dash * DASH_TO_ZERO
    widths, powers = digit_run(number)
    bad |= (wrong != 0) | (widths == 0) | (dash & (widths != 1))
    number_end = status_at + 6 + widths.astype(np.int64)

    if quotes == COMMON:
        agent = agent_end = request_end
        bad |= ~_ends_field(octets, number_end, end)
    else:
        referrer, referrer_end = marks[first + 2], marks[first + 3]
        agent, agent_end = marks[first + 4], marks[first + 5]
        bad |= (number_end + 1 != referrer) | (octets[number_end] != SPACE)
        bad |= (referrer_end + 2 != agent) | (octets[referrer_end + 1] != SPACE)
        bad |= ~_ends_field(octets, agent_end + 1, end)
        if (lines.quotes != COMBINED).any():
            bad |= _has_odd_fields(lines)

    method = _judge_requests(text, front, request, request_end, bad, escaped)
    if bad.all():
        return None
    day = _days(text, front, request)
    bad |= day == NO_DATE
    if bad.all():
        return None
    sizes = request - HOST_END - begin
    key = keys_of(words[0], words[1], sizes)
    is_address = find_addresses(key, sizes) & (octets[begin] != DOT)
    is_address &= (front[0] & NO_USER_OCTETS) == NO_USER_WORD
    return Structure(
        *(rows, ~bad, begin, request, request_end, agent, agent_end, method, day, key, is_address),
        clock=(front[2], front[3]),
        status=status,
        bytes_sent=(number, widths, powers),
    )


def _ends_field(octets: Octets, places: Integers, end: Integers) -> Booleans:
    """Return whether a field may end at each place: at white space or at the end of the line."""
    after = octets[places]
    ends: Booleans = SEPARATES[after]
    if not ends.all():
        ends |= (after == RETURN) & (places + 1 == end)
    return ends


SEPARATES = np.zeros(256, np.bool_)
SEPARATES[[*b" \t\n"]] = True


def _has_odd_fields(lines: LineMarks) -> Booleans:
    """Return which lines have fields after the user agent that the exact parser must judge.

    That is a quote not closed, a time before a quote, which begins another request, or what may
    be the end of a line of Traefik.
    """
    quotes, first = lines.quotes, lines.first
    odd: Booleans = (quotes % 2 != 0) | (quotes > MAX_QUOTES)
    odd |= (quotes == TRAEFIK) & (lines.octets[lines.end - 1] != QUOTE)
    for number in range(COMBINED, min(int(quotes.max()), MAX_QUOTES)):
        some = np.flatnonzero(quotes > number)
        odd[some] |= lines.octets[lines.marks[first[some] + number] - 2] == BRACKET_END
    return odd


# Quotes of a line of Traefik, which ends with a duration behind the last one.
TRAEFIK = 10
BRACKET_END = ord("]")


def _judge_requests(  # noqa: PLR0913, PLR0917 (what is known of the lines)
    text: bytes,
    front: list[Words],
    request: Integers,
    request_end: Integers,
    bad: Booleans,
    escaped: Booleans,
) -> Octets:
    """Return the methods of requests; mark the lines whose request is invalid as bad.

    A request that may be escaped is one of ``OTHER_METHOD``, which are read one by one.
    """
    begins = front[4]
    method = np.zeros(len(begins), np.uint8)
    others = np.flatnonzero(((begins != GET) | escaped) & ~bad)
    begins, slash = begins[others], (front[5][others] & LAST_OCTET) == SLASH
    found = np.full(len(others), OTHER_METHOD, np.uint8)
    found[slash & (begins == POST) & ~escaped[others]] = METHODS.index("POST")
    found[slash & (begins == HEAD) & ~escaped[others]] = METHODS.index("HEAD")
    method[others] = found
    for line in others[found == OTHER_METHOD].tolist():
        if escaped_request(text[request[line] + 1 : request_end[line]]) is None:
            bad[line] = True
    return method


def _days(text: bytes, front: list[Words], request: Integers) -> Integers:
    """Return the midnight before each time; the lines of a day are judged together."""
    month = front[1]
    rest = (front[0] >> DAY_OCTETS) | ((front[2] & LAST_OCTET) << YEAR_OCTET)
    rest |= front[3] & ZONE_OCTETS
    changes = (month[1:] != month[:-1]) | (rest[1:] != rest[:-1])
    starts = [0, *(np.flatnonzero(changes) + 1).tolist()]
    midnights = [find_midnight(text, quote - TIME_SIZE) for quote in request[starts].tolist()]
    if len(starts) == 1:
        return np.full(len(month), midnights[0], np.int64)
    return np.repeat(midnights, np.diff([*starts, len(month)]))


def find_midnight(text: bytes, time: int) -> int:
    """Return the midnight before the time at a place of a text, or ``NO_DATE``."""
    return _midnight(text[time + 1 : time + 12], text[time + 22 : time + 27])


@cached(1 << 12)
def _midnight(date: bytes, zone: bytes) -> int:
    """Return the midnight at which a date begins, like ``01/Sep/2026``, ``+0200``.

    >>> _midnight(b"01/Jan/2000", b"+0000"), _midnight(b"31/Feb/2000", b"+0000")
    (946684800000000, -1)
    """
    midnight = read_stamp(b"%b:00:00:00 %b" % (date, zone))
    in_range = midnight is not None and FIRST_DATE <= midnight < LAST_DATE
    return midnight if in_range and midnight is not None else NO_DATE


MICROSECONDS = 1_000_000


def read_times(lines: Structure) -> Integers:
    """Return the times of lines, in microseconds since 1970-01-01 UTC."""
    clock, second = lines.clock
    hours, minutes, seconds = two_digits(clock, 2), two_digits(clock, 5), two_digits(second, 0)
    since = (hours * np.uint64(60) + minutes) * np.uint64(60) + seconds
    return lines.day + since.astype(np.int64) * MICROSECONDS


def read_statuses(lines: Structure) -> Integers:
    """Return the statuses of lines."""
    hundreds = (lines.status >> YEAR_OCTET) & np.uint64(0x0F)
    return (hundreds * np.uint64(100) + two_digits(lines.status, 3)).astype(np.int64)
