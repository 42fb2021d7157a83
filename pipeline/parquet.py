"""Tables to Parquet; Parquet to host tables."""

import json
import os
from collections.abc import Iterable
from functools import partial
from importlib.metadata import version
from typing import BinaryIO, TypeGuard

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import NotAHostTableError
from pipeline.hosts import HOSTS
from pipeline.outputs import StrPath, claim
from pipeline.places import is_url
from pipeline.remote import read_whole

__all__ = ["describe", "read_hosts", "write_hosts", "write_table"]


def describe(hosts: pa.Table, paths: tuple[bytes, ...], vhosts: Iterable[str] = ()) -> pa.Table:
    """Return a host table whose metadata says which version made it, and for what.

    The keys are ``findrobots.version`` and ``findrobots.paths``, a JSON list; and
    ``findrobots.vhosts``, another, where requests to other virtual hosts were left out.
    """
    metadata = {
        "findrobots.version": version("findrobots"),
        "findrobots.paths": json.dumps([os.fsdecode(path) for path in paths]),
    }
    if kept := sorted(vhosts):
        metadata["findrobots.vhosts"] = json.dumps(kept)
    return hosts.replace_schema_metadata(metadata)


def write_hosts(hosts: pa.Table, path: StrPath) -> None:
    """Write a host table, with its metadata, as Parquet, to a path or URL: whole, or not at all.

    Another run that writes there is waited for.

    Raises
    ------
    NotAHostTableError
        The table has other columns than a host table.
    OutputError
        The file cannot be written.
    """
    _check_schema(hosts.schema, path)
    with claim([path]) as claimed:
        claimed.write({path: partial(write_table, hosts)})


def read_hosts(path: StrPath) -> pa.Table:
    """Read a host table that ``write_hosts`` wrote.

    Raises
    ------
    NotAHostTableError
        The file cannot be read, is no Parquet, or has other columns.
    """
    try:
        stored = pa.BufferReader(read_whole(path)) if _is_url(path) else path
        with pq.ParquetFile(stored) as file:
            _check_schema(file.schema_arrow, path)
            return file.read()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "not whole"
        raise NotAHostTableError(path, why) from error
    except pa.ArrowException as error:
        raise NotAHostTableError(path, "not a Parquet file") from error


def _check_schema(schema: pa.Schema, path: StrPath) -> None:
    if not schema.equals(HOSTS):
        missing = [name for name in HOSTS.names if name not in schema.names]
        why = f"it lacks {', '.join(missing)}" if missing else "its columns differ"
        raise NotAHostTableError(path, why)


def write_table(table: pa.Table, file: BinaryIO) -> None:
    """Write a table into a file, as Parquet with zstd: equal tables give equal bytes."""
    pq.write_table(table, file, compression="zstd")


def _is_url(path: StrPath) -> TypeGuard[str]:
    return isinstance(path, str) and is_url(path)
