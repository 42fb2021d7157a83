"""Scan logs so that several workers read one large plain log."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from math import ceil

from findrobots.flow import ScanOptions
from findrobots.formats.recognize import parse_logs
from findrobots.jobs.scan import scan_logs
from findrobots.reading.fingerprint import WINDOW
from findrobots.reading.log_file import LogFile
from findrobots.reading.ranges import can_be_split, join_statuses
from findrobots.records import ByteRange, Checkpoint, Overview, RangeStatus
from findrobots.running.partitions import PARTITIONS_PER_WORKER, pack
from findrobots.running.progress import Progress
from findrobots.running.runner import Runner
from findrobots.storage.sources import Source, Sources
from findrobots.tables.results import Item, ScanResult, merge, tabulate

__all__ = ["MIN_RANGES", "RANGE_SIZE", "choose_ranges", "join_ranges", "scan_sources"]

# The smallest range, in bytes. Opening a log for one takes as long as reading a megabyte, and
# sending its result to this process as reading some.
RANGE_SIZE = 64 * 1024 * 1024
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
    """Scan logs, large plain ones in ranges.

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

    These are plain files that weigh more than the share of a partition, and whose lines can be read
    in any order. Their beginning is read for that.

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
    if workers == 1 or max(sources.size, default=0) < MIN_RANGES * RANGE_SIZE:
        return chosen
    unread = [_begin_and_size(source, checkpoints) for source in sources]
    share = sum(size for _, size in unread) / (PARTITIONS_PER_WORKER * workers)
    for source, (begin, size) in zip(sources, unread, strict=True):
        count = min(size // RANGE_SIZE, ceil(size / share)) if size else 0
        if count > 1 and size >= MIN_RANGES * RANGE_SIZE and _can_be_split(source, checkpoints):
            chosen[source.path] = _divide(begin, source.size, count)
    return chosen


def _begin_and_size(source: Source, checkpoints: Checkpoints) -> tuple[int, int]:
    """Return where reading a log begins, if it is plain, and how many bytes that leaves."""
    for checkpoint in checkpoints.get(source.path, ()):
        if checkpoint.same_file and checkpoint.offset <= source.size:
            return checkpoint.offset, source.size - checkpoint.offset
    return 0, source.size


def _divide(begin: int, end: int, count: int) -> list[ByteRange]:
    """Divide a text into ranges of equal size; the last one goes on while the log grows."""
    bounds = [begin + (end - begin) * number // count for number in range(count)]
    return [ByteRange(*pair) for pair in zip(bounds, [*bounds[1:], None], strict=True)]


def _can_be_split(source: Source, checkpoints: Checkpoints) -> bool:
    """Return whether a log is a file that can be read in ranges."""
    known = checkpoints.get(source.path, ())
    if not source.inode or any(each.w3c_header or not each.same_file for each in known):
        return False
    try:
        with closing(LogFile(source.path, inode=source.inode)) as file:
            return file.rereadable and can_be_split(file.read_at(0, WINDOW))
    except OSError:  # the scan reports it
        return False


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
