import gzip
import random
from functools import partial

import pytest
from findrobots.formats import FORMATS, Dialect, columns
from findrobots.formats.coded import concat
from findrobots.formats.columns import parse_block
from hypothesis import given
from hypothesis import strategies as st
from support import all_lines
from support.all_lines import (
    HOSTS,
    block_of,
    cut_into_blocks,
    mutate,
    parse_blocks,
    parse_each,
)
from support.project import PROJECT
from support.samples import combined

TIME = "01/Sep/2026:10:00:00 +0000"
START = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /a.html HTTP/1.1" 200 70'
ROBOT = b' "-" "Abot/1"'
# More lines than are parsed one by one.
MANY = 40
SAMPLES = sorted((PROJECT / "data/logs").glob("access.log*"))


@pytest.fixture(scope="module", autouse=True, params=[False, True], ids=["arrays", "compiled"])
def _reader(request):
    """Read the lines of all tests here in each way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(all_lines, "parse_block", partial(parse_block, compiled=request.param))
        yield


def text_of(*lines):
    return b"".join(line + b"\n" for line in lines)


def assert_equal_to_exact(text, dialect=None, **options):
    found = parse_blocks([block_of(text)], dialect, **options)
    assert found == parse_each(text, dialect, **options)
    return found


def in_arrays(monkeypatch, text, dialect=None):
    """Parse a text, and return the lines that the exact parser had to read."""
    left = []

    def parse(lines, dialect):
        left.extend(lines.text.split(b"\n"))
        return parse_lines(lines, dialect)

    parse_lines = columns.parse_lines
    with monkeypatch.context() as patch:
        patch.setattr(columns, "parse_lines", parse)
        found = parse_blocks([block_of(text)], dialect)
    assert found == parse_each(text, dialect)
    return found, left


@pytest.mark.parametrize(
    "line",
    [
        START + ROBOT,
        START,
        START + ROBOT + b"\r",
        START + b"\r",
        START + ROBOT + b' "192.0.2.7, 192.0.2.8"',
        START + ROBOT + b' 0.003 "a" "b" rt=0.1 "c" x',
        START + b" 0.003 x",
        START + b"\t0.003",
        START.replace(b"192.0.2.1", b"2001:DB8::1"),
        START.replace(b"192.0.2.1", b"Crawl.Example.ORG"),
        START.replace(b"192.0.2.1", b"1.1.1.1"),
        START.replace(b"192.0.2.1", b"255.255.255.255"),
        START.replace(b"- -", b"- frank") + ROBOT,
        START.replace(b"- -", b"- Frank van der [Meer]") + ROBOT,
        START.replace(b"- -", b"ident frank") + ROBOT,
        b"www.example.org:80 " + START + ROBOT,
        b"www.example.org " + START,
        START.replace(b" 70", b" -") + ROBOT,
        START.replace(b" 70", b" 12345678") + ROBOT,
        START.replace(b"GET", b"POST"),
        START.replace(b"GET", b"HEAD") + ROBOT,
        START.replace(b"GET /a.html", b"OPTIONS *") + ROBOT,
        START.replace(b"GET /a.html HTTP/1.1", b"-") + ROBOT,
        START.replace(b"HTTP/1.1", b"HTTP/2.0") + ROBOT,
        START.replace(b" HTTP/1.1", b"") + ROBOT,
        START.replace(b"a.html", b"a b.html") + ROBOT,
        START.replace(b"a.html", b"caf\xc3\xa9\xff") + ROBOT,
        START + b' "-" "Abot caf\xc3\xa9 \xe9"',
        START.replace(b"a.html", b"\\x22\\x20.html") + ROBOT,
        START.replace(b"GET", b"POST").replace(b"a.html", b"\\xc3\\xa9") + ROBOT,
        START + b' "https://example.org/\\xe9" "Abot \\x22x\\x22 \\xC3\\xA9 \\xzz"',
        START.replace(b"- -", b"- fr\\x61nk") + ROBOT,
        START.replace(b"10:00:00 +0000", b"23:59:59 -1130") + ROBOT,
        START.replace(b"01/Sep/2026", b"29/Feb/2024") + ROBOT,
    ],
)
def test_regular_lines_are_read_in_arrays(monkeypatch, line):
    # The structure of the first and the last line of a block is not always complete.
    others = [START.replace(b"a.html", b"b.html")] * MANY
    _, left = in_arrays(monkeypatch, text_of(*others, line, *others))
    assert line not in left
    assert len(left) <= 2


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (START.replace(b"01/Sep", b"31/Sep") + ROBOT, "invalid timestamp"),
        (START.replace(b"Sep", b"Sop") + ROBOT, "invalid timestamp"),
        (START.replace(b"10:00:00", b"24:00:00") + ROBOT, "invalid timestamp"),
        (START.replace(b"10:00:00", b"10:60:00") + ROBOT, "unknown format"),
        (START.replace(b"10:00:00", b"10:00:61") + ROBOT, "unknown format"),
        (START.replace(b"192.0.2.1", b"192.0.2.256") + ROBOT, "no client address"),
        (START.replace(b"192.0.2.1", b"192.0.2.01") + ROBOT, "no client address"),
        (START.replace(b"192.0.2.1", b".192.0.2.1") + ROBOT, "no client address"),
        (START.replace(b"192.0.2.1", b"192.0.2") + ROBOT, "no client address"),
        (START.replace(b"192.0.2.1", b"-") + ROBOT, "no client address"),
        (START.replace(b"GET /a.html HTTP/1.1", b"GET") + ROBOT, "not an HTTP request"),
        (START.replace(b"a.html", b"\\x0a.html") + ROBOT, "not an HTTP request"),
        (START + b' "-" "Abot', "unknown format"),
        (START.replace(b" 70", b" 7x") + ROBOT, "unknown format"),
        (START.replace(b" 200", b" 2x0") + ROBOT, "unknown format"),
        (START + b"x" + ROBOT, "unknown format"),
        (START + ROBOT + b' "a', "unknown format"),
        (START + ROBOT + b' [01/Sep/2026:10:00:00 +0000] "GET / HTTP/1.1"', "unknown format"),
    ],
)
def test_irregular_lines_are_rejected_as_by_the_exact_parser(line, reason):
    text = text_of(*[START + ROBOT] * MANY, line, *[START] * MANY)
    rows, rejects, others, _ = assert_equal_to_exact(text)
    assert [reject.reason for reject in rejects] == [reason]
    assert (len(rows), others) == (MANY, MANY)


@pytest.mark.parametrize(
    "line",
    [
        START.replace(b"10:00:00", b"10:00:60") + ROBOT,
        START.replace(b"2026", b"9998") + ROBOT,
        START.replace(b"2026", b"0001") + ROBOT,
        START.replace(b" 70", b" 123456789") + ROBOT,
        START.replace(b" 200", b" -") + ROBOT,
        START + b' "-" "Abot \\"x\\""',
        START.replace(b"a.html", b"\\\\x22.html") + ROBOT,
        START.replace(b"a.html", b'\\"x22.html') + ROBOT,
        START + b' "-" "Abot \\x22\\n"',
        START.replace(b'] "', b'] (0 s) "') + ROBOT,
        START + ROBOT + b' 12 "web@docker" "http://192.0.2.7:80" 3ms',
        b'"' + START + ROBOT + b'"',
        START + ROBOT + b" x",
        b"Sep  1 10:00:00 web01 nginx: " + START + ROBOT,
        b"2026-09-01T10:00:00.123456789Z stdout F " + START + ROBOT,
    ],
)
def test_other_lines_are_parsed_exactly(line):
    rows, rejects, _, _ = assert_equal_to_exact(text_of(*[START] * MANY, line, *[START] * MANY))
    assert (len(rows), rejects) == (1, [])


def test_all_lines_of_the_host_of_a_robot_are_of_a_robot():
    lines = [
        combined(host="192.0.2.4", user_agent="Chrome"),
        combined(host="192.0.2.40", user_agent="Chrome"),
        combined(host="[2001:DB8::1]:80", user_agent="Chrome"),
        combined(host="CRAWL.example.org.", user_agent="Chrome"),
        START.replace(b"192.0.2.1 - -", b"192.0.2.4 - frank"),
        b"www.example.org " + START.replace(b"192.0.2.1", b"192.0.2.4"),
    ]
    rows, rejects, others, _ = assert_equal_to_exact(text_of(*lines * 8))
    assert {row[0] for row in rows} == HOSTS
    assert (len(rows), rejects, others) == (40, [], 8)


def test_lines_without_a_user_agent_are_judged_by_an_empty_one():
    text = text_of(*[START, START + b' "-" "-"', START + ROBOT] * MANY)
    rows, _, others, _ = assert_equal_to_exact(text, declares=lambda agent: not agent)
    assert (len(rows), others) == (2 * MANY, MANY)


def test_a_user_agent_is_judged_once():
    judged = []

    def is_robot(user_agent):
        judged.append(user_agent)
        return True

    text = text_of(*[START + ROBOT] * MANY)
    for _ in range(3):
        parse_block(block_of(text), Dialect(), is_robot=is_robot, robot_hosts=HOSTS)
    # The first line of a block is parsed exactly.
    assert judged.count("Abot/1") == len(judged) - judged.count("") <= 4


def test_blank_lines_and_comments_are_counted_and_are_no_rejects():
    text = text_of(b"", b"\r", b"\0\0 ", b"# x", START) * MANY
    assert assert_equal_to_exact(text) == ([], [], MANY, 4 * MANY)


def test_a_block_may_lack_the_last_newline():
    for count in (1, MANY):
        text = text_of(*[START + ROBOT] * count).removesuffix(b"\n")
        assert len(assert_equal_to_exact(text)[0]) == count


def test_an_empty_block_has_no_lines_but_one():
    parsed = parse_block(block_of(b"\n"), Dialect(), is_robot=bool, robot_hosts=HOSTS)
    assert (parsed.lines, parsed.blank_lines, parsed.rejects) == (1, 1, [])


def test_values_are_coded_and_each_code_has_a_value():
    text = text_of(*[START + ROBOT, combined(host="192.0.2.4")] * MANY)
    parsed = parse_block(block_of(text), Dialect(), is_robot=bool, robot_hosts=HOSTS)
    requests = concat(parsed.requests)
    assert {*requests.host.decode()} == {"192.0.2.1", "192.0.2.4"}
    for column in requests:
        if hasattr(column, "codes"):
            assert column.codes.max() < len(column.values) < MANY


@pytest.mark.parametrize(
    "dialect",
    [
        *(Dialect(row.name) for row in FORMATS),
        Dialect('%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i"'),
        Dialect("$remote_addr [$time_iso8601] $request_method $request_uri"),
        Dialect(timezone="Asia/Tokyo"),
    ],
    ids=str,
)
def test_a_dialect_is_kept_to(dialect):
    lines = [START, START + ROBOT, b"www.example.org " + START + ROBOT]
    lines += [row.example.encode() for row in FORMATS]
    assert_equal_to_exact(text_of(*lines * 3), dialect)


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_each_format_is_parsed_though_mutated(row):
    chance = random.Random(row.name)  # noqa: S311 (the same lines each time)
    line = row.example.encode()
    lines = [line] * 20 + [mutate(line, chance) for _ in range(60)]
    rows, *_ = assert_equal_to_exact(text_of(*lines), declares=lambda _: True)
    assert len(rows) >= 20


def test_a_w3c_log_is_parsed_under_the_header_in_force():
    header = b"#Fields: date time c-ip cs-method cs-uri-stem cs(User-Agent)"
    other = b"#Fields: c-ip date time cs-uri-stem cs-method cs(User-Agent)"
    first = [b"2026-09-01 10:00:00 192.0.2.1 GET /a Abot/1"] * 3
    second = [b"192.0.2.4 2026-09-01 10:00:00 /b GET Chrome"] * 3
    text = text_of(b"#Software: x", *first, other, *second, b"#Date: x", b"", *first)
    rows, rejects, others, blank = parse_blocks([block_of(text, header=header)])
    assert [row[0] for row in rows] == ["192.0.2.1"] * 3 + ["192.0.2.4"] * 3
    assert [reject.reason for reject in rejects] == ["unknown format"] * 3
    assert (others, blank) == (0, 4)


TEMPLATES = [
    START,
    START + ROBOT,
    START + ROBOT + b' "192.0.2.7"',
    b"www.example.org:80 " + START + ROBOT,
    START.replace(b"- -", b"- Frank van [x]") + ROBOT,
    combined(host="2001:db8::1", user_agent="Chrome"),
    combined(host="192.0.2.4", user_agent="Chrome", request="POST /x?y=z HTTP/1.0"),
    combined(request="-", status=408, bytes_sent="-", user_agent="-"),
]


@given(
    st.lists(st.sampled_from(TEMPLATES), min_size=MANY // 2, max_size=MANY),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 1000), max_size=4),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_mutated_lines_in_blocks_of_any_size_are_parsed_as_one_by_one(lines, chance, cuts, end):
    text = b"".join(
        (mutate(line, chance) if chance.random() < 0.3 else line) + end for line in lines
    )
    assert parse_blocks(cut_into_blocks(text, cuts)) == parse_each(text)


@pytest.mark.parametrize("seed", range(8))
def test_many_mutated_lines_are_parsed_as_one_by_one(seed):
    chance = random.Random(seed)  # noqa: S311 (the same lines each time)
    lines = [mutate(chance.choice(TEMPLATES), chance) for _ in range(1000)]
    rows, rejects, others, _ = assert_equal_to_exact(text_of(*lines))
    assert min(len(rows), len(rejects), others) > 50


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_sample_logs_are_parsed_as_line_by_line(path):
    text = path.read_bytes()
    text = gzip.decompress(text) if path.suffix == ".gz" else text
    assert_equal_to_exact(text[: 200 * 1024])


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["awkward", "combined", "formats", "recipe"])
def test_real_logs_and_their_mutated_lines_are_parsed_as_line_by_line(real_logs, folder):
    chance = random.Random(folder)  # noqa: S311 (the same lines each time)
    for path in sorted((real_logs / folder).iterdir())[:6]:
        text = path.read_bytes()
        text = gzip.decompress(text) if path.suffix == ".gz" else text
        lines = text.split(b"\n")[:10_000]
        hosts = frozenset({line.split(b" ")[0].decode("latin-1") for line in lines[::50]})
        assert_equal_to_exact(text_of(*lines), hosts=hosts)
        changed = [mutate(chance.choice(lines), chance) for _ in range(5000)]
        assert_equal_to_exact(text_of(*changed), hosts=hosts)
