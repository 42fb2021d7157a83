"""Convert timestamps in logs to microseconds since 1970-01-01 UTC."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from itertools import repeat
from operator import add

from findrobots.errors import TimezoneError
from findrobots.formats.field_cache import cached
from findrobots.formats.suggest import suggestion

__all__ = ["CLOCK", "Columns", "clock_times", "find_zone", "read_stamp", "stamp_times"]

# The fields of some lines by name, as the log writes them: one value per line.
Columns = Mapping[str, Sequence[bytes]]

MICROSECONDS = 1_000_000
MONTHS = {
    month: number
    for number, month in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
MONTHS |= {b"%02d" % number: number for number in range(1, 13)}

# The time in NCSA formats, in parts that recur and can be cached: 17/Dec/2012:00, 59:59, -0600.
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
    # strftime's %d/%b/%Y:%H:%M:%S %z, introduced by NCSA httpd.
    re.compile(rb"(?P<day>\d\d)/(?P<month>[A-Z][a-z][a-z])/(?P<year>\d{4}):" + TIME),
    # ISO 8601 and RFC 3339.
    re.compile(rb"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T \t]" + TIME),
)
# The range that Python, and ISO 8601 without further agreement, can write in UTC; an offset
# may lead out of it.
FIRST = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
# Since 1970: seconds, or milliseconds, microseconds, nanoseconds. For any time between 2001 and
# 2286 the number of digits identifies the unit.
EPOCH = re.compile(rb"(\d{1,10}|\d{13}|\d{16}|\d{19})(?:\.(\d++))?")


def clock_times(columns: Columns) -> list[int | None]:
    """Convert the times of lines whose pattern contains ``CLOCK``."""
    hours = [*map(_hour, columns["hour"], columns["zone"])]
    minutes = [*map(MINUTES.__getitem__, columns["minute"])]
    try:
        return [*map(add, hours, minutes)]
    except TypeError:  # an hour of an invalid date
        return [
            None if hour is None else hour + minute
            for hour, minute in zip(hours, minutes, strict=True)
        ]


@cached(1 << 12)
def _hour(hour: bytes, zone: bytes) -> int | None:
    """Convert an hour like ``17/Dec/2012:00``, ``-0600``; None if invalid."""
    return read_stamp(b"%b:00:00 %b" % (hour, zone))


def stamp_times(columns: Columns, timezone: str = "UTC") -> list[int | None]:
    """Convert the times of lines that have them in one field, ``time``."""
    return [*map(read_stamp, columns["time"], repeat(timezone))]


@cached(1 << 12)
def read_stamp(stamp: bytes, timezone: str = "UTC") -> int | None:
    """Convert a timestamp to microseconds since 1970-01-01 UTC; None if invalid.

    ``timezone`` applies to timestamps without an offset. If clocks are set back and an hour
    occurs twice, the first one is meant.

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
    """Convert the parts of a timestamp."""
    year, month, day, hour, minute, second, fraction, zone = (
        parts[name] or b""
        for name in ("year", "month", "day", "hour", "minute", "second", "fraction", "zone")
    )
    tz = UTC if zone else find_zone(timezone)
    try:
        moment = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), tzinfo=tz)
    except (KeyError, ValueError):
        return None
    seconds = int(moment.timestamp()) + int(second) - _utc_offset(zone)
    if not FIRST <= seconds < LAST:
        return None
    return seconds * MICROSECONDS + _microseconds(fraction)


@cache
def find_zone(timezone: str) -> tzinfo:
    """Return the time zone of a name such as Europe/Berlin.

    Raises
    ------
    TimezoneError
        There is no such time zone.
    """
    if timezone == "UTC":
        return UTC
    from zoneinfo import (  # noqa: PLC0415 (imported only where it is needed)
        ZoneInfo,
        ZoneInfoNotFoundError,
        available_timezones,
    )

    try:
        return ZoneInfo(timezone)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise TimezoneError(timezone, suggestion(timezone, available_timezones())) from error


def _utc_offset(zone: bytes) -> int:
    """Return the offset from UTC of a zone like ``-0530``, in seconds.

    >>> _utc_offset(b"-05:30"), _utc_offset(b"Z")
    (-19800, 0)
    """
    digits = zone.lstrip(b"+-").replace(b":", b"")
    if not digits.isdigit():
        return 0
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-60 if zone.startswith(b"-") else 60)
