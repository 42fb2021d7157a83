"""A guess is shown only if it reads the line that it is made from."""

import json

import pytest
from findrobots.formats import Dialect
from findrobots.formats.guess import guess_dialect, reads
from hypothesis import given
from hypothesis import strategies as st
from support.samples import combined


@pytest.mark.parametrize(
    ("line", "string"),
    [
        (
            '[01/Sep/2026:10:00:00 +0000] 192.0.2.1 tls "GET /1 HTTP/1.1" 200 70 "-" "Abot/1" rt=1',
            (
                '[$time_local] $remote_addr $field1 "$request" $status $body_bytes_sent "$field2" '
                '"$http_user_agent" rt=$field3'
            ),
        ),
        (
            "www.example.org 2001:db8::1 GET /robots.txt 404 70 2026-09-01 10:00:00",
            (
                "$field1 $remote_addr $request_method $request_uri $status $body_bytes_sent "
                "$time_iso8601"
            ),
        ),
        (
            'ip=192.0.2.1 t="01/Sep/2026:10:00:00 +0000" req="GET /1 HTTP/1.1" ua="Abot/1 (X)"',
            'ip=$remote_addr t="$time_local" req="$request" ua="$http_user_agent"',
        ),
        ("1788256800.123;192.0.2.1;/robots.txt", "$msec;$remote_addr;$request_uri"),
    ],
)
def test_a_format_string_is_guessed(line, string):
    assert guess_dialect(line) == Dialect(string)


def test_the_places_of_json_fields_are_guessed():
    line = {
        "request": {"client_ip": "192.0.2.1", "headers": {"User-Agent": "x"}},
        "http": {"url": "/robots.txt", "status_code": 200, "verb": "GET"},
        "@timestamp": "2026-09-01T10:00:00Z",
    }
    assert guess_dialect(json.dumps(line)) == Dialect(
        "json",
        "host=request.client_ip,time=@timestamp,target=http.url,method=http.verb,"
        "status=http.status_code",
    )
    line = {"ip": "192.0.2.1", "request": "GET /robots.txt HTTP/1.1", "ts": 1788256800}
    assert guess_dialect(json.dumps(line)) == Dialect("json", "host=ip,time=ts,request=request")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Nov 24 10:00:00 web01 systemd[1]: Started /usr/lib/apt.",
        "it's 192.0.2.1 01/Sep/2026:10:00:00 +0000 GET /robots.txt HTTP/1.1",
        "192.0.2.1 01/Sep/2026:10:00:00 +0000 GET /robots.txt HTTP/1.1 \x1b[2J",
        "192.0.2.1 01/Sep/2026:10:00:00 +0000 GET /robots.txt HTTP/1.1 " + "x" * 1000,
        "a b c d e f g h i 192.0.2.1 01/Sep/2026:10:00:00 +0000 GET /robots.txt HTTP/1.1",
        "192.0.2.1 01/Sep/2026:10:00:00 +0000",
        "{",
        '{"a": [1]}',
        "{" * 900,
        '{"a":' * 199,
    ],
)
def test_nothing_is_guessed_that_is_wrong_or_could_not_be_typed(line):
    assert guess_dialect(line) is None


@given(st.text(max_size=99) | st.lists(st.sampled_from(combined().decode().split())).map(" ".join))
def test_a_guess_reads_its_line_and_none_raises(line):
    guess = guess_dialect(line)
    assert guess is None or reads(guess, line)
