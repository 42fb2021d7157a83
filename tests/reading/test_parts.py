"""Lines that a container runtime split count as they would if it had not split them."""

import gzip
import json
import zlib

import pytest
from findrobots.formats import containers
from findrobots.formats.containers import RUNTIMES, find_runtime, parse_part
from findrobots.formats.parse import parse_lines
from findrobots.formats.prefixes import PART_OF_LINE, PREFIXES, remove_prefix
from findrobots.reading.fingerprint import WINDOW, digest
from findrobots.reading.lines import MAX_LINE, Block, align_to_lines, find_lines
from findrobots.reading.parts import PartJoiner
from findrobots.reading.search import LINE_TOO_LONG, read_lines
from findrobots.records import READ, REFUTED, Checkpoint, Lines, Reject, concat_requests
from hypothesis import given
from hypothesis import strategies as st
from support.containers import docker, kubernetes, write_container_log
from support.samples import NEEDLE, STORES, blocks_of, combined, lines_of, write_log

SPLIT = "line split by the container runtime"
WRITERS = [kubernetes, docker]
LUCK = st.randoms(use_true_random=False)
# Lines of an access log and of an error log, some with what parts have in them.
ACCESS = st.lists(
    st.sampled_from(
        [
            combined(),
            combined(host="2001:db8::1", user_agent="B" * 300),
            combined(request="GET /index.html HTTP/1.1"),
            combined(request="GET / HTTP/1.1", user_agent="/robots.txt"),
            combined(user_agent="x stdout P y stderr P z"),
            combined(user_agent='\\","stream":"\\n'),
            combined(request="GET /robots.txt?\\n HTTP/1.1"),
            b"/robots.txt",
        ]
    ),
    min_size=1,
    max_size=8,
)
ERRORS = st.lists(
    st.sampled_from([b"open() /robots.txt failed", b"e" * 90, b"x stdout P ", b"\\n"]), max_size=5
)
SIZES = st.sampled_from([(1, 1000), (3, 20, 50), (40,), (100, 150, 1000), (1000,)])


@pytest.fixture(autouse=True, scope="module")
def short_parts():
    """Let Docker split lines that are shorter than its buffer, which makes small examples."""
    with pytest.MonkeyPatch.context() as patch:
        short = tuple(row._replace(min_size=min(row.min_size, 1)) for row in containers.RUNTIMES)
        patch.setattr(containers, "RUNTIMES", short)
        yield


def matching(whole):
    return [line for line in whole if NEEDLE in line[1]]


def read(source, **options):
    return lines_of(read_lines(source, containing=(NEEDLE,), **options))


def joined(runtime, text, block_size, **options):
    """Join the parts in a text that is read in blocks of some size; return the unfinished, too."""
    joiner, lines = PartJoiner(runtime, (NEEDLE,), **options), []
    for block in align_to_lines(blocks_of(text, block_size)):
        assert isinstance(block, Block)
        lines += joiner.join(block.offset, block.text, find_lines(block.text, (NEEDLE,)))
    return lines, joiner.finish()


@pytest.mark.parametrize("writer", WRITERS)
@given(access=ACCESS, errors=ERRORS, luck=LUCK, sizes=SIZES, store=st.sampled_from([*STORES]))
def test_a_split_log_gives_the_lines_of_one_that_is_not_split(  # noqa: PLR0913, PLR0917 (strategies)
    tmp_path_factory, writer, access, errors, luck, sizes, store
):
    streams = {b"stdout": access, b"stderr": errors}
    text, whole = write_container_log(writer, streams, luck, sizes)
    source = write_log(tmp_path_factory.mktemp("log"), STORES[store](text), "a.log")
    for block_size in (1, 2, 7, 64, 300, 5000):
        for growing in (False, True):
            found, rejects, status = read(source, block_size=block_size, growing=growing)
            assert found == matching(whole)
            assert not rejects
            assert (status.bytes_text, status.matched_lines) == (len(text), len(found))


@pytest.mark.parametrize("writer", WRITERS)
@given(access=ACCESS, luck=LUCK, sizes=SIZES)
def test_a_split_log_gives_the_requests_of_the_log_itself(
    tmp_path_factory, writer, access, luck, sizes
):
    text, _ = write_container_log(writer, {b"stdout": access, b"stderr": [b"e"]}, luck, sizes)
    folder = tmp_path_factory.mktemp("log")
    itself, split = (
        parsed(write_log(folder, stored, "access.log"))
        for stored in (b"".join(line + b"\n" for line in access), text)
    )
    assert split == itself


def parsed(source):
    """Return the requests of a log without their offsets, and the number of rejects."""
    items = [
        item for lines in read_lines(source, containing=(NEEDLE,)) for item in parse_lines(lines)
    ]
    requests = concat_requests([item for item in items if hasattr(item, "host")])
    rows = sorted(zip(*requests._replace(offset=requests.source), strict=True))
    return rows, sum(isinstance(item, Reject) for item in items)


@pytest.mark.parametrize("writer", WRITERS)
@given(
    access=ACCESS,
    errors=ERRORS,
    luck=LUCK,
    sizes=SIZES,
    block_size=st.sampled_from([1, 50, 1000]),
    same_file=st.booleans(),
)
def test_a_split_log_that_grows_gives_each_line_once(  # noqa: PLR0913, PLR0917 (strategies)
    tmp_path_factory, writer, access, errors, luck, sizes, block_size, same_file
):
    text, whole = write_container_log(writer, {b"stdout": access, b"stderr": errors}, luck, sizes)
    folder, checkpoint, lines = tmp_path_factory.mktemp("log"), None, []
    for end in [*sorted(luck.sample(range(len(text)), 4)), len(text)]:
        source = write_log(folder, text[:end], "a.log")
        found, rejects, status = read(
            source, checkpoint=checkpoint, growing=True, block_size=block_size
        )
        assert (status.outcome, rejects) == (READ, [])
        counted = text[: status.bytes_text]
        assert (status.checksum, status.tail_digest) == (zlib.crc32(counted), digest(counted))
        lines += found
        checkpoint = Checkpoint(
            status.bytes_text, status.checksum, status.tail_digest, same_file=same_file
        )
    assert lines == matching(whole)
    assert status.bytes_text == len(text)


@pytest.mark.parametrize("writer", WRITERS)
@given(
    access=ACCESS,
    errors=ERRORS,
    luck=LUCK,
    sizes=SIZES,
    max_size=st.sampled_from([1, 100, 300, 1000]),
)
def test_what_is_given_up_is_the_same_with_every_block_size(  # noqa: PLR0913, PLR0917 (strategies)
    writer, access, errors, luck, sizes, max_size
):
    text, whole = write_container_log(writer, {b"stdout": access, b"stderr": errors}, luck, sizes)
    runtime = containers.RUNTIMES[WRITERS.index(writer)]
    first, *others = (
        joined(runtime, text, size, max_size=max_size) for size in (1, 10, 128, 1000, 9999)
    )
    assert all(each == first for each in others)
    # Each line that is not split is found, and each found line begins where the log has an entry.
    entries = text.split(b"\n")
    assert {(at, line) for at, line in matching(whole) if line in entries} <= {*first[0]}
    assert all(not at or text[at - 1 : at] == b"\n" for at, _ in first[0])


@pytest.mark.parametrize("writer", WRITERS)
def test_a_line_whose_parts_lie_too_far_apart_is_rejected_and_those_between_count(writer, tmp_path):
    line, between = combined(), combined(host="192.0.2.2")
    error = writer(2, b"stderr", b"e" * 1000, last=True) + b"\n"
    entries = [
        writer(0, b"stdout", line[:60], last=False) + b"\n",
        writer(1, b"stderr", between, last=True) + b"\n",
        error * (MAX_LINE // len(error)),
        writer(3, b"stderr", between, last=True) + b"\n",
        writer(4, b"stdout", line[60:], last=True) + b"\n",
    ]
    text = b"".join(entries)
    source = write_log(tmp_path, text, "a.log")
    for growing in (False, True):
        found, _, status = read(source, growing=growing)
        assert [at for at, _ in found] == [0, len(entries[0]), len(b"".join(entries[:3]))]
        (reject,) = parse_lines(Lines("a.log", [0], found[0][1]))
        assert reject.reason == SPLIT
        assert found[1][1] == writer(1, b"stderr", between, last=True)
        assert status.bytes_text == len(text)


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", ["a.log", "a.log.gz"])
def test_a_line_that_lacks_its_last_part_at_the_end_is_rejected_unless_the_log_grows(
    writer, name, tmp_path
):
    first = writer(0, b"stdout", combined(), last=True) + b"\n"
    begin = writer(1, b"stdout", combined()[:70], last=False) + b"\n"
    other = writer(2, b"stderr", b"/robots.txt", last=True) + b"\n"
    text = first + begin + other
    compressed = name.endswith(".gz")
    source = write_log(tmp_path, gzip.compress(text) if compressed else text, name)
    for growing in (False, True):
        found, _, status = read(source, growing=growing)
        if growing and not compressed:
            assert found == [(0, first[:-1])]
            assert (status.bytes_text, status.unfinished_bytes) == (len(first), len(begin + other))
        else:
            assert found[1:] == [(len(first), begin[:-1]), (len(first + begin), other[:-1])]
            (reject,) = parse_lines(Lines("a.log", [0], begin[:-1]))
            assert reject.reason == SPLIT
            assert status.unfinished_bytes == 0


@pytest.mark.parametrize("writer", WRITERS)
def test_a_last_part_without_a_newline_completes_its_line(writer, tmp_path):
    line = combined()
    text = b"\n".join(
        [
            writer(0, b"stdout", line[:70], last=False),
            writer(0, b"stdout", line[70:], last=True),
        ]
    )
    found, _, status = read(write_log(tmp_path, text))
    assert found == [(0, writer(0, b"stdout", line, last=True))]
    assert status.bytes_text == len(text)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_line_without_the_path_that_lacks_a_part_is_not_yet_counted(writer, tmp_path):
    text = writer(0, b"stdout", b"192.0.2.1 - - [01/Sep", last=False) + b"\n"
    found, _, status = read(write_log(tmp_path, gzip.compress(text)))
    assert (found, status.bytes_text, status.unfinished_bytes) == ([], 0, len(text))


@pytest.mark.parametrize("writer", WRITERS)
def test_what_is_found_before_a_damage_is_not_lost(writer, tmp_path):
    part = writer(0, b"stdout", combined()[:70], last=False) + b"\n"
    other = writer(1, b"stderr", combined(), last=True) + b"\n"
    rest = writer(2, b"stdout", combined()[70:], last=True) + b"\n"
    broken = gzip.compress(part + other) + b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"\xff" * 99
    found, _, status = read(write_log(tmp_path, broken + gzip.compress(rest * 2 + other)))
    assert status.damage
    assert found[:2] == [(0, part[:-1]), (len(part), other[:-1])]
    assert [line for _, line in found[2:]] == [other[:-1]]


@pytest.mark.parametrize("writer", WRITERS)
def test_no_line_continues_after_one_that_is_too_long(writer, tmp_path):
    part = writer(0, b"stdout", combined()[:70], last=False) + b"\n"
    rest = writer(2, b"stdout", combined()[70:], last=True) + b"\n"
    long = b"x" * MAX_LINE + b"x\n"
    text = part + long + rest
    found, rejects, status = read(write_log(tmp_path, text, "a.log"), growing=True)
    assert found == [(0, part[:-1])]
    assert [(each.offset, each.reason) for each in rejects] == [(len(part), LINE_TOO_LONG)]
    assert status.bytes_text == len(text)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_line_of_many_parts_is_counted_once_it_is_complete(writer, tmp_path):
    line = combined(user_agent="A" * 400_000)
    parts = [line[at : at + 16 * 1024] for at in range(0, len(line), 16 * 1024)]
    entries = [
        writer(number, b"stdout", part, last=part is parts[-1]) + b"\n"
        for number, part in enumerate(parts)
    ]
    front = (writer(0, b"stdout", b"y" * 99, last=True) + b"\n") * 2000
    lines, checkpoint = [], None
    for end in (1, 2, len(entries) - 1, len(entries)):
        source = write_log(tmp_path, front + b"".join(entries[:end]), "a.log")
        found, _, status = read(source, checkpoint=checkpoint, growing=True)
        assert status.bytes_text == len(front) + len(b"".join(entries)) * (end == len(entries))
        assert status.tail_digest == digest(
            (front + b"".join(entries))[: status.bytes_text][-WINDOW:]
        )
        checkpoint = Checkpoint(
            status.bytes_text, status.checksum, status.tail_digest, same_file=end > 1
        )
        lines += found
    assert status.outcome != REFUTED
    ((offset, found_line),) = lines
    assert offset == len(front)
    (requests,) = parse_lines(Lines("a.log", [0], found_line))
    assert (requests.status, requests.user_agent) == ([200], ["A" * 400_000])


@pytest.mark.parametrize("row", RUNTIMES, ids=lambda row: row.name)
def test_each_runtime_is_recognised_by_the_example_of_its_prefix(row):
    example = next(prefix.example for prefix in PREFIXES if prefix.name == row.name).encode()
    assert find_runtime(example) == row._replace(min_size=min(row.min_size, 1))
    assert parse_part(row, example).is_last
    for other in (combined(), b"", b"2026-09-01T10:00:00Z web01 nginx: x", b'{"log": "x"}'):
        assert find_runtime(other) is None


@pytest.mark.parametrize("size", [16 * 1024 - 200, 16 * 1024])
def test_docker_splits_no_line_that_is_shorter_than_its_buffer(size):
    """A container that stops within a line leaves a short entry without a newline."""
    first = docker(0, b"stdout", b"/robots.txt".ljust(size, b"x"), last=False)
    text = b"\n".join([first, docker(1, b"stdout", combined(), last=True), b""])
    found, _ = joined(RUNTIMES[1], text, 100_000)
    if size < 16 * 1024:
        assert [at for at, _ in found] == [0, len(first) + 1]
        (reject,) = parse_lines(Lines("a.log", [0], found[0][1]))
        assert reject.reason == SPLIT
    else:
        assert [at for at, _ in found] == [0]


@pytest.mark.parametrize("writer", WRITERS)
@given(text=st.text(st.sampled_from('\\n"x\tP ,:'), min_size=1, max_size=9), last=st.booleans())
def test_a_part_is_what_the_parser_takes_for_one(writer, text, last):
    part = parse_part(
        RUNTIMES[WRITERS.index(writer)], entry := writer(0, b"stdout", text.encode(), last=last)
    )
    assert part.is_last == last == (remove_prefix(entry) != PART_OF_LINE)
    assert (json.loads(b'"%b"' % part.text) if writer is docker else part.text.decode()) == text
