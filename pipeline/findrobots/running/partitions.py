"""Pack logs into partitions of similar size, one per task."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise, repeat
from operator import attrgetter, itemgetter
from types import MappingProxyType
from uuid import uuid4

import numpy as np

from findrobots.records import ByteRange
from findrobots.running.malloc_tuning import restore_adaptation
from findrobots.storage.locations import StoredObject
from findrobots.storage.remote import Log, prefetch
from findrobots.storage.sources import Source, Sources

__all__ = ["NO_ARGUMENTS", "NO_RANGES", "Arguments", "Partition", "Ranges", "pack"]

# Further arguments for the function that reads a log, such as its checkpoint, by path.
Arguments = Mapping[str, tuple[object, ...]]
NO_ARGUMENTS: Arguments = MappingProxyType({})
# The ranges of each log that several tasks read, by path.
Ranges = Mapping[str, Sequence[ByteRange]]
NO_RANGES: Ranges = MappingProxyType({})

# Opening a file and setting up its decompressor costs about as long as reading this
# many bytes of gzip, so a thousand tiny logs weigh more than their bytes.
OPENING_WEIGHT = 32 * 1024
# Below this weight another partition costs more than it saves: a pool of processes
# starts in the time in which one core reads about this much.
MIN_WEIGHT = 8 * 1024 * 1024
# Enough for the cores to end together, few enough for a small task graph.
PARTITIONS_PER_WORKER = 4
# On a cluster, a partition is what is lost when a worker dies.
MAX_WEIGHT = 1024 * 1024 * 1024
# Small logs are dealt out in units of neighbours, of which there may be a million.
UNITS_PER_PARTITION = 16

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Partition:
    """The logs that one task reads, each with the inode that its file has, if any.

    Iterating gives for each log what is given to the function that reads it: the log, the inode,
    and further ``arguments``, if it has any. Of the ``objects`` among the logs, the path is a name.
    Of a log that several tasks read, ``ranges`` has the range.

    Dask sees one opaque value, which spares it from looking at every path.
    """

    paths: tuple[str, ...]
    inodes: tuple[int, ...] = ()
    arguments: Arguments = field(default_factory=dict)
    objects: Mapping[str, StoredObject] = field(default_factory=dict)
    ranges: tuple[ByteRange | None, ...] = ()

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        restore_adaptation()  # before this process reads
        logs: Iterable[Log] = self.paths
        if self.objects:
            logs = prefetch(self.objects.get(path, path) for path in self.paths)
        for path, log, inode, part in zip(self.paths, logs, *self._places(), strict=False):
            arguments = self.arguments.get(path, ())
            if part is None:
                yield (log, inode, *arguments)
            else:
                yield (log, inode, *(arguments or (None,)), part)

    def split(self) -> "Iterator[Partition]":
        """Yield a partition for each log."""
        for path, inode, part in zip(self.paths, *self._places(), strict=False):
            yield replace(self, paths=(path,), inodes=(inode,), ranges=(part,))

    def _places(self) -> tuple[Iterable[int], Iterable[ByteRange | None]]:
        """Return the inode and the range of each log."""
        return self.inodes or repeat(0), self.ranges or repeat(None)

    def __dask_tokenize__(self) -> str:
        # A cluster reuses the result of a task of the same name, though the logs may have changed.
        return uuid4().hex


def pack(
    sources: Iterable[Source],
    workers: int,
    arguments: Arguments = NO_ARGUMENTS,
    ranges: Ranges = NO_RANGES,
) -> list[Partition]:
    """Pack logs into partitions of similar weight, the heaviest partition first.

    Few small logs make one partition, many share some, and a large one has its own, or one for
    each of its ``ranges``. There are at most ``PARTITIONS_PER_WORKER * workers`` partitions, or
    more where they would weigh above ``MAX_WEIGHT``. Each partition gets the arguments of its own
    logs only, so that a task is sent no others.
    """
    logs, parts = Sources.of(sources), list[ByteRange | None]()
    if ranges:
        logs, parts = _divide(logs, ranges)
    weights = np.asarray(logs.size, np.float64) + OPENING_WEIGHT
    total = int(weights.sum())
    limit = max(PARTITIONS_PER_WORKER * workers, total // MAX_WEIGHT)
    count = max(1, min(limit, total // MIN_WEIGHT, len(logs)))
    units = _units(weights, total / count / UNITS_PER_PARTITION)
    # Each to the bin that is lightest so far, the heaviest first (Graham 1969): within
    # 4/3 of the best balance there is.
    members: list[list[range]] = [[] for _ in range(count)]
    bins = [(0.0, number) for number in range(count)]
    for weight, unit in sorted(units, key=itemgetter(0), reverse=True):
        load, number = bins[0]
        members[number].append(unit)
        heapq.heapreplace(bins, (load + weight, number))
    by_load = sorted(bins, key=lambda each: (-each[0], each[1]))
    rows = (
        [*chain.from_iterable(sorted(members[number], key=attrgetter("start")))]
        for _, number in by_load
    )
    return [
        _partition(logs.at(each), [parts[row] for row in each] if parts else (), arguments)
        for each in rows
        if each
    ]


def _divide(sources: Sources, ranges: Ranges) -> tuple[Sources, list[ByteRange | None]]:
    """Return logs, those that have ranges once for each of them, with its size; and the ranges."""
    logs, parts = list[Source](), list[ByteRange | None]()
    for source in sources:
        own = ranges.get(source.path, ())
        begins = [part.members[0] if part.members else part.begin for part in own]
        sizes = [end - begin for begin, end in pairwise([*begins, source.size])]
        logs += [source._replace(size=size) for size in sizes] or [source]
        parts += own or [None]
    return Sources(logs), parts


def _units(weights: Floats, most: float) -> list[tuple[float, range]]:
    """Return the weight and the numbers of logs that stay together: neighbours, if they are small.

    They weigh at most so much, unless it is a single log.
    """
    ends = np.cumsum(weights)
    is_large = weights > most
    is_first = np.diff(ends // most, prepend=-1) > 0
    is_first |= is_large
    is_first[1:] |= is_large[:-1]
    begins = np.flatnonzero(is_first)
    sums = np.add.reduceat(weights, begins) if len(begins) else begins
    bounds = [*begins.tolist(), len(weights)]
    return [
        (weight, range(*pair)) for weight, pair in zip(sums.tolist(), pairwise(bounds), strict=True)
    ]


def _partition(
    sources: Sources, ranges: Sequence[ByteRange | None], arguments: Arguments
) -> Partition:
    own = {path: arguments[path] for path in sources.path if path in arguments} if arguments else {}
    pairs = zip(sources.path, sources.stored, strict=True)
    objects = {path: stored for path, stored in pairs if stored}
    return Partition(
        tuple(sources.path),
        tuple(sources.inode),
        own,
        objects,
        tuple(ranges) if any(ranges) else (),
    )
