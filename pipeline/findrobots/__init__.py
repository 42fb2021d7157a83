"""Find the crawlers in web-server logs: the hosts that requested robots.txt.

>>> import findrobots
>>> findrobots.find_robots("data/logs").num_rows
58
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from findrobots.api.audits import audit
    from findrobots.api.scans import find_robots, merge, read_requests, scan
    from findrobots.errors import DamagedLogsWarning, FindrobotsError
    from findrobots.jobs.advice import ScanWarning
    from findrobots.jobs.audit_outcome import AuditOutcome
    from findrobots.jobs.identify import identify, verify
    from findrobots.jobs.outcome import ScanOutcome
    from findrobots.tables.host_table import HostTable
    from findrobots.tables.hosts import HOSTS, merge_hosts
    from findrobots.tables.parquet import read_hosts, read_table, write_hosts

__version__ = "0.1.0"

__all__ = [
    "HOSTS",
    "AuditOutcome",
    "DamagedLogsWarning",
    "FindrobotsError",
    "HostTable",
    "ScanOutcome",
    "ScanWarning",
    "__version__",
    "audit",
    "find_robots",
    "identify",
    "merge",
    "merge_hosts",
    "read_hosts",
    "read_requests",
    "read_table",
    "scan",
    "verify",
    "write_hosts",
]

# Where each public name is defined: it is imported when it is first used, so that
# ``findrobots --help`` loads neither Dask nor Arrow.
_MODULES = {
    "api.audits": ("audit",),
    "api.scans": ("find_robots", "merge", "read_requests", "scan"),
    "errors": ("DamagedLogsWarning", "FindrobotsError"),
    "jobs.advice": ("ScanWarning",),
    "jobs.audit_outcome": ("AuditOutcome",),
    "jobs.identify": ("identify", "verify"),
    "jobs.outcome": ("ScanOutcome",),
    "tables.host_table": ("HostTable",),
    "tables.hosts": ("HOSTS", "merge_hosts"),
    "tables.parquet": ("read_hosts", "read_table", "write_hosts"),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted(__all__)
