"""Gzip logs to the table of hosts that asked for robots.txt.

>>> import pipeline
>>> pipeline.find_robots("data/logs").num_rows > 0
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.errors import DamagedLogsWarning, FindrobotsError
    from pipeline.findings import Findings
    from pipeline.flow import find_robots, scan
    from pipeline.formats import Dialect
    from pipeline.hosts import HOSTS, merge_hosts
    from pipeline.ledger import LEDGER
    from pipeline.parquet import read_hosts, read_table, write_hosts
    from pipeline.robots import Scope, choose_scope
    from pipeline.schedulers import Scheduler
    from pipeline.sources import LOG_NAMES, Names, find_sources
    from pipeline.tables import HostTable, add, join_tables, nothing_of
    from pipeline.updates import update

__all__ = [
    "HOSTS",
    "LEDGER",
    "LOG_NAMES",
    "DamagedLogsWarning",
    "Dialect",
    "Findings",
    "FindrobotsError",
    "HostTable",
    "Names",
    "Scheduler",
    "Scope",
    "add",
    "choose_scope",
    "find_robots",
    "find_sources",
    "join_tables",
    "merge_hosts",
    "nothing_of",
    "read_hosts",
    "read_table",
    "scan",
    "update",
    "write_hosts",
]

_HOMES = {
    "errors": ("DamagedLogsWarning", "FindrobotsError"),
    "findings": ("Findings",),
    "flow": ("find_robots", "scan"),
    "formats": ("Dialect",),
    "hosts": ("HOSTS", "merge_hosts"),
    "ledger": ("LEDGER",),
    "parquet": ("read_hosts", "read_table", "write_hosts"),
    "robots": ("Scope", "choose_scope"),
    "schedulers": ("Scheduler",),
    "sources": ("LOG_NAMES", "Names", "find_sources"),
    "tables": ("HostTable", "add", "join_tables", "nothing_of"),
    "updates": ("update",),
}


def __getattr__(name: str) -> object:
    """Import what is asked for and no more: the command answers --help without Dask."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
