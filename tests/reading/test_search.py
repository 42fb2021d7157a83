import gzip
import lzma
import os
import tracemalloc
import zlib
from pathlib import Path

import pytest
from backports import zstd
from findrobots.reading.decompress import BLOCK_SIZE
from findrobots.reading.fingerprint import WINDOW, checksum_prefixes
from findrobots.reading.lines import MAX_LINE
from findrobots.reading.monitor import Monitor
from findrobots.reading.probe import probe
from findrobots.reading.search import read_lines
from findrobots.records import REFUTED, Checkpoint, Lines
from findrobots.storage.remote import PendingLog, prefetch
from support.objects import placed
from support.samples import NEEDLE, STORES, containing, lines, lines_of, write_log
from support.servers import http_server


def read(source, **options):
    return lines_of(read_lines(source, containing=(NEEDLE,), **options))


def test_every_block_size_from_one_byte_up_gives_the_same_lines(tmp_path):
    text = b"one /robots.txt\r\n\n/robots.txt\nthree\n/robots.txt /robots.txt\nlast /robots.txt"
    source = write_log(tmp_path, gzip.compress(text))
    for block_size in range(1, len(text) + 2):
        lines, rejects, status = read(source, block_size=block_size)
        assert lines == containing(text, NEEDLE)
        assert not rejects
        assert status == read(source)[2]
    assert (status.source, status.begin, status.damage) == (source, 0, "")
    assert (status.bytes_stored, status.bytes_text) == (Path(source).stat().st_size, len(text))
    assert (status.matched_lines, status.unfinished_bytes) == (4, 0)
    assert (status.checksum, status.prefix_checksums) == (zlib.crc32(text), checksum_prefixes(text))


def test_batches_of_lines_are_bounded_and_lose_none(tmp_path):
    text = b"".join(b"%d /robots.txt\n" % number for number in range(5000))
    source = write_log(tmp_path, gzip.compress(text))
    items = list(read_lines(source, containing=(NEEDLE,), block_size=500, batch_size=1000))
    assert lines_of(items)[0] == containing(text, NEEDLE)
    assert len(items) > 40
    assert max(len(batch.text) for batch in items[:-2]) <= 1000 + 500


@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
def test_the_first_bytes_decide_how_a_log_is_read(tmp_path, store):
    source = write_log(tmp_path, store(b"x\ny /robots.txt\n"), "whatever.name")
    lines, _, status = read_lines(source, containing=(NEEDLE,))
    assert lines == Lines(source, [2], b"y /robots.txt")
    assert (status.bytes_stored, status.bytes_text) == (Path(source).stat().st_size, 16)


def test_members_of_a_gzip_join_within_a_line(tmp_path):
    source = write_log(tmp_path, gzip.compress(b"a /rob") + gzip.compress(b"ots.txt b\n"))
    lines, _, status = read_lines(source, containing=(NEEDLE,))
    assert lines.text == b"a /robots.txt b"
    assert status.bytes_text == 16


def test_an_empty_log_has_no_lines(tmp_path):
    source = write_log(tmp_path, b"")
    lines, _, status = read(source)
    assert not lines
    assert (status.bytes_text, status.checksum, status.damage) == (0, 0, "")


def test_a_log_cut_off_gives_its_lines_and_then_its_damage(tmp_path):
    lines = [b"%d /robots.txt %d\n" % (n, n * 7919 % 10007) for n in range(50_000)]
    stored = gzip.compress(b"".join(lines))[:-5000]
    source = write_log(tmp_path, stored)
    found, rejects, status = read(source, block_size=1024)
    assert len(found) > 40_000
    assert [line + b"\n" for _, line in found] == lines[: len(found)]
    assert status.bytes_stored == len(stored)
    passed = status.bytes_text + status.unfinished_bytes
    assert status.damage == (
        f"unexpected end of gzip stream at byte {len(stored)} ({passed:,} bytes decompressed)"
    )
    assert status.unfinished_rejects == len(rejects)


@pytest.mark.parametrize(
    ("stored", "damage"),
    [
        (gzip.compress(b"/robots.txt\n" * 9)[:-8] + b"\0" * 8, "gzip checksum mismatch"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 99, ""),
        (lzma.compress(b"/robots.txt\n")[:20] + b"\xff" * 40, ""),
        (b"BZh9" + b"\xff" * 40, "Invalid data stream"),
        (zstd.compress(b"/robots.txt\n" * 9)[:-3], "unexpected end of zstd stream"),
        (zstd.compress(b"/robots.txt\n") + b"garbage", ""),
        (lzma.compress(b"/robots.txt\n") + b"garbage", ""),
        (gzip.compress(b"/robots.txt\n") * 2 + b"\x1f\x8b", "unexpected end of gzip stream"),
        (gzip.compress(b"/robots.txt\n") + b"\x1f\x8bgarbage!" * 9, ""),
        (
            b"\x04\x22\x4d\x18" + b"\0" * 40,
            "unsupported compression lz4 (decompress the log first)",
        ),
        (b"PK\x03\x04" + b"\0" * 40, "unsupported compression zip"),
    ],
    ids=[
        *("checksum", "deflate", "xz", "bzip2", "zstd cut off", "garbage after zstd"),
        *("garbage after xz", "a begun gzip member", "a corrupt gzip member", "lz4", "zip"),
    ],
)
def test_the_status_of_a_corrupt_log_says_why(tmp_path, stored, damage):
    *_, status = read_lines(write_log(tmp_path, stored), containing=(NEEDLE,))
    assert status.damage
    assert damage in status.damage


def test_the_status_of_a_missing_log_says_so(tmp_path):
    source = str(tmp_path / "gone.log")
    _, _, status = read(source)
    assert (status.source, status.damage) == (source, "No such file or directory")


class Recorder(Monitor):
    """A monitor that keeps what is reported, in order."""

    def __init__(self):
        self.reported = []

    def start(self, source):
        self.reported.append(source)

    def add(self, count):
        self.reported.append(count)

    def finish(self):
        self.reported.append("finished")


def test_every_stored_byte_is_reported_to_the_monitor(tmp_path):
    log = write_log(tmp_path, gzip.compress(bytes(range(256)) * 4000, 0))
    monitor = Recorder()
    list(read_lines(log, containing=(NEEDLE,), monitor=monitor))
    source, *counts, finished = monitor.reported
    assert (source, finished) == (log, "finished")
    assert sum(counts) == Path(log).stat().st_size
    assert len(counts) > 1


def test_a_monitor_is_finished_for_a_log_that_is_gone_or_not_read_to_its_end(tmp_path):
    gone, monitor = str(tmp_path / "gone.log"), Recorder()
    list(read_lines(gone, containing=(NEEDLE,), monitor=monitor))
    probe(gone, monitor=monitor)
    assert monitor.reported == [gone, "finished"] * 2
    monitor = Recorder()
    log = write_log(tmp_path, b"/robots.txt\n" * 9)
    items = read_lines(log, containing=(NEEDLE,), monitor=monitor, block_size=9, batch_size=1)
    next(items)
    items.close()
    assert monitor.reported[-1] == "finished"


@pytest.mark.parametrize("batch_size", [0, 1, 100, 1 << 20])
def test_each_batch_of_a_w3c_log_begins_under_its_own_header(tmp_path, batch_size):
    headers = [b"#Fields: c-ip", b"#Fields: date c-ip"]
    text = b"".join(
        headers[number % 2] + b"\n" + b"%d /robots.txt\n" % number * 3 for number in range(9)
    )
    log = write_log(tmp_path, text)
    *batches, _, _ = read_lines(log, containing=(NEEDLE,), block_size=20, batch_size=batch_size)
    found = []
    for batch in batches:
        header = batch.header
        for line in batch.text.split(b"\n"):
            if line in headers:
                header = line
            else:
                found.append((header, line))
    assert found == [
        (headers[number % 2], b"%d /robots.txt" % number) for number in range(9) for _ in range(3)
    ]


def test_no_line_is_yielded_of_a_log_that_is_not_that_of_the_checkpoint(tmp_path):
    text = b"".join(b"%d /robots.txt\n" % number for number in range(50_000))
    write_log(tmp_path, gzip.compress(text), "a.log.gz")
    wrong = Checkpoint(17 * 10_000, 1, b"another digest")
    with http_server(tmp_path) as address:
        for log in prefetch([placed(f"{address}/a.log.gz")]):
            assert isinstance(log, PendingLog)
            [status] = read_lines(log, checkpoint=wrong, containing=(NEEDLE,))
    assert (status.outcome, status.bytes_text, status.damage) == (REFUTED, 0, "")


def test_memory_is_that_of_a_block_and_not_of_the_log(tmp_path):
    source = write_log(tmp_path, gzip.compress(b"some line or other\n" * 1_000_000))
    list(read_lines(source, containing=(NEEDLE,)))
    tracemalloc.start()
    list(read_lines(source, containing=(NEEDLE,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 * BLOCK_SIZE


def test_a_name_that_is_not_utf8_is_escaped(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.log")
    Path(path).write_bytes(b"/robots.txt\n")
    lines, _, status = read_lines(path, containing=(NEEDLE,))
    assert lines.source == status.source == f"{tmp_path}/caf\\xe9.log"


def test_each_line_after_padding_is_found_where_it_begins(tmp_path):
    line = lines(0, 1)
    for hole in (1, BLOCK_SIZE - 20, BLOCK_SIZE, MAX_LINE + BLOCK_SIZE):
        padded = (b"\0" * hole + line) * 3
        for size in (100, BLOCK_SIZE):
            *found, _, status = read_lines(
                write_log(tmp_path, padded), containing=(b"GET",), block_size=size
            )
            assert [offset for batch in found for offset in batch.offsets] == [
                hole + number * (hole + len(line)) for number in range(3)
            ]
            assert b"".join(batch.text + b"\n" for batch in found) == 3 * line
            assert status.bytes_text == len(padded)


@pytest.mark.parametrize("size", [1, WINDOW, MAX_LINE + 10])
def test_zeros_without_a_line_are_no_line(tmp_path, size):
    text = lines(0, 1) + b"\0" * size
    for stored in (text, gzip.compress(text)):
        *found, _, status = read_lines(write_log(tmp_path, stored), containing=(b"GET",))
        assert [batch.text + b"\n" for batch in found] == [lines(0, 1)]
        assert status.tail_digest
