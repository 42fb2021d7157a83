"""Audits made row by row, for tests of what is shown of them."""

import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from findrobots.robots.filter import RequestFilter
from findrobots.tables.audit_files import Audit
from findrobots.tables.fetches import FETCHES
from findrobots.tables.ledger import LEDGER
from findrobots.tables.paces import PACES
from findrobots.tables.robot_table import sum_up_robots
from findrobots.tables.violations import VIOLATIONS
from findrobots.tables.visit_verdicts import JUDGED_VISITS

MONDAY = date(2027, 2, 1)
DEFAULTS = {
    pa.string(): "",
    pa.int64(): 0,
    pa.binary(): b"",
    pa.list_(pa.field("item", pa.string())): [],
}


def visit(day=0, host="192.0.2.1", robot="GPTBot", **columns):
    """Return a row of visits: a host's requests from morning to night of a day."""
    begin = datetime.combine(MONDAY, datetime.min.time(), UTC) + timedelta(days=day)
    return {
        "day": MONDAY + timedelta(days=day),
        "host": host,
        "robot": robot,
        "verdict": "unknown",
        "reason": "not verified",
        "requests": 1,
        "first_seen": begin,
        "last_seen": begin + timedelta(hours=23, minutes=30),
        "user_agents": [f"{robot}/1.0"],
        **columns,
    }


def violation(**columns):
    """Return a row of violations."""
    noon = datetime(2027, 2, 1, 12, tzinfo=UTC)
    return {
        "time": noon,
        "fetched": noon - timedelta(hours=1),
        "host": "192.0.2.1",
        "robot": "GPTBot",
        "verdict": "unknown",
        "method": "GET",
        "target": "/private/a",
        "status": 200,
        "rule": "/private/",
        "rule_line": 2,
        "policy": "2027-01-01",
        "source": "access.log",
        **columns,
    }


def rows(schema, given):
    """Return rows as a table, with empty values where none are given."""
    filled = [
        {field.name: row.get(field.name, DEFAULTS.get(field.type)) for field in schema}
        for row in given
    ]
    return pa.Table.from_pylist(filled, schema=schema)


def make_audit(visits, violations=(), logs=(), request_filter=None, **basis):
    """Return an audit with these rows, of which the judgements rest on ``basis``."""
    table = rows(JUDGED_VISITS, visits)
    texts = {"verify": basis.pop("verify", "ranges")}
    given = {"lists": {}, "policies": [["", "", "robots.txt"]], "notes": [], **basis}
    texts |= {name: json.dumps(value) for name, value in given.items()}
    return Audit(
        robots=sum_up_robots(table, {}, {}),
        visits=table,
        violations=rows(VIOLATIONS, violations),
        fetches=rows(FETCHES, []),
        paces=rows(PACES, []),
        ledger=rows(LEDGER, logs),
        request_filter=request_filter or RequestFilter(),
        basis=texts,
    )
