"""Logs are recognised by their parsed lines, or by a sample of the others."""

import pytest
from findrobots.formats import FORMATS, Dialect
from findrobots.formats.prefixes import PREFIXES
from findrobots.formats.recognize import METHODS, parse_logs
from findrobots.records import (
    Lines,
    Overview,
    Reject,
    Requests,
    Sample,
    SourceStatus,
    Unrecognized,
)
from hypothesis import given
from hypothesis import strategies as st
from support.samples import combined

KNOWN, OTHER = combined(), b"Nov 24 10:00:00 web01 cron: GET /robots.txt"


def log(*lines, head=b"", tail=b"", header=None, damage="", rejects=()):
    """What the reader gives of a log."""
    if lines:
        yield Lines("a", [0] * len(lines), b"\n".join(lines), header)
    yield from rejects
    yield Sample("a", head, tail, header)
    yield SourceStatus("a", damage=damage)


def recognize(*logs, dialect=Dialect(), detailed=False):  # noqa: B008 (immutable)
    *items, last = parse_logs([item for each in logs for item in each], dialect, detailed=detailed)
    assert isinstance(last, Overview)
    assert sum(isinstance(item, SourceStatus) for item in items) == len(logs)
    return last, [item for item in items if isinstance(item, Unrecognized)]


def known(*logs, **options):
    last, _ = recognize(*logs, **options)
    return last.known_logs


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_the_example_of_every_format_is_recognised_in_a_sample(row):
    line = row.example.encode()
    assert any(method in line for method in METHODS)
    assert known(log(head=line + b"\n")) == 1


@pytest.mark.parametrize("row", PREFIXES, ids=lambda row: row.name)
def test_a_line_of_a_sample_is_recognised_without_its_prefix(row):
    quoted = KNOWN.decode().replace('"', '\\"') if "{" in row.example else KNOWN.decode()
    line = row.example.replace("LINE", quoted).encode()
    other = row.example.replace("LINE", "GET a page").encode()
    assert known(log(head=other + b"\n" + line + b"\n")) == 1
    assert known(log(head=other + b"\n")) == 0


def test_a_json_object_without_a_request_is_not_recognised():
    assert known(log(head=b'{"time":"2026-09-01T10:00:00Z","msg":"GET /a"}\n')) == 0


def test_a_log_is_recognised_by_a_line_of_either_end():
    filler = b"a GET\n"
    assert known(log(head=filler * 3 + KNOWN + b"\n" + filler * 99)) == 1
    assert known(log(head=filler * 99, tail=b"half\n" + filler + KNOWN + b"\n" + filler)) == 1
    assert known(log(head=filler * 99, tail=b"half\n" + filler)) == 0
    assert known(log(head=filler * 30 + KNOWN + b"\n" + filler * 30)) == 0


def test_a_parsed_line_is_enough_and_a_line_that_looks_like_one_is_not():
    assert known(log(KNOWN, head=OTHER + b"\n")) == 1
    assert known(log(head=KNOWN.replace(b"192.0.2.1", b"-") + b"\n")) == 0


def test_after_a_known_log_the_look_of_a_line_is_enough_unless_a_line_was_rejected():
    unknown = b'192.0.2.1 [01 Sep 2026] "GET /robots.txt HTTP/1.1" 200'
    sample = {"head": unknown + b"\n"}
    assert known(log(**sample)) == 0
    assert known(log(KNOWN), log(**sample)) == 2
    assert known(log(KNOWN), log(unknown, **sample)) == 1


def test_an_unrecognised_log_has_a_line_with_the_path_or_else_its_first():
    _, (one,) = recognize(log(OTHER, head=b"# comment\n\nfirst\n"))
    _, (other,) = recognize(log(head=b"# comment\n \nfirst \xff\nsecond\n"))
    assert (one.line, other.line) == (OTHER.decode(), "first \\xff")


@pytest.mark.parametrize(
    "items",
    [
        log(),
        log(head=b"\n\r\n#Fields: x\n"),
        log(head=bytes(99) + b"\n"),
        log(head=b"no newline"),
        log(head=OTHER + b"\n", damage="truncated"),
        log(rejects=[Reject("a", 0, "line longer than 1 MiB", "\0\0")]),
    ],
    ids=["empty", "blank", "zeros", "partial", "damaged", "long zeros"],
)
def test_a_log_without_text_or_with_damage_is_neither(items):
    last, unrecognized = recognize(items)
    assert (last.known_logs, unrecognized) == (0, [])


def test_only_the_named_format_is_known():
    line = b"192.0.2.1 01/Sep/2026:10:00:00 +0000 /index.html"
    assert known(log(head=line + b"\n"), dialect=Dialect("%h %{%d/%b/%Y:%T %z}t %U")) == 1
    assert known(log(head=KNOWN + b"\n"), dialect=Dialect("iis")) == 0


def test_the_lines_of_a_w3c_log_are_parsed_under_its_header():
    header = b"#Fields: date time c-ip cs-method cs-uri-stem"
    head = header + b"\n2026-09-01 10:00:00 192.0.2.1 GET /index.html\n"
    assert known(log(head=head, header=header)) == 1
    assert known(log(head=head.partition(b"\n")[2])) == 0


def test_virtual_hosts_and_times_are_noted_if_they_are_filtered():
    late = combined(time="02/Sep/2026:10:00:00 +0000")
    logs = log(KNOWN, b"a.example " + late), log(OTHER)
    last, _ = recognize(*logs, detailed=True)
    day = 86_400_000_000
    assert (last.requests, last.known_logs, last.has_vhosts) == (2, 1, True)
    assert last.last_time - last.first_time == day
    last, _ = recognize(log(KNOWN), detailed=True)
    assert (last.has_vhosts, last.first_time) == (False, last.last_time)
    last, _ = recognize(log(KNOWN))
    assert last == Overview(requests=1, known_logs=1)


@given(st.binary(max_size=300), st.binary(max_size=300), st.none() | st.binary(max_size=40))
def test_no_sample_raises_and_what_is_parsed_passes_unchanged(head, tail, header):
    items = [*log(head=head, tail=tail, header=header), *log(KNOWN)]
    results = [*parse_logs(items, Dialect(), detailed=True)]
    assert sum(isinstance(each, Requests) for each in results) == 1
    assert sum(isinstance(each, Sample) for each in results) == 0
