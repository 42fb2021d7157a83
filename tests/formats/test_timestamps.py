import pytest
from findrobots.errors import TimezoneError
from findrobots.formats import FORMATS, Dialect, choose_formats
from findrobots.formats.parse import parse_lines
from findrobots.formats.timestamps import read_stamp
from findrobots.records import Lines

SEPTEMBER = 1788256800  # 2026-09-01 10:00 UTC


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        (b"01/Sep/2026:10:00:00.25 +0000", 0.25),
        (b"01/Sep/2026:10:00:00", 0),
        (b"2026-09-01T15:30:00+05:30", 0),
        (b"2026-09-01 09:59:60.5Z", 0.5),
        (b"2026-09-01T10:00:00,123456789", 0.123456),
        (b"1788256800123.5", 0.1235),
    ],
)
def test_stamps_become_microseconds(stamp, seconds):
    assert read_stamp(stamp) == (SEPTEMBER * 1_000_000) + round(seconds * 1_000_000)


@pytest.mark.parametrize(
    "stamp",
    [b"", b"-", b"2026-02-30T10:00:00Z", b"2026-09-01", b"12345678901", b"01/Foo/2026:10:00:00"],
)
def test_what_is_no_time_is_none(stamp):
    assert read_stamp(stamp) is None


def test_only_a_stamp_without_an_offset_is_read_in_the_time_zone():
    berlin = "Europe/Berlin"
    assert read_stamp(b"2026-09-01 12:00:00", berlin) == SEPTEMBER * 1_000_000
    assert read_stamp(b"2026-01-01 12:00:00", berlin) == read_stamp(b"2026-01-01 11:00:00")
    for stamp in (b"2026-09-01T12:00:00Z", b"1788256800", b"01/Sep/2026:12:00:00 +0000"):
        assert read_stamp(stamp, berlin) == read_stamp(stamp)


def test_the_time_zone_is_that_of_logs_without_an_offset():
    for row in FORMATS:
        lines = Lines("a.log", [0], row.example.encode())
        (here,) = parse_lines(lines)
        (there,) = parse_lines(lines, Dialect(timezone="Europe/Berlin"))
        assert here.time[0] - there.time[0] == (7_200_000_000 if row.name == "haproxy" else 0)


@pytest.mark.parametrize("name", ["Nowhere", "", "../etc/passwd", "Europe"])
def test_a_time_zone_that_does_not_exist_is_refused(name):
    with pytest.raises(TimezoneError, match="Unknown time zone"):
        choose_formats(Dialect(timezone=name))
