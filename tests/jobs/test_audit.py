"""Audits by their times, without a virtual host."""

from datetime import UTC, datetime

from findrobots.flow import ScanOptions
from findrobots.jobs.audit import AuditJob, audit_logs
from findrobots.robots.filter import EPOCH, RequestFilter
from support.samples import combined

AGENT = "GPTBot/1.2"
TIMES = [f"{day:02}/Sep/2026:10:00:00 +0000" for day in (1, 2, 3, 4)]


def moment(day):
    """Return the beginning of a day of September in microseconds."""
    return int((datetime(2026, 9, day, tzinfo=UTC) - EPOCH).total_seconds()) * 1_000_000


def test_requests_count_by_their_times_and_those_for_robots_txt_at_all_times(tmp_path):
    log = tmp_path / "access.log"
    lines = [combined(time=TIMES[0], user_agent=AGENT)]
    lines += [combined(time=time, request="GET /a HTTP/1.1", user_agent=AGENT) for time in TIMES]
    log.write_bytes(b"\n".join(lines) + b"\n")
    wanted = RequestFilter(since=moment(2), until=moment(4))
    job = AuditJob(logs=(str(log),), options=ScanOptions(wanted), verify="none", scheduler="sync")
    outcome = audit_logs(job)
    days = outcome.audit.visits["day"].to_pylist()
    assert [day.day for day in days] == [2, 3]
    assert outcome.audit.fetches.num_rows == 1
    assert not outcome.warnings
