import json

import pyarrow.parquet as pq
import pytest
from findrobots.formats import FORMATS, PREFIXES, Dialect
from findrobots.formats.parse import parse_lines
from findrobots.formats.prefixes import remove_prefix
from findrobots.records import Lines, Reject, Requests, concat_requests
from hypothesis import assume, example, given
from hypothesis import strategies as st
from support.parsing import parse
from support.project import PROJECT
from support.samples import combined

JSON_FILE = next(row for row in PREFIXES if row.name == "docker json-file")


def prefixed(row, line):
    """Return a line as a program writes it with a prefix."""
    text = line.decode("utf-8", "surrogateescape")
    if row is JSON_FILE:
        text = json.dumps(text, ensure_ascii=False)[1:-1]
    return row.example.replace("LINE", text).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("row", PREFIXES, ids=lambda row: row.name)
@pytest.mark.parametrize("log_format", FORMATS, ids=lambda row: row.name)
def test_each_format_is_found_behind_each_prefix(row, log_format):
    line = log_format.example.encode()
    assert not any(each.pattern.match(prefixed(row, line)) for each in FORMATS)
    assert parse(prefixed(row, line)) == parse(line)


@pytest.mark.parametrize("log_format", FORMATS, ids=lambda row: row.name)
def test_a_line_without_a_prefix_loses_nothing_that_a_format_needs(log_format):
    line = log_format.example.encode()
    rest = remove_prefix(line)
    assert rest is None or isinstance(parse(rest), Reject)


def test_each_prefix_is_in_the_docs():
    page = (PROJECT / "docs/reference/formats.md").read_text()
    for row in PREFIXES:
        assert f"`{row.name}`" in page
        assert row.example in page


@pytest.mark.parametrize(
    "front",
    [
        # RFC 3164, as files and the network have it.
        b"Sep  1 10:00:00 web01 nginx: ",
        b"Sep 1 10:00:00 web01 nginx: ",
        b"Nov 24 10:00:00 web01 nginx: ",
        b"Nov 24 10:00:00 web01 nginx[14389]: ",
        b"<190>Nov 24 10:00:00 web01 nginx: ",
        b"<134>Sep  1 10:00:00 lb1 haproxy[14389]: ",
        b"<190>Nov 24 10:00:00 nginx: ",
        b"Nov 24 10:00:00 2001:db8::7 nginx: ",
        b"Nov 24 10:00:00 web01.example.org docker/web-1[77]: ",
        b"Nov 24 10:00:00.123456 web01 nginx[7]: ",
        # rsyslog's file format, journald's short-iso, Fastly's classic.
        b"2026-11-24T10:00:00.123456+01:00 web01 nginx: ",
        b"2026-11-24T10:00:00+0000 web01 nginx[7]: ",
        b"<134>2016-07-04T22:37:26Z cache-sjc3128 LogTest[62959]: ",
        # RFC 5424.
        b"<134>1 2026-09-01T10:00:00Z lb1 haproxy 14389 - - ",
        b"<190>1 - - - - - - ",
        b"212 <190>1 2026-11-24T10:00:00.123456Z web01 nginx - - - ",
        b'<190>1 2026-11-24T10:00:00Z web01 nginx 7 ID47 [a@1 x="1" y="\\"\\]"][b] ',
        b"<190>1 2026-11-24T10:00:00Z web01 nginx - - - \xef\xbb\xbf",
        # rsyslog without the colon of RFC 3164, and with the space of its message.
        b"Sep  1 10:00:00 web01 nginx[7] ",
        b"2026-09-01T10:00:00.123Z web01 nginx ",
        b"<190>1 2026-09-01T10:00:00+00:00 web01 nginx - - -  ",
        # journald, containers, HAProxy.
        b"Tue 2026-11-24 10:00:00 UTC web01 nginx[7]: ",
        b"1788256800.123456 web01 nginx[7]: ",
        b"2026-11-24T10:00:00.123456789+02:00 stdout F ",
        b"2026-11-24T10:00:00.123456789Z stderr F:x ",
        b"web-1  | ",
        b"shop_web_1                | ",
        b"2026-11-24T10:00:00.123456789Z ",
        b"<14>",
        b"<6>2026-11-24T10:00:00+00:00 ",
        # One prefix before another.
        b"2026-11-24T10:00:00.123456789Z stdout F <134>Nov 24 10:00:00 haproxy[1]: ",
        b"web-1  | 2026-11-24T10:00:00.123456789Z ",
    ],
)
def test_prefixes_are_removed(front):
    assert parse(front + combined()) == parse(combined())
    vhost = b"www.example.org:80 " + combined()
    assert parse(front + vhost) == parse(vhost)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"2026-11-24T10:00:00Z stdout P " + combined(), "line split by the container runtime"),
        (JSON_FILE.example.replace("LINE\\n", "/robots.txt").encode(), None),
        (b'{"log":"a\\nb\\n","stream":"stdout","time":""}', "unknown format"),
        (b'{"log":7,"stream":"stdout","time":""}', "unknown format"),
        (b'{"log":"/robots.txt\\n"}', "unknown format"),
        (b'{"log":"/robots.txt', "unknown format"),
        (b"Nov 24 10:00:00 web01 nginx: " + combined(host="-"), "no client address"),
        (b"Nov 24 10:00:00 web01 " + combined(), "unknown format"),
        (b"web-1  | " * 3 + combined(), "unknown format"),
    ],
)
def test_a_reject_has_the_whole_line(line, reason):
    reason = reason or "line split by the container runtime"
    assert parse(line) == Reject("a.log", 7, reason, line.decode())


def test_lines_with_and_without_prefixes_are_parsed_in_one_file():
    bare = [combined(host=f"192.0.2.{number}") for number in range(len(PREFIXES) + 1)]
    lines = [prefixed(row, line) for row, line in zip(PREFIXES, bare, strict=False)]
    lines = [bare[-1], b"/robots.txt", *lines, b"web-1 | /robots.txt"]
    items = parse_lines(Lines("a.log", list(range(len(lines))), b"\n".join(lines)))
    requests = concat_requests([item for item in items if isinstance(item, Requests)])
    found = sorted(zip(requests.offset, requests.host, strict=True))
    hosts = ["192.0.2.8", *(f"192.0.2.{number}" for number in range(len(PREFIXES)))]
    assert found == list(zip([0, *range(2, 10)], hosts, strict=True))
    rejects = sorted((item.offset, item.text) for item in items if isinstance(item, Reject))
    assert rejects == [(1, "/robots.txt"), (10, "web-1 | /robots.txt")]


# The last byte of each client in the lines that rsyslog and journalctl wrote.
# tests/data/prefixes/README.md says how.
WRITTEN = {
    "rsyslog-traditional.log": (1, 2, 3, 4, 5, 7, 8, 9),
    "rsyslog-iso.log": (1, 2, 3, 4, 5, 7, 8, 9),
    "rsyslog-protocol23.log": (1, 2, 3, 4, 5, 7, 8, 9),
    "journalctl.log": (1, 2) * 10,
}


@pytest.mark.parametrize("name", WRITTEN)
def test_lines_that_real_programs_wrote_are_parsed(name):
    lines = (PROJECT / "tests/data/prefixes" / name).read_bytes().splitlines()
    assert [parse(line).host for line in lines] == [f"192.0.2.{n}" for n in WRITTEN[name]]
    assert {parse(line).format for line in lines} <= {"combined", "haproxy"}


CLIENT = "192.0.2.1"
VALID = [
    *(row.example.encode() for row in FORMATS),
    combined(host="crawler"),
    combined(host="crawl.example.com"),
    combined(host="2001:db8::1"),
    combined().replace(b" - - ", b" - john "),
    combined().replace(b" - - ", b" - John Smith "),
    combined().replace(b" - - ", b" ident john "),
    b"www.example.org:80 " + combined(host="2001:db8::1"),
    b"www.example.org " + combined().replace(b" - - ", b" - john "),
]
HOSTS = {CLIENT, "crawler", "crawl.example.com", "2001:db8::1"}
# Words of prefixes and of lines; other clients than those of the lines are among them.
PIECES = [
    *(
        "Nov",
        "24",
        "10:00:00",
        "2026-11-24T10:00:00Z",
        "2026-11-24",
        "web01",
        "nginx:",
        "nginx[7]:",
    ),
    *(
        "-",
        "- ",
        "<190>",
        "1",
        "|",
        ":",
        "[",
        "]",
        '"',
        "\\",
        "{",
        '{"log":"',
        "stdout F",
        "x",
        "::",
    ),
    *("198.51.100.7", "198.51.100.7:80", "2001:db8::bad", "other.example.net", "localhost", "\t"),
    *(
        "[01/Sep/2026:10:00:00 +0000]",
        '"GET / HTTP/1.1"',
        "200",
        "70",
        '"-"',
        '"Abot/1"',
        ",",
        "=",
        "é",
    ),
]
FRONTS = st.lists(
    st.sampled_from(PIECES).flatmap(lambda piece: st.sampled_from([piece, piece + " "])), max_size=8
).map("".join)


@given(
    FRONTS, st.sampled_from([" ", "\t", "|", '"', "]", "(", "=", ",", "/"]), st.sampled_from(VALID)
)
@example("Nov 24 10:00:00 web01 nginx:", " ", combined())
@example("198.51.100.7 -", " ", combined())
@example("198.51.100.7 other.example.net", " ", combined().replace(b" - - ", b" ident john "))
def test_whatever_is_before_a_line_its_client_or_a_reject_comes_out(front, end, line):
    # Two things no parser can know: without a character between them, the end of a text and an
    # address may be another address; and a text that is a request itself has its own client.
    text = (front + end).encode()
    assume(isinstance(parse(text), Reject))
    found = parse(text + line)
    assert isinstance(found, Reject) or found.host in HOSTS


@pytest.mark.parametrize("tail", [b"", b' "-" "x"', b' "-" "x" "y"', b' "-" "x" "'])
def test_a_line_with_two_requests_is_a_reject(tail):
    first = b'198.51.100.7 - - [01/Sep/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 70' + tail
    for line in (combined(), combined()[:-15], b'"' + combined() + b'"'):
        assert isinstance(parse(first + b" " + line), Reject)


STRINGS = [
    '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
    '$remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent "$a" "$b"',
]


@pytest.mark.parametrize("string", STRINGS)
@given(FRONTS, st.sampled_from([line for line in VALID if b'"-" "Abot/1"' in line]))
def test_whatever_is_before_a_line_of_a_format_string_its_client_or_a_reject_comes_out(
    string, front, line
):
    text = front.encode() + b" "
    assume(isinstance(parse(text, string), Reject))
    found = parse(text + line, string)
    assert isinstance(found, Reject) or found.host in HOSTS


@pytest.mark.parametrize("string", STRINGS)
def test_prefixes_are_removed_before_lines_of_a_format_string(string):
    for row in PREFIXES:
        assert parse(prefixed(row, combined()), string) == parse(combined(), string)


def test_a_format_string_may_describe_a_prefix():
    string = '$time_iso8601 $remote_addr "$request" $status'
    line = b'2026-09-01T10:00:00+00:00 192.0.2.1 "GET /robots.txt HTTP/1.1" 200'
    items = parse_lines(Lines("a.log", [0, 9], b"x\n" + line), Dialect(string))
    assert [item.host for item in items if isinstance(item, Requests)] == [["192.0.2.1"]]


def test_the_command_removes_prefixes(run_command):
    done = run_command("scan", PROJECT / "tests/data/prefixes")
    assert done.stdout.split() == [f"192.0.2.{number}" for number in (1, 2, 3, 4, 5, 7, 8, 9)]
    assert "0 unparsed lines" in done.stderr


def test_the_command_rejects_what_it_cannot_be_sure_of(run_command, tmp_path):
    fronts = (b"Nov 24 ", b"a - ", b"10:00:00 ")
    lines = [front + combined(host="198.51.100.7") for front in fronts]
    (tmp_path / "access.log").write_bytes(b"\n".join([*lines, combined(), b""]))
    done = run_command("scan", "access.log", "-o", "t.parquet", "--rejects", "rejects.parquet")
    assert done.returncode == 0
    rejects = pq.read_table(tmp_path / "rejects.parquet").to_pylist()
    assert [row["text"].encode() for row in rejects] == lines
    assert pq.read_table(tmp_path / "t.parquet", columns=["host"])["host"].to_pylist() == [CLIENT]


@given(st.binary(max_size=40).map(lambda text: text.replace(b"\n", b"")), st.sampled_from(VALID))
def test_whatever_bytes_are_before_a_line_its_client_or_a_reject_comes_out(front, line):
    assume(isinstance(parse(front), Reject))
    found = parse(front + b" " + line)
    assert isinstance(found, Reject) or found.host in HOSTS


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_a_line_after_one_of_no_format_is_parsed_though_it_begins_like_a_prefix(row):
    lines = Lines("a.log", [0, 2], b"x\n" + row.example.encode())
    found = parse_lines(lines)
    assert [item.offset for item in found if isinstance(item, Reject)] == [0]
    assert [item.format for item in found if isinstance(item, Requests)] == [[row.name]]
