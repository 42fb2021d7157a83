import pytest
from findrobots.records import Checkpoint
from findrobots.running.partitions import (
    MAX_WEIGHT,
    MIN_WEIGHT,
    OPENING_WEIGHT,
    PARTITIONS_PER_WORKER,
    pack,
)
from findrobots.storage.sources import Source
from hypothesis import given
from hypothesis import strategies as st

SIZES = st.lists(st.integers(0, 3 * MAX_WEIGHT // 2), min_size=1, max_size=60)


@given(SIZES, st.integers(1, 64))
def test_partitions_hold_each_source_once_and_stay_few(sizes, workers):
    sources = [Source(f"{number}.log", size) for number, size in enumerate(sizes)]
    partitions = pack(sources, workers)
    paths = sorted(path for partition in partitions for path, _ in partition)
    assert paths == sorted(source.path for source in sources)
    assert all(partition.paths for partition in partitions)
    total = sum(sizes) + OPENING_WEIGHT * len(sizes)
    assert len(partitions) <= max(PARTITIONS_PER_WORKER * workers, total / MAX_WEIGHT)
    assert len(partitions) <= max(1, total / MIN_WEIGHT)


@given(SIZES, st.integers(1, 64))
def test_no_partition_weighs_much_more_than_its_share(sizes, workers):
    partitions = pack([Source(str(n), size) for n, size in enumerate(sizes)], workers)
    weights = [sum(sizes[int(path)] + OPENING_WEIGHT for path, _ in each) for each in partitions]
    share = sum(weights) / len(weights)
    assert weights == sorted(weights, reverse=True)
    assert max(weights) <= max(max(sizes) + OPENING_WEIGHT, 2 * share)


@pytest.mark.slow
def test_a_hundred_thousand_small_logs_share_few_partitions():
    sources = [Source(f"{number}.log", 1000) for number in range(100_000)]
    assert len(pack(sources, 2)) <= 4 * 2 + 100_000 / 1000


def test_small_logs_make_one_partition():
    assert len(pack([Source(str(n), 140_000) for n in range(14)], 2)) == 1


def test_fourteen_logs_of_five_megabytes_keep_two_workers_busy_to_the_end():
    partitions = pack([Source(str(n), 5_140_000) for n in range(14)], 2)
    assert len(partitions) >= 6
    counts = [len(partition.paths) for partition in partitions]
    assert max(counts) - min(counts) <= 1


def test_a_partition_has_the_checkpoints_of_its_own_logs_only():
    known = {f"{number}.log": (Checkpoint(number, 0, b""),) for number in range(0, 9, 2)}
    sources = [Source(f"{number}.log", MIN_WEIGHT, inode=number) for number in range(9)]
    for partition in pack(sources, 2, known):
        assert partition.arguments == {
            path: known[path] for path in partition.paths if path in known
        }
        assert list(partition) == [
            (path, int(path[0]), *known.get(path, ())) for path in partition.paths
        ]
