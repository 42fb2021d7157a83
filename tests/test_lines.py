import bz2
import gzip
import io
import lzma
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lines import Line, Reading, mentions, read_lines, whole_lines
from pipeline.progress import Meter
from pipeline.sources import Source

NEEDLE = b"/robots.txt"
TEXTS = st.lists(
    st.sampled_from([b"/robots.txt", b"/robots.tx", b"\n", b"\r\n", b" x ", b"\0\xff", b"/"]),
    max_size=40,
).map(b"".join)


def log(folder, stored, name="a.log.gz"):
    path = folder / name
    path.write_bytes(stored)
    return Source(str(path), len(stored))


def mentioning(text, *needles):
    """Split a text by the simplest means there is: the oracle of the fast search."""
    offset, found = 0, []
    for line in text.split(b"\n"):
        if any(needle in line for needle in needles):
            found.append((offset, line))
        offset += len(line) + 1
    return found


@given(TEXTS, st.integers(1, 64))
def test_blocks_join_to_the_text(text, block_size):
    blocks = [(offset, bytes(block)) for offset, block in whole_lines(io.BytesIO(text), block_size)]
    assert b"".join(block for _, block in blocks) == text
    assert [offset for offset, _ in blocks] == [
        sum(len(block) for _, block in blocks[:number]) for number in range(len(blocks))
    ]
    assert all(block.endswith(b"\n") for _, block in blocks[:-1])


@given(TEXTS)
def test_the_search_finds_what_splitting_every_line_finds(text):
    for needles in [(NEEDLE,), (NEEDLE, b" x "), (b"/", b"x", b"\xff")]:
        found = [(begin, text[begin:end]) for begin, end in mentions(memoryview(text), needles)]
        assert found == mentioning(text, *needles)


def test_every_block_size_from_one_byte_up_gives_the_same_lines(tmp_path):
    text = b"one /robots.txt\r\n\n/robots.txt\nthree\n/robots.txt /robots.txt\nlast /robots.txt"
    source = log(tmp_path, gzip.compress(text))
    for block_size in range(1, len(text) + 2):
        *lines, reading = read_lines(source, mentioning=(NEEDLE,), block_size=block_size)
        assert [(line.offset, line.text) for line in lines] == mentioning(text, NEEDLE)
        assert reading == Reading(source.name, source.size, len(text), None)


@pytest.mark.parametrize(
    "store", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["plain", "gz", "bz2", "xz"]
)
def test_the_first_bytes_decide_how_a_log_is_read(tmp_path, store):
    source = log(tmp_path, store(b"x\ny /robots.txt\n"), "whatever.name")
    assert list(read_lines(source, mentioning=(NEEDLE,))) == [
        Line(source.name, 2, b"y /robots.txt"),
        Reading(source.name, source.size, 16, None),
    ]


def test_members_of_a_gzip_join_within_a_line(tmp_path):
    source = log(tmp_path, gzip.compress(b"a /rob") + gzip.compress(b"ots.txt b\n"))
    line, reading = read_lines(source, mentioning=(NEEDLE,))
    assert line.text == b"a /robots.txt b"
    assert reading.bytes_text == 16


def test_an_empty_log_has_no_lines(tmp_path):
    source = log(tmp_path, b"")
    assert list(read_lines(source, mentioning=(NEEDLE,))) == [Reading(source.name, 0, 0, None)]


def test_a_log_cut_off_gives_its_lines_and_then_its_damage(tmp_path):
    lines = [b"%d /robots.txt %d\n" % (n, n * 7919 % 10007) for n in range(50_000)]
    stored = gzip.compress(b"".join(lines))[:-5000]
    *found, reading = read_lines(log(tmp_path, stored), mentioning=(NEEDLE,), block_size=1024)
    assert len(found) > 40_000
    assert [line.text + b"\n" for line in found] == lines[: len(found)]
    assert reading.bytes_stored == len(stored)
    assert "ended before" in reading.damage


@pytest.mark.parametrize(
    ("stored", "damage"),
    [
        (gzip.compress(b"/robots.txt\n" * 9)[:-8] + b"\0" * 8, "CRC"),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 99, ""),
        (lzma.compress(b"/robots.txt\n")[:20] + b"\xff" * 40, ""),
        (b"BZh9" + b"\xff" * 40, "Invalid data stream"),
        (b"\x28\xb5\x2f\xfd" + b"\0" * 40, "zstd is not read here, decompress it first"),
        (b"PK\x03\x04" + b"\0" * 40, "zip is not read here"),
    ],
    ids=["checksum", "deflate", "xz", "bzip2", "zstd", "zip"],
)
def test_a_log_that_cannot_be_decompressed_says_why(tmp_path, stored, damage):
    *_, reading = read_lines(log(tmp_path, stored), mentioning=(NEEDLE,))
    assert reading.damage
    assert damage in reading.damage


def test_a_log_that_is_gone_says_so(tmp_path):
    source = Source(str(tmp_path / "gone.log"), 9)
    assert list(read_lines(source, mentioning=(NEEDLE,))) == [
        Reading(source.name, 0, 0, "No such file or directory")
    ]


def test_a_meter_is_told_every_stored_byte(tmp_path):
    source = log(tmp_path, gzip.compress(bytes(range(256)) * 4000, 0))
    meter = Meter(str(tmp_path / "meter"))
    list(read_lines(source, mentioning=(NEEDLE,), meter=meter))
    counts = (tmp_path / "meter").read_bytes()
    told = [int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 8)]
    assert sum(told) == source.size
    assert len(told) > 1


def test_memory_is_that_of_a_block_and_not_of_the_log(tmp_path):
    source = log(tmp_path, gzip.compress(b"some line or other\n" * 1_000_000))
    list(read_lines(source, mentioning=(NEEDLE,)))
    tracemalloc.start()
    list(read_lines(source, mentioning=(NEEDLE,)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000
