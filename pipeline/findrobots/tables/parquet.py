"""Tables to Parquet; Parquet to host tables."""

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, TypeGuard

import pyarrow as pa
import pyarrow.parquet as pq

from findrobots.arrow import empty_table
from findrobots.errors import MissingLedgerError, NotAHostTableError, UsageError
from findrobots.robots.filter import RequestFilter
from findrobots.storage.remote import read_whole
from findrobots.storage.urls import is_url
from findrobots.tables.host_table import SCHEMA, HostTable, describe, read_filter, writer_of
from findrobots.tables.hosts import HOSTS
from findrobots.tables.ledger import LEDGER
from findrobots.writing.atomic import StrPath, reserve_outputs

__all__ = [
    "read_hosts",
    "read_pieces",
    "read_table",
    "write_host_table",
    "write_hosts",
    "write_pieces",
    "write_table",
]

# Every Parquet file begins with these bytes. The ledger stands behind them, before the first
# row group: readers go by the offsets in the footer, so that only we look there.
MAGIC = b"PAR1"


def write_hosts(hosts: pa.Table | HostTable, path: StrPath) -> None:
    """Write a host table as Parquet to a path or URL: whole, or not at all.

    Another run that writes there is waited for. Hosts without their ledger can be read,
    but not updated.

    Raises
    ------
    NotAHostTableError
        The table has other columns than a host table.
    OutputError
        The file cannot be written.
    """
    write = write_host_table if isinstance(hosts, HostTable) else write_table
    _check_schema((hosts.hosts if isinstance(hosts, HostTable) else hosts).schema, path)
    with reserve_outputs([path]) as outputs:
        outputs.write({path: partial(write, hosts)})


def write_table(table: pa.Table, file: BinaryIO) -> None:
    """Write a table into a file, as Parquet with zstd: equal tables give equal bytes."""
    pq.write_table(table, file, compression="zstd")


def write_host_table(table: HostTable, file: BinaryIO) -> None:
    """Write a host table and its ledger into a file, as one Parquet file with zstd.

    The ledger is a Parquet file of its own, of as many bytes as ``findrobots.ledger`` in
    the metadata says. Equal tables give equal bytes.
    """
    write_pieces([table.hosts], file, table.request_filter, ledger=table.ledger)


def write_pieces(
    pieces: Iterable[pa.Table],
    file: BinaryIO,
    request_filter: RequestFilter,
    *,
    ledger: pa.Table | None = None,
    shard: str = "",
) -> None:
    """Write host tables into a file, one behind the other, as ``write_host_table`` does one.

    A ``shard``, like 2/8, goes into the metadata as ``findrobots.shards``.
    """
    schema = describe(empty_table(HOSTS), request_filter).schema
    sink = pa.PythonFile(file, "w")
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        if ledger is not None:
            stored = io.BytesIO()
            write_table(ledger, stored)
            sink.write(stored.getvalue())
            writer.add_key_value_metadata({"findrobots.ledger": str(stored.tell())})
        if shard:
            writer.add_key_value_metadata({"findrobots.shards": shard})
        for piece in pieces:
            writer.write_table(piece.replace_schema_metadata(schema.metadata))


def read_hosts(path: StrPath) -> pa.Table:
    """Read the hosts of a table that ``findrobots scan -o`` or ``write_hosts`` wrote.

    Raises
    ------
    NotAHostTableError
        The file cannot be read, is no Parquet, or has other columns.
    """
    with _opened(path) as (_, file):
        return _valid(file.read())


def read_pieces(path: StrPath) -> Iterator[pa.Table]:
    """Read the hosts of a table as ``read_hosts`` does, but yield them row group by row group."""
    with _opened(path) as (_, file):
        for number in range(file.num_row_groups):
            yield _valid(file.read_row_group(number)).replace_schema_metadata(None)


def read_table(path: StrPath, *, hosts: bool = True, in_shards: bool = False) -> HostTable:
    """Read a table that ``findrobots scan -o`` wrote, with its ledger; if asked, without hosts.

    The ledger of a table ``in_shards`` stands in the first.

    Raises
    ------
    NotAHostTableError
        As of ``read_hosts``, or it is a shard and none was asked for.
    MissingLedgerError
        There is no ledger in it.
    """
    with _opened(path) as (stored, file):
        metadata = file.metadata.metadata or {}
        if not in_shards and (shard := metadata.get(b"findrobots.shards")):
            why = f"but a part of one, {shard.decode()}: name its directory"
            raise NotAHostTableError(path, why)
        size = int(metadata.get(b"findrobots.ledger", b"0"))
        if size <= 0:
            raise MissingLedgerError(path, writer_of(metadata))
        stored.seek(len(MAGIC))
        with pq.ParquetFile(pa.BufferReader(stored.read(size))) as ledger:
            if not ledger.schema_arrow.equals(LEDGER):
                raise NotAHostTableError(path, "its ledger's columns differ")
            rows = _valid(file.read()) if hosts else empty_table(HOSTS)
            return HostTable(
                rows.replace_schema_metadata(None), _valid(ledger.read()), read_filter(metadata)
            )


def _valid(table: pa.Table) -> pa.Table:
    """Return a table that holds what its schema says: a stranger's texts may be no UTF-8."""
    table.validate(full=True)
    return table


@contextmanager
def _opened(path: StrPath) -> Iterator[tuple[pa.NativeFile, pq.ParquetFile]]:
    """Open a file whose columns are those of a host table; name what is wrong with it."""
    try:
        with (
            (
                pa.BufferReader(read_whole(path)) if _is_url(path) else pa.OSFile(os.fspath(path))
            ) as stored,
            pq.ParquetFile(stored) as file,
        ):
            _check_version(file.metadata.metadata or {}, path)
            _check_schema(file.schema_arrow, path)
            yield stored, file
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "not whole"
        raise NotAHostTableError(path, why) from error
    except (pa.ArrowException, ValueError, TypeError, UsageError) as error:
        raise NotAHostTableError(path, "not a Parquet file") from error


def _check_version(metadata: Mapping[bytes, bytes], path: StrPath) -> None:
    if int(metadata.get(b"findrobots.schema", b"0")) > SCHEMA:
        why = f"findrobots {writer_of(metadata)} wrote it, a later one: install that"
        raise NotAHostTableError(path, why)


def _check_schema(schema: pa.Schema, path: StrPath) -> None:
    if not schema.equals(HOSTS):
        missing = [name for name in HOSTS.names if name not in schema.names]
        why = f"it lacks {', '.join(missing)}" if missing else "its columns differ"
        raise NotAHostTableError(path, why)


def _is_url(path: StrPath) -> TypeGuard[str]:
    return isinstance(path, str) and is_url(path)
