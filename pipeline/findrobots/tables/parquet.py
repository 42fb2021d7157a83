"""Write and read host tables as Parquet files.

A host table and its ledger are one file, so that one rename replaces both. The ledger is a
complete Parquet file of its own, stored between the first four bytes of the outer file and its
first row group. Other readers ignore it, because they follow the offsets in the footer.

**Other writers drop the ledger.** A program that reads such a file and writes it again (pandas,
Polars, DuckDB's ``COPY``, ``pyarrow.parquet.write_table``) writes the hosts only: the new file can
be shown and read, but not updated or merged. Keep the file that findrobots wrote.
"""

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO, TypeGuard

import pyarrow as pa
import pyarrow.parquet as pq

from findrobots.arrow import empty_table
from findrobots.errors import (
    LedgerVersionError,
    MissingLedgerError,
    NotAHostTableError,
    UsageError,
)
from findrobots.robots.filter import RequestFilter
from findrobots.storage.remote import read_whole
from findrobots.storage.urls import is_url
from findrobots.tables.host_table import (
    SCHEMA_VERSION,
    HostTable,
    read_filter,
    read_schema_version,
    read_writer,
    with_metadata,
)
from findrobots.tables.hosts import HOSTS
from findrobots.tables.ledger import LEDGER
from findrobots.writing.atomic import StrPath, reserve_outputs

__all__ = [
    "read_hosts",
    "read_pieces",
    "read_plain",
    "read_table",
    "write_host_table",
    "write_hosts",
    "write_pieces",
    "write_table",
]

# Every Parquet file begins with these bytes; the ledger follows them.
MAGIC = b"PAR1"
# Rows that are read at a time.
PIECE_ROWS = 1 << 16


def write_hosts(hosts: pa.Table | HostTable, path: StrPath) -> None:
    """Write a host table as Parquet to a path or URL, atomically.

    If another run is writing the same file, wait for it.

    Parameters
    ----------
    hosts
        The hosts, or a ``HostTable``: only the latter has the ledger that an update needs.
    path
        A path or a URL.

    Raises
    ------
    NotAHostTableError
        The table does not have the columns of a host table.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> import findrobots, tempfile
    >>> hosts = findrobots.find_robots("data/logs")
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     findrobots.write_hosts(hosts, f"{directory}/hosts.parquet")
    ...     findrobots.read_hosts(f"{directory}/hosts.parquet").equals(hosts)
    True
    """
    write = write_host_table if isinstance(hosts, HostTable) else write_table
    _check_schema((hosts.hosts if isinstance(hosts, HostTable) else hosts).schema, path)
    with reserve_outputs([path]) as outputs:
        outputs.write({path: partial(write, hosts)})


def write_table(table: pa.Table, file: BinaryIO) -> None:
    """Write a table as Parquet with zstd; equal tables give equal bytes."""
    pq.write_table(table, file, compression="zstd")


def write_host_table(table: HostTable, file: BinaryIO) -> None:
    """Write a host table and its ledger to an open file, as Parquet with zstd.

    The size of the ledger is ``findrobots.ledger_bytes`` in the metadata. Equal tables give
    equal bytes. Programs other than findrobots drop the ledger when they rewrite the file.
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
    """Write a host table that comes in pieces, one after another, to an open file.

    Parameters
    ----------
    pieces
        Host tables, in the order of their hosts.
    file
        A file that is open for writing.
    request_filter
        Which requests are counted.
    ledger
        The ledger of the table; one file of a table in shards has it.
    shard
        The number of the shard and of all shards, such as 2/8, which is
        ``findrobots.shard`` in the metadata.
    """
    schema = with_metadata(empty_table(HOSTS), request_filter).schema
    sink = pa.PythonFile(file, "w")
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        if ledger is not None:
            stored = io.BytesIO()
            write_table(ledger, stored)
            sink.write(stored.getvalue())
            writer.add_key_value_metadata({"findrobots.ledger_bytes": str(stored.tell())})
        if shard:
            writer.add_key_value_metadata({"findrobots.shard": shard})
        for piece in pieces:
            writer.write_table(piece.replace_schema_metadata(schema.metadata))


def read_plain(path: StrPath) -> pa.Table:
    """Read a table from a local Parquet file, with its metadata, and check its values.

    Raises
    ------
    OSError
        The file cannot be read.
    pyarrow.ArrowException, ValueError
        It is no Parquet file, or damaged.
    """
    with pq.ParquetFile(path) as file:
        return _validate(file.read())


def read_hosts(path: StrPath) -> pa.Table:
    """Read the hosts of a table that ``findrobots scan -o`` or ``write_hosts`` wrote.

    Tables of every earlier version can be read.

    Parameters
    ----------
    path
        A path or a URL of a file.

    Returns
    -------
    pyarrow.Table
        The hosts, with the columns of ``HOSTS``.

    Raises
    ------
    NotAHostTableError
        The file cannot be read, is not a Parquet file, or does not have these columns.

    Examples
    --------
    >>> import findrobots, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     result = findrobots.scan("data/logs", output=f"{directory}/hosts.parquet")
    ...     findrobots.read_hosts(f"{directory}/hosts.parquet").equals(result.hosts)
    True
    """
    with _open_table(path) as (_, file):
        return _validate(file.read())


def read_pieces(path: StrPath) -> Iterator[pa.Table]:
    """Read the hosts of a table as ``read_hosts`` does, a number of rows at a time.

    Equal rows take next to no place in a file, so that a row group may have any number of them.
    """
    with _open_table(path) as (_, file):
        for batch in file.iter_batches(PIECE_ROWS):
            piece = _validate(pa.Table.from_batches([batch]))
            yield piece.replace_schema_metadata(None)


def read_table(path: StrPath, *, hosts: bool = True, in_shards: bool = False) -> HostTable:
    """Read a table that ``findrobots scan -o`` wrote, with its ledger.

    Parameters
    ----------
    path
        A path or a URL of a file.
    hosts
        Whether to read the hosts too; otherwise the table has none.
    in_shards
        Whether the file is the first shard of a table, which has the ledger.

    Returns
    -------
    HostTable
        The hosts, the ledger, and which requests are counted.

    Raises
    ------
    NotAHostTableError
        As for ``read_hosts``, or the file is an unexpected shard.
    LedgerVersionError
        An earlier version wrote the ledger, and this one cannot read it.
    MissingLedgerError
        The file has no ledger.

    Examples
    --------
    >>> import findrobots, tempfile
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     result = findrobots.scan("data/logs", output=f"{directory}/hosts.parquet")
    ...     findrobots.read_table(f"{directory}/hosts.parquet").ledger.num_rows
    8
    """
    with _open_table(path) as (stored, file):
        metadata = file.metadata.metadata or {}
        if 0 < read_schema_version(metadata) < SCHEMA_VERSION:
            raise LedgerVersionError(path, read_writer(metadata))
        if not in_shards and (shard := metadata.get(b"findrobots.shard")):
            reason = f"only shard {shard.decode()} of one: name its directory"
            raise NotAHostTableError(path, reason)
        size = int(metadata.get(b"findrobots.ledger_bytes", b"0"))
        stored.seek(len(MAGIC))
        content = stored.read(max(size, 0))
        # Other writers drop the ledger, but some of them copy the metadata.
        if not content.startswith(MAGIC):
            raise MissingLedgerError(path, read_writer(metadata))
        with pq.ParquetFile(pa.BufferReader(content)) as ledger:
            if not ledger.schema_arrow.equals(LEDGER):
                raise NotAHostTableError(path, "the columns of its ledger differ")
            rows = _validate(file.read()) if hosts else empty_table(HOSTS)
            return HostTable(
                rows.replace_schema_metadata(None), _validate(ledger.read()), read_filter(metadata)
            )


def _validate(table: pa.Table) -> pa.Table:
    """Check the values of an untrusted table: its strings may not be UTF-8."""
    table.validate(full=True)
    return table


@contextmanager
def _open_table(path: StrPath) -> Iterator[tuple[pa.NativeFile, pq.ParquetFile]]:
    """Open a file with the columns of a host table; turn all errors into ours."""
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
        reason = os.strerror(error.errno) if error.errno else "truncated or corrupt"
        raise NotAHostTableError(path, reason) from error
    except (pa.ArrowException, ValueError, TypeError, RecursionError, UsageError) as error:
        raise NotAHostTableError(path, "not a Parquet file") from error


def _check_version(metadata: Mapping[bytes, bytes], path: StrPath) -> None:
    if read_schema_version(metadata) > SCHEMA_VERSION:
        reason = f"written by findrobots {read_writer(metadata)}, a later version: install that"
        raise NotAHostTableError(path, reason)


def _check_schema(schema: pa.Schema, path: StrPath) -> None:
    if not schema.equals(HOSTS):
        missing = [name for name in HOSTS.names if name not in schema.names]
        reason = f"it lacks {', '.join(missing)}" if missing else "its columns differ"
        raise NotAHostTableError(path, reason)


def _is_url(path: StrPath) -> TypeGuard[str]:
    return isinstance(path, str) and is_url(path)
