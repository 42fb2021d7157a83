"""Gzip logs to the table of hosts that asked for robots.txt.

>>> import findrobots
>>> findrobots.find_robots("data/logs").num_rows > 0
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from findrobots.errors import DamagedLogsWarning, FindrobotsError
    from findrobots.formats import Dialect
    from findrobots.jobs.scan import find_robots, scan
    from findrobots.jobs.update import update
    from findrobots.robots.filter import RequestFilter, make_filter
    from findrobots.running.schedulers import connect
    from findrobots.storage.discovery import DEFAULT_NAMES, NamePatterns, find_sources
    from findrobots.tables.host_table import HostTable, add, empty_host_table, merge_tables
    from findrobots.tables.hosts import HOSTS, merge_hosts
    from findrobots.tables.ledger import LEDGER
    from findrobots.tables.parquet import read_hosts, read_table, write_hosts
    from findrobots.tables.results import ScanResult

__all__ = [
    "DEFAULT_NAMES",
    "HOSTS",
    "LEDGER",
    "DamagedLogsWarning",
    "Dialect",
    "FindrobotsError",
    "HostTable",
    "NamePatterns",
    "RequestFilter",
    "ScanResult",
    "add",
    "connect",
    "empty_host_table",
    "find_robots",
    "find_sources",
    "make_filter",
    "merge_hosts",
    "merge_tables",
    "read_hosts",
    "read_table",
    "scan",
    "update",
    "write_hosts",
]

_HOMES = {
    "errors": ("DamagedLogsWarning", "FindrobotsError"),
    "formats": ("Dialect",),
    "jobs.scan": ("find_robots", "scan"),
    "jobs.update": ("update",),
    "robots.filter": ("RequestFilter", "make_filter"),
    "running.schedulers": ("connect",),
    "storage.discovery": ("DEFAULT_NAMES", "NamePatterns", "find_sources"),
    "tables.host_table": ("HostTable", "add", "merge_tables", "empty_host_table"),
    "tables.hosts": ("HOSTS", "merge_hosts"),
    "tables.ledger": ("LEDGER",),
    "tables.parquet": ("read_hosts", "read_table", "write_hosts"),
    "tables.results": ("ScanResult",),
}


def __getattr__(name: str) -> object:
    """Import what is asked for and no more: the command answers --help without Dask."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
