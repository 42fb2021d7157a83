"""Fuzz ``findrobots show``: read and display an untrusted Parquet file."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from findrobots.arrow import empty_table
from findrobots.cli.display import csv_chunks, table_lines
from findrobots.cli.layouts import HOST_LAYOUT
from findrobots.errors import NotAHostTableError
from findrobots.formats import FORMATS
from findrobots.formats.parse import parse_lines
from findrobots.records import Lines, Requests, concat_requests
from findrobots.sanitize import printable
from findrobots.tables.hosts import HOSTS, tabulate_hosts
from findrobots.tables.parquet import read_hosts

TABLE = Path(tempfile.mkdtemp(prefix="findrobots-fuzz-"), "t.parquet")


def seeds() -> Iterator[bytes]:
    """Yield small tables as Parquet, with and without compression."""
    text = b"\n".join(row.example.encode() for row in FORMATS)
    items = parse_lines(Lines("a.log", list(range(len(FORMATS))), text))
    hosts = tabulate_hosts(concat_requests([item for item in items if isinstance(item, Requests)]))
    for table in (hosts, empty_table(HOSTS), hosts.select(["host"])):
        for compression in ("none", "zstd"):
            stored = io.BytesIO()
            pq.write_table(table, stored, compression=compression, store_schema=False)
            yield stored.getvalue()
    yield b"PAR1\xff\xff\xff\x7fPAR1"


def check(stored: bytes) -> None:
    """Check that reading raises nothing but ``NotAHostTableError``."""
    TABLE.write_bytes(stored)
    try:
        hosts = read_hosts(TABLE)
    except NotAHostTableError:
        return
    shown = [*table_lines(hosts, HOST_LAYOUT, sort="last_seen", limit=9, width=None)]
    shown += "".join(csv_chunks(hosts, HOST_LAYOUT, sort="requests", limit=9)).splitlines()
    assert all(line == printable(line) for line in shown)
