import time

import pytest
from findrobots.errors import FormatError
from findrobots.formats import Dialect, choose_formats
from findrobots.records import Reject, Requests
from hypothesis import given
from hypothesis import strategies as st
from support.parsing import parse
from support.samples import combined

COMBINED = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"'
NGINX = '$remote_addr - [$time_iso8601] "$request" $status'
NGINX_COMBINED = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "${http_user_agent}"'
)
STAMP = b"[01/Sep/2026:10:00:00 +0000]"


@pytest.mark.parametrize(
    "string",
    [
        COMBINED,
        COMBINED.replace('"', '\\"'),
        'LogFormat "' + COMBINED.replace('"', '\\"') + '" combined',
        COMBINED.replace("%b", "%O").replace("%h", "%a"),
        NGINX_COMBINED,
        f"log_format main '{NGINX_COMBINED[:60]}'\n    '{NGINX_COMBINED[60:]}';",
    ],
)
def test_a_string_that_says_combined_reads_what_combined_reads(string):
    line = combined(user_agent=r"say \"hi\" \x22")
    assert parse(line, string)._replace(format="combined") == parse(line, "combined")


@pytest.mark.parametrize(
    ("string", "line"),
    [
        (NGINX, b'192.0.2.1 - [2026-09-01T12:00:00+02:00] "GET /robots.txt HTTP/1.1" 200'),
        (
            "%s\t%U%q\t%m\t%h\t%t",
            b"200\t/robots.txt?x\tGET\t192.0.2.1\t" + STAMP,
        ),
        (
            "%{%Y-%m-%d %H:%M:%S}t %{c}a %>s|%h|%m|%U 100%%",
            b"2026-09-01 10:00:00 192.0.2.9 200|192.0.2.1|GET|/robots.txt 100%",
        ),
        (
            '%t %s "%r" %{X-Forwarded-For}i',
            STAMP + b' 200 "GET /robots.txt" 192.0.2.1',
        ),
        (
            "$msec $status $request_method $request_uri $http_x_forwarded_for",
            b"1788256800.000 200 GET /robots.txt?x 192.0.2.1, 192.0.2.2",
        ),
        (
            '%u %t %h "%r" %s',
            b"a b " + STAMP + b' 192.0.2.1 "GET /robots.txt" 200',
        ),
    ],
)
def test_any_string_reads_what_its_server_writes(string, line):
    for text in (line, line + b"\r"):
        request = parse(text, string)
        assert (request.host, request.time) == ("192.0.2.1", 1788256800_000000)
        assert (request.method, request.target[:11]) == ("GET", b"/robots.txt")
        assert request.status == 200


@pytest.mark.parametrize(
    ("string", "message"),
    [
        ("%l %t %r", "a host is needed; add %h or %a"),
        ("%h %t", "a request is needed; add %r"),
        ("%h %r", "a time is needed; add %t"),
        ('%h %t "%r" %Z', "%Z is not a directive of Apache's mod_log_config"),
        ('%h %t "%r" 100%', "% is not a directive of Apache's mod_log_config"),
        ("$remote_addr $request", "a time is needed"),
        ("$remote_addr $msec $request $- ", "is not a variable of nginx"),
        ("%{%s}t %h %r", "%s in the time %s is not supported"),
        ("%h%l %t %r", "nothing separates %h from the next directive"),
        (
            "%{%d/%b/%Y}t %{%T}t %h %r",
            "a time in several directives, %{%d/%b/%Y}t %{%T}t, is not supported",
        ),
    ],
)
def test_a_string_that_cannot_be_is_refused(string, message):
    with pytest.raises(FormatError) as refused:
        choose_formats(Dialect(string))
    assert message in str(refused.value)


@given(st.binary().map(lambda text: text.replace(b"\n", b" ")), st.integers(0, 90))
def test_no_damage_to_a_line_breaks_a_string(junk, at):
    text = combined()
    assert isinstance(parse(text[:at] + junk + text[at + len(junk) :], COMBINED), Requests | Reject)


@pytest.mark.parametrize(
    "text", [b"1 " * 300_000, b'1 - - [x] "' * 50_000, b"1 - " + b"a [" * 200_000, b'\\"' * 300_000]
)
def test_a_long_line_costs_no_more_than_linear_time(text):
    began = time.process_time()
    for string in (COMBINED, NGINX, "%u %t %h %U%q %s"):
        parse(text, string)
    assert time.process_time() - began < 1
