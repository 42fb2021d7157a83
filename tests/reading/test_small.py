"""A small log that is read at once gives what it gives when it is read step by step."""

import bz2
import gzip
import lzma
import os

import pytest
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.search import read_lines
from findrobots.reading.small import SMALL_SIZE, read_small
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ROBOTS = (b"/robots.txt",)
HIT = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 5 "-" "a"\n'
MISS = HIT.replace(b"/robots.txt", b"/")
LINES = (
    *(HIT, MISS, b"\n", b"\0\n", b"a\r\n", b"\xff\n", b"#Fields: c-ip cs-uri-stem\n"),
    *(b"2026-09-01T10:00:00.1Z stdout P 192.0.2.1 /robo\n", b"x" * 9000 + b"\n", b"/robots.txt"),
)
STORED = (
    *(bytes, gzip.compress, bz2.compress, lzma.compress),
    lambda text: gzip.compress(text) + gzip.compress(HIT),  # two members
    lambda text: gzip.compress(text) + b"\0\0garbage",
    lambda text: gzip.compress(text)[:-9],  # without its end
    lambda text: gzip.compress(text)[:30] + b"\xff" * 9 + gzip.compress(text)[39:],
    lambda text: b"PK\x03\x04" + text,
)


class Recorded(Monitor):
    """The bytes that are reported, and whether the log is reported as finished."""

    def __init__(self):
        self.started, self.read, self.finished = set(), 0, 0

    def start(self, source):
        self.started.add(source)

    def add(self, count):
        self.read += count

    def finish(self):
        self.finished += 1


def items(path, inode, **options):
    monitor = Recorded()
    found = [*read_lines(path, inode, containing=ROBOTS, monitor=monitor, **options)]
    return found, monitor.started, monitor.read, monitor.finished


def read_at_once(path):
    return read_small(path, os.stat(path).st_ino, ROBOTS, UNMONITORED, 1 << 16)  # noqa: PTH116 (its path is a string)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LINES), max_size=9), st.sampled_from(STORED), st.booleans())
def test_a_log_gives_the_same_read_at_once_and_step_by_step(tmp_path, lines, stored, growing):
    path = tmp_path / "a.log"
    path.write_bytes(stored(b"".join(lines)))
    inode = path.stat().st_ino
    at_once = items(str(path), inode, growing=growing)
    assert at_once == items(str(path), 0, growing=growing)


@pytest.mark.parametrize("stored", STORED[:4])
def test_a_small_complete_log_is_read_at_once(tmp_path, stored):
    path = tmp_path / "a.log"
    path.write_bytes(stored(MISS + HIT))
    assert [type(item).__name__ for item in read_at_once(str(path))] == [
        *("Lines", "Sample", "SourceStatus")
    ]


IRREGULAR = {
    "empty": b"",
    "incomplete line": HIT[:-1],
    "large": HIT * 1000,
    "long text": gzip.compress(HIT * 10_000),
    "two members": gzip.compress(HIT) * 2,
    "W3C": b"#Fields: c-ip\n" + HIT,
}


@pytest.mark.parametrize("stored", IRREGULAR.values(), ids=IRREGULAR)
def test_any_other_log_is_left_to_the_reader(tmp_path, stored):
    path = tmp_path / "a.log"
    path.write_bytes(stored)
    assert read_at_once(str(path)) is None


def test_a_log_that_another_one_has_replaced_is_not_read(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(HIT)
    assert read_small(str(path), path.stat().st_ino + 1, ROBOTS, UNMONITORED, 1 << 16) is None
    assert read_small(str(tmp_path / "b.log"), 1, ROBOTS, UNMONITORED, 1 << 16) is None


def test_a_log_that_grows_while_it_is_read_is_left_to_the_reader(tmp_path, monkeypatch):
    path = tmp_path / "a.log"
    path.write_bytes(HIT)
    monkeypatch.setattr(os, "read", lambda *_: HIT * 2)
    assert read_at_once(str(path)) is None


def test_a_log_of_the_largest_size_is_read_whole(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * (SMALL_SIZE - 1) + b"\n")
    *_, status = read_at_once(str(path))
    assert status.bytes_text == status.bytes_stored == SMALL_SIZE


def test_a_log_is_finished_when_its_lines_were_taken(tmp_path):
    path = tmp_path / "a.log"
    path.write_bytes(HIT)
    monitor = Recorded()
    found = read_lines(str(path), path.stat().st_ino, containing=ROBOTS, monitor=monitor)
    next(found)
    assert not monitor.finished
    assert len([*found]) == 2
    assert monitor.finished == 1
