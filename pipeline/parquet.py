"""Tables to Parquet, whole or not at all; Parquet to host tables."""

import io
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, TypeGuard

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import NotAHostTableError, OutputError
from pipeline.hosts import HOSTS
from pipeline.places import is_url
from pipeline.remote import read_whole
from pipeline.uploads import check_place, upload

__all__ = ["check_output", "describe", "read_hosts", "write_hosts", "write_tables"]

StrPath = str | os.PathLike[str]


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
    """Write a host table, with its metadata, as Parquet: see ``write_tables``.

    Raises
    ------
    NotAHostTableError
        The table has other columns than a host table.
    """
    _check_schema(hosts.schema, path)
    write_tables({path: hosts})


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


def write_tables(tables: Mapping[StrPath, pa.Table]) -> None:
    """Write tables as Parquet with zstd, each to its path or URL: whole, or not at all.

    Each is written beside its place, and renamed into it when all are on the disk;
    what stood there before stands until then. What goes to a URL goes there before
    that, so that its fault leaves the files here as they were. Equal tables give equal
    bytes.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    with ExitStack() as stack:
        for path, table in sorted(tables.items(), key=lambda each: _is_url(each[0])):
            check_output(path)
            try:
                if _is_url(path):
                    file = stack.enter_context(_uploaded(path))
                    pq.write_table(table, file, compression="zstd")
                    continue
                file = stack.enter_context(_replaced(Path(os.path.realpath(path))))
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise OutputError(path, error.strerror or error, "write elsewhere") from error


def _is_url(path: StrPath) -> TypeGuard[str]:
    return isinstance(path, str) and is_url(path)


@contextmanager
def _uploaded(url: str) -> Iterator[BinaryIO]:
    """Open a file in memory that is stored at a URL at the end."""
    with io.BytesIO() as file:
        yield file
        upload(url, file.getvalue())


@contextmanager
def _replaced(target: Path) -> Iterator[BinaryIO]:
    """Open a temporary file that becomes the target at the end, or is gone."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the rename too survives a loss of power
    finally:
        os.close(folder)


def check_output(path: StrPath) -> None:
    """Refuse a place where no file can be written, before the work and not after.

    Raises
    ------
    OutputError
        It is a directory, or there is none to hold it, or it may not be written.
    """
    if _is_url(path):
        check_place(path)
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OutputError(path, "it is a directory", "name a file in it")
    if target.exists() and not target.is_file():
        raise OutputError(path, "it is not a regular file", "name another")
    if not target.parent.is_dir():
        raise OutputError(path, "its directory does not exist", "make it first")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(path, "its directory may not be written", "write elsewhere")
