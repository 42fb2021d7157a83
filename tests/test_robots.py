import pytest

from pipeline.errors import RequestPathError
from pipeline.formats import parse_line
from pipeline.lines import Line, Reading
from pipeline.robots import encode_paths, is_wanted, request_path

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


def line(text):
    return parse_line(Line("a.log", 0, text))


START = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "'


def test_a_referrer_or_user_agent_that_says_the_path_is_no_request_for_it():
    referred = line(START + b'GET /a HTTP/1.1" 200 1 "http://x/robots.txt" "GET /robots.txt"')
    assert not is_wanted(referred, PATHS)


def test_rejects_and_readings_are_kept():
    assert is_wanted(line(b"junk /robots.txt"), PATHS)
    assert is_wanted(Reading("a.log", 1, 1, None), PATHS)


def test_other_paths_can_be_asked_for():
    wanted = line(START + b'GET /llms.txt HTTP/1.1" 200 1')
    assert is_wanted(wanted, (b"/llms.txt", b"/robots.txt"))
    assert not is_wanted(wanted, PATHS)


def test_paths_are_sorted_and_distinct():
    assert encode_paths(["/b", "/a", "/b"]) == (b"/a", b"/b")
    assert encode_paths("/robots.txt") == PATHS


@pytest.mark.parametrize("path", ["robots.txt", "", "/a b", "/a?b", '/a"b', "/a\\b", "/a\nb", "/#"])
def test_a_path_that_no_log_can_hold_is_refused(path):
    with pytest.raises(RequestPathError, match="a request path begins with /"):
        encode_paths([path])
