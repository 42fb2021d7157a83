"""Spill host tables to disk in buckets of hosts, and merge the buckets."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4
from zlib import crc32

import numpy as np
import pyarrow as pa

from findrobots.arrow import Integers, integers, joined
from findrobots.tables.hosts import HOSTS, merge_hosts
from findrobots.writing.atomic import os_errors_as

__all__ = ["SpillDirectory", "merge_bucket"]

# Bytes of hosts that are merged at a time.
PIECE_SIZE = 1 << 27
# One row in this many is sampled to see how the hosts are distributed.
SAMPLE_STEP = 256


class SpillDirectory(NamedTuple):
    """A directory for spill files, and the number of buckets in each file.

    A spill file is an Arrow file with one record batch per bucket, not compressed, so that
    a part of a batch is read without the rest.
    """

    path: str
    buckets: int

    def spill(self, hosts: pa.Table) -> str:
        """Write a host table to a new spill file, and return the path of the file.

        Every file has a new name: if a task runs twice, the result of the scan names only
        one of its files, and only that one is merged.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        path = Path(self.path) / f"{uuid4().hex}.arrow"
        buckets = _buckets_of(joined(hosts["host"]), self.buckets)
        order = np.argsort(buckets, kind="stable")  # within a bucket, hosts stay sorted
        ends = np.searchsorted(buckets[order], np.arange(self.buckets + 1))
        in_order = hosts.take(integers(order, pa.int64()))
        rows = pa.RecordBatch.from_arrays([*map(joined, in_order.columns)], schema=HOSTS)
        with (
            os_errors_as(path),
            pa.OSFile(str(path), "wb") as sink,
            pa.ipc.new_file(sink, HOSTS) as writer,
        ):
            for begin, end in pairwise(ends.tolist()):
                writer.write_batch(rows.slice(begin, end - begin))
        return str(path)


def _buckets_of(hosts: pa.Array, buckets: int) -> Integers:
    """Return the bucket of each host, by CRC-32: the same in every process."""
    names = hosts.cast(pa.binary()).to_pylist()
    return np.fromiter(map(crc32, names), np.int64, len(names)) % buckets


def merge_bucket(
    spill_files: Sequence[str],
    bucket: int,
    *,
    piece_size: int = PIECE_SIZE,
    sample_step: int = SAMPLE_STEP,
) -> Iterator[pa.Table]:
    """Merge one bucket of several spill files, and yield it sorted, in pieces.

    The memory in use is that of one piece, however many hosts there are.

    Parameters
    ----------
    spill_files
        Paths of the spill files.
    bucket
        The number of the bucket, from 0.
    piece_size
        Bytes of hosts, before they are merged, of which a piece is made.
    sample_step
        Sample one row in this many to choose where pieces begin.
    """
    cuts = _cuts(spill_files, bucket, piece_size, sample_step)
    for begin, end in pairwise(["", *cuts, None]):
        rows = (_rows_between(path, bucket, begin or "", end) for path in spill_files)
        yield merge_hosts(rows)


def _cuts(spill_files: Iterable[str], bucket: int, piece_size: int, sample_step: int) -> list[str]:
    """Choose the hosts at which to cut a bucket into pieces of similar size."""
    samples, size = list[str](), 0
    for number, path in enumerate(spill_files):
        rows = _read_bucket(path, bucket)
        size += rows.nbytes
        # Each file is sampled from another row on, so that small files are sampled evenly too.
        sampled = np.arange(number % sample_step, rows.num_rows, sample_step)
        samples += rows.column("host").take(integers(sampled, pa.int64())).to_pylist()
    samples.sort()
    pieces = -(-size // piece_size)
    return sorted({samples[len(samples) * n // pieces] for n in range(1, pieces) if samples})


def _rows_between(path: str, bucket: int, begin: str, end: str | None) -> pa.Table:
    """Return the rows with hosts from one host up to another, without copying."""
    rows = _read_bucket(path, bucket)
    hosts = rows.column("host")

    def find(host: str) -> int:
        return bisect_left(range(len(hosts)), host, key=lambda row: hosts[row].as_py())

    first = find(begin)
    stop = len(hosts) if end is None else find(end)
    return pa.Table.from_batches([rows.slice(first, stop - first)])


def _read_bucket(path: str, bucket: int) -> pa.RecordBatch:
    """Map a bucket of a spill file into memory, without reading it."""
    with pa.memory_map(path) as mapped, pa.ipc.open_file(mapped) as spill_file:
        return spill_file.get_batch(bucket)
