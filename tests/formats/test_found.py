"""Lines that contain a path give the same in columns as one by one."""

import random
from itertools import accumulate

import pytest
from findrobots.formats import FORMATS, Dialect
from findrobots.formats.coded import RobotRequests
from findrobots.formats.found import MANY_LINES, parse_found
from findrobots.formats.padding import PADDING
from findrobots.formats.parse import parse_lines
from findrobots.formats.recognize import parse_logs
from findrobots.records import Lines, Overview, Reject, SourceStatus
from support.all_lines import mutate
from support.samples import combined

AUTO = Dialect()
COMMENT = b'# 192.0.2.9 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 7'


def found_in(lines, seed=1):
    """Return lines as a reader finds them: with other lines before each, and no zeros."""
    lines = [line.lstrip(PADDING) for line in lines]
    chance = random.Random(seed)  # noqa: S311 (the same gaps each time)
    offsets = [*accumulate(len(line) + 1 + chance.randrange(1000) for line in lines)]
    return Lines("a.log", offsets, b"\n".join(lines))


def rows_of(items):
    """Return the rows of requests, and the rejects, in the order of their lines."""
    requests = [item for item in items if not isinstance(item, Reject)]
    plain = [each.decode() if isinstance(each, RobotRequests) else each for each in requests]
    rows = [row for each in plain for row in zip(*each, strict=True)]
    rejects = [item for item in items if isinstance(item, Reject)]
    return sorted(rows, key=lambda row: row[-1]), sorted(rejects)


def assert_same(lines, dialect=AUTO):
    items = parse_found(lines, dialect, many=1)
    assert rows_of(items) == rows_of(parse_lines(lines, dialect))
    return items


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_lines_of_each_format_are_parsed_though_mutated(row):
    chance = random.Random(row.name)  # noqa: S311 (the same lines each time)
    line = row.example.encode()
    lines = [line] * 20 + [mutate(line, chance) for _ in range(100)]
    assert_same(found_in([line for line in lines if line.strip(b"\0 \t\r")]))


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Tokyo"])
def test_lines_of_all_formats_are_parsed_together(timezone):
    lines = [combined(), *(row.example.encode() for row in FORMATS)] * 3
    assert_same(found_in(lines), Dialect(timezone=timezone))


def test_many_regular_lines_are_parsed_in_columns():
    lines = [combined(host=f"192.0.2.{number % 200}") for number in range(MANY_LINES)]
    (item,) = parse_found(found_in(lines))
    assert isinstance(item, RobotRequests)
    assert rows_of([item]) == rows_of(parse_lines(found_in(lines)))


def test_few_lines_and_those_of_other_formats_are_parsed_one_by_one():
    few = found_in([combined()] * (MANY_LINES - 1))
    assert parse_found(few) == parse_lines(few)
    others = found_in([b'{"remote_addr": "192.0.2.1", "request": "GET / HTTP/1.1"}'] * MANY_LINES)
    assert parse_found(others) == parse_lines(others)
    named = found_in([combined()] * MANY_LINES)
    assert parse_found(named, Dialect("caddy")) == parse_lines(named, Dialect("caddy"))
    w3c = named._replace(header=b"")
    assert parse_found(w3c) == parse_lines(w3c)


@pytest.mark.parametrize("place", [0, 1, -1])
def test_a_line_that_begins_as_a_comment_is_rejected_and_not_passed_over(place):
    lines = [combined()] * 40
    lines[place] = COMMENT
    _, rejects = rows_of(assert_same(found_in(lines)))
    assert [reject.text for reject in rejects] == [COMMENT.decode()]


def test_a_reject_has_the_offset_of_its_line():
    lines = [combined()] * 40
    lines[30] = combined(time="31/Feb/2026:10:00:00 +0000")
    found = found_in(lines)
    _, (reject,) = rows_of(assert_same(found))
    assert reject.offset == found.offsets[30]


def test_the_overview_is_the_same_in_columns():
    lines = [combined(), b"www.example.org:80 " + combined(time="02/Sep/2026:10:00:00 +0000")] * 20
    items = [found_in(lines), SourceStatus("a.log")]
    overviews = [
        [*parse_logs(items, AUTO, detailed=True, parse=parse)][-1]
        for parse in (parse_lines, lambda lines, dialect: parse_found(lines, dialect, many=1))
    ]
    assert overviews[0] == overviews[1]
    assert isinstance(overviews[0], Overview)
    assert overviews[0].has_vhosts
