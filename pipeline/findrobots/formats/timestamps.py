"""Stamps as logs write them to microseconds since 1970-01-01 UTC."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import repeat
from operator import add

from findrobots.errors import TimezoneError
from findrobots.formats.field_cache import cached

__all__ = ["CLOCK", "Columns", "clock_times", "find_zone", "read_stamp", "stamp_times"]

# The fields of some lines by name, each as the log writes it: a value a line.
Columns = Mapping[str, Sequence[bytes]]

MICROSECONDS = 1_000_000
MONTHS = {
    month: number
    for number, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
MONTHS |= {b"%02d" % number: number for number in range(1, 13)}

# The time of NCSA's formats, in parts that recur: 17/Dec/2012:00, 59:59, -0600.
CLOCK = (
    rb"(?P<hour>\d\d/[A-Z][a-z][a-z]/\d{4}:[0-2]\d)"
    rb":(?P<minute>[0-5]\d:(?:[0-5]\d|60)) (?P<zone>[+-]\d{4})"
)
# Minute and second to microseconds; the 60th second is a leap second.
MINUTES = {
    b"%02d:%02d" % (minute, second): (minute * 60 + second) * MICROSECONDS
    for minute in range(60)
    for second in range(61)
}

TIME = (
    rb"(?P<hour>\d\d):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)(?:[.,](?P<fraction>\d++))?"
    rb"[ \t]?(?P<zone>Z|UTC|[+-]\d\d:?\d\d)?"
)
STAMPS = (
    # strftime's %d/%b/%Y:%H:%M:%S %z, as NCSA httpd wrote it first.
    re.compile(rb"(?P<day>\d\d)/(?P<month>[A-Z][a-z][a-z])/(?P<year>\d{4}):" + TIME),
    # ISO 8601 and RFC 3339.
    re.compile(rb"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T \t]" + TIME),
)
# What Python, and all who agree on nothing else in ISO 8601, can write in UTC: an offset may
# lead beyond it.
FIRST = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
# Since 1970: seconds, or milliseconds, microseconds, nanoseconds, as the digits tell of
# any time between 2001 and 2286.
EPOCH = re.compile(rb"(\d{1,10}|\d{13}|\d{16}|\d{19})(?:\.(\d++))?")


def clock_times(columns: Columns) -> list[int | None]:
    """Read the times of lines whose pattern has ``CLOCK``."""
    hours = [*map(_hour, columns["hour"], columns["zone"])]
    minutes = [*map(MINUTES.__getitem__, columns["minute"])]
    try:
        return [*map(add, hours, minutes)]
    except TypeError:  # an hour that never was
        return [
            None if hour is None else hour + minute
            for hour, minute in zip(hours, minutes, strict=True)
        ]


@cached(1 << 12)
def _hour(hour: bytes, zone: bytes) -> int | None:
    """Return when an hour like ``17/Dec/2012:00``, ``-0600`` began, or None if it never did."""
    return read_stamp(b"%b:00:00 %b" % (hour, zone))


def stamp_times(columns: Columns, timezone: str = "UTC") -> list[int | None]:
    """Read the times of lines that have them whole, as ``time``."""
    return [*map(read_stamp, columns["time"], repeat(timezone))]


@cached(1 << 12)
def read_stamp(stamp: bytes, timezone: str = "UTC") -> int | None:
    """Read a stamp, in a time zone where it names no offset; None for what is no time.

    Of an hour that comes twice when clocks are set back, the first is taken.

    >>> read_stamp(b"1970-01-01T01:00:00.25+01:00"), read_stamp(b"1.5")
    (250000, 1500000)
    """
    if match := EPOCH.fullmatch(stamp):
        return _since_epoch(match[1], match[2] or b"")
    matches = filter(None, (row.fullmatch(stamp) for row in STAMPS))
    return next((_instant(match.groupdict(), timezone) for match in matches), None)


def _since_epoch(digits: bytes, fraction: bytes) -> int:
    seconds = min(len(digits), 10)
    return int(digits[:seconds]) * MICROSECONDS + _microseconds(digits[seconds:] + fraction)


def _microseconds(fraction: bytes) -> int:
    return int(fraction[:6].ljust(6, b"0"))


def _instant(parts: Mapping[str, bytes | None], timezone: str) -> int | None:
    """Return the instant that the parts of a stamp name."""
    year, month, day, hour, minute, second, fraction, zone = (
        parts[name] or b""
        for name in ("year", "month", "day", "hour", "minute", "second", "fraction", "zone")
    )
    place = UTC if zone else find_zone(timezone)
    try:
        began = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), tzinfo=place)
    except (KeyError, ValueError):
        return None
    seconds = int(began.timestamp()) + int(second) - _seconds_east(zone)
    if not FIRST <= seconds < LAST:
        return None
    return seconds * MICROSECONDS + _microseconds(fraction)


@cache
def find_zone(timezone: str) -> tzinfo:
    """Return a time zone.

    Raises
    ------
    TimezoneError
        There is none of that name.
    """
    if timezone == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 (only this pays for it)

    try:
        return ZoneInfo(timezone)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise TimezoneError(timezone) from error


def _seconds_east(zone: bytes) -> int:
    """Return how far east of Greenwich a zone like ``-0530`` is, in seconds.

    >>> _seconds_east(b"-05:30"), _seconds_east(b"Z")
    (-19800, 0)
    """
    digits = zone.lstrip(b"+-").replace(b":", b"")
    if not digits.isdigit():
        return 0
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-60 if zone.startswith(b"-") else 60)
