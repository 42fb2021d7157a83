"""Lines built against every pattern: none may take more than linear time.

Time is the processor time of this thread, and the least of several repetitions, so that
other work on the machine does not count.
"""

import contextlib
import heapq
import re
import time
from functools import partial
from itertools import islice

import pytest
from findrobots.cli.text_width import padded
from findrobots.errors import FormatError
from findrobots.formats import FORMATS, Dialect, choose_formats, w3c
from findrobots.formats import fields as texts
from findrobots.formats import timestamps as times
from findrobots.formats.client_address import canonical_host, listed_host
from findrobots.formats.containers import RUNTIMES, parse_part
from findrobots.formats.directives import split_string
from findrobots.formats.parse import parse_lines
from findrobots.formats.prefixes import PREFIXES, remove_prefix
from findrobots.records import Lines
from findrobots.robots.filter import request_path
from findrobots.robots.rules import RobotsTxt
from findrobots.sanitize import printable, without_credentials
from findrobots.storage.urls import translate_error
from support.project import PROJECT

# Bytes of a line in the first round, in which all are matched once, and of those in the second,
# in which the slowest of each pattern are measured.
SCREENED = 4096
SHORT, LONG = 1 << 14, 1 << 16
SLOWEST = 4
STEP = 7  # of the lines against a row, every seventh is tried; all of them take half a minute
# Four times the length takes four times as long, or sixteen times if time is quadratic.
MAX_RATIO = 9
MIN_SECONDS = 0.002  # below it, a ratio says nothing: at LONG, quadratic time takes a second
MAX_ROUNDS = 10
JUNK = (b" ", b'"', b"\\", b"\\x", b'" ', b"- ", b"[", b"] ", b"{", b"}", b"1", b"a", b"a ", b"\t")
JUNK += (
    b",",
    b", ",
    b":",
    b"/",
    b"//",
    b"%",
    b"+",
    b"'",
    b"a=",
    b"\xff",
    b"\r",
    b'""',
    b'" "',
    b"1.",
)
LINE = '192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 70 "-" "Abot/1"'
ROWS = {
    **{row.name: (row, row.example) for row in FORMATS},
    **{
        string: (choose_formats(Dialect(string))[0], example)
        for string, example in {
            '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"': LINE,
            '"%{X-Forwarded-For}i" %u %t %m %U%q %H %>s %O': (
                '"192.0.2.1, 192.0.2.2" u s [01/Sep/2026:10:00:00 +0000] GET /a?b HTTP/1.1 200 70'
            ),
            "%a|%{%d/%b/%Y:%T %z}t|%r|%s|%B": "192.0.2.1|01/Sep/2026:10:00:00 +0000|GET / H|200|7",
            "$remote_addr - $remote_user [$time_local] '$request' $status $http_user_agent": (
                "192.0.2.1 - u s [01/Sep/2026:10:00:00 +0000] 'GET / HTTP/1.1' 200 Abot/1"
            ),
            "#Fields: date time x c-ip cs-method cs-uri-stem sc-status cs(User-Agent)": (
                '2026-09-01 10:00:00 "a ""b""" 192.0.2.1, 192.0.2.2 GET /robots.txt 200 Abot/1+x'
            ),
        }.items()
    },
}
CACHED = (canonical_host, request_path, times.read_stamp, w3c._text, texts.escaped_text)  # noqa: SLF001 (emptied only)
CACHED += (texts.plain_text, texts.escaped_request, texts.number)


def split(text):
    with contextlib.suppress(FormatError):
        split_string(text.decode("latin-1"))


def lines_against(example):
    """Yield beginning, repeated piece and end of long lines that resemble the example."""
    tokens = re.findall(rb"\w+|\W", example)
    starts = [0, *(match.end() for match in re.finditer(rb"\w+|\W", example))]
    cut = {b"".join(tokens[at : at + size]) for size in (1, 2, 3) for at in range(len(tokens))}
    pieces = sorted({piece for piece in cut if len(piece) <= 12} | {*JUNK})
    for number, start in enumerate(starts):
        for other, piece in enumerate(pieces):
            yield example[:start], piece, (b"", b'" ', b"!", b'"')[(number + other) % 4]
        yield example[:start], example[starts[max(number - 3, 0)] : start] or b" ", b"\x01"


def of_length(parts, length):
    start, piece, end = parts
    return start + piece * max(1, (length - len(start)) // len(piece)) + end


def seconds(call, text, repetitions=1):
    """Return the least processor time that a call takes for a text."""
    taken = []
    for _ in range(repetitions):
        for cached in CACHED:
            cached.cache_clear()
        began = time.thread_time()
        call(text)
        taken.append(time.thread_time() - began)
    return min(taken)


def takes_linear_time(call, short_text, long_text):
    """Return whether the time of the long text is below MAX_RATIO times that of the short."""
    short = long = float("inf")
    for _ in range(MAX_ROUNDS):
        long = min(long, seconds(call, long_text, 3))
        if long < MIN_SECONDS:
            return True
        short = min(short, seconds(call, short_text, 5))
        if long < MAX_RATIO * short:
            return True
    return False


def check_time(call, parts_of_lines, build=of_length):
    """Assert that a call takes linear time for the slowest of some lines."""
    screened = [(seconds(call, build(parts, SCREENED)), parts) for parts in parts_of_lines]
    for _, parts in heapq.nlargest(SLOWEST, screened):
        assert takes_linear_time(call, build(parts, SHORT), build(parts, LONG)), parts


@pytest.mark.timing
@pytest.mark.parametrize("name", ROWS)
def test_no_line_takes_a_row_more_than_linear_time(name):
    row, example = ROWS[name]
    assert row.pattern.match(example.encode())
    check_time(row.pattern.match, islice(lines_against(example.encode()), 0, None, STEP))


def many_lines(parts, length):
    start, piece, end = parts
    line = start + piece * 2 + end + b"\n"
    return line * (length // len(line))


@pytest.mark.timing
@pytest.mark.parametrize("name", ROWS)
def test_no_match_of_a_row_goes_beyond_its_line_or_takes_longer_for_those_behind(name):
    row, example = ROWS[name]

    def match(text):
        assert not any(b"\n" in found[0] for found in row.pattern.finditer(text))

    check_time(match, islice(lines_against(example.encode()), 1, None, STEP), many_lines)


def parse(line):
    """Parse a line by all rows, and by those whose fields a user names."""
    parse_lines(Lines("a.log", [0], line.replace(b"\n", b" ")))


def decide(text):
    """Take a text for a pattern of robots.txt, and for the target that it may match."""
    pattern = text.translate(None, b"#\r\n").lstrip(b"/")
    RobotsTxt(b"User-agent: *\nDisallow: /" + pattern).decide(("abot",), b"/" + text)


def parse_rules(text):
    RobotsTxt(text.replace(b" ", b"\n")).decide(("abot",), b"/")


# Each function that reads untrusted text, with a text that it accepts.
READERS = {
    "lines": (parse, LINE),
    "lines of W3C": (
        lambda text: parse_lines(Lines("a.log", [0], text, b"#Fields: date time " + text)),
        "c-ip cs-method cs-uri-stem cs(User-Agent)",
    ),
    "JSON": (parse, ROWS["caddy"][1]),
    **{f"prefix {row.name}": (remove_prefix, row.example.replace("LINE", "x")) for row in PREFIXES},
    **{
        f"parts of {row.name}": (partial(parse_part, row), prefix.example.replace("LINE", "x"))
        for row in RUNTIMES
        for prefix in PREFIXES
        if prefix.name == row.name
    },
    "prefixes": (parse, "web-1 | <14>1 - - - - - - x"),
    "requests": (texts.plain_request, "GET http://a.example/robots.txt?x HTTP/1.1"),
    "escapes": (texts.escaped_text.__wrapped__, 'a\\x1b\\"\\\\n'),
    "texts of W3C": (w3c._text.__wrapped__, 'a+b++c%20d%2520"e""f"'),  # noqa: SLF001 (a reader, too)
    "targets": (request_path.__wrapped__, "HTTPS://a.example:80/%72obots.txt?x#y"),
    "rules of robots.txt": (decide, "/a*b?c=%64*$"),
    "lines of robots.txt": (parse_rules, "User-agent: a/1 # b"),
    "stamps": (times.read_stamp.__wrapped__, "2026-09-01T10:00:00.123456+02:00"),
    "dates": (times.read_stamp.__wrapped__, "01/Sep/2026:10:00:00 +0000"),
    "seconds": (times.read_stamp.__wrapped__, "1788256800.123456"),
    "hosts": (canonical_host.__wrapped__, "[2001:db8::1%eth0]:80"),
    "names": (canonical_host.__wrapped__, "a.example.org.:80"),
    "quads": (canonical_host.__wrapped__, "192.0.2.1:80"),
    "lists": (lambda text: listed_host(text, -1), "192.0.2.1, 192.0.2.2"),
    "credentials": (
        lambda text: without_credentials(text.decode("latin-1")),
        "sftp://me:secret@host/a.log, https://host/b.gz?sig=secret::x",
    ),
    "faults": (
        lambda text: translate_error(text.decode("latin-1"), ImportError("x")),
        "zip://a.log::s3://bucket/a.zip",
    ),
    "Apache's strings": (split, 'LogFormat "%{a}i %>s %h" "%{%d}t" common'),
    "nginx's strings": (split, "log_format main '$a ${b}' \"$c\";"),
    "escaping": (lambda text: printable(text.decode("latin-1")), "a\x1bb\u0080"),
    "cutting": (lambda text: padded(text.decode("latin-1"), 20, right=False), "a\xe9"),
}


@pytest.mark.timing
@pytest.mark.parametrize("name", READERS)
def test_no_text_takes_its_reader_more_than_linear_time(name):
    read, example = READERS[name]
    check_time(read, islice(lines_against(example.encode()), 0, None, len(example) // 30 + 1))


@pytest.mark.timing
@pytest.mark.parametrize("pattern", [rb"a +(\S.*?)(?: +H)? *$", rb"a[^b]*[^d]*b"])
def test_a_pattern_that_takes_longer_is_found(pattern, monkeypatch):
    monkeypatch.setitem(globals(), "SHORT", 1 << 11)
    monkeypatch.setitem(globals(), "LONG", 1 << 13)
    with pytest.raises(AssertionError):
        check_time(re.compile(pattern).match, [(b"a c", b" ", b"c"), (b"a c", b"c ", b"c")])


def test_no_possessive_quantifier_repeats_a_group():
    # Python before 3.11.5 takes a group that fails in its middle for matched (CPython 106052).
    for path in (PROJECT / "pipeline/findrobots").rglob("*.py"):
        assert not re.search(r"\)(?:[*+?]|\{[0-9,]+\})\+", path.read_text()), path
