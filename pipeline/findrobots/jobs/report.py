"""Make the report page of an audit or of a host table, and write it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from findrobots.arrow import empty_table
from findrobots.jobs.robots import gather_evidence, read_top_hosts
from findrobots.report.figures import audit_of_hosts
from findrobots.report.html import check_available, render_page
from findrobots.robots.agents import find_robot
from findrobots.tables.audit_files import Audit, is_audit, read_audit
from findrobots.tables.fetches import FETCHES
from findrobots.tables.paces import PACES
from findrobots.tables.robot_table import ROBOTS
from findrobots.tables.shards import read_ledger
from findrobots.tables.verdicts import Evidence
from findrobots.tables.violations import VIOLATIONS
from findrobots.tables.visit_verdicts import JUDGED_VISITS
from findrobots.writing.atomic import StrPath, reserve_outputs
from findrobots.writing.names import PAGE

__all__ = ["ReportJob", "make_report", "reserve_page"]

# Writes a page.
PageWriter = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class ReportJob:
    """Everything that a report is asked to be.

    Attributes
    ----------
    table
        The directory of an audit, or a host table: a file or a directory of shards.
    verify, lists
        How the hosts of a host table are verified, as for ``gather_evidence``. An audit has its
        own verdicts.
    """

    table: StrPath
    verify: str = "ranges"
    lists: Path | None = None


def make_report(job: ReportJob, *, note: Callable[[str], object] = lambda _: None) -> bytes:
    """Return the page of an audit or of a host table.

    Parameters
    ----------
    job
        What to do.
    note
        Called with what a user should know about lookups in DNS.

    Raises
    ------
    FindrobotsError
        The table cannot be read, or Jinja2 is not installed.
    """
    check_available()
    if is_audit(job.table):
        return render_page(read_audit(job.table))
    evidence = gather_evidence(job.verify, job.lists, note)
    order = [("requests", "descending"), ("host", "ascending")]
    # Sorted: the shards of a table have other hosts first than its one file.
    hosts = read_top_hosts(job.table, order, None, evidence).hosts.sort_by(order)
    table = read_ledger(job.table)
    basis = {"verify": job.verify, "lists": json.dumps(_list_days(hosts, evidence))}
    audit = Audit(
        robots=empty_table(ROBOTS),
        visits=empty_table(JUDGED_VISITS),
        violations=empty_table(VIOLATIONS),
        fetches=empty_table(FETCHES),
        paces=empty_table(PACES),
        ledger=table.ledger,
        request_filter=table.request_filter,
        basis=basis,
    )
    return render_page(audit_of_hosts(hosts, audit), is_audit=False)


def _list_days(hosts: pa.Table, evidence: Evidence | None) -> dict[str, list[str]]:
    """Return the days of the lists of addresses of the robots that hosts declare."""
    if evidence is None:
        return {}
    declared = {name for names in hosts["robot"].unique().to_pylist() for name in names.split(", ")}
    robots = filter(None, map(find_robot, declared))
    names = sorted({name for robot in robots for name in robot.lists})
    return {name: [*map(str, evidence.lists.days(name))] for name in names}


@contextmanager
def reserve_page(
    path: StrPath, *, waiting: Callable[[StrPath], object] = lambda _: None
) -> Iterator[PageWriter]:
    """Reserve a page in a ``with`` block, within which it is written atomically.

    Of two runs that write the same page, the second waits for the first.

    Parameters
    ----------
    path
        The page.
    waiting
        Called with the path if another run is writing it, before waiting for it.

    Returns
    -------
    What writes the page.

    Raises
    ------
    OutputError
        The page cannot be written, or its name is not that of an HTML file.
    MissingJinjaError
        Jinja2 is not installed.
    """
    check_available()
    with reserve_outputs([path], waiting=waiting, formats={path: PAGE}) as outputs:
        yield lambda page: outputs.write({path: lambda file: file.write(page)})
