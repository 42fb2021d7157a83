"""Fragments of a host table to its shards; tables, in shards or not, to fragments."""

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
from findrobots.tables.results import SPILL_SIZE
from findrobots.tables.shards import shard_name
from findrobots.tables.spill import SpillDirectory, merge_bucket
from findrobots.writing.atomic import StrPath, os_errors_as
from findrobots.writing.directory import OutputDirectory

__all__ = ["spill_shards", "write_shards"]

# Fewer than there are shards, which may be small; some for each worker, to end together.
TASKS_PER_WORKER = 4


def write_shards(
    fragments: Sequence[str],
    table: HostTable,
    folder: OutputDirectory,
    *,
    shards: int,
    runner: Runner,
) -> Totals:
    """Merge fragments, each of so many buckets, into a file a bucket made; return their totals.

    The ledger of the table stands in the first, where it stands in a table of one file.
    """
    write = partial(
        _write_shard,
        fragments=fragments,
        request_filter=table.request_filter,
        folder=folder,
        shards=shards,
    )
    ledgers = chain([table.ledger], repeat(None, shards - 1))
    flow = db.from_sequence(enumerate(ledgers), npartitions=shards).starmap(write)
    # Where few fragments were made, more workers than one only cost.
    totals = runner.gather(flow, max(1, min(shards, len(fragments))))
    return _sum(totals)


def _write_shard(  # noqa: PLR0913 (options all but the first two)
    bucket: int,
    ledger: pa.Table | None,
    *,
    fragments: Sequence[str],
    request_filter: RequestFilter,
    folder: OutputDirectory,
    shards: int,
) -> Totals:
    # A name of its own until it is whole: a task whose worker died is run again, and the
    # first may live on unseen.
    path = folder.scratch / f"{uuid4().hex}.parquet"
    totals = list[Totals]()

    def tallied(piece: pa.Table) -> pa.Table:
        totals.append(Totals(piece.num_rows, int(numbers(joined(piece["requests"])).sum())))
        return piece

    with os_errors_as(path), path.open("xb") as file:
        write_pieces(
            map(tallied, merge_bucket(fragments, bucket)),
            file,
            request_filter,
            ledger=ledger,
            shard=f"{bucket + 1}/{shards}",
        )
        file.flush()
        os.fsync(file.fileno())
        path.replace(folder.made / shard_name(bucket, shards))
    return _sum(totals)


def _sum(totals: Iterable[Totals]) -> Totals:
    return Totals(*map(sum, zip(Totals(0, 0), *totals, strict=True)))


def spill_shards(shards: Sequence[StrPath], fragments: SpillDirectory, runner: Runner) -> list[str]:
    """Write the hosts of shards, or of tables of one file, as fragments; return their paths."""
    tasks = min(len(shards), TASKS_PER_WORKER * runner.workers)
    flow = (
        db.from_sequence(shards, npartitions=tasks)
        .map(read_pieces)
        .flatten()  # host tables
        .map_partitions(_gather)
        .map(fragments.spill)
    )
    paths: list[str] = runner.gather(flow, tasks)
    return paths


def _gather(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Merge small host tables until they are worth a fragment, which has a batch a shard."""
    gathered, size = list[pa.Table](), 0
    for piece in pieces:
        gathered.append(piece)
        size += piece.nbytes
        if size >= SPILL_SIZE:
            yield merge_hosts(gathered)
            gathered, size = [], 0
    yield merge_hosts(gathered)
