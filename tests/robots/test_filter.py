import re
import string
from datetime import datetime, timedelta, timezone

import pytest
from findrobots.errors import InvalidPathError, TimeBoundError, TimezoneError
from findrobots.formats.coded import code_requests
from findrobots.records import Requests, SourceStatus
from findrobots.robots.column_filter import filter_columns
from findrobots.robots.filter import RequestFilter, filter_requests, make_filter, request_path
from hypothesis import given
from hypothesis import strategies as st
from support.parsing import parse_together

ROBOTS = RequestFilter()


@pytest.mark.parametrize(
    "target",
    [
        *(b"/robots.txt", b"/robots.txt?", b"/robots.txt?a=/b?c"),
        *(b"http://example.com/robots.txt", b"HTTPS://example.com:8443/robots.txt?x"),
        *(b"http://[2001:db8::1]/robots.txt", b"http://me:secret@example.com:80/robots.txt#x"),
        *(b"/robots.txt#x", b"/robots.txt#x?y", b"/robots.txt?x#y"),
        *(
            b"/%72obots.txt",
            b"/robots%2Etxt",
            b"/robots%2etxt?%3f",
            b"/%72%6F%62%6f%74%73%2E%74%78%74",
        ),
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
        *(
            b"/robots.txt;x",
            b"%2Frobots.txt",
            b"/%2Frobots.txt",
            b"/robots.txt%3F",
            b"/robots.txt%00",
        ),
        *(b"/%2572obots.txt", b"/%7obots.txt", b"/#/robots.txt", b"/./robots.txt"),
    ],
)
def test_targets_for_something_else(target):
    assert request_path(target) != b"/robots.txt"


@given(st.binary())
def test_what_encodes_nothing_but_unreserved_characters_is_the_same_path(text):
    unreserved = (string.ascii_letters + string.digits + "-._~").encode()
    encoded = b"".join(b"%%%02x" % byte if byte in unreserved else bytes([byte]) for byte in text)
    if not re.search(rb"%[0-9A-Fa-f]{0,2}", text):
        assert request_path(b"/" + encoded) == request_path(b"/" + text)


def test_a_wanted_path_may_be_given_in_any_spelling():
    requests = parse_together(
        *(START + b'GET /%s HTTP/1.1" 200 7' % path for path in (b"~a", b"%7Ea", b"b"))
    )
    for path in ("/~a", "/%7Ea", "/%7e%61"):
        assert len(filter_requests(requests, request_filter=make_filter(path)).host) == 2


START = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "'


def test_a_referrer_or_user_agent_that_says_the_path_is_no_request_for_it():
    referred = parse_together(
        START + b'GET /a HTTP/1.1" 200 1 "http://x/robots.txt" "GET /robots.txt"'
    )
    assert filter_requests(referred, request_filter=ROBOTS).host == []


def test_rejects_and_statuses_are_kept():
    for item in (parse_together(b"junk /robots.txt"), SourceStatus("a.log")):
        assert filter_requests(item, request_filter=ROBOTS) == item


def test_of_many_requests_the_wanted_ones_are_kept_whole():
    requests = parse_together(*(START + b'GET /%d HTTP/1.1" 200 %d' % (n % 3, n) for n in range(9)))
    kept = filter_requests(requests, request_filter=RequestFilter((b"/1", b"/2")))
    assert kept.bytes_sent == kept.offset == [1, 2, 4, 5, 7, 8]
    assert {len(column) for column in kept} == {6}
    assert (
        filter_requests(requests, request_filter=RequestFilter((b"/0", b"/1", b"/2"))) is requests
    )


def test_of_virtual_hosts_the_wanted_ones_are_kept():
    line = START[:-1] + b'"GET /robots.txt HTTP/1.1" 200 7'
    requests = parse_together(*(name + line for name in (b"a:80 ", b"b:80 ", b"A. ")))
    kept = filter_requests(requests, request_filter=RequestFilter(vhosts=("a", "c")))
    assert kept.vhost == ["a", "a"]
    assert (
        filter_requests(requests, request_filter=RequestFilter((b"/",), vhosts=("a",))).host == []
    )


def test_of_times_those_between_the_bounds_are_kept():
    lines = (
        START.replace(b"10:00", b"%02d:00" % hour) + b'GET /robots.txt HTTP/1.1" 200 7'
        for hour in range(24)
    )
    requests = parse_together(*lines)
    request_filter = make_filter(since="2026-09-01T02:00", until="2026-09-01T06:00+02:00")
    assert filter_requests(requests, request_filter=request_filter).time == requests.time[2:4]
    assert (
        filter_requests(requests, request_filter=request_filter._replace(until=None)).time
        == requests.time[2:]
    )
    assert (
        filter_requests(requests, request_filter=request_filter._replace(since=None)).time
        == requests.time[:4]
    )


def test_equal_choices_give_equal_filters():
    one = make_filter(["/b", "/a", "/b"], vhosts=["B.example", "a"], since="2026-09-01")
    other = make_filter(
        ["/a", "/b"],
        vhosts=["a", "b.example", "a"],
        since=datetime(2026, 9, 1, 2, tzinfo=timezone(timedelta(hours=2))),
    )
    assert one == other
    assert make_filter("/robots.txt") == RequestFilter()
    assert one.describe() == "/a or /b on a on b.example since 2026-09-01 00:00:00"


def test_a_time_without_an_offset_is_that_of_the_time_zone():
    berlin = make_filter(since="2026-09-01", timezone="Europe/Berlin")
    assert berlin == make_filter(since="2026-09-01T00:00+02:00")
    with pytest.raises(TimezoneError):
        make_filter(since="2026-09-01", timezone="Nowhere")


@pytest.mark.parametrize("time", ["tomorrow", "", "2026-13-01", "12:00", "\x1b"])
def test_what_is_no_time_is_refused(time):
    with pytest.raises(TimeBoundError, match="Write it like 2026-09-01, "):
        make_filter(until=time)


def test_bounds_with_nothing_between_them_are_refused():
    with pytest.raises(TimeBoundError, match="Give a time later than since"):
        make_filter(since="2026-09-01", until="2026-09-01")


@pytest.mark.parametrize("path", ["robots.txt", "", "/a b", "/a?b", '/a"b', "/a\\b", "/a\nb", "/#"])
def test_a_path_that_no_log_can_hold_is_refused(path):
    with pytest.raises(InvalidPathError, match="a request path begins with /"):
        make_filter([path])


PATHS = st.sampled_from([b"/robots.txt", b"/%72obots.txt?x", b"/a", b"http://a/robots.txt"])
ROWS = st.lists(
    st.tuples(
        *(st.just("192.0.2.1"), st.integers(0, 9), st.just("GET"), PATHS, st.just(200)),
        *(st.just(1), st.just(""), st.sampled_from(["", "a", "b"]), st.just("combined")),
        *(st.just("a.log"), st.integers(0, 99)),
    ),
    min_size=1,
    max_size=20,
)


@given(
    ROWS,
    st.sampled_from([(), ("a",), ("a", "b")]),
    st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 9),
)
def test_requests_in_columns_are_filtered_alike(rows, vhosts, since, until):
    requests = Requests._make(map(list, zip(*rows, strict=True)))
    wanted = RequestFilter(vhosts=vhosts, since=since, until=until)
    kept = filter_columns(code_requests(requests), request_filter=wanted)
    assert kept.decode() == filter_requests(requests, request_filter=wanted)


def test_what_is_no_request_passes_the_filter_of_columns():
    status = SourceStatus("a.log")
    assert filter_columns(status, request_filter=ROBOTS) is status
