"""Pack logs into partitions of similar size, one per task."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple
from uuid import uuid4

from findrobots.records import ByteRange
from findrobots.running.malloc_tuning import restore_adaptation
from findrobots.storage.locations import StoredObject
from findrobots.storage.remote import Log, prefetch
from findrobots.storage.sources import Source

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
    heaviest_first = sorted(_reads(sources, ranges), key=itemgetter(0), reverse=True)
    total = sum(map(itemgetter(0), heaviest_first)) + OPENING_WEIGHT * len(heaviest_first)
    limit = max(PARTITIONS_PER_WORKER * workers, total // MAX_WEIGHT)
    count = max(1, min(limit, total // MIN_WEIGHT, len(heaviest_first)))
    # Each to the bin that is lightest so far, the heaviest first (Graham 1969): within
    # 4/3 of the best balance there is.
    members: list[list[_Read]] = [[] for _ in range(count)]
    bins = [(0, number) for number in range(count)]
    for read in heaviest_first:
        load, number = bins[0]
        members[number].append(read)
        heapq.heapreplace(bins, (load + read.size + OPENING_WEIGHT, number))
    by_load = sorted(bins, key=lambda each: (-each[0], each[1]))
    return [_partition(members[number], arguments) for _, number in by_load]


class _Read(NamedTuple):
    """A log, or a range of it, and its size."""

    size: int
    source: Source
    part: ByteRange | None


def _reads(sources: Iterable[Source], ranges: Ranges) -> Iterator[_Read]:
    for source in sources:
        parts = ranges.get(source.path)
        if not parts:
            yield _Read(source.size, source, None)
        for part in parts or ():
            end = source.size if part.end is None else part.end
            yield _Read(end - part.begin, source, part)


def _partition(reads: list[_Read], arguments: Arguments) -> Partition:
    sources = [read.source for read in reads]
    paths = tuple(source.path for source in sources)
    own = {path: arguments[path] for path in paths if path in arguments} if arguments else {}
    inodes = tuple(source.inode for source in sources)
    objects = {source.path: source.stored for source in sources if source.stored}
    ranges = tuple(read.part for read in reads)
    return Partition(paths, inodes, own, objects, ranges if any(ranges) else ())
