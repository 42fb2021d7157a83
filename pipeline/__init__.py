"""Gzip logs to the table of hosts that asked for robots.txt.

>>> import pipeline
>>> pipeline.find_robots("data/logs").num_rows > 0
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.errors import FindrobotsError
    from pipeline.findings import Findings
    from pipeline.flow import find_robots, scan
    from pipeline.formats import Dialect
    from pipeline.hosts import HOSTS, merge_hosts
    from pipeline.parquet import read_hosts, write_hosts
    from pipeline.schedulers import Scheduler
    from pipeline.sources import LOG_NAMES, Names, find_sources

__all__ = [
    "HOSTS",
    "LOG_NAMES",
    "Dialect",
    "Findings",
    "FindrobotsError",
    "Names",
    "Scheduler",
    "find_robots",
    "find_sources",
    "merge_hosts",
    "read_hosts",
    "scan",
    "write_hosts",
]

_HOMES = {
    "errors": ("FindrobotsError",),
    "findings": ("Findings",),
    "flow": ("find_robots", "scan"),
    "formats": ("Dialect",),
    "hosts": ("HOSTS", "merge_hosts"),
    "parquet": ("read_hosts", "write_hosts"),
    "schedulers": ("Scheduler",),
    "sources": ("LOG_NAMES", "Names", "find_sources"),
}


def __getattr__(name: str) -> object:
    """Import what is asked for and no more: the command answers --help without Dask."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
