import gzip
import lzma
import os
import tracemalloc
from pathlib import Path

import pytest
from backports import zstd
from findrobots.reading import lines as lines_module
from findrobots.reading.fingerprint import fingerprint_head
from findrobots.reading.search import read_lines
from findrobots.records import Lines
from findrobots.running.progress import ByteCounter, ProgressMonitor
from support.samples import NEEDLE, STORES, containing, lines_of, write_log


def read(source, **options):
    return lines_of(read_lines(source, containing=(NEEDLE,), **options))


def test_every_block_size_from_one_byte_up_gives_the_same_lines(tmp_path):
    text = b"one /robots.txt\r\n\n/robots.txt\nthree\n/robots.txt /robots.txt\nlast /robots.txt"
    source = write_log(tmp_path, gzip.compress(text))
    for block_size in range(1, len(text) + 2):
        lines, rejects, reading = read(source, block_size=block_size)
        assert lines == containing(text, NEEDLE)
        assert not rejects
        assert reading == read(source)[2]
    assert (reading.source, reading.begin, reading.damage) == (source, 0, "")
    assert (reading.bytes_stored, reading.bytes_text) == (Path(source).stat().st_size, len(text))
    assert (reading.matched_lines, reading.unfinished_bytes) == (4, 0)
    assert (reading.first_line_digest, reading.prefix_checksums) == fingerprint_head(text)


def test_batches_of_lines_are_bounded_and_lose_none(tmp_path, monkeypatch):
    text = b"".join(b"%d /robots.txt\n" % number for number in range(5000))
    source = write_log(tmp_path, gzip.compress(text))
    monkeypatch.setattr(lines_module, "BATCH_SIZE", 1000)
    items = list(read_lines(source, containing=(NEEDLE,), block_size=500))
    assert lines_of(items)[0] == containing(text, NEEDLE)
    assert len(items) > 40
    assert max(len(batch.text) for batch in items[:-1]) <= 1000 + 500


@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
def test_the_first_bytes_decide_how_a_log_is_read(tmp_path, store):
    source = write_log(tmp_path, store(b"x\ny /robots.txt\n"), "whatever.name")
    lines, reading = read_lines(source, containing=(NEEDLE,))
    assert lines == Lines(source, [2], b"y /robots.txt")
    assert (reading.bytes_stored, reading.bytes_text) == (Path(source).stat().st_size, 16)


def test_members_of_a_gzip_join_within_a_line(tmp_path):
    source = write_log(tmp_path, gzip.compress(b"a /rob") + gzip.compress(b"ots.txt b\n"))
    lines, reading = read_lines(source, containing=(NEEDLE,))
    assert lines.text == b"a /robots.txt b"
    assert reading.bytes_text == 16


def test_an_empty_log_has_no_lines(tmp_path):
    source = write_log(tmp_path, b"")
    lines, _, reading = read(source)
    assert not lines
    assert (reading.bytes_text, reading.first_line_digest, reading.damage) == (0, b"", "")


def test_a_log_cut_off_gives_its_lines_and_then_its_damage(tmp_path):
    lines = [b"%d /robots.txt %d\n" % (n, n * 7919 % 10007) for n in range(50_000)]
    stored = gzip.compress(b"".join(lines))[:-5000]
    source = write_log(tmp_path, stored)
    found, rejects, reading = read(source, block_size=1024)
    assert len(found) > 40_000
    assert [line + b"\n" for _, line in found] == lines[: len(found)]
    assert reading.bytes_stored == len(stored)
    passed = reading.bytes_text + reading.unfinished_bytes
    assert reading.damage == (
        f"it ends before its compressed stream does (at byte {len(stored)}, {passed} of its text)"
    )
    assert reading.unfinished_rejects == len(rejects)


@pytest.mark.parametrize(
    ("stored", "damage"),
    [
        (gzip.compress(b"/robots.txt\n" * 9)[:-8] + b"\0" * 8, "its checksum does not match"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 99, ""),
        (lzma.compress(b"/robots.txt\n")[:20] + b"\xff" * 40, ""),
        (b"BZh9" + b"\xff" * 40, "Invalid data stream"),
        (zstd.compress(b"/robots.txt\n" * 9)[:-3], "it ends before its compressed stream does"),
        (zstd.compress(b"/robots.txt\n") + b"garbage", ""),
        (lzma.compress(b"/robots.txt\n") + b"garbage", ""),
        (gzip.compress(b"/robots.txt\n") * 2 + b"\x1f\x8b", "it ends before its compressed"),
        (gzip.compress(b"/robots.txt\n") + b"\x1f\x8bgarbage!" * 9, ""),
        (b"\x04\x22\x4d\x18" + b"\0" * 40, "lz4 is not read here, decompress it first"),
        (b"PK\x03\x04" + b"\0" * 40, "zip is not read here"),
    ],
    ids=[
        *("checksum", "deflate", "xz", "bzip2", "zstd cut off", "garbage behind zstd"),
        *("garbage behind xz", "a begun gzip member", "a broken gzip member", "lz4", "zip"),
    ],
)
def test_a_log_that_cannot_be_decompressed_says_why(tmp_path, stored, damage):
    *_, reading = read_lines(write_log(tmp_path, stored), containing=(NEEDLE,))
    assert reading.damage
    assert damage in reading.damage


def test_a_log_that_is_gone_says_so(tmp_path):
    source = str(tmp_path / "gone.log")
    _, _, reading = read(source)
    assert (reading.source, reading.damage) == (source, "No such file or directory")


def test_a_meter_is_told_every_stored_byte(tmp_path):
    source = write_log(tmp_path, gzip.compress(bytes(range(256)) * 4000, 0))
    meter = ProgressMonitor(ByteCounter(str(tmp_path / "meter")))
    list(read_lines(source, containing=(NEEDLE,), meter=meter))
    counts = (tmp_path / "meter").read_bytes()
    told = [int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 8)]
    assert sum(told) == Path(source).stat().st_size
    assert len(told) > 1


def test_memory_is_that_of_a_block_and_not_of_the_log(tmp_path):
    source = write_log(tmp_path, gzip.compress(b"some line or other\n" * 1_000_000))
    list(read_lines(source, containing=(NEEDLE,)))
    tracemalloc.start()
    list(read_lines(source, containing=(NEEDLE,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_name_that_is_no_utf8_is_stored_escaped(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.log")
    Path(path).write_bytes(b"/robots.txt\n")
    lines, reading = read_lines(path, containing=(NEEDLE,))
    assert lines.source == reading.source == f"{tmp_path}/caf\\xe9.log"
