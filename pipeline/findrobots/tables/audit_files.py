"""Write and read the directory of an audit: its tables, and the ledger of its logs."""

import json
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from findrobots import __version__
from findrobots.errors import UsageError
from findrobots.robots.filter import RequestFilter
from findrobots.tables.errors import NotAnAuditError
from findrobots.tables.fetches import FETCHES
from findrobots.tables.host_table import filter_metadata, read_filter
from findrobots.tables.ledger import LEDGER
from findrobots.tables.paces import PACES
from findrobots.tables.parquet import read_plain, write_table
from findrobots.tables.robot_table import ROBOTS
from findrobots.tables.violations import VIOLATIONS
from findrobots.tables.visit_verdicts import JUDGED_VISITS
from findrobots.writing.atomic import StrPath, os_errors_as

__all__ = ["FILE_NAMES", "Audit", "is_audit", "read_audit", "write_audit"]

# Version of the columns and the metadata: incremented with every change.
AUDIT_VERSION = 1
PREFIX = "findrobots."
SUFFIX = ".parquet"


class Audit(NamedTuple):
    """The tables of an audit, the ledger of its logs, and how it was made.

    Attributes
    ----------
    robots
        One row per robot, verdict and virtual host.
    visits
        One row per day, host, robot and virtual host.
    violations
        The first requests that robots.txt disallows, with their evidence.
    fetches
        When robots.txt was requested, and by whom.
    paces
        In which seconds robots made requests, to compare crawl delays.
    ledger
        The logs that are counted.
    request_filter
        Which requests are counted.
    basis
        What the judgements rest on, by name: the policies with their times, the lists with their
        days, how hosts were verified. Each is JSON.
    """

    robots: pa.Table
    visits: pa.Table
    violations: pa.Table
    fetches: pa.Table
    paces: pa.Table
    ledger: pa.Table
    request_filter: RequestFilter
    basis: Mapping[str, str]


SCHEMAS = {
    "robots": ROBOTS,
    "visits": JUDGED_VISITS,
    "violations": VIOLATIONS,
    "fetches": FETCHES,
    "paces": PACES,
    "ledger": LEDGER,
}
# The files in the directory of an audit.
FILE_NAMES = re.compile(rf"({'|'.join(SCHEMAS)})\{SUFFIX}")


def write_audit(audit: Audit, directory: Path) -> None:
    """Write the tables of an audit to an empty directory; equal audits give equal bytes.

    The metadata of each table has ``findrobots.version``, ``findrobots.audit_version``, the keys
    of a host table's filter, and the keys of ``Audit.basis``.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    metadata = {
        f"{PREFIX}version": __version__,
        f"{PREFIX}audit_version": str(AUDIT_VERSION),
        **filter_metadata(audit.request_filter),
        **{f"{PREFIX}{name}": value for name, value in audit.basis.items()},
    }

    def write(name: str) -> None:
        path = directory / f"{name}{SUFFIX}"
        with os_errors_as(path), path.open("xb") as file:
            table: pa.Table = getattr(audit, name)
            write_table(table.replace_schema_metadata(metadata), file)
            file.flush()
            os.fsync(file.fileno())

    with ThreadPoolExecutor() as threads:
        list(threads.map(write, SCHEMAS))  # raises the error of a thread


def is_audit(path: StrPath) -> bool:
    """Return whether a path is the directory of an audit."""
    return (Path(path) / f"visits{SUFFIX}").is_file()


def read_audit(path: StrPath) -> Audit:
    """Read the directory of an audit.

    Raises
    ------
    NotAnAuditError
        A file is missing, damaged, or of a later version.
    """
    tables = {
        name: _read(Path(path) / f"{name}{SUFFIX}", schema) for name, schema in SCHEMAS.items()
    }
    metadata = tables["visits"].schema.metadata or {}
    known = {b"version", b"audit_version", *(name.encode() for name in RequestFilter._fields)}
    basis = {
        name.decode(): value.decode()
        for key, value in metadata.items()
        if (name := key.removeprefix(PREFIX.encode())) != key and name not in known
    }
    plain = {name: table.replace_schema_metadata(None) for name, table in tables.items()}
    try:
        request_filter = read_filter(metadata)
        for name in basis.keys() - {"verify"}:
            json.loads(basis[name])
    except (ValueError, TypeError, RecursionError, UsageError) as error:
        raise NotAnAuditError(path, "its metadata are corrupt") from error
    return Audit(**plain, request_filter=request_filter, basis=basis)


def _read(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        table = read_plain(path)
        version = int((table.schema.metadata or {}).get(b"findrobots.audit_version", b"0"))
        if version > AUDIT_VERSION:
            raise NotAnAuditError(path, "a later version of findrobots wrote it: install that")
        if not table.schema.equals(schema):
            raise NotAnAuditError(path, "its columns differ")
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "truncated or corrupt"
        raise NotAnAuditError(path, reason) from error
    except (pa.ArrowException, ValueError) as error:
        raise NotAnAuditError(path, "not a Parquet file") from error
    return table
