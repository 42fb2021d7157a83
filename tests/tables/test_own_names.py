"""Names that robots give themselves are limited, and nothing else depends on the limit."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from findrobots.tables import own_names
from findrobots.tables.fetches import FETCHES
from findrobots.tables.own_names import OTHERS
from findrobots.tables.requesters import read_answers
from findrobots.tables.visit_verdicts import JUDGED_VISITS, Verifier
from findrobots.tables.visits import merge_visits
from hypothesis import given
from hypothesis import strategies as st
from support.audits import rows

LIMIT = 3
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def small_limit():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_names, "MAX_OWN_NAMES", LIMIT)
        yield


def visits(*given):
    """Return a table of visits: one per host, name and what declared it."""
    return merge_visits(
        rows(
            JUDGED_VISITS,
            [
                {
                    "day": NOON.date(),
                    "host": host,
                    "robot": name,
                    "declared_by": declared_by,
                    "requests": 1,
                    "bytes_sent": 10,
                    "first_seen": NOON,
                    "last_seen": NOON,
                    "user_agents": [name],
                }
            ],
        )
        for host, name, declared_by in given
    )


NAMES = st.sampled_from(["abot", "bbot", "cbot", "xbot", "ybot", "aabot", "bbbot", "long-name-bot"])
VISIT = st.tuples(st.sampled_from(["h1", "h2"]), NAMES, st.just("itself"))
KNOWN = st.tuples(st.just("h1"), st.sampled_from(["GPTBot", "Googlebot"]), st.just("table"))


@given(st.lists(VISIT | KNOWN, max_size=12), st.lists(st.integers(0, 3), min_size=12), st.randoms())
def test_the_same_names_are_kept_however_the_visits_are_divided(given, parts, luck):
    whole = visits(*given)
    divided = [
        visits(*(each for each, part in zip(given, parts, strict=False) if part == n))
        for n in range(4)
    ]
    luck.shuffle(divided)
    first = merge_visits(divided[:2])
    parts = merge_visits([merge_visits(divided[2:]), first])
    assert parts.to_pylist() == whole.to_pylist()


@given(st.lists(VISIT | KNOWN, max_size=12))
def test_no_request_is_lost_and_each_name_that_is_kept_has_all_of_its_own(given):
    table = visits(*given)
    assert sum(table["requests"].to_pylist()) == len(given)
    own = {name for _, name, declared_by in given if declared_by == "itself"}
    kept = sorted(own, key=lambda name: (len(name), name))[:LIMIT]
    by_name = dict.fromkeys([name for _, name, _ in given], 0)
    for row in table.to_pylist():
        if row["robot"] != OTHERS:
            by_name[row["robot"]] += row["requests"]
    for name, requests in by_name.items():
        folded = name in own and name not in kept
        assert requests == (0 if folded else sum(name == each for _, each, _ in given)), name


def test_robots_that_are_known_are_never_among_the_others():
    known = [(f"h{n}", f"Knownbot{n}", "pattern") for n in range(9)]
    undeclared = [(f"h{n}", "", "none") for n in range(9)]
    own = [("h0", f"own{n}bot", "itself") for n in range(9)]
    table = visits(*known, *undeclared, *own)
    found = {*table["robot"].to_pylist()}
    assert found == {"", OTHERS, *(name for _, name, _ in known), "own0bot", "own1bot", "own2bot"}
    (others,) = [row for row in table.to_pylist() if row["robot"] == OTHERS]
    assert (others["requests"], others["bytes_sent"], others["declared_by"]) == (6, 60, "itself")


def fetch(user_agent, second):
    return {
        "host": "h1",
        "time": NOON.replace(second=second),
        "user_agent": user_agent,
        "method": "GET",
        "status": 200,
        "bytes_sent": 10,
    }


def test_when_robots_txt_was_served_to_the_others_is_known():
    table = visits(*(("h1", f"own{letter}bot", "itself") for letter in "abcdef"))
    fetches = rows(
        FETCHES,
        [fetch("owndbot/1.0", 1), fetch("ownabot/1.0", 2), fetch("ownfbot/1.0", 3)],
    )
    served = read_answers(fetches, Verifier(None)).by_robot(table)
    seconds = {name: (each.first % 60, each.last % 60) for (name, _, _), each in served.items()}
    assert seconds == {OTHERS: (1, 3), "ownabot": (2, 2)}


def test_a_table_without_rows_stays_as_it_is():
    assert visits().num_rows == 0
    assert isinstance(visits(), pa.Table)
