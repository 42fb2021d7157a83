import json

import pytest
from findrobots.errors import FormatError
from findrobots.formats import Dialect, choose_formats
from findrobots.records import Reject, Requests
from hypothesis import given
from hypothesis import strategies as st
from support.parsing import parse

FIELDS = "host=client.ip|peer,target=http.path,time=ts,status=status,bytes_sent=size"
FIELDS += ",user_agent=http.agent"
LINE = {
    "client": {"ip": "[2001:DB8::1]:80"},
    "http": {"path": "/robots.txt", "agent": ["Abot/1", "x"]},
    "ts": 1788256800,
    "status": 200,
    "size": "70",
}


def parse_json(line):
    text = line if isinstance(line, bytes) else json.dumps(line).encode()
    return parse(text, "json", FIELDS)


def test_named_fields_are_taken_from_where_they_stand():
    request = parse_json(LINE)
    assert request.host == "2001:db8::1"
    assert (request.method, request.target) == ("", b"/robots.txt")
    assert (request.status, request.bytes_sent, request.user_agent) == (200, 70, "Abot/1")


def test_of_several_places_the_first_that_a_line_has_counts():
    assert parse_json({**LINE, "client": None, "peer": "192.0.2.7, 192.0.2.8"}).host == "192.0.2.7"


@pytest.mark.parametrize(
    ("stamp", "instant"),
    [
        (1788256800, 1788256800_000000),
        (1788256800.25, 1788256800_250000),
        (1788256800250, 1788256800_250000),
        (1788256800250125, 1788256800_250125),
        ("1788256800250125999", 1788256800_250125),
        ("2026-09-01T12:00:00.5+02:00", 1788256800_500000),
        ("2026-09-01 10:00:00", 1788256800_000000),
        ("01/Sep/2026:10:00:00 +0000", 1788256800_000000),
    ],
)
def test_stamps_of_any_kind_become_instants(stamp, instant):
    assert parse_json({**LINE, "ts": stamp}).time == instant


def test_a_path_may_be_written_with_escaped_slashes():
    assert parse_json(json.dumps(LINE).replace("/", "\\/").encode()).target == b"/robots.txt"


def test_bytes_that_are_no_utf_8_stand_as_servers_write_them():
    line = json.dumps(LINE).encode()
    assert parse_json(line.replace(b"Abot", b"caf\xe9")).user_agent == "caf\\xe9/1"
    assert parse_json(line.replace(b"Abot", b"\\ud83d")).user_agent == "\\ud83d/1"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client": {"ip": ""}}, "no client address"),
        ({"ts": "soon"}, "invalid timestamp"),
        ({"http": {"path": ""}}, "not an HTTP request"),
    ],
)
def test_a_line_that_gives_no_request_says_why(change, reason):
    assert parse_json({**LINE, **change}).reason == reason


def test_numbers_that_are_none_count_zero():
    request = parse_json({**LINE, "status": "ok", "size": -1.5})
    assert (request.status, request.bytes_sent) == (0, 0)


def test_deep_nesting_breaks_nothing():
    line = json.dumps(LINE).encode()
    assert isinstance(parse_json(line[:-1] + b',"x":' + b"[" * 200_000 + b"]}"), Reject)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from([*LINE, "peer"]), JSON))
def test_no_object_breaks_the_parser(change):
    assert isinstance(parse_json({**LINE, **change}), Requests | Reject)


@pytest.mark.parametrize(
    ("dialect", "message"),
    [
        (Dialect("nothing"), "'nothing': unknown format"),
        (Dialect("json"), "add host="),
        (Dialect("json", "host=a"), "add target="),
        (Dialect("json", "host=a,request=b"), "add time="),
        (Dialect("json", "hots=a"), "'hots=a': not understood"),
        (Dialect("combined", "host=a"), "fields apply to the format json only"),
    ],
)
def test_a_format_that_cannot_be_is_refused(dialect, message):
    with pytest.raises(FormatError, match=message):
        choose_formats(dialect)


def test_a_named_format_is_the_only_one():
    assert [row.name for row in choose_formats(Dialect("haproxy"))] == ["haproxy"]


@pytest.mark.parametrize(
    "line",
    [
        {"remote_addr": "192.0.2.1", "request": "GET /robots.txt HTTP/1.1", "time_local": ""},
        {"remote_addr": "192.0.2.1", "request_method": "GET", "uri": "/robots.txt", "msec": ""},
    ],
)
def test_nginx_may_log_a_request_whole_or_in_parts(line):
    stamps = {"time_local": "01/Sep/2026:10:00:00 +0000", "msec": "1788256800.000"}
    text = json.dumps({**line, **{key: stamps[key] for key in line if key in stamps}}).encode()
    request = parse(text)
    assert (request.method, request.target) == ("GET", b"/robots.txt")
    assert request.time == 1788256800_000000
