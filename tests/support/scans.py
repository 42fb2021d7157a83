"""Scans and updates in this process, for tests that look below the public functions."""

from findrobots.flow import ScanOptions
from findrobots.jobs.update import update_table
from findrobots.robots.filter import RequestFilter
from findrobots.running.schedulers import connect
from findrobots.tables.host_table import empty_host_table

EVERYTHING = RequestFilter()


def scan(sources, request_filter=EVERYTHING, *, scheduler="sync", workers=1, **options):
    """Scan some sources."""
    return scanned(sources, request_filter, scheduler=scheduler, workers=workers, **options)[1]


def scanned(sources, request_filter=EVERYTHING, **options):
    """Scan some sources; return the table too."""
    return update(empty_host_table(request_filter), sources, growing=False, **options)


def update(table, sources, *, scheduler="sync", workers=1, progress=None, **options):
    """Update a table by some sources, whose logs may be growing."""
    with connect(scheduler, workers) as runner:
        scanned = ScanOptions(table.request_filter, **{"growing": True} | options)
        return update_table(table, sources, scanned, runner, progress=progress)
