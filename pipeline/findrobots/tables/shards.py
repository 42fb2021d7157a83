"""Read a host table that is stored as a file or as a directory of shards."""

import os
from collections.abc import Callable, Iterable, Sequence
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
    """Return the paths of the files of a table: its shards in order, or the one file.

    Raises
    ------
    NotAHostTableError
        The directory has no shards, or not all of them, or cannot be listed.
    """
    if not _is_in_shards(table):
        return [table]
    try:
        names = sorted(filter(SHARD_NAME.fullmatch, os.listdir(table)))  # noqa: PTH208 (only names are needed)
    except OSError as error:
        raise NotAHostTableError(table, error.strerror) from error
    count = int(names[0][-13:-8]) if names else 0
    if not names:
        raise NotAHostTableError(table, "there are no shards in the directory")
    if names != [shard_name(bucket, count) for bucket in range(count)]:
        raise NotAHostTableError(table, "some shards are missing, or belong to another table")
    return [os.path.join(table, name) for name in names]  # noqa: PTH118 (a str, as read_table accepts it)


def _is_in_shards(table: StrPath) -> bool:
    return os.path.isdir(table)  # noqa: PTH112 (a URL is not a Path)


def shard_name(bucket: int, shards: int) -> str:
    """Return the file name of the shard for a bucket; buckets count from 0."""
    return f"part-{bucket + 1:05}-of-{shards:05}.parquet"


def read_ledger(table: StrPath) -> HostTable:
    """Read a table, in shards or not, without its hosts.

    Raises
    ------
    NotAHostTableError, LedgerVersionError, MissingLedgerError
        As for ``list_shards`` and ``read_table``.
    """
    return read_table(list_shards(table)[0], hosts=False, in_shards=_is_in_shards(table))


def read_whole(table: StrPath) -> HostTable:
    """Read a table, in shards or not, with all its hosts.

    Raises
    ------
    NotAHostTableError, LedgerVersionError, MissingLedgerError
        As for ``read_ledger`` and ``check_unchanged``.
    """
    if not _is_in_shards(table):
        return read_table(table)
    whole = read_ledger(table)
    hosts = merge_hosts(chain.from_iterable(map(read_pieces, list_shards(table))))
    check_unchanged([(table, whole)])
    return whole._replace(hosts=hosts)


def check_unchanged(tables: Iterable[tuple[StrPath, HostTable]]) -> None:
    """Check that no other run has written the tables since their ledgers were read.

    A file is replaced atomically, but hosts are read after the ledger, shard by shard.

    Parameters
    ----------
    tables
        The path of each table, and the table with the ledger as read before.

    Raises
    ------
    NotAHostTableError
        The ledger of a table has changed, so that other hosts may have been read.
    """
    for path, table in tables:
        if not read_ledger(path).ledger.equals(table.ledger):
            raise NotAHostTableError(path, "another run has written it meanwhile: run again")


def read_top(
    table: StrPath,
    order: Sequence[tuple[str, str]],
    limit: int | None,
    prepare: Callable[[pa.Table], pa.Table] = lambda piece: piece,
) -> tuple[pa.Table, int]:
    """Read the first rows of a table, in shards or not, by some order.

    Memory holds ``limit`` rows and those that are read at a time; without a limit, all rows.

    Parameters
    ----------
    table
        Path or URL of a file, or path of a directory of shards.
    order
        Columns to sort by, each with ``ascending`` or ``descending``.
    limit
        Number of rows to return; with None all rows, unsorted.
    prepare
        Called with the rows that are read at a time; may add columns, the same to each.

    Returns
    -------
    The rows, and the number of rows in the whole table.

    Raises
    ------
    NotAHostTableError
        As for ``list_shards`` and ``read_hosts``.
    """
    pieces, count = [prepare(empty_table(HOSTS))], 0
    for piece in chain.from_iterable(map(read_pieces, list_shards(table))):
        count += piece.num_rows
        pieces.append(prepare(piece))
        if limit:
            pieces = [pa.concat_tables(pieces).sort_by(order).slice(0, limit)]
    return pa.concat_tables(pieces), count
