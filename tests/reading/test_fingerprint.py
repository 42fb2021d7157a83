import zlib

from findrobots.reading.fingerprint import (
    CHECKSUM_SIZE,
    PREFIX_SIZES,
    WINDOW,
    HeadTail,
    TextWindow,
    checksum_prefixes,
    digest,
    tee,
)
from findrobots.reading.recovery import Damage
from findrobots.records import Checkpoint
from hypothesis import given
from hypothesis import strategies as st

TEXT = b"".join(b"%d\n" % number for number in range(150_000))
SIZES = st.lists(st.sampled_from([0, 1, 99, 10_000, WINDOW - 1, WINDOW, WINDOW + 1]), max_size=9)


def pieces_of(sizes):
    at = 0
    for size in sizes:
        yield TEXT[at : at + size]
        at += size


@given(SIZES, st.sampled_from([1, 100, WINDOW, 2 * WINDOW]))
def test_the_head_the_tail_and_the_size_are_kept_for_any_pieces(sizes, tail_size):
    window = HeadTail(tail_size)
    for piece in pieces_of(sizes):
        window.add(piece)
    assert (window.size, window.head) == (sum(sizes), TEXT[: min(sum(sizes), WINDOW)])
    for offset in range(max(1, window.size - tail_size + 1), window.size + 1, 997):
        assert window.byte_before(offset) == TEXT[offset - 1]
    assert window.byte_before(0) is None
    if tail_size >= WINDOW:
        assert window.window_before(window.size) == TEXT[max(0, window.size - WINDOW) : window.size]


@given(SIZES, st.integers(0, 9 * WINDOW))
def test_a_text_has_a_digest_before_any_offset_whose_window_is_held(sizes, offset):
    damage = Damage(0, "corrupt gzip stream")
    window = TextWindow()
    expected = [*filter(None, pieces_of(sizes)), damage]
    assert list(tee([*pieces_of(sizes), damage], window)) == expected
    expected = digest(TEXT[max(0, offset - WINDOW) : offset])
    if offset > window.size:
        assert window.tail_digest(offset) == b""
    elif offset > window.size - WINDOW:
        assert window.tail_digest(offset) == expected
        assert window.begins_line(offset) == (offset == 0 or TEXT[offset - 1 : offset] == b"\n")
    else:
        assert window.tail_digest(offset) in {b"", expected}


def test_a_window_that_skips_is_as_if_the_text_had_been_added():
    added, skipped = TextWindow(), TextWindow()
    added.add(TEXT)
    skipped.skip_to(len(TEXT), TEXT[:WINDOW], TEXT[-WINDOW:])
    for window in (added, skipped):
        window.add(b"more\n")
        assert window.tail_digest(window.size) == digest((TEXT + b"more\n")[-WINDOW:])
    assert (added.head, added.size) == (skipped.head, skipped.size)


@given(st.integers(0, WINDOW), st.integers(0, WINDOW))
def test_the_checksums_of_a_prefix_are_the_first_ones_of_the_text(one, other):
    shorter, longer = sorted([one, other])
    checksums = checksum_prefixes(TEXT[:longer])
    assert checksums.startswith(checksum_prefixes(TEXT[:shorter]))
    assert len(checksums) == CHECKSUM_SIZE * sum(size <= longer for size in PREFIX_SIZES)


@given(SIZES, st.integers(0, 200))
def test_the_checksum_is_that_of_all_text_and_of_its_complete_lines(sizes, begin):
    window = TextWindow()
    window.add(TEXT[:begin])
    window.mark()
    checkpoint = Checkpoint(begin, window.checksum, b"")
    resumed = TextWindow()
    resumed.skip_to_checkpoint(checkpoint, TEXT[:begin], TEXT[:begin])
    text = b"".join(pieces_of(sizes))
    for piece in pieces_of(sizes):
        window.add(piece)
        resumed.add(piece)
    whole = TEXT[:begin] + text
    end = begin + text.rfind(b"\n") + 1
    for each in (window, resumed):
        assert each.checksum_at(len(whole)) == zlib.crc32(whole)
        assert each.checksum_at(end) == zlib.crc32(whole[:end])
        assert each.checksum_at(len(whole) + 1) is None
