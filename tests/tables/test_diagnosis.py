from collections import Counter

from findrobots.formats import Dialect
from findrobots.formats.columns import parse_blocks
from findrobots.records import Block, Reject, SourceStatus
from findrobots.tables import diagnosis
from findrobots.tables.diagnosis import (
    NO_LINES,
    SAMPLES,
    every_agent,
    merge_diagnoses,
    tabulate_diagnosis,
)
from hypothesis import given
from hypothesis import strategies as st
from support.samples import combined

LINES = [
    combined(),
    combined(request="GET /a HTTP/1.1"),
    combined(host="10.0.0.1", request="GET /robots.txt?x HTTP/1.1"),
    combined(user_agent="-"),
    b"shop.example " + combined(),
    b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /%72obots.txt HTTP/1.1" 200 70',
    b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "\\x16\\x03" 400 0',
    b'192.0.2.1 - - [41/Sep/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 70',
    b"Started the server",
    b"",
    b"# comment",
]


def blocks(lines, source="a.log"):
    block = Block(source, 0, [line + b"\n" for line in lines])
    return parse_blocks([block], Dialect(), is_robot=every_agent, robot_hosts=frozenset())


def diagnosed(lines, source="a.log"):
    return tabulate_diagnosis([*blocks(lines, source), SourceStatus(source)])


def test_the_lines_of_a_log_are_summed_up():
    found = diagnosed(LINES)
    assert found.requests == 6
    assert found.formats == {"combined": 4, "vhost combined": 1, "common": 1}
    assert found.vhosts == {"shop.example": 1}
    assert found.robots_txt == 5
    assert found.private == 1
    assert found.without_agent == 2
    assert found.reasons == {
        "not an HTTP request": 1,
        "invalid timestamp": 1,
        "unknown format": 1,
    }
    assert (found.lines, found.rejected, found.blank_lines) == (9, 3, 2)
    assert found.first_time == found.last_time
    assert found.sources["source"].to_pylist() == ["a.log"]


def test_of_each_reason_the_first_lines_are_kept():
    found = diagnosed([b"junk %d" % number for number in range(9)] + [LINES[6]] * 2)
    kept = Counter(each.reason for each in found.samples)
    assert kept == {"unknown format": SAMPLES, "not an HTTP request": 2}
    assert [each.text for each in found.samples if each.reason == "unknown format"] == [
        *("junk 0", "junk 1", "junk 2")
    ]


def test_a_log_without_lines_has_no_time():
    found = diagnosed([])
    assert (found.lines, found.first_time > found.last_time) == (0, True)


def test_a_reject_of_the_reader_counts_by_its_reason():
    found = tabulate_diagnosis([Reject("a.log", 7, "truncated line", "x")])
    assert found.reasons == {"truncated line": 1}
    assert found.samples == (Reject("a.log", 7, "truncated line", "x"),)


def test_the_most_frequent_virtual_hosts_are_kept(monkeypatch):
    monkeypatch.setattr(diagnosis, "MAX_VHOSTS", 2)
    lines = [b"%c.example " % letter + combined() for letter in b"aaabbc"]
    assert diagnosed(lines).vhosts == {"a.example": 3, "b.example": 2}


LOGS = st.lists(st.lists(st.sampled_from(LINES), max_size=30), max_size=4)


@given(LOGS, st.integers(0, 4))
def test_the_diagnosis_of_logs_is_that_of_their_parts(logs, at):
    parts = [diagnosed(lines, f"{number}.log") for number, lines in enumerate(logs)]
    halves = [merge_diagnoses(parts[:at]), merge_diagnoses(parts[at:])]
    whole = tabulate_diagnosis(
        item
        for number, lines in enumerate(logs)
        for item in [*blocks(lines, f"{number}.log"), SourceStatus(f"{number}.log")]
    )
    merged = merge_diagnoses(halves)
    assert merged == whole
    assert merge_diagnoses([NO_LINES, whole]) == whole
    assert merge_diagnoses(halves[::-1])._replace(sources=whole.sources) == whole
