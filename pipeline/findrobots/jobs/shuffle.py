"""Shuffle hosts between tables and shards, through spill files, with Dask."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, repeat
from uuid import uuid4

import dask.bag as db
import pyarrow as pa

from findrobots.arrow import joined, numbers
from findrobots.robots.filter import RequestFilter
from findrobots.running.runner import Runner
from findrobots.tables.host_table import HostTable, Totals
from findrobots.tables.hosts import merge_hosts
from findrobots.tables.parquet import read_pieces, write_pieces
from findrobots.tables.shards import shard_name
from findrobots.tables.spill import SpillDirectory, merge_bucket
from findrobots.writing.atomic import StrPath, os_errors_as
from findrobots.writing.directory import OutputDirectory

__all__ = ["spill_shards", "write_shards"]

# Shards may be many and small, so a task reads several; a few tasks per worker balance the load.
TASKS_PER_WORKER = 4
# Bytes of hosts, as files have them, of which a spill file is made.
SPILL_SIZE = 1 << 26


def write_shards(
    spill_files: Sequence[str],
    table: HostTable,
    directory: OutputDirectory,
    *,
    shards: int,
    runner: Runner,
) -> Totals:
    """Merge the spill files of each bucket and write one Parquet shard per bucket.

    Parameters
    ----------
    spill_files
        Paths of the spill files, each of which has a bucket per shard.
    table
        The ledger, which goes to the first shard, and which requests are counted.
    directory
        Where to write the shards.
    shards
        Number of shards.
    runner
        Where to run.

    Returns
    -------
    The totals of all shards.
    """
    write = partial(
        _write_shard,
        spill_files=spill_files,
        request_filter=table.request_filter,
        directory=directory,
        shards=shards,
    )
    ledgers = chain([table.ledger], repeat(None, shards - 1))
    flow = db.from_sequence(enumerate(ledgers), npartitions=shards).starmap(write)
    # With few spill files, starting more workers takes longer than it saves.
    totals = runner.gather(flow, max(1, min(shards, len(spill_files))))
    return _sum(totals)


def _write_shard(  # noqa: PLR0913 (options all but the first two)
    bucket: int,
    ledger: pa.Table | None,
    *,
    spill_files: Sequence[str],
    request_filter: RequestFilter,
    directory: OutputDirectory,
    shards: int,
) -> Totals:
    # A unique name until it is complete: Dask runs the task of a lost worker again, while that
    # worker may still be writing.
    path = directory.scratch / f"{uuid4().hex}.parquet"
    totals = list[Totals]()

    def count(piece: pa.Table) -> pa.Table:
        totals.append(Totals(piece.num_rows, int(numbers(joined(piece["requests"])).sum())))
        return piece

    with os_errors_as(path), path.open("xb") as file:
        write_pieces(
            map(count, merge_bucket(spill_files, bucket)),
            file,
            request_filter,
            ledger=ledger,
            shard=f"{bucket + 1}/{shards}",
        )
        file.flush()
        os.fsync(file.fileno())
        path.replace(directory.temporary / shard_name(bucket, shards))
    return _sum(totals)


def _sum(totals: Iterable[Totals]) -> Totals:
    return Totals(*map(sum, zip(Totals(0, 0), *totals, strict=True)))


def spill_shards(
    files: Sequence[StrPath],
    spill_directory: SpillDirectory,
    runner: Runner,
    *,
    spill_size: int = SPILL_SIZE,
    tasks_per_worker: int = TASKS_PER_WORKER,
) -> list[str]:
    """Write the hosts of Parquet files to spill files, and return their paths.

    Parameters
    ----------
    files
        Shards, or tables of one file.
    spill_directory
        Where to write the spill files.
    runner
        Where to run.
    spill_size
        Bytes of hosts to collect before a spill file is written.
    tasks_per_worker
        Number of tasks per worker, at most one per file.
    """
    tasks = min(len(files), tasks_per_worker * runner.workers)
    flow = (
        db.from_sequence(files, npartitions=tasks)
        .map(read_pieces)
        .flatten()  # host tables
        .map_partitions(_merge_small, spill_size)
        .map(spill_directory.spill)
    )
    paths: list[str] = runner.gather(flow, tasks)
    return paths


def _merge_small(pieces: Iterable[pa.Table], spill_size: int) -> Iterator[pa.Table]:
    """Merge small host tables to larger ones: a spill file has one batch per shard."""
    collected, size = list[pa.Table](), 0
    for piece in pieces:
        collected.append(piece)
        size += piece.nbytes
        if size >= spill_size:
            yield merge_hosts(collected)
            collected, size = [], 0
    yield merge_hosts(collected)
