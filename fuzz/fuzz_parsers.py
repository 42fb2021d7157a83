"""Fuzz the parsers: parse arbitrary lines, tabulate and show the requests."""

from collections.abc import Iterator

from findrobots.cli.display import csv_chunks, table_lines
from findrobots.cli.layouts import HOST_LAYOUT
from findrobots.formats import FORMATS, PREFIXES, Dialect
from findrobots.formats.parse import parse_lines
from findrobots.records import HEADER, Lines, Reject, Requests, concat_requests
from findrobots.robots.filter import RequestFilter, filter_requests
from findrobots.sanitize import printable
from findrobots.tables.hosts import merge_hosts, tabulate_hosts

DIALECTS = (
    Dialect(),
    Dialect("json", "host=a|b.c,target=uri,time=ts,vhost=v,user_agent=u", "Europe/Berlin"),
    Dialect("caddy", host_field="request.headers.X-Forwarded-For:1"),
    Dialect('%h %l %u %t "%r" %>s %b "%{User-agent}i"'),
    Dialect("$remote_addr [$time_iso8601] $request_method $request_uri"),
    Dialect("#Fields: date-local time-local c-ip cs-method cs-uri-stem", timezone="Asia/Tokyo"),
)


def seeds() -> Iterator[bytes]:
    """Yield inputs: a byte for the dialect, a byte for the header, then lines."""
    examples = [row.example.encode() for row in FORMATS]
    fields = (
        b"#Fields: date time c-ip cs-method cs-uri-stem\n2026-09-01 10:00:00 ::1 GET /robots.txt"
    )
    for line in (*examples, fields, b"\n".join(examples)):
        yield b"\0\1" + line
    for row in PREFIXES:
        yield b"\0\1" + row.example.replace("LINE", "192.0.2.1 - - x").encode()
    yield b"\1\0" + b'{"ts":"1788256800","b":{"c":["::1"]},"uri":"/robots.txt","u":"\\u001b"}'
    yield b"\2\0" + next(row.example.encode() for row in FORMATS if row.name == "caddy")
    yield b"\3\0" + examples[0].replace(b' "-"', b"")
    yield b"\4\0" + b"1.2.3.4 [2026-09-01T10:00:00+02:00] GET http://h/robots.txt"
    yield b"\5\1" + b"2026-09-01 10:00:00 1.2.3.4 GET /robots.txt"


def check(text: bytes) -> None:
    """Check that no line fails, is lost or counts twice, and check the table."""
    dialect, header, text = text[:1] or b"\0", text[1:2], text[2:]
    lines, offsets = text.split(b"\n"), [0]
    for line in lines[:-1]:
        offsets.append(offsets[-1] + len(line) + 1)
    w3c_header = b"" if header and header[0] % 2 else None
    found, requests = list[int](), list[Requests]()
    for item in parse_lines(
        Lines("a.log", offsets, text, w3c_header), DIALECTS[dialect[0] % len(DIALECTS)]
    ):
        if isinstance(item, Reject):
            found.append(item.offset)
            continue
        assert isinstance(item, Requests)
        found += item.offset
        requests.append(item)
    assert sorted(found) == [
        offset
        for offset, line in zip(offsets, lines, strict=True)
        if w3c_header is None or not line.startswith(HEADER)
    ]
    check_requests(concat_requests(requests))


def check_requests(requests: Requests) -> None:
    """Check that requests give a valid host table, which can be displayed."""
    assert len({*map(len, requests)}) == 1
    wanted = filter_requests(requests, request_filter=RequestFilter())
    for each in (requests, wanted):
        hosts = merge_hosts([tabulate_hosts(each)])
        hosts.validate(full=True)
    shown = [*table_lines(hosts, HOST_LAYOUT, sort="host", limit=9, width=80)]
    shown += "".join(csv_chunks(hosts, HOST_LAYOUT, sort="requests", limit=9)).splitlines()
    assert all(line == printable(line) for line in shown)
