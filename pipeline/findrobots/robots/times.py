"""Read times as users write them: ISO 8601, or relative to now."""

import re
from datetime import UTC, datetime, time, timedelta

from findrobots.errors import TimeBoundError
from findrobots.formats import find_zone
from findrobots.records import EPOCH

__all__ = ["check_lasting", "is_relative", "read_time"]

AGO = re.compile(r"(?P<count>\d{1,6}) ?(?P<unit>[a-z]+)", re.ASCII)
# Units of days, on the clock of the time zone, and of minutes, which pass.
DAYS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
MINUTES = {"m": 1, "min": 1, "minutes": 1, "h": 60, "hour": 60, "hours": 60}
# Midnight at the beginning of a day, by how many days ago that is.
MIDNIGHTS = {"today": 0, "yesterday": 1}
HINT = "write it like 2026-09-01, 2026-09-01T12:00:00+02:00, 7d, 36h, today or yesterday"


def is_relative(text: object) -> bool:
    """Return whether a time depends on when it is read.

    >>> [is_relative(text) for text in ("7d", "Yesterday", "2026-09-01", None)]
    [True, True, False, False]
    """
    if not isinstance(text, str):
        return False
    words = text.strip().lower()
    return words in {"now", *MIDNIGHTS} or AGO.fullmatch(words) is not None


def check_lasting(**bounds: object) -> None:
    """Check that times are the same in each run, as those of a table that is updated must be.

    Raises
    ------
    TimeBoundError
        A time is relative to now.
    """
    for parameter, bound in bounds.items():
        if is_relative(bound):
            hint = "an update needs the same time in each run: write it like 2026-09-01"
            raise TimeBoundError(parameter, bound, hint)


def read_time(
    parameter: str, bound: str | datetime | None, timezone: str, *, now: datetime | None = None
) -> int | None:
    """Read a time as microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    parameter
        The argument's name, for errors.
    bound
        ISO 8601 or a datetime; or relative to now: ``7d`` and ``2w`` are the same time of day
        7 days and 2 weeks earlier, ``36h`` and ``90m`` are 36 hours and 90 minutes earlier,
        ``today`` and ``yesterday`` the midnights at which these days begin. None for no time.
    timezone
        The time zone of times without an offset, and of days.
    now
        The present time; by default that of the clock.

    Raises
    ------
    TimeBoundError
        It is not a time.
    TimezoneError
        There is no such time zone.
    """
    if bound is None:
        return None
    try:
        if isinstance(bound, str) and is_relative(bound):
            present = (now or datetime.now(UTC)).replace(microsecond=0)
            instant = _read_relative(bound.strip().lower(), present, timezone)
        else:
            instant = datetime.fromisoformat(bound) if isinstance(bound, str) else bound
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=find_zone(timezone))
        return (instant - EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError) as error:
        raise TimeBoundError(parameter, bound, HINT) from error


def _read_relative(words: str, now: datetime, timezone: str) -> datetime:
    """Return a time relative to now."""
    here = now.astimezone(find_zone(timezone))
    if words in MIDNIGHTS:
        day = here.date() - timedelta(days=MIDNIGHTS[words])
        return datetime.combine(day, time.min, here.tzinfo)
    if (ago := AGO.fullmatch(words)) is None:
        return now
    count, unit = int(ago["count"]), ago["unit"]
    if unit in DAYS:
        # Python subtracts days on the clock of the time zone.
        return here - timedelta(days=count * DAYS[unit])
    if unit not in MINUTES:
        raise ValueError(words)
    return now - timedelta(minutes=count * MINUTES[unit])
