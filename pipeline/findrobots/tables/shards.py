"""A table's place to its shards, and to what is looked for in them."""

import os
from collections.abc import Iterable, Sequence
from itertools import chain

import pyarrow as pa

from findrobots.arrow import empty_table
from findrobots.errors import NotAHostTableError
from findrobots.tables.host_table import HostTable
from findrobots.tables.hosts import HOSTS, merge_hosts
from findrobots.tables.parquet import read_pieces, read_table
from findrobots.writing.atomic import StrPath
from findrobots.writing.directory import SHARD_NAME

__all__ = ["check_unchanged", "list_shards", "read_ledger", "read_top", "read_whole", "shard_name"]


def list_shards(table: StrPath) -> list[StrPath]:
    """Return the paths of the shards in a directory, the first first; a file is itself.

    Raises
    ------
    NotAHostTableError
        It has none, or not all, or cannot be listed.
    """
    if not _is_in_shards(table):
        return [table]
    try:
        names = sorted(filter(SHARD_NAME.fullmatch, os.listdir(table)))  # noqa: PTH208 (names are wanted)
    except OSError as error:
        raise NotAHostTableError(table, error.strerror) from error
    count = int(names[0][-13:-8]) if names else 0
    if not names:
        raise NotAHostTableError(table, "there are no shards in the directory")
    if names != [shard_name(bucket, count) for bucket in range(count)]:
        raise NotAHostTableError(table, "some of its shards are missing, or of another table")
    return [os.path.join(table, name) for name in names]  # noqa: PTH118 (as read_table takes it)


def _is_in_shards(table: StrPath) -> bool:
    return os.path.isdir(table)  # noqa: PTH112 (a URL is no Path)


def shard_name(bucket: int, shards: int) -> str:
    """Return the name of a bucket's shard."""
    return f"part-{bucket + 1:05}-of-{shards:05}.parquet"


def read_ledger(table: StrPath) -> HostTable:
    """Read a table, in shards or not, but for its hosts.

    Raises
    ------
    NotAHostTableError
        As of ``list_shards`` and ``read_table``.
    """
    return read_table(list_shards(table)[0], hosts=False, in_shards=_is_in_shards(table))


def read_whole(table: StrPath) -> HostTable:
    """Read a table, in shards or not, with all its hosts.

    Raises
    ------
    NotAHostTableError
        As of ``read_ledger`` and ``check_unchanged``.
    """
    if not _is_in_shards(table):
        return read_table(table)
    whole = read_ledger(table)
    hosts = merge_hosts(chain.from_iterable(map(read_pieces, list_shards(table))))
    check_unchanged([(table, whole)])
    return whole._replace(hosts=hosts)


def check_unchanged(tables: Iterable[tuple[StrPath, HostTable]]) -> None:
    """Refuse tables that another run wrote since their ledgers, now given, were read.

    A file is replaced in one step, but hosts are read after the ledger, shard by shard.

    Raises
    ------
    NotAHostTableError
        A table has another ledger now, so that other hosts may have been read.
    """
    for path, table in tables:
        if not read_ledger(path).ledger.equals(table.ledger):
            raise NotAHostTableError(path, "another run wrote it meanwhile: run again")


def read_top(
    table: StrPath, order: Sequence[tuple[str, str]], limit: int | None
) -> tuple[pa.Table, int]:
    """Read the first rows of a table, in shards or not, sorted; return how many there are in all.

    So many rows are held, and those of a row group; without a limit all are.

    Raises
    ------
    NotAHostTableError
        As of ``list_shards`` and ``read_hosts``.
    """
    pieces, count = [empty_table(HOSTS)], 0
    for piece in chain.from_iterable(map(read_pieces, list_shards(table))):
        count += piece.num_rows
        pieces.append(piece)
        if limit:
            pieces = [pa.concat_tables(pieces).sort_by(order).slice(0, limit)]
    return pa.concat_tables(pieces), count
