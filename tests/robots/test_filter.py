from datetime import datetime, timedelta, timezone

import pytest
from findrobots.errors import RequestPathError, TimeBoundError, TimezoneError
from findrobots.formats.parse import parse_lines
from findrobots.records import Lines, Reading
from findrobots.robots.filter import Scope, choose_scope, keep_wanted, request_path

ROBOTS = Scope()


@pytest.mark.parametrize(
    "target",
    [
        *(b"/robots.txt", b"/robots.txt?", b"/robots.txt?a=/b?c"),
        *(b"http://example.com/robots.txt", b"HTTPS://example.com:8443/robots.txt?x"),
        b"http://[2001:db8::1]/robots.txt",
    ],
)
def test_targets_for_robots_txt(target):
    assert request_path(target) == b"/robots.txt"


@pytest.mark.parametrize(
    "target",
    [
        *(b"/a/robots.txt", b"/robots.txt.bak", b"/robots.txt/", b"//robots.txt", b"/ROBOTS.TXT"),
        *(b"/?/robots.txt", b"/go?to=http://example.com/robots.txt", b"robots.txt", b"*"),
        *(b"http://example.com", b"http://example.com?/robots.txt", b"http:/robots.txt"),
        *(b"http://example.com/a/robots.txt", b"example.com:443", b"", b"ftp://a/robots.txt"),
    ],
)
def test_targets_for_something_else(target):
    assert request_path(target) != b"/robots.txt"


START = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "'


def parse(*texts):
    (requests,) = parse_lines(Lines("a.log", list(range(len(texts))), b"\n".join(texts)))
    return requests


def test_a_referrer_or_user_agent_that_says_the_path_is_no_request_for_it():
    referred = parse(START + b'GET /a HTTP/1.1" 200 1 "http://x/robots.txt" "GET /robots.txt"')
    assert keep_wanted(referred, scope=ROBOTS).host == []


def test_rejects_and_readings_are_kept():
    for item in (parse(b"junk /robots.txt"), Reading("a.log")):
        assert keep_wanted(item, scope=ROBOTS) == item


def test_of_many_requests_the_wanted_ones_are_kept_whole():
    requests = parse(*(START + b'GET /%d HTTP/1.1" 200 %d' % (n % 3, n) for n in range(9)))
    kept = keep_wanted(requests, scope=Scope((b"/1", b"/2")))
    assert kept.bytes_sent == kept.offset == [1, 2, 4, 5, 7, 8]
    assert {len(column) for column in kept} == {6}
    assert keep_wanted(requests, scope=Scope((b"/0", b"/1", b"/2"))) is requests


def test_of_virtual_hosts_the_wanted_ones_are_kept():
    line = START[:-1] + b'"GET /robots.txt HTTP/1.1" 200 7'
    requests = parse(*(name + line for name in (b"a:80 ", b"b:80 ", b"A. ")))
    kept = keep_wanted(requests, scope=Scope(vhosts=("a", "c")))
    assert kept.vhost == ["a", "a"]
    assert keep_wanted(requests, scope=Scope((b"/",), vhosts=("a",))).host == []


def test_of_times_those_between_the_bounds_are_kept():
    lines = (
        START.replace(b"10:00", b"%02d:00" % hour) + b'GET /robots.txt HTTP/1.1" 200 7'
        for hour in range(24)
    )
    requests = parse(*lines)
    scope = choose_scope(since="2026-09-01T02:00", until="2026-09-01T06:00+02:00")
    assert keep_wanted(requests, scope=scope).time == requests.time[2:4]
    assert keep_wanted(requests, scope=scope._replace(until=None)).time == requests.time[2:]
    assert keep_wanted(requests, scope=scope._replace(since=None)).time == requests.time[:4]


def test_equal_choices_are_one_scope():
    one = choose_scope(["/b", "/a", "/b"], vhosts=["B.example", "a"], since="2026-09-01")
    other = choose_scope(
        ["/a", "/b"],
        vhosts=["a", "b.example", "a"],
        since=datetime(2026, 9, 1, 2, tzinfo=timezone(timedelta(hours=2))),
    )
    assert one == other
    assert choose_scope("/robots.txt") == Scope()
    assert one.told() == "/a or /b on a on b.example since 2026-09-01 00:00:00"


def test_a_time_without_an_offset_is_that_of_the_time_zone():
    berlin = choose_scope(since="2026-09-01", timezone="Europe/Berlin")
    assert berlin == choose_scope(since="2026-09-01T00:00+02:00")
    with pytest.raises(TimezoneError):
        choose_scope(since="2026-09-01", timezone="Nowhere")


@pytest.mark.parametrize("time", ["yesterday", "", "2026-13-01", "12:00", "\x1b"])
def test_what_is_no_time_is_refused(time):
    with pytest.raises(TimeBoundError, match="write it like 2026-09-01 or "):
        choose_scope(until=time)


def test_bounds_with_nothing_between_them_are_refused():
    with pytest.raises(TimeBoundError, match="--until 2026-09-01: it is not later than --since"):
        choose_scope(since="2026-09-01", until="2026-09-01")


@pytest.mark.parametrize("path", ["robots.txt", "", "/a b", "/a?b", '/a"b', "/a\\b", "/a\nb", "/#"])
def test_a_path_that_no_log_can_hold_is_refused(path):
    with pytest.raises(RequestPathError, match="a request path begins with /"):
        choose_scope([path])
