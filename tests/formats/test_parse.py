import time

import pytest
from findrobots.formats import FORMATS
from findrobots.formats.parse import parse_lines
from findrobots.records import Lines, Reject, Requests, concat_requests
from hypothesis import given
from hypothesis import strategies as st
from support.parsing import parse
from support.samples import combined

START = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 70'


def test_a_combined_line_gives_all_its_fields():
    assert parse(combined()) == Requests(
        host="192.0.2.1",
        time=1788256800_000000,
        method="GET",
        target=b"/robots.txt",
        status=200,
        bytes_sent=70,
        user_agent="Abot/1",
        vhost="",
        format="combined",
        source="a.log",
        offset=7,
    )


def test_a_common_line_lacks_the_user_agent():
    assert parse(START) == parse(combined())._replace(user_agent="", format="common")


@pytest.mark.parametrize(
    ("tail", "name"),
    [
        (b"", "common"),
        (b"\r", "common"),
        (b" ", "common"),
        (b" 0.003", "common"),
        (b' "www.example.org"', "common"),
        (b' "-" rt=0.1 "x"', "common"),
        (b' "-" "Abot "the" bot"', "common"),
        (b' "-" "Abot"', "combined"),
        (b' "-" "Abot"\r', "combined"),
        (b' "-" "Abot" "192.0.2.7, 192.0.2.8" rt=0.003 ua="x"', "combined"),
        (b' "" ""', "combined"),
        (b' "a \\" b" "c \\\\"', "combined"),
    ],
)
def test_each_line_is_parsed_by_exactly_one_row(tail, name):
    assert [row.name for row in FORMATS if row.pattern.match(START + tail)] == [name]
    assert isinstance(parse(START + tail), Requests)


@pytest.mark.parametrize(
    ("front", "vhost"),
    [
        (b"www.example.org:80 ", "www.example.org"),
        (b"WWW.example.org. ", "www.example.org"),
        (b"[2001:db8::1]:443 ", "2001:db8::1"),
    ],
)
def test_a_line_may_begin_with_a_virtual_host(front, vhost):
    for tail, name in ((b"", "vhost common"), (b' "-" "Abot/1"', "vhost combined")):
        (row,) = [row for row in FORMATS if row.pattern.match(front + START + tail)]
        assert row.name == name
        assert parse(front + START + tail).vhost == vhost
        assert parse(front + START + tail).host == "192.0.2.1"


@pytest.mark.parametrize("front", [b"10:00:00 ", b"nginx: ", b"nginx[7]: ", b"2026-09-01 ", b"| "])
def test_no_time_or_process_is_taken_for_a_virtual_host(front):
    assert parse(front + START).reason == "unknown format"


@pytest.mark.parametrize("front", [b"2001:db8::1 ident ", b"192.0.2.1:80 ident ", b"a.example - "])
def test_no_client_is_taken_for_a_virtual_host(front):
    line = START.replace(b"192.0.2.1 - ", front)
    assert [row.name for row in FORMATS if row.pattern.match(line)] == ["common"]


@pytest.mark.parametrize(
    ("logged", "user_agent"),
    [
        ("-", ""),
        ("", ""),
        (r"say \"hi\"", 'say "hi"'),
        (r"say \x22hi\x22", 'say "hi"'),
        (r"back\\slash", "back\\slash"),
        (r"tab\tbell\x07", "tab\tbell\a"),
        (r"caf\xc3\xa9", "café"),
        (r"caf\xe9", "caf\\xe9"),
        (r"\u00e9 \x2", r"\u00e9 \x2"),
        ("café", "café"),
        ("caf\udce9", "caf\\xe9"),
    ],
)
def test_quoted_fields_are_unescaped_and_decoded(logged, user_agent):
    assert parse(combined(user_agent=logged)).user_agent == user_agent


@pytest.mark.parametrize(
    ("request_line", "method", "target"),
    [
        ("GET /robots.txt HTTP/1.1", "GET", b"/robots.txt"),
        ("HEAD /robots.txt?x HTTP/1.0", "HEAD", b"/robots.txt?x"),
        ("GET /robots.txt HTTP/2", "GET", b"/robots.txt"),
        ("GET /robots.txt", "GET", b"/robots.txt"),
        ("GET  /robots.txt  HTTP/1.1", "GET", b"/robots.txt"),
        ("M-SEARCH * HTTP/1.1", "M-SEARCH", b"*"),
        ("GET /robots.txt x HTTP/1.1", "GET", b"/robots.txt x"),
        (r"GET /\x22robots.txt HTTP/1.1", "GET", b'/"robots.txt'),
        ("-", "", b""),
        ("", "", b""),
    ],
)
def test_request_lines_are_split(request_line, method, target):
    request = parse(combined(request=request_line))
    assert (request.method, request.target) == (method, target)


@pytest.mark.parametrize(
    ("stamp", "instant"),
    [
        ("01/Sep/2026:10:00:00 +0000", 1788256800),
        ("01/Sep/2026:12:00:00 +0200", 1788256800),
        ("01/Sep/2026:04:29:59 -0530", 1788256799),
        ("31/Aug/2026:23:59:60 +0000", 1788220800),
        ("29/Feb/2024:00:00:00 +0000", 1709164800),
        ("31/Dec/1969:23:59:59 +0000", -1),
    ],
)
def test_times_become_instants(stamp, instant):
    assert parse(combined(time=stamp)).time == instant * 1_000_000


def test_what_the_log_leaves_out_is_zero_or_empty():
    request = parse(combined(status="-", bytes_sent="-", user_agent="-"))
    assert (request.status, request.bytes_sent, request.user_agent) == (0, 0, "")


def test_a_user_name_may_hold_spaces_and_brackets():
    for user in (
        b"a [01/Jan/2020:00:00:00 +0000] b",
        b"John J. Smith",
        b"j.smith@a.example",
        b"a-b",
    ):
        assert parse(combined().replace(b"- - ", b"- %b " % user)) == parse(combined())


@pytest.mark.parametrize(
    "user", [b"198.51.100.7 - -", b"a -", b"- b", b"crawl.example.com - a", b"::1 a"]
)
def test_a_client_in_the_place_of_the_user_name_makes_a_reject(user):
    assert parse(combined().replace(b"- - ", b"- %b " % user)).reason == "unknown format"


def test_a_duration_may_precede_the_request():
    assert parse(combined().replace(b'] "', b'] (0 s) "')) == parse(combined())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "unknown format"),
        (b"/robots.txt", "unknown format"),
        (combined()[:-1], "unknown format"),
        (START[:-6], "unknown format"),
        (START + b' "-" "Abot', "unknown format"),
        (START + b' "-" "Abot\\"', "unknown format"),
        (b"x" + START[10:], "unknown format"),
        (combined(bytes_sent="9" * 16), "unknown format"),
        (combined(host="-"), "no client address"),
        (combined(time="31/Feb/2026:10:00:00 +0000"), "invalid timestamp"),
        (combined(time="01/Foo/2026:10:00:00 +0000"), "invalid timestamp"),
        (combined(time="01/Sep/2026:25:00:00 +0000"), "invalid timestamp"),
        (combined(time="01/Sep/0000:20:00:00 +0000"), "invalid timestamp"),
        (combined(request="/robots.txt"), "not an HTTP request"),
        (combined(request="\\x16\\x03 /robots.txt"), "not an HTTP request"),
        (combined(request="GET "), "not an HTTP request"),
    ],
)
def test_a_rejected_line_has_a_reason(text, reason):
    assert parse(text) == Reject("a.log", 7, reason, text.decode())


def test_other_items_are_passed_through():
    assert parse_lines("anything") == ["anything"]


KINDS = [
    combined(),
    START,
    combined(host="192.0.2.2", time="01/Sep/2026:11:00:00 +0000"),
    b"junk /robots.txt",
    combined(host="-"),
    combined(time="31/Feb/2026:10:00:00 +0000"),
    combined(request="/robots.txt"),
    combined()[:-1],
    START + b' "',
]


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
def test_lines_parsed_together_give_what_they_give_alone(texts):
    offsets = [number * 10 for number in range(len(texts))]
    together = parse_lines(Lines("a.log", offsets, b"\n".join(texts)))
    alone = [
        item
        for offset, text in zip(offsets, texts, strict=True)
        for item in parse_lines(Lines("a.log", [offset], text))
    ]

    def parted(items):
        requests = concat_requests([item for item in items if isinstance(item, Requests)])
        rejects = [item for item in items if isinstance(item, Reject)]
        return sorted(zip(*requests, strict=True)), sorted(rejects)

    assert parted(together) == parted(alone)


LINES = st.binary().map(lambda text: text.replace(b"\n", b" "))


@given(LINES)
def test_no_bytes_break_the_parser(text):
    assert isinstance(parse(text), Requests | Reject)


@given(st.integers(0, 90), LINES)
def test_no_damage_to_a_line_breaks_the_parser(at, junk):
    text = combined()
    assert isinstance(parse(text[:at] + junk + text[at + len(junk) :]), Requests | Reject)


@pytest.mark.timing
@pytest.mark.parametrize(
    "text",
    [
        b"1 - " + b" [01/Sep/2026:10:00:00 +0000]" * 20_000,
        b"1 - - " + b'[01/Sep/2026:10:00:00 +0000] "' * 20_000,
        START + b' "' * 300_000,
        START + b' "-" "a"' + b' "' * 300_001,
        START + b'\\"' * 300_000,
        START + b' "' + b"\\" * 600_001,
        b"a b " + START * 8_000,
        b"[01/Sep/2026:10:00:00 +0000] " + b"- 200 " * 100_000,
        b"2026-09-01T10:00:00Z " + b"a " * 300_000,
        b"http 2026-09-01T10:00:00Z a b c 1 1 1 200 200 1 1 " + b'"GET http://' * 50_000,
        b"1 2 [01/Sep/2026:10:00:00 +0000] 1 2 3 R 4 " + b'"-" ' * 150_000,
        b"1 [01/Sep/2026:10:00:00] a b 1/1/1/1/1 200 1 - - - 1/1/1/1/1 1/1 " + b"{a} " * 150_000,
        b"1 1/" * 150_000,
        combined(request="GET " + " HTTP/1.1" * 60_000),
        combined(request="G" * 600_000),
        b"a" * 600_000,
        b" " * 600_000,
    ],
)
def test_a_long_line_against_the_patterns_costs_no_more_than_linear_time(text):
    began = time.process_time()
    parse(text)
    assert time.process_time() - began < 1
