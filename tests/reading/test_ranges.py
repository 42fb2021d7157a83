"""A log that is read in ranges gives what it gives when it is read from beginning to end."""

import gzip
from itertools import accumulate, chain, pairwise

import pytest
from findrobots.formats.padding import skip_padding
from findrobots.reading.blocks import read_blocks
from findrobots.reading.decompress import BLOCK_SIZE
from findrobots.reading.lines import MAX_LINE
from findrobots.reading.ranges import STEP_SIZE, can_be_split, join_statuses
from findrobots.reading.search import read_lines
from findrobots.records import (
    REFUTED,
    Block,
    ByteRange,
    Checkpoint,
    RangeStatus,
    Reject,
    SourceStatus,
)
from hypothesis import given
from hypothesis import strategies as st
from support.samples import NEEDLE, lines_of

# Short and long lines, empty ones, and those that end with CR LF or are longer than a step.
LINES = st.sampled_from(
    [
        *(b"/robots.txt", b"x /robots.txt\r", b"", b"\r", b"\0\xff", b"/"),
        *(b"y" * 100, b"z" * STEP_SIZE + NEEDLE, b"w" * 70_000, b"# comment"),
    ]
)
TEXTS = st.builds(
    lambda lines, end: b"\n".join(lines) + end,
    st.lists(LINES, max_size=30),
    st.sampled_from([b"", b"\n"]),
)
CUTS = st.lists(st.floats(0, 1), max_size=6)


def ranges_of(begin, size, cuts):
    """Cut what follows an offset, anywhere, into ranges."""
    inner = sorted({begin + int(cut * (size - begin)) for cut in cuts} - {begin})
    return [ByteRange(*pair) for pair in zip([begin, *inner], [*inner, None], strict=True)]


def read_whole(source, checkpoint=None, **options):
    """Return the lines of a log, its rejects, and its status with a sample."""
    *items, sample, status = read_lines(source, 0, checkpoint, containing=(NEEDLE,), **options)
    return (*lines_of([*items, None])[:2], RangeStatus(status, sample=sample))


def read_ranges(source, ranges, checkpoint=None, **options):
    """Return the same of its ranges, which are read in any order."""
    found, rejects, statuses = [], [], []
    for part in reversed(ranges):
        items = read_lines(source, 0, checkpoint, part, containing=(NEEDLE,), **options)
        lines, rejected, status = lines_of(items)
        found, rejects = lines + found, rejected + rejects
        statuses.append(status)
    return found, rejects, statuses


def same(joined, whole):
    return joined._replace(text_before=b"", compressed=False) == whole


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return tmp_path_factory.mktemp("ranges") / "access.log"


@given(TEXTS, CUTS, st.booleans(), st.sampled_from([7, 4096, BLOCK_SIZE]))
def test_ranges_cut_anywhere_give_what_the_whole_log_gives(source, text, cuts, growing, block_size):
    source.write_bytes(text)
    options = {"growing": growing, "block_size": block_size}
    lines, rejects, whole = read_whole(str(source), **options)
    found, rejected, statuses = read_ranges(str(source), ranges_of(0, len(text), cuts), **options)
    assert (found, rejected) == (lines, rejects)
    if text:
        assert same(join_statuses(statuses), whole)


@given(TEXTS, TEXTS, CUTS, st.booleans())
def test_ranges_after_a_checkpoint_give_what_the_rest_of_the_log_gives(
    source, before, after, cuts, growing
):
    source.write_bytes(before)
    *_, status = read_lines(str(source), containing=(NEEDLE,), growing=growing)
    text = (status.bytes_text, status.checksum, status.tail_digest)
    checkpoint = Checkpoint(*text, status.w3c_header, same_file=True)
    source.write_bytes(before + after)
    lines, rejects, whole = read_whole(str(source), checkpoint, growing=growing)
    ranges = ranges_of(checkpoint.offset, len(before + after), cuts)
    found, rejected, statuses = read_ranges(str(source), ranges, checkpoint, growing=growing)
    assert (found, rejected) == (lines, rejects)
    if len(before + after) > checkpoint.offset:
        assert same(join_statuses(statuses), whole)


def members_of(*texts):
    """Return texts as the members of a gzip log, and a range for each of them."""
    parts = [gzip.compress(text, mtime=0) for text in texts]
    begins = [[*accumulate(map(len, each[:-1]), initial=0), None] for each in (texts, parts)]
    ranges = [
        ByteRange(begin, end, members)
        for (begin, end), members in zip(*map(pairwise, begins), strict=True)
    ]
    return b"".join(parts), ranges


# More than the text by which a log is recognized.
END = b"/robots.txt\n" * 6000


@given(TEXTS, CUTS, st.sampled_from([997, BLOCK_SIZE]))
def test_members_cut_anywhere_give_what_the_whole_log_gives(source, text, cuts, block_size):
    bounds = [0, *sorted(int(cut * len(text)) for cut in cuts), len(text)]
    stored, ranges = members_of(*(text[begin:end] for begin, end in pairwise(bounds)), END)
    source.write_bytes(stored)
    lines, rejects, whole = read_whole(str(source), block_size=block_size)
    found, rejected, statuses = read_ranges(str(source), ranges, block_size=block_size)
    assert (found, rejected) == (lines, rejects)
    assert same(join_statuses(statuses), whole)


def test_members_that_are_not_where_they_are_said_to_be_do_not_make_a_log(source):
    stored, (first, second, third) = members_of(END, END, END)
    begin = third.members[0]

    def joined(*ranges, stored=stored):
        source.write_bytes(stored)
        return join_statuses(read_ranges(str(source), ranges)[2])

    assert joined(first, second, third)
    # As if the size of the first member was too large for its field.
    shorter = [first._replace(end=24), second._replace(begin=24), third]
    assert joined(*shorter) is None
    assert joined(first, second, third._replace(begin=third.begin + 12)) is None
    assert joined(first, second._replace(members=(second.members[0], begin - 9)), third) is None
    assert joined(first, second, third._replace(members=(begin + 1, None))) is None
    assert joined(first, second, third, stored=stored[:-1]) is None
    assert (
        joined(first, second, third, stored=stored[: begin - 5] + b"x" + stored[begin - 4 :])
        is None
    )


@pytest.mark.parametrize("cuts", [[0.1, 0.2, 0.3, 0.4], [0.5], [0.01, 0.17, 0.169, 0.99]])
def test_lines_that_are_too_long_are_rejected_once_each(source, cuts):
    sizes = (3, MAX_LINE, MAX_LINE + 1, 0, 3 * MAX_LINE, MAX_LINE - 1, MAX_LINE + 2)
    text = b"".join(b"x" * size + b"\n/robots.txt\n" for size in sizes)
    source.write_bytes(text)
    lines, rejects, whole = read_whole(str(source))
    found, rejected, statuses = read_ranges(str(source), ranges_of(0, len(text), cuts))
    assert (len(lines), len(rejects)) == (len(sizes), 3)
    assert (found, rejected) == (lines, rejects)
    assert same(join_statuses(statuses), whole)


def without_padding(blocks):
    """Return the lines of blocks, each with where it begins without the zeros before it."""
    found = []
    for block in blocks:
        at = block.offset
        for line in block.text.removesuffix(b"\n").split(b"\n"):
            found.append(skip_padding(at, line))
            at += len(line) + 1
    return found


@given(TEXTS, CUTS)
def test_the_blocks_of_ranges_are_all_lines_once(source, text, cuts):
    source.write_bytes(text)
    items = [
        [*read_blocks(str(source), 0, None, part, block_size=1024)]
        for part in ranges_of(0, len(text), cuts)
    ]
    blocks = [item for item in chain.from_iterable(items) if isinstance(item, Block)]
    *whole_log, sample, status = read_blocks(str(source), block_size=1024)
    whole = RangeStatus(status, sample=sample)
    expected = [item for item in whole_log if isinstance(item, Block)]
    assert without_padding(blocks) == without_padding(expected)
    assert not text or same(join_statuses(each[-1] for each in items), whole)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"192.0.2.1 - - [01/Sep/2026:10:00:00 +0000]\n", True),
        (b"", True),
        (gzip.compress(b"x", mtime=0), False),
        (b"#Software: IIS\n#Fields: date time cs-uri-stem\n", False),
        (b"x\n" * 9000 + b"#Fields: date\n", False),
        (b"2026-09-01T10:00:00.0Z stdout F x\n", False),
        (b'{"log":"x\\n","stream":"stdout","time":"2026-09-01T10:00:00Z"}\n', False),
    ],
)
def test_lines_that_depend_on_earlier_ones_are_not_read_in_ranges(tmp_path, head, expected):
    assert can_be_split(head) == expected
    log = tmp_path / "a.log"
    log.write_bytes(head + b"/robots.txt\n" * 9)
    (*lines, last) = read_lines(str(log), 0, None, ByteRange(len(head), None), containing=(NEEDLE,))
    assert bool(lines) == expected
    assert (last.status.outcome != REFUTED) == expected


def test_ranges_of_a_log_that_is_changed_between_them_do_not_fit_together(tmp_path):
    log = tmp_path / "a.log"
    first, second = ranges_of(0, 200, [0.5])

    def read(text, part):
        log.write_bytes(text)
        return read_ranges(str(log), [part])[2][0]

    text = b"/robots.txt 1234567\n" * 10
    other = text.replace(b"1", b"0")
    halves = read(text, first), read(text, second)
    assert join_statuses(halves).status.matched_lines == 10
    # Of the same lines, of the same length, another text.
    assert join_statuses([read(other, first), halves[1]]) is None
    # The log was truncated before the second range was read, or the first one.
    assert join_statuses([halves[0], read(text[:60], second)]).status.bytes_text == 100
    assert join_statuses([read(text[:60], first), halves[1]]) is None
    # The last line got its newline meanwhile.
    assert join_statuses([read(text[:95], first), halves[1]]) is None


def test_ranges_with_an_error_do_not_make_a_log():
    sound = RangeStatus(SourceStatus("a", bytes_text=9, bytes_stored=9, tail_digest=b"x"))
    assert join_statuses([sound])
    broken = sound._replace(status=sound.status._replace(damage="Input/output error"))
    assert join_statuses([sound, broken]) is None
    assert join_statuses([]) is None


def test_only_the_range_that_has_no_end_reads_to_the_end(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"/robots.txt\n" * 1000)
    _, rejects, (status,) = read_ranges(str(log), [ByteRange(6000, 6001)])
    assert (status.status.begin, status.status.bytes_stored) == (6000, 6012)
    assert not [each for each in rejects if isinstance(each, Reject)]
