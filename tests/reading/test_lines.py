from findrobots.formats.padding import skip_padding
from findrobots.reading.lines import Block, PartialLine, align_to_lines, find_lines, find_long_lines
from findrobots.reading.recovery import Damage
from hypothesis import given
from hypothesis import strategies as st
from support.samples import NEEDLE, TEXTS, blocks_of, containing, without_padding

DAMAGE = Damage(7, "corrupt gzip stream")


def without_blocks(text, blocks, begin=0):
    """Return what of a text lies between blocks, which must be in it at their offsets."""
    gaps, at = [], begin
    for block in blocks:
        gaps.append(text[at - begin : block.offset - begin])
        at = block.offset + (len(block.text) if isinstance(block, Block) else block.size)
        assert text[block.offset - begin :].startswith(block.text)
    assert at - begin == len(text)
    return b"".join(gaps)


@given(TEXTS, st.integers(1, 64), st.integers(0, 9))
def test_blocks_are_the_text_but_for_padding_and_end_where_lines_do(text, block_size, begin):
    blocks = list(align_to_lines(blocks_of(text, block_size), begin))
    assert not without_blocks(text, blocks, begin).strip(b"\0")
    joined = b"".join(block.text for block in blocks)
    assert without_padding(joined) == without_padding(text)
    for block in blocks:
        assert (
            isinstance(block, Block) == block.text.tobytes().endswith(b"\n")
            if isinstance(block, Block)
            else not block.ended
        )
    assert all(isinstance(block, Block) for block in blocks[:-1])


@given(TEXTS, TEXTS, st.integers(1, 64))
def test_no_line_continues_after_a_damage(before, after, size):
    pieces = [*blocks_of(before, size), DAMAGE, *blocks_of(after, size)]
    blocks = list(align_to_lines(pieces))
    at = blocks.index(DAMAGE)
    assert blocks[:at] == list(align_to_lines(blocks_of(before, size)))
    assert blocks[at + 1 :] == list(align_to_lines(blocks_of(after, size), len(before)))


@given(TEXTS, st.integers(1, 16), st.integers(1, 30))
def test_a_line_longer_than_one_may_be_is_a_partial_line(text, block_size, most):
    text = text.replace(b"\0", b"0")
    blocks = list(align_to_lines(blocks_of(text, min(block_size, most)), max_line=most))
    *lines, rest = text.split(b"\n")
    partial_lines = [block for block in blocks if isinstance(block, PartialLine)]
    assert [block.size for block in partial_lines if block.ended] == [
        len(line) + 1 for line in lines if len(line) > most
    ]
    assert [block.size for block in partial_lines if not block.ended] == [len(rest)] * bool(rest)
    assert all(text.startswith(block.text, block.offset) for block in partial_lines)
    assert all(len(block.text) <= 2 * most for block in partial_lines)
    whole = b"".join(block.text for block in blocks if isinstance(block, Block))
    assert whole == b"".join(line + b"\n" for line in lines if len(line) <= most)


@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(1, 200), st.booleans())
def test_padding_is_no_part_of_a_line_however_long_it_is(first, second, block_size, ended):
    pieces = blocks_of(b"\0" * first + b"one\n" + b"\0" * second + b"two\n" * ended, block_size)
    blocks = list(align_to_lines(pieces, max_line=200))
    found = [
        skip_padding(block.offset + begin, line)
        for block in blocks
        if isinstance(block, Block)
        for begin, line in containing(bytes(block.text), b"o")
    ]
    assert found == [(first, b"one"), (first + second + 4, b"two")][: 1 + ended]
    padding = [block for block in blocks if isinstance(block, PartialLine)]
    assert [block.size for block in padding] == [second] * (second > 0 and not ended)
    assert not any(block.text for block in padding)


@given(TEXTS)
def test_the_search_finds_what_splitting_every_line_finds(text):
    for needles in [(NEEDLE,), (NEEDLE, b" x "), (b"/", b"x", b"\xff")]:
        found = [(begin, text[begin:end]) for begin, end in find_lines(memoryview(text), needles)]
        assert found == containing(text, *needles)


@given(TEXTS, st.integers(1, 60))
def test_the_search_finds_each_line_that_is_long_enough(text, size):
    found = [text[begin:end] for begin, end in find_long_lines(memoryview(text), size)]
    assert found == [line for line in text.split(b"\n") if len(line) >= size]
