"""Scans and updates that read a log in ranges give what those do that read it whole."""

import bz2
import gzip
import random
from itertools import pairwise
from unittest.mock import patch

import pytest
from findrobots.jobs import ranges
from findrobots.jobs.ranges import choose_ranges
from findrobots.jobs.scan import scan_logs
from findrobots.reading import members
from findrobots.reading.members import find_members
from findrobots.records import Checkpoint
from findrobots.robots.filter import RequestFilter
from findrobots.storage.discovery import find_sources
from findrobots.storage.sources import Source, Sources
from findrobots.tables.host_table import empty_host_table
from hypothesis import given
from hypothesis import strategies as st
from support.containers import kubernetes, write_container_log
from support.examples import at_most
from support.samples import combined, lines
from support.scans import update

NOTHING = empty_host_table(RequestFilter())
MIXED = st.lists(
    st.one_of(
        st.integers(0, 60).map(lambda number: lines(number, 1)[:-1]),
        st.sampled_from([b"", b"/robots.txt is no request", b"x" * 300, b"\0\0", b"# a comment\r"]),
        st.builds(combined, user_agent=st.text("ab\r\xff", max_size=3)),
    ),
    max_size=60,
)


def in_ranges(size=100, most=2):
    """Make logs of a few lines be read in ranges."""
    return patch.multiple(ranges, RANGE_SIZE=size, GZIP_RANGE_SIZE=size, MIN_RANGES=most)


def updated(table, folder, **options):
    return update(table, find_sources(folder), scheduler="threads", workers=3, **options)


def written(folder, text):
    (folder / "access.log").write_bytes(text)


@at_most(20)
@given(
    MIXED,
    st.lists(st.floats(0, 1), max_size=3),
    st.sampled_from([60, 200, 1000]),
    st.sampled_from([0, 3, None]),
)
def test_each_update_in_ranges_is_the_same_as_of_the_whole_log(
    tmp_path_factory, texts, cuts, size, max_rejects
):
    folder, text = tmp_path_factory.mktemp("logs"), b"\n".join(texts)
    ends = sorted({int(cut * len(text)) for cut in cuts} | {len(text)})
    whole = split = NOTHING
    for end in ends:
        written(folder, text[:end])
        before = split
        whole, expected = updated(whole, folder, max_rejects=max_rejects)
        with in_ranges(size):
            split, found = updated(before, folder, max_rejects=max_rejects)
        assert (split, found) == (whole, expected)


def as_members(text, size):
    """Return a text as a gzip log whose members have a size."""
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    return b"".join(gzip.compress(part, compresslevel=0, mtime=0) for part in parts)


@at_most(10)
@given(MIXED, st.sampled_from([30, 1000, 9000]), st.sampled_from([0, 3, None]))
def test_a_scan_of_members_in_ranges_is_the_same_as_of_the_whole_log(
    tmp_path_factory, texts, size, max_rejects
):
    folder, text = tmp_path_factory.mktemp("logs"), b"\n".join(texts)
    stored = as_members(text, size) + as_members(text + lines(0, 2000), 100_000)
    (folder / "access.log.gz").write_bytes(stored)
    expected = updated(NOTHING, folder, max_rejects=max_rejects)
    with in_ranges(len(stored) // 9), patch.object(ranges, "scan_logs", wraps=scan_logs) as scan:
        assert updated(NOTHING, folder, max_rejects=max_rejects) == expected
    assert sum(len(partition.ranges) for partition in scan.call_args_list[0].args[0]) > 1


def test_a_log_whose_members_have_other_sizes_than_they_say_is_read_whole(tmp_path):
    """The size of a member is its last four bytes, so that it is wrong from 4 GiB of text on."""
    text = lines(0, 2000)
    (tmp_path / "access.log.gz").write_bytes(as_members(text, 20_000))
    expected = updated(NOTHING, tmp_path)

    def find_others(log):
        first, *others = find_members(log)
        return [first, *(each._replace(text=each.text - 12_000) for each in others)]

    with (
        in_ranges(),
        patch.object(members, "find_members", find_others),
        patch.object(ranges, "scan_logs", wraps=scan_logs) as scan,
    ):
        assert updated(NOTHING, tmp_path) == expected
    assert scan.call_count == 2


@pytest.mark.parametrize("at", [0, 0.02, 0.5, 0.999, 1])
def test_damage_of_a_log_of_members_is_what_it_is_when_the_log_is_read_whole(tmp_path, at):
    stored = as_members(lines(0, 2000), 20_000)
    place = int(at * (len(stored) - 1))
    broken = stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]
    for damaged in (broken, stored[:place], stored[:place] + b"x" + stored[place:]):
        (tmp_path / "access.log.gz").write_bytes(damaged)
        expected = updated(NOTHING, tmp_path)
        with in_ranges():
            assert updated(NOTHING, tmp_path) == expected


def test_a_log_without_the_path_is_recognized_as_when_it_is_read_whole(tmp_path):
    for text in (
        lines(1, 40, every=1000),
        b"no access log\n" * 90,
        b"\0\n" * 900,
        b"/robots.txt\n" * 90,
    ):
        written(tmp_path, text)
        _, expected = updated(NOTHING, tmp_path)
        with in_ranges():
            _, found = updated(NOTHING, tmp_path)
        assert found == expected
    assert (found.overview.known_logs, found.unrecognized.num_rows) == (0, 1)


def test_of_a_large_log_and_small_ones_each_counts_once(tmp_path):
    written(tmp_path, lines(0, 400))
    for number in range(9):
        (tmp_path / f"{number}.log").write_bytes(lines(1000 * (number + 1), 3))
    _, expected = updated(NOTHING, tmp_path)
    with in_ranges(), patch.object(ranges, "join_ranges", wraps=ranges.join_ranges) as join:
        _, found = updated(NOTHING, tmp_path)
    assert len(join.call_args.args[0].ranges) > 4
    assert found.overview.known_logs == 10
    assert found._replace(sources=None) == expected._replace(sources=None)
    order = [("path", "ascending")]
    assert found.sources.sort_by(order) == expected.sources.sort_by(order)


HEADER = b"#Fields: date time c-ip cs-method cs-uri-stem sc-status\n"
W3C = b"2026-09-01 10:00:00 192.0.2.1 GET /robots.txt 200\n"


def test_a_log_whose_lines_depend_on_earlier_ones_is_read_whole_after_all(tmp_path):
    """The look at its beginning is left out here, as if the log was replaced after it."""
    w3c = HEADER + W3C * 20 + HEADER.replace(b"c-ip cs-method", b"cs-method c-ip") + W3C * 20
    streams = {b"stdout": lines(0, 50).splitlines()}
    container, _ = write_container_log(kubernetes, streams, random.Random(1), [40, 90])  # noqa: S311 (no secret)
    for text in (w3c, container):
        written(tmp_path, text)
        _, expected = updated(NOTHING, tmp_path)
        assert expected.hosts.num_rows
        with in_ranges(), patch.object(ranges, "can_be_split", return_value=True):
            _, found = updated(NOTHING, tmp_path)
        assert found == expected


def test_a_log_that_changes_between_its_ranges_is_read_again(tmp_path):
    text = lines(0, 100)
    written(tmp_path, text)
    _, expected = updated(NOTHING, tmp_path)
    scan_logs, calls = ranges.scan_logs, []

    def scan_and_break(*args, **options):
        calls.append(args)
        found = scan_logs(*args, **options)
        broken = [each._replace(text_before=b"of another text") for each in found.ranges]
        return found._replace(ranges=tuple(broken))

    with in_ranges(), patch.object(ranges, "scan_logs", scan_and_break):
        _, found = updated(NOTHING, tmp_path)
    assert len(calls) == 2
    assert found == expected


def test_ranges_cover_what_is_new_of_a_log_once(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(lines(0, 500))
    (source,) = find_sources(tmp_path)
    known = {source.path: (Checkpoint(1000, 0, b"", same_file=True),)}
    with in_ranges():
        for checkpoints, begin in (({}, 0), (known, 1000)):
            (chosen,) = choose_ranges(Sources([source]), checkpoints, 2).values()
            assert (chosen[0].begin, chosen[-1].end) == (begin, None)
            assert all(one.end == other.begin for one, other in pairwise(chosen))
            assert 2 <= len(chosen) <= 8


def test_a_gzip_log_is_read_in_ranges_if_it_is_new_and_has_several_members(tmp_path):
    log, text = tmp_path / "a.log.gz", lines(0, 2000)

    def chosen_of(stored, **known):
        log.write_bytes(stored)
        (source,) = find_sources(tmp_path)
        known = {source.path: (Checkpoint(9, 0, b"", **known),)} if known else {}
        return choose_ranges(Sources([source]), known, 2)

    with in_ranges():
        (chosen,) = chosen_of(as_members(text, 5000)).values()
        assert all(one.members[1] == other.members[0] for one, other in pairwise(chosen))
        assert (chosen[0].members[0], chosen[-1].members[1]) == (0, None)
        assert 2 <= len(chosen) <= 8
        assert not chosen_of(as_members(text, 5000), same_file=True)
        assert not chosen_of(gzip.compress(text))
        assert not chosen_of(as_members(text[:60_000], 5000))  # too short to be recognized
        assert not chosen_of(as_members(HEADER + text, 5000))
        assert not chosen_of(b"\x1f\x8b" + as_members(text, 5000))
        assert not chosen_of(bz2.compress(random.Random(1).randbytes(9000)) * 9)  # noqa: S311 (no secret)


def test_only_large_plain_files_of_one_place_are_read_in_ranges(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(lines(0, 500))
    (source,) = find_sources(tmp_path)
    with in_ranges():
        assert choose_ranges(Sources([source]), {}, 2)
        assert not choose_ranges(Sources([source]), {}, 1)
        assert not choose_ranges(Sources([source._replace(inode=0)]), {}, 2)
        assert not choose_ranges(Sources([source._replace(inode=1)]), {}, 2)
        assert not choose_ranges(Sources([source._replace(path=str(tmp_path / "none"))]), {}, 2)
        for other in (Checkpoint(9, 0, b""), Checkpoint(9, 0, b"", b"#Fields: x", same_file=True)):
            assert not choose_ranges(Sources([source]), {source.path: (other,)}, 2)
        # A log that is no larger than the share of a partition would gain nothing.
        others = [Source(f"{number}.log", source.size) for number in range(8)]
        assert not choose_ranges(Sources([source, *others]), {}, 2)
    with in_ranges(source.size):
        assert not choose_ranges(Sources([source]), {}, 2)
