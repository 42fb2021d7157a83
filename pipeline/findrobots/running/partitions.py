"""Sources to partitions of like weight."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from uuid import uuid4

from findrobots.records import Checkpoint
from findrobots.storage.discovery import Source
from findrobots.storage.remote import PendingLog, path_of, prefetch
from findrobots.storage.urls import is_url

__all__ = ["Partition", "pack"]


# Opening a file and setting up its decompressor costs about as long as reading this
# many bytes of gzip, so a thousand tiny logs weigh more than their bytes.
OPENING_WEIGHT = 32 * 1024


# Below this weight another partition costs more than it spares: a pool of processes
# starts in the time in which one core reads about so much.
MIN_WEIGHT = 8 * 1024 * 1024


# Enough for the cores to end together, few enough for a small task graph.
PARTITIONS_PER_WORKER = 4


# A partition's result is the unit of loss and of progress on a cluster.
MAX_WEIGHT = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Partition:
    """The paths of the sources that one task reads.

    To Dask it is opaque, which spares it from looking at every path.
    """

    paths: tuple[str, ...]

    def __iter__(self) -> Iterator[str | PendingLog]:
        urls = is_url("\n".join(self.paths))  # all at once: there may be many
        return prefetch(self.paths) if urls else iter(self.paths)

    def __dask_tokenize__(self) -> object:
        return uuid4().hex  # a cluster gives what it has of a task's name, though logs change


def pack(sources: Iterable[Source], workers: int) -> list[Partition]:
    """Pack sources into partitions of like weight, the heaviest partition first.

    Few small logs make one partition, many share some, and a large one has its own,
    since gzip cannot be split. There are at most ``PARTITIONS_PER_WORKER * workers``,
    or more where they would weigh above ``MAX_WEIGHT``.
    """
    heaviest_first = sorted(sources, key=itemgetter(1), reverse=True)
    total = sum(map(itemgetter(1), heaviest_first)) + OPENING_WEIGHT * len(heaviest_first)
    most = max(PARTITIONS_PER_WORKER * workers, total // MAX_WEIGHT)
    count = max(1, min(most, total // MIN_WEIGHT, len(heaviest_first)))
    # Each to the bin that is lightest so far, the heaviest first (Graham 1969): within
    # 4/3 of the best balance there is.
    members: list[list[str]] = [[] for _ in range(count)]
    bins = [(0, number) for number in range(count)]
    for path, size in heaviest_first:
        load, number = bins[0]
        members[number].append(path)
        heapq.heapreplace(bins, (load + size + OPENING_WEIGHT, number))
    by_load = sorted(bins, key=lambda each: (-each[0], each[1]))
    return [Partition(tuple(members[number])) for _, number in by_load]


Checkpoints = Mapping[str, tuple[Checkpoint, ...]]


@dataclass(frozen=True, slots=True)
class Unread:
    """A partition's paths, each with the ends of known text of this partition's logs.

    To Dask it is opaque, as a partition is.
    """

    partition: Partition
    checkpoints: Checkpoints | None

    def __iter__(self) -> Iterator[tuple[str | PendingLog, tuple[Checkpoint, ...] | None]]:
        known = self.checkpoints
        return (
            (log, None if known is None else known.get(path_of(log), ())) for log in self.partition
        )

    def __dask_tokenize__(self) -> object:
        return self.partition.__dask_tokenize__()


def _unread(partition: Partition, checkpoints: Checkpoints | None) -> Unread:
    """Give a partition the ends of its own logs: a task is sent no others."""
    if checkpoints is None:
        return Unread(partition, None)
    return Unread(
        partition, {path: checkpoints[path] for path in partition.paths if path in checkpoints}
    )
