"""Where the members of a gzip log begin is found without decompressing it."""

import gzip
import struct
import zlib
from itertools import accumulate
from unittest.mock import patch

import pytest
from findrobots.reading import members
from findrobots.reading.members import Member, find_members
from findrobots.reading.recovery import StoredLog
from hypothesis import given
from hypothesis import strategies as st
from support.samples import StoredBytes

TEXTS = st.lists(st.binary(max_size=300) | st.just(b"a line\n" * 9000), min_size=1, max_size=8)


def member(text):
    return gzip.compress(text, compresslevel=1, mtime=0)


def block(text):
    """Compress a text as bgzip does (SAM specification, section 4.1)."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    stored = deflate.compress(text) + deflate.flush()
    extra = b"BC" + struct.pack("<HH", 2, len(stored) + 25)
    header = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff" + struct.pack("<H", len(extra)) + extra
    return header + stored + struct.pack("<II", zlib.crc32(text), len(text))


def found_in(stored):
    return find_members(StoredLog(StoredBytes(stored).read_at, len(stored)))


def begins_of(texts, parts):
    """Return where parts that are joined begin, and their texts."""
    stored = accumulate(map(len, parts[:-1]), initial=0)
    return [*map(Member, stored, accumulate(map(len, texts[:-1]), initial=0))]


@pytest.mark.parametrize("store", [member, block])
@given(texts=TEXTS)
def test_each_member_is_found_and_where_its_text_begins(store, texts):
    parts = [*map(store, texts)]
    assert gzip.decompress(b"".join(parts)) == b"".join(texts)
    assert found_in(b"".join(parts)) == begins_of(texts, parts)


def test_members_are_found_where_one_search_ends_and_the_next_begins():
    texts = [b"x" * 90, b"y", b"z" * 30]
    parts = [*map(member, texts)]
    for step in range(1, 40):
        with patch.object(members, "STEP", step):
            assert found_in(b"".join(parts)) == begins_of(texts, parts)


@pytest.mark.parametrize("flags", [b"\0", b"\x04", b"\x08", b"\x10", b"\x1f", b"\xff"])
def test_bytes_that_only_look_like_a_member_are_none(flags):
    stored = gzip.compress(b"\x1f\x8b\x08" + flags + b"\xff" * 4000, compresslevel=0)
    assert found_in(stored) == [Member(0, 0)]


@pytest.mark.parametrize("stored", [b"", b"\x1f\x8b", b"no gzip", block(b"x")[:-3], member(b"")])
def test_of_a_log_without_a_second_member_the_first_one_is_found(stored):
    assert found_in(stored) == [Member(0, 0)]


def test_a_large_log_with_one_member_is_not_searched_to_its_end():
    stored = gzip.compress(b"x" * 5000, compresslevel=0) + member(b"y") * 2
    with patch.multiple(members, STEP=100, FIRST_MEMBER_SIZE=4000):
        assert len(found_in(stored)) == 1
    with patch.multiple(members, STEP=100, FIRST_MEMBER_SIZE=6000):
        assert len(found_in(stored)) == 3


def test_no_more_members_are_found_and_places_tried_than_some():
    with patch.multiple(members, MAX_TRIED=4, MAX_MEMBERS=6):
        assert len(found_in(member(b"x") * 20)) == 1 + 6
        assert len(found_in(block(b"x") * 20)) == 1 + 6
        assert len(found_in(member(b"x") + gzip.compress(b"x", mtime=0) * 20)) == 1 + 4


def test_logs_of_other_writers_and_times_may_follow_the_first():
    parts = [gzip.compress(b"x", level, mtime=level) for level in (1, 6, 9, 1)]
    assert found_in(b"".join(parts)) == begins_of([b"x"] * 4, parts)
