"""Scan logs so that several workers read one large log, if it is plain or has several members."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from findrobots.flow import ScanOptions
from findrobots.formats.recognize import parse_logs
from findrobots.jobs.scan import scan_logs
from findrobots.reading.compression import GZIP, detect_compression
from findrobots.reading.decompress import read_head
from findrobots.reading.fingerprint import WINDOW
from findrobots.reading.log_file import LogFile
from findrobots.reading.ranges import can_be_split, join_statuses
from findrobots.reading.recovery import StoredLog
from findrobots.records import ByteRange, Checkpoint, Overview, RangeStatus
from findrobots.running.partitions import PARTITIONS_PER_WORKER, pack
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.storage.sources import Source, Sources
from findrobots.tables.results import Item, ScanResult, merge, tabulate

if TYPE_CHECKING:
    from findrobots.reading.members import Member

__all__ = [
    "GZIP_RANGE_SIZE",
    "MIN_RANGES",
    "RANGE_SIZE",
    "choose_ranges",
    "join_ranges",
    "scan_sources",
]

# The smallest range, in stored bytes: of a plain log, and of a gzip log, which has about
# ten times as much text. Opening a log for one takes as long as reading a megabyte of text, and
# sending its result to this process as reading some.
RANGE_SIZE, GZIP_RANGE_SIZE = 64 * 1024 * 1024, 8 * 1024 * 1024
# A log of fewer ranges is read by one worker in the time in which a pool of them starts.
MIN_RANGES = 4

# The checkpoint of each log that is partly counted, by path.
Checkpoints = Mapping[str, tuple[Checkpoint, ...]]


def scan_sources(
    sources: Sources,
    checkpoints: Checkpoints,
    options: ScanOptions,
    runner: Runner,
    *,
    progress: Progress | None = None,
) -> ScanResult:
    """Scan logs, large ones in ranges.

    The result is the same as if each was read from its beginning to its end. If the ranges of a
    log do not fit together, because the log was changed meanwhile, all logs are read again.

    Parameters
    ----------
    sources
        The logs.
    checkpoints
        Where the text of a log ends that is already counted.
    options
        Which requests count.
    runner
        Where the logs are read.
    progress
        Receives the number of bytes read.

    Raises
    ------
    FindrobotsError
        As ``scan_logs``.
    """
    if ranges := choose_ranges(sources, checkpoints, runner.workers):
        partitions = pack(sources, runner.workers, checkpoints, ranges)
        found = scan_logs(partitions, options, runner, progress=progress)
        if joined := join_ranges(found, options):
            return joined
    partitions = pack(sources, runner.workers, checkpoints)
    return scan_logs(partitions, options, runner, progress=progress)


def choose_ranges(
    sources: Sources, checkpoints: Checkpoints, workers: int
) -> dict[str, list[ByteRange]]:
    """Choose the logs that several workers read, and the ranges that each of them reads.

    These are files that weigh more than the share of a partition, and whose lines can be read in
    any order: plain ones, and those of gzip that have several members. For that, their beginning
    is read, and members are searched.

    Parameters
    ----------
    sources
        The logs.
    checkpoints
        Where the text of a log ends that is already counted.
    workers
        The number of workers.
    """
    chosen = dict[str, list[ByteRange]]()
    if workers == 1 or max(sources.size, default=0) < MIN_RANGES * GZIP_RANGE_SIZE:
        return chosen
    unread = [_begin_and_size(source, checkpoints) for source in sources]
    share = sum(size for _, size in unread) / (PARTITIONS_PER_WORKER * workers)
    for source, (begin, size) in zip(sources, unread, strict=True):
        count = ceil(size / share) if size >= MIN_RANGES * GZIP_RANGE_SIZE else 1
        known = checkpoints.get(source.path, ())
        if count > 1 and (ranges := _ranges_of(source, known, begin, count)):
            chosen[source.path] = ranges
    return chosen


def _begin_and_size(source: Source, checkpoints: Checkpoints) -> tuple[int, int]:
    """Return where reading a log begins, if it is plain, and how many bytes that leaves."""
    for checkpoint in checkpoints.get(source.path, ()):
        if checkpoint.same_file and checkpoint.offset <= source.size:
            return checkpoint.offset, source.size - checkpoint.offset
    return 0, source.size


def _ranges_of(
    source: Source, known: tuple[Checkpoint, ...], begin: int, count: int
) -> list[ByteRange]:
    """Return at most ``count`` ranges of a log, none if it is to be read whole."""
    if not source.inode or any(each.w3c_header or not each.same_file for each in known):
        return []
    try:
        with closing(LogFile(source.path, inode=source.inode)) as file:
            head = file.read_at(0, WINDOW) if file.rereadable else b""
            if detect_compression(head) is GZIP:
                text, damage = read_head(file, WINDOW)
                if known or damage or not can_be_split(text):
                    return []
                from findrobots.reading.members import find_members  # noqa: PLC0415 (few logs)

                members = find_members(StoredLog(file.read_at, source.size))
                return _divide_members(members, source.size, count)
    except OSError:  # the scan reports it
        return []
    size = source.size - begin
    if size < MIN_RANGES * RANGE_SIZE or not (head and can_be_split(head)):
        return []
    return _divide(begin, source.size, min(count, size // RANGE_SIZE))


def _divide(begin: int, end: int, count: int) -> list[ByteRange]:
    """Divide a text into ranges of equal size; the last one goes on while the log grows."""
    bounds = [begin + (end - begin) * number // count for number in range(count)]
    return [ByteRange(*pair) for pair in zip(bounds, [*bounds[1:], None], strict=True)]


def _divide_members(members: "list[Member]", size: int, count: int) -> list[ByteRange]:
    """Divide a gzip log into ranges of members; none if it cannot be divided."""
    bounds, count = [members[0]], min(count, size // GZIP_RANGE_SIZE)
    for number in range(1, count):
        at = bisect_left(members, (size * number // count,))
        # The last range needs as much text as a log is recognized by.
        if at < len(members) and bounds[-1] < members[at] and members[at].stored < size - WINDOW:
            bounds.append(members[at])
    ranges = [
        ByteRange(one.text, other.text, (one.stored, other.stored))
        for one, other in pairwise(bounds)
    ]
    return [*ranges, ByteRange(bounds[-1].text, None, (bounds[-1].stored, None))] if ranges else []


def join_ranges(found: ScanResult, options: ScanOptions) -> ScanResult | None:
    """Return a result with the statuses of logs in place of those of their ranges.

    None is returned if the ranges of a log do not fit together.
    """
    by_path = defaultdict[bytes, list[RangeStatus]](list)
    for each in found.ranges:
        by_path[each.status.path].append(each)
    items = list[Item]()
    for ranges in by_path.values():
        log = join_statuses(ranges)
        if log is None or log.sample is None:
            return None
        if options.judge:  # the first pass of an audit recognizes it
            items.append(log.status)
        elif log.has_requests:
            items += [log.status, Overview(known_logs=1)]
        elif log.has_rejects:  # the one that was read first shows what the log is like
            return None
        else:
            items += parse_logs([log.sample, log.status], options.dialect, detailed=False)
    joined = [found._replace(ranges=()), tabulate(items)]
    return merge(joined, max_rejects=options.max_rejects)
