import pyarrow as pa
import pytest
from findrobots.tables.selection import EVERYTHING, make_selection, select_rows
from hypothesis import given
from hypothesis import strategies as st

ROWS = pa.table(
    {
        "host": ["a", "b", "c", "d"],
        "robot": ["GPTBot", "Googlebot, curl", "", "GPTBot"],
        "purpose": ["ai-training", "search, tool", "", "ai-training"],
        "verdict": ["verified", "impostor", "", "unknown"],
        "last_seen": pa.array([1, 2, 3, 4], pa.int64()).cast(pa.timestamp("us", "UTC")),
    }
)


@pytest.mark.parametrize(
    ("selection", "hosts"),
    [
        (EVERYTHING, "abcd"),
        (make_selection(robots=["gptbot"]), "ad"),
        (make_selection(robots=["curl", "(undeclared)"]), "bc"),
        (make_selection(robots=["GPT"]), ""),
        (make_selection(purposes=["search"]), "b"),
        (make_selection(verdicts=["verified", "unknown"]), "ad"),
        (make_selection(since=3), "cd"),
        (make_selection(["GPTBot"], ["ai-training"], ["unknown"], 4), "d"),
    ],
)
def test_rows_are_selected_by_all_conditions(selection, hosts):
    assert "".join(select_rows(ROWS, selection)["host"].to_pylist()) == hosts


def test_robots_are_selected_by_the_verdicts_on_their_hosts():
    robots = pa.table(
        {"robot": ["a", "b"], "verified": [1, 0], "impostor": [0, 2], "unknown": [3, 0]}
    )
    selected = select_rows(robots, make_selection(verdicts=["impostor", "verified"]))
    assert selected["robot"].to_pylist() == ["a", "b"]
    selected = select_rows(robots, make_selection(verdicts=["unknown"]))
    assert selected["robot"].to_pylist() == ["a"]


NAMES = st.sets(st.sampled_from(["GPTBot", "Googlebot", "curl", "(undeclared)", "other"]))


@given(NAMES, NAMES)
def test_what_two_selections_want_is_what_one_of_both_wants(first, second):
    def hosts(names):
        return {*select_rows(ROWS, make_selection(robots=names))["host"].to_pylist()}

    if first and second:
        assert hosts(first) | hosts(second) == hosts(first | second)
    assert {*select_rows(ROWS.slice(0, 0), make_selection(first))["host"].to_pylist()} == set()
