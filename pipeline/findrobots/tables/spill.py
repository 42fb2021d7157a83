"""Host tables to fragments on a disk, each split by host; fragments to their merged hosts."""

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
# Rows of which one tells how hosts are spread.
SAMPLE_STEP = 256


class SpillDirectory(NamedTuple):
    """A folder for fragments, and into how many buckets their hosts are split.

    A fragment is an Arrow file of a record batch for each bucket, not compressed, so that
    a part of a batch is read without the rest.
    """

    folder: str
    buckets: int

    def spill(self, hosts: pa.Table) -> str:
        """Write a host table as a fragment, and return its path.

        The name is new each time: if a task runs twice, only one of its fragments is
        named in the findings, and counts.
        """
        path = Path(self.folder) / f"{uuid4().hex}.arrow"
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
    """Return the bucket of each host: its CRC-32, which is the same in every process."""
    names = hosts.cast(pa.binary()).to_pylist()
    return np.fromiter(map(crc32, names), np.int64, len(names)) % buckets


def merge_bucket(fragments: Sequence[str], bucket: int) -> Iterator[pa.Table]:
    """Merge the hosts of a bucket, and yield them sorted, a piece at a time.

    Its memory is that of a piece, however many hosts there are.
    """
    for begin, end in pairwise(["", *_cuts(fragments, bucket), None]):
        rows = (_rows_between(path, bucket, begin or "", end) for path in fragments)
        yield merge_hosts(rows)


def _cuts(fragments: Iterable[str], bucket: int) -> list[str]:
    """Choose the hosts at which a bucket is cut into pieces of like size."""
    samples, size = list[str](), 0
    for number, path in enumerate(fragments):
        rows = _read_bucket(path, bucket)
        size += rows.nbytes
        # Each from another row on, so that small fragments are sampled evenly too.
        sampled = np.arange(number % SAMPLE_STEP, rows.num_rows, SAMPLE_STEP)
        samples += rows.column("host").take(integers(sampled, pa.int64())).to_pylist()
    samples.sort()
    pieces = -(-size // PIECE_SIZE)
    return sorted({samples[len(samples) * n // pieces] for n in range(1, pieces) if samples})


def _rows_between(path: str, bucket: int, begin: str, end: str | None) -> pa.Table:
    """Return the rows whose hosts come from the one on and before the other, uncopied."""
    rows = _read_bucket(path, bucket)
    hosts = rows.column("host")

    def find(host: str) -> int:
        return bisect_left(range(len(hosts)), host, key=lambda row: hosts[row].as_py())

    first = find(begin)
    past = len(hosts) if end is None else find(end)
    return pa.Table.from_batches([rows.slice(first, past - first)])


def _read_bucket(path: str, bucket: int) -> pa.RecordBatch:
    """Map a bucket of a fragment into memory: what is not looked at is not read."""
    with pa.memory_map(path) as mapped, pa.ipc.open_file(mapped) as fragment:
        return fragment.get_batch(bucket)
