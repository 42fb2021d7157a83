"""Scans and updates in this process, for tests that look below the public functions."""

from findrobots.flow import ScanOptions
from findrobots.jobs.scan import scan_logs
from findrobots.jobs.update import update_table
from findrobots.robots.filter import RequestFilter
from findrobots.running.schedulers import connect

EVERYTHING = RequestFilter()


def scan(sources, request_filter=EVERYTHING, *, scheduler="sync", workers=1, **options):
    """Scan some sources."""
    more = {name: options.pop(name) for name in ("progress", "checkpoints") if name in options}
    with connect(scheduler, workers) as runner:
        return scan_logs(sources, ScanOptions(request_filter, **options), runner, **more)


def update(table, sources, *, scheduler="sync", workers=1, progress=None, **options):
    """Update a table by some sources."""
    with connect(scheduler, workers) as runner:
        scanned = ScanOptions(table.request_filter, **options)
        return update_table(table, sources, scanned, runner, progress=progress)
