"""Fragments of a host table to a directory of shards; shards to what is looked for in them."""

import os
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import dask.bag as db
import pyarrow as pa

from pipeline.arrow import empty_table, joined, numbers
from pipeline.display import Layout, in_order
from pipeline.errors import NotAHostTableError
from pipeline.folders import SHARD_NAME
from pipeline.fragments import Fragments, merge_bucket
from pipeline.hosts import HOSTS
from pipeline.outputs import StrPath, named
from pipeline.parquet import read_pieces, read_table, write_pieces
from pipeline.schedulers import Scheduler
from pipeline.tables import HostTable

__all__ = ["Totals", "list_shards", "read_ledger", "read_top", "spill_shards", "write_shards"]


class Totals(NamedTuple):
    """How many hosts a table has, and how many requests they made."""

    hosts: int
    requests: int


def write_shards(
    fragments: Sequence[str],
    table: HostTable,
    folder: Path,
    *,
    shards: int,
    scheduler: Scheduler,
) -> Totals:
    """Merge fragments, each of so many buckets, into a file a bucket; return their totals.

    The ledger of the table stands in the first, where it stands in a table of one file.
    """
    write = partial(_write_shard, fragments=fragments, table=table, folder=folder, shards=shards)
    flow = db.from_sequence(range(shards), npartitions=shards).map(write)
    # Where few fragments were made, more workers than one only cost.
    totals = scheduler.compute(flow, min(shards, len(fragments)))
    return _sum(totals)


def _write_shard(
    bucket: int, *, fragments: Sequence[str], table: HostTable, folder: Path, shards: int
) -> Totals:
    path = folder / _name(bucket, shards)
    totals = list[Totals]()

    def tallied(piece: pa.Table) -> pa.Table:
        totals.append(Totals(piece.num_rows, int(numbers(joined(piece["requests"])).sum())))
        return piece

    with named(path), path.open("xb") as file:
        write_pieces(
            map(tallied, merge_bucket(fragments, bucket)),
            file,
            table.scope,
            ledger=None if bucket else table.ledger,
            shard=f"{bucket + 1}/{shards}",
        )
        file.flush()
        os.fsync(file.fileno())
    return _sum(totals)


def _sum(totals: Iterable[Totals]) -> Totals:
    return Totals(*map(sum, zip(Totals(0, 0), *totals, strict=True)))


def spill_shards(shards: Sequence[str], fragments: Fragments, scheduler: Scheduler) -> list[str]:
    """Write the hosts of shards as fragments, to merge them with others; return their paths."""
    flow = (
        db.from_sequence(shards, npartitions=len(shards))
        .map(read_pieces)
        .flatten()  # host tables
        .map(fragments.spill)
    )
    paths: list[str] = scheduler.compute(flow, len(shards))
    return paths


def list_shards(folder: StrPath) -> list[str]:
    """Return the paths of a directory's shards, the first first.

    Raises
    ------
    NotAHostTableError
        It has none, or not all.
    """
    names = sorted(filter(SHARD_NAME.fullmatch, os.listdir(folder)))  # noqa: PTH208 (names are wanted)
    count = int(names[0][-13:-8]) if names else 0
    if not names:
        raise NotAHostTableError(folder, "there are no shards in the directory")
    if names != [_name(bucket, count) for bucket in range(count)]:
        raise NotAHostTableError(folder, "some of its shards are missing, or of another table")
    return [os.path.join(folder, name) for name in names]  # noqa: PTH118 (as read_table takes it)


def _name(bucket: int, shards: int) -> str:
    return f"part-{bucket + 1:05}-of-{shards:05}.parquet"


def read_ledger(folder: StrPath) -> HostTable:
    """Read the table of a directory of shards but for its hosts.

    Raises
    ------
    NotAHostTableError
        As of ``list_shards`` and ``read_table``.
    """
    return read_table(list_shards(folder)[0], hosts=False)


def read_top(
    folder: StrPath, layout: Layout, *, sort: str, limit: int | None
) -> tuple[pa.Table, int]:
    """Read the first rows of a directory of shards, sorted; return how many there are in all.

    So many rows are held, and those of a row group.

    Raises
    ------
    NotAHostTableError
        As of ``list_shards`` and ``read_hosts``.
    """
    top, count = empty_table(HOSTS), 0
    for piece in chain.from_iterable(map(read_pieces, list_shards(folder))):
        count += piece.num_rows
        top = in_order(pa.concat_tables([top, piece]), layout, sort).slice(0, limit)
    return top, count
