"""Tables to Parquet; Parquet to host tables."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import BinaryIO, TypeGuard

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import NoLedgerError, NotAHostTableError, WrongUsageError
from pipeline.hosts import HOSTS
from pipeline.ledger import LEDGER
from pipeline.outputs import StrPath, claim
from pipeline.places import is_url
from pipeline.remote import read_whole
from pipeline.robots import EPOCH, Scope, choose_scope
from pipeline.tables import HostTable

__all__ = [
    "SCHEMA",
    "describe",
    "read_hosts",
    "read_table",
    "write_host_table",
    "write_hosts",
    "write_table",
]

# The number of the columns' and the ledger's schema, to count up with every change of either.
SCHEMA = 1
# Every Parquet file begins with these bytes. The ledger stands behind them, before the first
# row group: readers go by the offsets in the footer, so that only we look there.
MAGIC = b"PAR1"


def describe(hosts: pa.Table, scope: Scope) -> pa.Table:
    """Return a host table whose metadata says which version made it, and what it counts.

    The keys are ``findrobots.version``, ``findrobots.schema`` and ``findrobots.paths``, a
    JSON list; where requests were left out for it, ``findrobots.vhosts``, another, and
    ``findrobots.since`` and ``findrobots.until``, in ISO 8601.
    """
    metadata = {
        "findrobots.version": version("findrobots"),
        "findrobots.schema": str(SCHEMA),
        "findrobots.paths": json.dumps([os.fsdecode(path) for path in scope.paths]),
    }
    if scope.vhosts:
        metadata["findrobots.vhosts"] = json.dumps(scope.vhosts)
    for name, bound in (("since", scope.since), ("until", scope.until)):
        if bound is not None:
            metadata[f"findrobots.{name}"] = (EPOCH + timedelta(microseconds=bound)).isoformat()
    return hosts.replace_schema_metadata(metadata)


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
    with claim([path]) as claimed:
        claimed.write({path: partial(write, hosts)})


def write_table(table: pa.Table, file: BinaryIO) -> None:
    """Write a table into a file, as Parquet with zstd: equal tables give equal bytes."""
    pq.write_table(table, file, compression="zstd")


def write_host_table(table: HostTable, file: BinaryIO) -> None:
    """Write a host table and its ledger into a file, as one Parquet file with zstd.

    The ledger is a Parquet file of its own, of as many bytes as ``findrobots.ledger`` in
    the metadata says. Equal tables give equal bytes.
    """
    ledger = io.BytesIO()
    write_table(table.ledger, ledger)
    hosts = describe(table.hosts, table.scope)
    sink = pa.PythonFile(file, "w")
    with pq.ParquetWriter(sink, hosts.schema, compression="zstd") as writer:
        sink.write(ledger.getvalue())
        writer.write_table(hosts)
        writer.add_key_value_metadata({"findrobots.ledger": str(ledger.tell())})


def read_hosts(path: StrPath) -> pa.Table:
    """Read the hosts of a table that ``findrobots scan -o`` or ``write_hosts`` wrote.

    Raises
    ------
    NotAHostTableError
        The file cannot be read, is no Parquet, or has other columns.
    """
    with _opened(path) as (_, file):
        return _valid(file.read())


def read_table(path: StrPath) -> HostTable:
    """Read a table that ``findrobots scan -o`` wrote, with its ledger.

    Raises
    ------
    NotAHostTableError
        As of ``read_hosts``.
    NoLedgerError
        There is no ledger in it.
    """
    with _opened(path) as (stored, file):
        metadata = file.metadata.metadata or {}
        size = int(metadata.get(b"findrobots.ledger", b"0"))
        if size <= 0:
            raise NoLedgerError(path, _writer(metadata))
        stored.seek(len(MAGIC))
        with pq.ParquetFile(pa.BufferReader(stored.read(size))) as ledger:
            if not ledger.schema_arrow.equals(LEDGER):
                raise NotAHostTableError(path, "its ledger's columns differ")
            hosts = _valid(file.read()).replace_schema_metadata(None)
            return HostTable(hosts, _valid(ledger.read()), _read_scope(metadata))


def _valid(table: pa.Table) -> pa.Table:
    """Return a table that holds what its schema says: a stranger's texts may be no UTF-8."""
    table.validate(full=True)
    return table


def _read_scope(metadata: Mapping[bytes, bytes]) -> Scope:
    """Return what the metadata say that a table counts."""
    texts = {
        name: stored.decode()
        for name in Scope._fields
        if (stored := metadata.get(b"findrobots." + name.encode()))
    }
    paths, vhosts = (json.loads(texts.get(name, "[]")) for name in ("paths", "vhosts"))
    return choose_scope(paths, vhosts=vhosts, since=texts.get("since"), until=texts.get("until"))


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
    except (pa.ArrowException, ValueError, TypeError, WrongUsageError) as error:
        raise NotAHostTableError(path, "not a Parquet file") from error


def _check_version(metadata: Mapping[bytes, bytes], path: StrPath) -> None:
    if int(metadata.get(b"findrobots.schema", b"0")) > SCHEMA:
        why = f"findrobots {_writer(metadata)} wrote it, a later one: install that"
        raise NotAHostTableError(path, why)


def _writer(metadata: Mapping[bytes, bytes]) -> str:
    return metadata.get(b"findrobots.version", b"of some version").decode(errors="replace")


def _check_schema(schema: pa.Schema, path: StrPath) -> None:
    if not schema.equals(HOSTS):
        missing = [name for name in HOSTS.names if name not in schema.names]
        why = f"it lacks {', '.join(missing)}" if missing else "its columns differ"
        raise NotAHostTableError(path, why)


def _is_url(path: StrPath) -> TypeGuard[str]:
    return isinstance(path, str) and is_url(path)
