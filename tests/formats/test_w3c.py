import pytest
from findrobots.errors import FormatError
from findrobots.formats import Dialect, choose_formats
from findrobots.formats.parse import parse_lines
from findrobots.records import Lines, Reject, Requests
from findrobots.robots.filter import make_filter
from findrobots.storage.discovery import find_sources
from support.parsing import parse
from support.scans import scan

FIELDS = "#Fields: time date c-ip cs-method cs-uri-stem cs(User-Agent) sc-status sc-bytes cs-host"


def test_fields_decide():
    request = parse(
        b"10:00:00.5 2026-09-01 ::1 GET /robots.txt Abot 200 70 Example.org:80\r", FIELDS
    )
    assert request[:3] == ("::1", 1788256800_500000, "GET")
    assert request[3:8] == (b"/robots.txt", 200, 70, "Abot", "example.org")


@pytest.mark.parametrize(
    ("logged", "user_agent"),
    [
        (b"-", ""),
        (b"Abot/1+(a;++http://a.example)", "Abot/1 (a; +http://a.example)"),
        (b"Abot/1%20(+http://a.example)", "Abot/1 (+http://a.example)"),
        (b"Abot/1%2520caf%25C3%25A9", "Abot/1 café"),
        (b'"Abot 1 ""a"" +b"', 'Abot 1 "a" +b'),
    ],
)
def test_user_agents_are_read_as_servers_write_them(logged, user_agent):
    line = b"10:00:00 2026-09-01 ::1 GET /robots.txt %b 200 70 -" % logged
    assert parse(line, FIELDS).user_agent == user_agent


def test_only_times_that_are_local_are_read_in_the_time_zone():
    line = b"2026-09-01 12:00:00 192.0.2.1 GET /robots.txt"
    for suffix, hours in (("", 0), ("-local", 2)):
        fields = f"#Fields: date{suffix} time{suffix} c-ip cs-method cs-uri-stem"
        lines = Lines("a.log", [0], line)
        (utc,) = parse_lines(lines, Dialect(fields))
        (berlin,) = parse_lines(lines, Dialect(fields, timezone="Europe/Berlin"))
        assert utc.time[0] - berlin.time[0] == hours * 3_600_000_000


@pytest.mark.parametrize(
    ("fields", "needed"),
    [("#Fields: date time", "c-ip"), ("#Fields: c-ip date time cs-method", "cs-uri-stem")],
)
def test_a_log_that_lacks_what_is_needed_is_refused(fields, needed):
    with pytest.raises(FormatError, match=f"a field {needed} is needed"):
        choose_formats(Dialect(fields))


def test_real_lines_are_read_by_the_fields_in_front_of_them(real_logs):
    lines = (real_logs / "formats/w3c-iis.log").read_text().splitlines()
    (fields,) = [line for line in lines if line.startswith("#Fields:")]
    found = [parse(line.encode(), fields) for line in lines if line.startswith("2012-08-15")]
    assert [item.host for item in found if isinstance(item, Requests)] == ["70.95.0.0", "173.5.0.0"]
    assert [item.reason for item in found if isinstance(item, Reject)] == ["no client address"]


HEADERS = [
    b"#Fields: date time c-ip cs-method cs-uri-stem sc-status",
    b"#Fields: c-ip date time sc-status cs-uri-stem cs-method",
]


def scan_lines(tmp_path, *lines):
    """Scan a log of some lines."""
    (tmp_path / "w3c.log").write_bytes(b"\r\n".join(lines))
    return scan(find_sources(tmp_path / "w3c.log"))


@pytest.mark.parametrize("times", [1, 25_000], ids=["one batch of lines", "several batches"])
def test_the_header_decides_also_where_it_changes_within_a_file(tmp_path, times):
    found = scan_lines(
        tmp_path,
        b"#Software: Any 1.0",
        HEADERS[0],
        *[b"2026-09-01 10:00:00 192.0.2.1 GET /robots.txt 200"] * times,
        *[b"2026-09-01 10:00:01 192.0.2.2 GET /robots.txt 404"] * times,
        HEADERS[1],
        *[b"192.0.2.3 2026-09-01 10:00:02 200 /robots.txt GET"] * times,
        b"192.0.2.9 2026-09-01 10:00:02 200 /index.html GET",
        HEADERS[0],
        *[b"2026-09-01 10:00:03 192.0.2.4 GET /robots.txt 200"] * times,
    )
    assert found.reject_count == 0
    assert found.hosts["host"].to_pylist() == [f"192.0.2.{n}" for n in (1, 2, 3, 4)]
    assert found.hosts["status_4xx"].to_pylist() == [0, times, 0, 0]


def test_lines_after_a_header_without_a_client_may_have_another_format(tmp_path):
    found = scan_lines(
        tmp_path,
        b"#Fields: date time cs-uri-stem",
        b"2026-09-01 10:00:00 /robots.txt",
        b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 1',
        b"#Fields:",
        b"2026-09-01 10:00:00 /robots.txt",
    )
    assert found.reject_count == 2
    assert found.hosts["host"].to_pylist() == ["192.0.2.1"]


def test_the_real_log_of_iis_is_read_by_its_header(real_logs):
    path = real_logs / "formats/w3c-iis.log"
    found = scan(find_sources(path), make_filter("/Products/theProduct"))
    assert found.hosts["host"].to_pylist() == ["70.95.0.0"]
