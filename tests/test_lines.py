import bz2
import gzip
import io
import lzma
import os
import tracemalloc
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from samples import StoredBytes

from pipeline import decompression
from pipeline import lines as lines_module
from pipeline.decompression import decompressed
from pipeline.lines import Lines, Reading, mentions, read_lines, whole_lines
from pipeline.progress import Meter

NEEDLE = b"/robots.txt"
STORES = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}
TEXTS = st.lists(
    st.sampled_from([b"/robots.txt", b"/robots.tx", b"\n", b"\r\n", b" x ", b"\0\xff", b"/"]),
    max_size=40,
).map(b"".join)


def log(folder, stored, name="a.log.gz"):
    path = folder / name
    path.write_bytes(stored)
    return str(path)


def mentioning(text, *needles):
    """Split a text by the simplest means there is: the oracle of the fast search."""
    offset, found = 0, []
    for line in text.split(b"\n"):
        if any(needle in line for needle in needles):
            found.append((offset, line))
        offset += len(line) + 1
    return found


def blocks_of(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)]


@given(TEXTS, st.integers(1, 64))
def test_blocks_join_to_the_text_and_end_where_lines_do(text, block_size):
    blocks = [(at, bytes(block)) for at, block in whole_lines(blocks_of(text, block_size))]
    assert b"".join(block for _, block in blocks) == text
    assert [offset for offset, _ in blocks] == [
        sum(len(block) for _, block in blocks[:number]) for number in range(len(blocks))
    ]
    assert all(block.endswith(b"\n") for _, block in blocks[:-1])
    assert all(block for _, block in blocks)


@given(TEXTS, st.integers(1, 64), st.integers(1, 64), st.lists(st.integers(0, 3), max_size=4))
def test_any_sizes_of_reads_and_blocks_give_the_same_text(text, block_size, read_size, zeros):
    for store in STORES.values():
        stored = b"".join(
            store(text) + b"\0" * count * (store is not bytes) for count in [0, *zeros]
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(decompression, "READ_SIZE", read_size)
            blocks = list(decompressed(io.BytesIO(stored), block_size))
        assert b"".join(blocks) == text * (1 + len(zeros))
        assert store is bytes or max(map(len, blocks)) <= block_size


@given(TEXTS)
def test_the_search_finds_what_splitting_every_line_finds(text):
    for needles in [(NEEDLE,), (NEEDLE, b" x "), (b"/", b"x", b"\xff")]:
        found = [(begin, text[begin:end]) for begin, end in mentions(memoryview(text), needles)]
        assert found == mentioning(text, *needles)


def lines_of(items):
    """Take apart what a log gave: its lines with their offsets, and its reading."""
    *batches, reading = items
    return [
        line
        for batch in batches
        for line in zip(batch.offsets, batch.text.split(b"\n"), strict=True)
    ], reading


def test_every_block_size_from_one_byte_up_gives_the_same_lines(tmp_path):
    text = b"one /robots.txt\r\n\n/robots.txt\nthree\n/robots.txt /robots.txt\nlast /robots.txt"
    source = log(tmp_path, gzip.compress(text))
    for block_size in range(1, len(text) + 2):
        lines, reading = lines_of(read_lines(source, mentioning=(NEEDLE,), block_size=block_size))
        assert lines == mentioning(text, NEEDLE)
        assert reading == Reading(source, Path(source).stat().st_size, len(text), "")


def test_batches_of_lines_are_bounded_and_lose_none(tmp_path, monkeypatch):
    text = b"".join(b"%d /robots.txt\n" % number for number in range(5000))
    source = log(tmp_path, gzip.compress(text))
    monkeypatch.setattr(lines_module, "BATCH_SIZE", 1000)
    items = list(read_lines(source, mentioning=(NEEDLE,), block_size=500))
    assert lines_of(items)[0] == mentioning(text, NEEDLE)
    assert len(items) > 40
    assert max(len(batch.text) for batch in items[:-1]) <= 1000 + 500


@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
def test_the_first_bytes_decide_how_a_log_is_read(tmp_path, store):
    source = log(tmp_path, store(b"x\ny /robots.txt\n"), "whatever.name")
    assert list(read_lines(source, mentioning=(NEEDLE,))) == [
        Lines(source, [2], b"y /robots.txt"),
        Reading(source, Path(source).stat().st_size, 16, ""),
    ]


def test_members_of_a_gzip_join_within_a_line(tmp_path):
    source = log(tmp_path, gzip.compress(b"a /rob") + gzip.compress(b"ots.txt b\n"))
    lines, reading = read_lines(source, mentioning=(NEEDLE,))
    assert lines.text == b"a /robots.txt b"
    assert reading.bytes_text == 16


def test_an_empty_log_has_no_lines(tmp_path):
    source = log(tmp_path, b"")
    assert list(read_lines(source, mentioning=(NEEDLE,))) == [Reading(source, 0, 0, "")]


def test_a_log_cut_off_gives_its_lines_and_then_its_damage(tmp_path):
    lines = [b"%d /robots.txt %d\n" % (n, n * 7919 % 10007) for n in range(50_000)]
    stored = gzip.compress(b"".join(lines))[:-5000]
    source = log(tmp_path, stored)
    found, reading = lines_of(read_lines(source, mentioning=(NEEDLE,), block_size=1024))
    assert len(found) > 40_000
    assert [line + b"\n" for _, line in found] == lines[: len(found)]
    assert reading.bytes_stored == len(stored)
    assert reading.damage == "it ends before its compressed stream does"


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
    *_, reading = read_lines(log(tmp_path, stored), mentioning=(NEEDLE,))
    assert reading.damage
    assert damage in reading.damage


@pytest.mark.parametrize("store", [gzip.compress, bz2.compress], ids=["gzip", "bzip2"])
@pytest.mark.parametrize("garbage", [b"x", b"\0\0x", b"\x1fx", b"GARBAGE" * 99], ids=len)
@pytest.mark.parametrize("read_size", [1, 7, 1 << 17])
def test_garbage_behind_a_whole_stream_is_passed_over(store, garbage, read_size, monkeypatch):
    monkeypatch.setattr(decompression, "READ_SIZE", read_size)
    file = StoredBytes(store(b"one\n") + store(b"two\n") + garbage)
    assert b"".join(decompressed(file)) == b"one\ntwo\n"


def test_frames_of_zstd_that_hold_no_text_are_skipped():
    skippable = b"\x50\x2a\x4d\x18\3\0\0\0abc"
    stored = skippable + zstd.compress(b"a\n") + skippable + zstd.compress(b"b\n")
    assert b"".join(decompressed(io.BytesIO(stored))) == b"a\nb\n"


def test_a_log_that_is_gone_says_so(tmp_path):
    source = str(tmp_path / "gone.log")
    assert list(read_lines(source, mentioning=(NEEDLE,))) == [
        Reading(source, 0, 0, "No such file or directory")
    ]


def test_a_meter_is_told_every_stored_byte(tmp_path):
    source = log(tmp_path, gzip.compress(bytes(range(256)) * 4000, 0))
    meter = Meter(str(tmp_path / "meter"))
    list(read_lines(source, mentioning=(NEEDLE,), meter=meter))
    counts = (tmp_path / "meter").read_bytes()
    told = [int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 8)]
    assert sum(told) == Path(source).stat().st_size
    assert len(told) > 1


def test_memory_is_that_of_a_block_and_not_of_the_log(tmp_path):
    source = log(tmp_path, gzip.compress(b"some line or other\n" * 1_000_000))
    list(read_lines(source, mentioning=(NEEDLE,)))
    tracemalloc.start()
    list(read_lines(source, mentioning=(NEEDLE,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000


def test_a_name_that_is_no_utf8_is_stored_escaped(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.log")
    Path(path).write_bytes(b"/robots.txt\n")
    lines, reading = read_lines(path, mentioning=(NEEDLE,))
    assert lines.source == reading.source == f"{tmp_path}/caf\\xe9.log"
