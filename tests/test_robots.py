import pytest

from pipeline.errors import RequestPathError
from pipeline.formats import parse_lines
from pipeline.lines import Lines, Reading
from pipeline.robots import encode_paths, keep_wanted, request_path

PATHS = (b"/robots.txt",)


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
    assert keep_wanted(referred, paths=PATHS).host == []


def test_rejects_and_readings_are_kept():
    for item in (parse(b"junk /robots.txt"), Reading("a.log", 1, 1, None)):
        assert keep_wanted(item, paths=PATHS) == item


def test_of_many_requests_the_wanted_ones_are_kept_whole():
    requests = parse(*(START + b'GET /%d HTTP/1.1" 200 %d' % (n % 3, n) for n in range(9)))
    kept = keep_wanted(requests, paths=(b"/1", b"/2"))
    assert kept.bytes_sent == kept.offset == [1, 2, 4, 5, 7, 8]
    assert {len(column) for column in kept} == {6}
    assert keep_wanted(requests, paths=(b"/0", b"/1", b"/2")) is requests


def test_of_virtual_hosts_the_wanted_ones_are_kept():
    line = START[:-1] + b'"GET /robots.txt HTTP/1.1" 200 7'
    requests = parse(*(name + line for name in (b"a:80 ", b"b:80 ", b"A. ")))
    kept = keep_wanted(requests, paths=PATHS, vhosts=frozenset({"a", "c"}))
    assert kept.vhost == ["a", "a"]
    assert keep_wanted(requests, paths=(b"/",), vhosts=frozenset({"a"})).host == []


def test_paths_are_sorted_and_distinct():
    assert encode_paths(["/b", "/a", "/b"]) == (b"/a", b"/b")
    assert encode_paths("/robots.txt") == PATHS


@pytest.mark.parametrize("path", ["robots.txt", "", "/a b", "/a?b", '/a"b', "/a\\b", "/a\nb", "/#"])
def test_a_path_that_no_log_can_hold_is_refused(path):
    with pytest.raises(RequestPathError, match="a request path begins with /"):
        encode_paths([path])
