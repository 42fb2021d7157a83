"""A year of a busy site makes a page that is small, and soon made."""

import time

import numpy as np
import pyarrow as pa
import pytest
from findrobots.report.html import render_page
from findrobots.report.limits import MAX_BYTES
from findrobots.tables.visit_verdicts import JUDGED_VISITS
from support.audits import make_audit, violation
from support.pages import Page

VISITS, HOSTS, ROBOTS, DAYS = 1_000_000, 20_000, 400, 365
VIOLATIONS = 100_000
FIRST_DAY = 20_454  # 2026-01-01
DAY = 86_400_000_000


def texts(codes, values):
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(values)).cast(
        pa.string()
    )


def busy_year():
    """Return the visits of a year, of which each host has about fifty days."""
    chance = np.random.default_rng(9309)
    host, day = chance.integers(0, HOSTS, VISITS), chance.integers(0, DAYS, VISITS)
    robot = chance.integers(0, ROBOTS, HOSTS)[host]
    verdict = chance.integers(0, 3, HOSTS)[host]
    begin = (FIRST_DAY + day) * DAY
    agent = robot * 3 + chance.integers(0, 3, VISITS)
    agents = texts(
        agent, [f"Mozilla/5.0 (compatible; Bot{n // 3}/{n}.0)" for n in range(3 * ROBOTS)]
    )
    reasons = [f"range list {np.datetime64(FIRST_DAY + each, 'D')}" for each in range(DAYS)]
    given = {
        "day": pa.array(FIRST_DAY + day, pa.int32()).view(pa.date32()),
        "host": texts(host, [f"2001:db8::{number:x}" for number in range(HOSTS)]),
        "robot": texts(robot, [f"Bot{number}" for number in range(ROBOTS)]),
        "verdict": texts(verdict, ["verified", "impostor", "unknown"]),
        "reason": texts(day, reasons),
        "requests": pa.array(chance.geometric(0.05, VISITS)),
        "violations": pa.array(chance.integers(0, 50, VISITS) // 49),
        "first_seen": pa.array(begin).cast(pa.timestamp("us", "UTC")),
        "last_seen": pa.array(begin + DAY - 1).cast(pa.timestamp("us", "UTC")),
        "user_agents": pa.ListArray.from_arrays(pa.array(range(VISITS + 1), pa.int32()), agents),
    }
    zeros, empty = pa.array(np.zeros(VISITS, np.int64)), texts(np.zeros(VISITS, np.int32), [""])
    columns = [
        given.get(field.name, zeros if field.type == pa.int64() else empty)
        for field in JUDGED_VISITS
    ]
    return pa.table(columns, schema=JUDGED_VISITS)


@pytest.fixture(scope="module")
def audit():
    few = [violation(target=f"/private/{n}", rule=f"/private/{n % 9}") for n in range(500)]
    kinds = make_audit([], few).violations
    counts = {"lines": 9 * VISITS, "other_lines": VISITS, "blank_lines": 0, "rejects": 0}
    violations = pa.concat_tables([kinds] * (VIOLATIONS // len(few)))
    return make_audit([], counts=counts)._replace(visits=busy_year(), violations=violations)


@pytest.mark.slow
def test_the_page_of_a_busy_year_is_small_and_loses_no_request(audit):
    page = render_page(audit)
    assert len(page) <= MAX_BYTES
    sections = Page(page).sections
    total = np.from_dlpack(audit.visits["requests"].combine_chunks()).sum() + VISITS
    assert f"of {total:,} requests" in sections["card-share"]
    assert "more robots" in sections["robots"]


@pytest.mark.slow
@pytest.mark.timing
def test_the_page_of_a_busy_year_is_made_in_five_seconds(audit):
    seconds = []
    for _ in range(3):  # the best of three: a busy machine is not what is measured
        begin = time.perf_counter()
        render_page(audit)
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 5
