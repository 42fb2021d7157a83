"""Fuzz ``findrobots show``: read and display an untrusted Parquet file."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from findrobots.arrow import empty_table
from findrobots.cli.display import csv_chunks, table_lines
from findrobots.cli.layouts import HOST_LAYOUT, ROBOT_LAYOUT
from findrobots.errors import NotAHostTableError
from findrobots.formats import FORMATS
from findrobots.formats.parse import parse_lines
from findrobots.jobs.robots import complete_hosts
from findrobots.records import Lines, Requests, concat_requests
from findrobots.robots.ranges import load_lists
from findrobots.sanitize import printable
from findrobots.tables.declared import find_declared, tabulate_robots
from findrobots.tables.hosts import HOSTS, merge_hosts, tabulate_hosts
from findrobots.tables.parquet import read_hosts
from findrobots.tables.verdicts import Evidence

LISTS = load_lists()
TABLE = Path(tempfile.mkdtemp(prefix="findrobots-fuzz-"), "t.parquet")


def seeds() -> Iterator[bytes]:
    """Yield small tables as Parquet, with and without compression."""
    text = b"\n".join(row.example.encode() for row in FORMATS)
    items = parse_lines(Lines("a.log", list(range(len(FORMATS))), text))
    requests = concat_requests([item for item in items if isinstance(item, Requests)])
    hosts = merge_hosts([tabulate_hosts(requests)])
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
    declared = find_declared(hosts)
    robots = tabulate_robots(hosts, declared)
    hosts = complete_hosts(hosts, Evidence(LISTS), declared)
    shown = [*table_lines(hosts, HOST_LAYOUT, sort="last_seen", limit=9, width=None)]
    shown += table_lines(hosts, HOST_LAYOUT, sort="robot", limit=9, width=60)
    shown += table_lines(robots, ROBOT_LAYOUT, sort="requests", limit=9, width=80)
    shown += "".join(csv_chunks(hosts, HOST_LAYOUT, sort="requests", limit=9)).splitlines()
    assert all(line == printable(line) for line in shown)
