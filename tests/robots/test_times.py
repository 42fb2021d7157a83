from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from findrobots.errors import TimeBoundError
from findrobots.records import EPOCH
from findrobots.robots.filter import make_filter
from findrobots.robots.times import check_lasting, read_time
from hypothesis import given
from hypothesis import strategies as st

# Two days before, the clocks of Berlin went back by an hour.
NOW = datetime(2026, 10, 27, 8, 30, 15, 999_999, UTC)


def read(text, timezone="UTC"):
    return EPOCH + timedelta(microseconds=read_time("since", text, timezone, now=NOW))


@pytest.mark.parametrize(
    ("text", "timezone", "time"),
    [
        ("now", "UTC", "2026-10-27T08:30:15+00:00"),
        ("36h", "UTC", "2026-10-25T20:30:15+00:00"),
        ("90m", "UTC", "2026-10-27T07:00:15+00:00"),
        ("7d", "UTC", "2026-10-20T08:30:15+00:00"),
        ("2 weeks", "UTC", "2026-10-13T08:30:15+00:00"),
        ("Yesterday", "UTC", "2026-10-26T00:00:00+00:00"),
        ("today", "UTC", "2026-10-27T00:00:00+00:00"),
        ("today", "Pacific/Auckland", "2026-10-27T00:00:00+13:00"),
        ("yesterday", "America/Los_Angeles", "2026-10-26T00:00:00-07:00"),
        ("7d", "Europe/Berlin", "2026-10-20T09:30:15+02:00"),
        ("168h", "Europe/Berlin", "2026-10-20T10:30:15+02:00"),
        ("2026-09-01", "Europe/Berlin", "2026-09-01T00:00:00+02:00"),
        ("2026-09-01T12:00+02:00", "UTC", "2026-09-01T10:00:00+00:00"),
    ],
)
def test_a_time_is_relative_to_now_in_the_time_zone(text, timezone, time):
    assert read(text, timezone) == datetime.fromisoformat(time)


@given(st.integers(0, 9999), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]))
def test_days_ago_are_the_same_time_of_day(days, timezone):
    zone = ZoneInfo(timezone)
    then, now = read(f"{days}d", timezone).astimezone(zone), NOW.astimezone(zone)
    assert (now.date() - then.date()).days == days
    # A time that the clocks pass over is read as an hour later or earlier.
    assert then.time() == now.time().replace(microsecond=0) or then.utcoffset() != now.utcoffset()


@pytest.mark.parametrize(
    "text", ["", "d", "7", "7x", "-7d", "7d ago", "tomorrow", "\u0667d", "999999w"]
)
def test_what_is_no_time_is_an_error_that_says_how_to_write_one(text):
    with pytest.raises(TimeBoundError, match=r"Write it like 2026-09-01, .* 7d, 36h, today or"):
        read(text)


def test_a_filter_takes_relative_times():
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=36)
    since = EPOCH + timedelta(microseconds=make_filter(since="36h", until="now").since)
    assert timedelta(0) <= since - before < timedelta(minutes=5)


def test_an_update_needs_a_time_that_lasts():
    check_lasting(since="2026-09-01", until=None)
    with pytest.raises(TimeBoundError, match="needs the same time in each run") as error:
        check_lasting(since="2026-09-01", until="yesterday")
    assert error.value.parameter == "until"
