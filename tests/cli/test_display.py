import re

import findrobots
import pytest
from findrobots.cli.console import echo
from findrobots.cli.display import host_lines, repeated_lines, table_lines
from findrobots.cli.layouts import HOST_LAYOUT, ROBOT_LAYOUT
from findrobots.cli.text_width import columns, cut_before, listed, padded
from findrobots.errors import FindrobotsError
from findrobots.jobs.identify import verify
from findrobots.records import Requests, concat_requests
from findrobots.sanitize import printable, safe
from findrobots.tables.declared import find_declared, tabulate_robots
from findrobots.tables.hosts import merge_hosts, tabulate_hosts
from hypothesis import given
from hypothesis import strategies as st


@given(st.text())
def test_nothing_that_steers_a_terminal_gets_through(text):
    assert printable(text).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bot\x1b[31m", "bot\\x1b[31m"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\u202egnp", "\\u202egnp"),
        ("\x9b2J", "\\x9b2J"),
        ("käse 蜘蛛", "käse 蜘蛛"),
    ],
)
def test_control_characters_are_escaped_and_letters_are_not(text, shown):
    assert printable(text) == shown


def test_an_error_is_one_printable_line():
    assert str(FindrobotsError("a\nb\x1b")) == "a\\nb\\x1b"


@given(st.text().map(printable), st.integers(1, 30), st.booleans())
def test_padding_gives_exactly_the_width(text, width, right):
    assert columns(padded(text, width, right=right)) == width


def test_wide_letters_and_marks_take_their_columns():
    assert [columns(text) for text in ("ab", "蜘蛛", "e\u0301")] == [2, 4, 1]


def request(host, **changes):
    values = {
        "time": 1788256800_000000,
        "method": "GET",
        "target": b"/robots.txt",
        "status": 200,
        "bytes_sent": 70,
        "user_agent": "Mozilla/5.0 (compatible; Abot/1; +http://abot.example.org/about-our-bot)",
        "vhost": "",
        "format": "combined",
        "source": "logs/access.log-20260901.gz",
        "offset": 12,
    }
    row = Requests(host, **{**values, **changes})
    return Requests._make([value] for value in row)


@pytest.fixture
def hosts():
    later = 1788256800_000000 + 3600_000000
    requests = concat_requests(
        [
            *[request("192.0.2.1")] * 3,
            request("192.0.2.2", time=later, user_agent="蜘蛛\x1b[2J"),
            *[request("2001:db8::1234:5678:9abc", user_agent="")] * 2,
        ]
    )
    return merge_hosts([tabulate_hosts(requests)])


def test_the_busiest_host_comes_first(hosts):
    lines = list(table_lines(hosts, HOST_LAYOUT, sort="requests", limit=10, width=None))
    assert [line.split()[0] for line in lines] == [
        "host",
        "192.0.2.1",
        "2001:db8::1234:5678:9abc",
        "192.0.2.2",
    ]
    assert set(lines[0].split()) == {
        "host",
        "requests",
        "last_seen",
        "first_seen",
        "status_2xx",
    } | {*("bytes_sent", "user_agents")}


@pytest.mark.parametrize(
    ("sort", "first"),
    [("last_seen", "192.0.2.2"), ("host", "192.0.2.1"), ("source", "192.0.2.1")],
)
def test_the_newest_comes_first_and_text_from_a_to_z(hosts, sort, first):
    lines = list(table_lines(hosts, HOST_LAYOUT, sort=sort, limit=1, width=None))
    assert len(lines) == 2
    assert lines[1].startswith(first)


def test_every_sortable_column_sorts(hosts):
    for column in HOST_LAYOUT.sortable:
        assert (
            len(list(table_lines(verify(hosts), HOST_LAYOUT, sort=column, limit=9, width=80))) == 4
        )


@pytest.mark.parametrize("width", [10, 20, 40, 60, 80, 100, 132, 200, 400])
def test_lines_fit_the_width_and_are_aligned(hosts, width):
    lines = list(table_lines(hosts, HOST_LAYOUT, sort="requests", limit=10, width=width))
    assert max(columns(line) for line in lines) <= width
    if width >= 60:
        places = [match.start() for match in re.finditer(r"requests", lines[0])]
        assert lines[1][places[0] + len("requests") - 1] == "3"
    assert all(line.isprintable() for line in lines)


def test_a_wide_terminal_shows_every_column_whole(hosts):
    lines = list(table_lines(hosts, HOST_LAYOUT, sort="requests", limit=10, width=400))
    assert "about-our-bot" in lines[1]
    assert lines == list(table_lines(hosts, HOST_LAYOUT, sort="requests", limit=10, width=None))


def test_an_empty_table_is_its_heading():
    empty = merge_hosts([])
    lines = list(table_lines(empty, HOST_LAYOUT, sort="requests", limit=10, width=80))
    assert len(lines) == 1


def test_hosts_are_printed_one_a_line(hosts):
    assert list(host_lines(hosts)) == ["192.0.2.1", "192.0.2.2", "2001:db8::1234:5678:9abc"]


def test_the_library_shows_what_the_command_shows(logs):
    assert findrobots.find_robots(logs).to_pandas()["host"].tolist() == list(
        host_lines(findrobots.find_robots(logs))
    )


def test_the_width_of_many_flags_takes_no_quadratic_time():
    flags = "\U0001f1e6" * (1 << 19)  # three minutes if it does
    assert columns(flags) == 1 << 19
    assert columns(padded(flags, 120, right=False)) == 120


def test_what_is_printed_has_no_credentials_and_no_control_characters(capsys):
    echo("sftp://me:secret@host/a\x1b[2J\n")
    echo("https://host/b?sig=secret", err=True)
    echo("bot\\x1b[31m käse 蜘蛛")  # escaped already
    shown = capsys.readouterr()
    assert shown.out == "sftp://host/a\\x1b[2J\\n\nbot\\x1b[31m käse 蜘蛛\n"
    assert shown.err == "https://host/b\n"


@given(st.text())
def test_to_escape_twice_is_to_escape_once(text):
    assert safe(safe(text)) == safe(text)


AGENT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.4; +https://x.example)"
)


@pytest.mark.parametrize(
    ("text", "name", "width", "cut"),
    [
        (AGENT, "GPTBot", 28, "…compatible; GPTBot/1.4; +https://x.example)"),
        (AGENT, "GPTBot", 12, "…GPTBot/1.4; +https://x.example)"),
        (AGENT, "GPTBot", 200, AGENT),
        (AGENT, "", 20, AGENT),
        (AGENT, "absent", 20, AGENT),
        ("GPTBot/1.4 (with a long address)", "GPTBot", 12, "GPTBot/1.4 (with a long address)"),
    ],
)
def test_a_user_agent_is_cut_before_its_robot(text, name, width, cut):
    assert cut_before(text, name, width=width) == cut


@given(st.text(max_size=60).map(printable), st.text(max_size=60).map(printable), st.integers(9, 80))
def test_the_name_stays_visible(before, after, width):
    cut = cut_before(f"{before} Abot/1{after}", "Abot", width=width)
    assert "Abot" in padded(cut, width, right=False)


@given(st.lists(st.text("ab -", max_size=12)), st.integers(14, 60))
def test_a_list_of_texts_keeps_to_the_width(texts, width):
    lines = list(listed("all: ", texts, width))
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(f"all:{','.join(texts)}".split())


def test_columns_with_one_value_are_left_out_and_said(hosts):
    described = verify(hosts)
    assert "methods" not in next(
        table_lines(described, HOST_LAYOUT, sort="requests", limit=9, width=None)
    )
    said = [*repeated_lines(described, HOST_LAYOUT, sort="requests", limit=9, width=None)]
    assert said == ["in every row: methods GET, source logs/access.log-20260901.gz"]


def test_one_row_keeps_what_has_a_value(hosts):
    heading, row = table_lines(verify(hosts), HOST_LAYOUT, sort="requests", limit=1, width=None)
    assert {"methods", "source", "robot"} <= {*heading.split()}
    assert "vhosts" not in heading
    assert "Abot" in row


@pytest.mark.parametrize("width", [5, 10, 20, 40, 60, 80, 100, 132, 200, 400])
@pytest.mark.parametrize("layout", [HOST_LAYOUT, ROBOT_LAYOUT])
def test_lines_with_robots_fit_the_width(hosts, width, layout):
    rows = verify(hosts)
    if layout is ROBOT_LAYOUT:
        rows = tabulate_robots(hosts, find_declared(hosts))
    lines = list(table_lines(rows, layout, sort="requests", limit=10, width=width))
    assert max(columns(line) for line in lines) <= width
    assert all(line.isprintable() for line in lines)
