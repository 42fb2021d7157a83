import gzip
import tracemalloc
from pathlib import Path

import pytest
from findrobots.formats import Dialect
from findrobots.formats.coded import concat
from findrobots.formats.columns import parse_block
from findrobots.reading.blocks import read_blocks
from findrobots.reading.lines import MAX_LINE
from findrobots.reading.search import LINE_TOO_LONG, LINE_TRUNCATED, read_lines
from findrobots.records import READ, REFUTED, Block, Checkpoint, Reject, Sample, SourceStatus
from hypothesis import given
from hypothesis import strategies as st
from support.samples import STORES, lines, without_padding, write_log

TEXTS = st.lists(
    st.sampled_from([b"a", b"bc", b"\n", b"\r\n", b" x ", b"\0\xff", b"#Fields: a b\n"]),
    max_size=40,
).map(b"".join)
# Each line of these with any text contains one of these.
ALL = (b"a", b"b", b"x", b"\xff", b"#")


def read(source, **options):
    """Return the blocks of a log, its rejects and its status."""
    *found, sample, status = read_blocks(source, **options)
    assert isinstance(sample, Sample)
    assert isinstance(status, SourceStatus)
    blocks = [item for item in found if isinstance(item, Block)]
    return blocks, [item for item in found if isinstance(item, Reject)], status


def text_of(blocks):
    return b"".join(block.text for block in blocks)


@pytest.mark.parametrize("store", STORES.values(), ids=STORES)
def test_the_text_of_all_blocks_is_that_of_the_log(tmp_path, store):
    text = lines(0, 2000)
    blocks, rejects, status = read(write_log(tmp_path, store(text)), block_size=10_000)
    assert text_of(blocks) == text
    assert not rejects
    assert len(blocks) > 5
    for block in blocks:
        assert text[block.offset :].startswith(block.text)
        assert block.text.endswith(b"\n")
    assert all(len(block.text) >= 10_000 for block in blocks[:-1])
    assert status.matched_lines == text.count(b"\n")


@given(text=TEXTS, size=st.integers(1, 50), growing=st.booleans(), store=st.booleans())
def test_the_status_is_that_of_a_search_that_all_lines_match(
    tmp_path_factory, text, size, growing, store
):
    stored = gzip.compress(text) if store else text
    source = write_log(tmp_path_factory.mktemp("logs"), stored)
    *_, sample, expected = read_lines(source, containing=ALL, growing=growing)
    *blocks, own_sample, status = read_blocks(source, growing=growing, block_size=size)
    assert own_sample == sample
    read_text = text_of(blocks)
    assert without_padding(read_text) == without_padding(text[: status.bytes_text])
    counted = read_text.count(b"\n") + bool(read_text and not read_text.endswith(b"\n"))
    assert status == expected._replace(matched_lines=counted)
    bare = without_padding(read_text).split(b"\n")
    headers = [line for line in bare if line.startswith(b"#Fields:")]
    assert status.w3c_header == (headers[-1] if headers else b"")


@given(text=TEXTS, first=TEXTS, growing=st.booleans())
def test_an_update_reads_each_line_once(tmp_path_factory, first, text, growing):
    source = write_log(tmp_path_factory.mktemp("logs"), first, "a.log")
    before, _, known = read(source, growing=growing)
    Path(source).write_bytes(first + text)
    checkpoint = Checkpoint(
        known.bytes_text, known.checksum, known.tail_digest, known.w3c_header, same_file=True
    )
    after, _, status = read(source, checkpoint=checkpoint, growing=growing)
    assert status.outcome == READ
    if growing or first.endswith(b"\n") or not first:
        found, expected = text_of([*before, *after]), (first + text)[: status.bytes_text]
        assert without_padding(found) == without_padding(expected)
    else:  # the rest of a line that was counted before is skipped
        rest, expected = text_of(after), (first + text)[: status.bytes_text]
        assert without_padding(expected).endswith(without_padding(rest))


def test_each_block_has_the_header_in_force(tmp_path):
    text = b"".join(b"#Fields: f%d\n1\n2\n" % number for number in range(9))
    blocks, _, status = read(write_log(tmp_path, text), block_size=1)
    assert text_of(blocks) == text
    seen = b""
    for block in blocks:
        assert block.header == seen
        found = [line for line in block.text.split(b"\n") if line.startswith(b"#")]
        seen = found[-1] if found else seen
    assert status.w3c_header == b"#Fields: f8"


def test_other_logs_have_no_header(tmp_path):
    blocks, _, status = read(write_log(tmp_path, lines(0, 10)))
    assert [block.header for block in blocks] == [None]
    assert status.w3c_header == b""


def test_a_line_before_a_damage_is_rejected_and_the_rest_is_read(tmp_path):
    text = lines(0, 3000)
    member = gzip.compress(text)
    half = len(member) // 2
    broken = member[:half] + b"\xff" * 64 + member[half + 64 :]
    blocks, rejects, status = read(write_log(tmp_path, broken + member), block_size=5000)
    assert [reject.reason for reject in rejects] == [LINE_TRUNCATED]
    assert text_of(blocks).endswith(text)
    assert "gzip" in status.damage
    for block in blocks:
        assert block.text.endswith(b"\n")
    ends = [block.offset + len(block.text) for block in blocks]
    gaps = [
        (end, block.offset)
        for end, block in zip(ends, blocks[1:], strict=False)
        if end != block.offset
    ]
    assert [begin for begin, _ in gaps] == [rejects[0].offset]


def test_a_line_that_is_too_long_is_rejected_and_the_others_are_read(tmp_path):
    text = b"a\n" + b"x" * (MAX_LINE + 1) + b"\nb\n"
    blocks, rejects, status = read(write_log(tmp_path, gzip.compress(text)))
    assert [(block.offset, block.text) for block in blocks] == [
        (0, b"a\n"),
        (MAX_LINE + 4, b"b\n"),
    ]
    assert [reject.reason for reject in rejects] == [LINE_TOO_LONG]
    assert status.bytes_text == len(text)


def test_zeros_at_the_end_are_no_line(tmp_path):
    blocks, rejects, status = read(write_log(tmp_path, b"a\n" + b"\0" * 4096))
    assert text_of(blocks) == b"a\n"
    assert not rejects
    assert (status.bytes_text, status.unfinished_bytes) == (2, 4096)


def test_each_line_after_padding_is_read_where_it_begins(tmp_path):
    hole, line = 200_000, lines(0, 1)
    padded = (b"\0" * hole + line) * 3
    blocks, rejects, status = read(write_log(tmp_path, padded))
    assert not rejects
    assert status.bytes_text == len(padded)
    options = {"is_robot": lambda _: True, "robot_hosts": frozenset()}
    parsed = [parse_block(block, Dialect(), **options) for block in blocks]
    assert [at for each in parsed for at in concat(each.requests).offset] == [
        hole + number * (hole + len(line)) for number in range(3)
    ]


def test_a_log_that_is_not_the_one_of_the_checkpoint_has_no_blocks(tmp_path):
    source = write_log(tmp_path, lines(0, 10))
    (status,) = read_blocks(source, checkpoint=Checkpoint(100, 1, b"other"))
    assert status.outcome == REFUTED


def test_a_missing_log_has_a_status(tmp_path):
    (status,) = read_blocks(str(tmp_path / "gone.log"))
    assert status.damage == "No such file or directory"


def test_memory_is_bounded_by_a_few_blocks(tmp_path):
    source = write_log(tmp_path, gzip.compress(lines(0, 1000) * 200))
    tracemalloc.start()
    for _ in read_blocks(source, block_size=1 << 20):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6 << 20
