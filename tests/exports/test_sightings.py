"""Audits are listed by host, robot and verdict, with the latest evidence."""

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from findrobots.arrow import empty_table
from findrobots.exports.sightings import sight_visits
from findrobots.robots.filter import make_filter
from findrobots.tables.audit_files import Audit
from findrobots.tables.fetches import FETCHES
from findrobots.tables.ledger import LEDGER
from findrobots.tables.paces import PACES
from findrobots.tables.robot_table import ROBOTS
from findrobots.tables.violations import VIOLATIONS
from findrobots.tables.visit_verdicts import JUDGED_VISITS

FIRST = date(2027, 1, 1)
COUNTS = [field.name for field in JUDGED_VISITS if field.type == pa.int64()]


def visit(  # noqa: PLR0913 (columns of a visit)
    host, robot, verdict="unknown", *, day=0, vhost="", reason="", requests=1, violations=0
):
    seen = datetime(2027, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
    return {
        **dict.fromkeys(COUNTS, 0),
        **dict.fromkeys(("operator", "purpose", "declared_by", "source"), ""),
        "day": FIRST + timedelta(days=day),
        "host": host,
        "robot": robot,
        "vhost": vhost,
        "verdict": verdict,
        "reason": reason,
        "first_seen": seen,
        "last_seen": seen,
        "requests": requests,
        "violations": violations,
        "user_agents": [f"{robot}/{day}"],
    }


def audit(*visits, **bounds):
    return Audit(
        robots=empty_table(ROBOTS),
        visits=pa.Table.from_pylist([*visits], JUDGED_VISITS),
        violations=empty_table(VIOLATIONS),
        fetches=empty_table(FETCHES),
        paces=empty_table(PACES),
        ledger=empty_table(LEDGER),
        request_filter=make_filter(**bounds),
        basis={"counts": json.dumps({"other_lines": 100})},
    )


def test_virtual_hosts_and_days_add_up():
    (row,) = sight_visits(
        audit(
            visit("192.0.2.1", "Xbot", vhost="a", requests=2, violations=1),
            visit("192.0.2.1", "Xbot", vhost="b", requests=3, day=5),
            visit("192.0.2.1", "Xbot", vhost="b", requests=4, day=2),
        )
    ).rows
    assert (row.requests, row.violations, row.last_day) == (9, 1, date(2027, 1, 6))
    assert row.user_agents == {"Xbot/0", "Xbot/2", "Xbot/5"}


def test_verdicts_are_apart_and_an_impostor_has_the_reason_of_its_last_day():
    rows = sight_visits(
        audit(
            visit("192.0.2.1", "GPTBot", "impostor", reason="third", day=3),
            visit("192.0.2.1", "GPTBot", "impostor", reason="first", day=1, vhost="b"),
            visit("192.0.2.1", "GPTBot", "unknown", reason="no list", day=9),
        )
    ).rows
    assert {(row.verdict, row.reason, row.last_day.day) for row in rows} == {
        ("impostor", "third", 4),
        ("unknown", "no list", 10),
    }


def test_the_requests_of_people_count_unless_the_audit_has_a_filter():
    visits = [visit("192.0.2.1", "Xbot", requests=5)]
    assert sight_visits(audit(*visits)).total == 105
    filtered = sight_visits(audit(*visits, since="2027-01-01"))
    assert (filtered.total, filtered.noun) == (5, "requests of robots")


def test_an_empty_audit_has_no_robots():
    assert sight_visits(audit()).rows == ()
