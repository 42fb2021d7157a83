import pytest
from findrobots.errors import FormatError
from findrobots.formats import FORMATS, Dialect, choose_formats
from support.parsing import parse

APACHE = '%h %t "%r" %s "%{X-Forwarded-For}i"'
NGINX = '$remote_addr [$time_local] "$request" $status "$http_x_forwarded_for"'
LINE = b'10.0.0.1 [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 '
LINE += b'"192.0.2.1, 192.0.2.2, [2001:db8::3]:80"'
CADDY = next(row for row in FORMATS if row.name == "caddy").example.encode()


def host(line, *dialect):
    return parse(line, *dialect).host


@pytest.mark.parametrize("string", [APACHE, NGINX])
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("", "10.0.0.1"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("x-forwarded-for:1", "2001:db8::3"),
        ("X-Forwarded-For:2", "192.0.2.2"),
    ],
)
def test_the_host_may_stand_in_a_header(string, field, expected):
    assert host(LINE, string, "", "UTC", field) == expected


def test_the_host_may_stand_anywhere_in_json():
    line = CADDY.replace(b'"headers":{', b'"headers":{"X-Forwarded-For":["192.0.2.8, 192.0.2.9"],')
    field = "request.headers.X-Forwarded-For"
    assert host(line, "caddy", "", "UTC", field) == "192.0.2.8"
    assert host(line, "caddy", "", "UTC", f"{field}:1") == "192.0.2.9"


def test_the_host_may_stand_in_any_w3c_field():
    fields = "#Fields: date time c-ip cs-method cs-uri-stem cs(X-Forwarded-For)"
    line = b"2026-09-01 10:00:00 10.0.0.1 GET /robots.txt 192.0.2.1,+192.0.2.2"
    assert host(line, fields) == "10.0.0.1"
    assert host(line, fields, "", "UTC", "cs(X-Forwarded-For)") == "192.0.2.1"
    assert host(line, fields, "", "UTC", "cs(X-Forwarded-For):1") == "192.0.2.2"


def test_a_list_that_is_too_short_gives_no_host():
    reject = parse(LINE, APACHE, "", "UTC", "X-Forwarded-For:4")
    assert reject.reason == "no client address"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("auto", "a host field applies only to"),
        ("combined", "a host field applies only to"),
        ("%h %t %r", "a host is needed"),
        ("#Fields: date time c-ip cs-method cs-uri-stem", "a field x-forwarded-for is needed"),
    ],
)
def test_a_format_that_does_not_log_the_field_is_refused(name, message):
    with pytest.raises(FormatError, match=message):
        choose_formats(Dialect(name, host_field="X-Forwarded-For"))
