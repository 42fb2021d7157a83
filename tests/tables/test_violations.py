"""Of all violations, the earliest ones are kept."""

import pyarrow as pa
from findrobots.arrow import plain
from findrobots.tables.violations import VIOLATIONS, latest_time, merge_violations
from hypothesis import given
from hypothesis import strategies as st
from support.audits import rows

LIMIT = 4
# Unique, as the place of a line is.
FOUND = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["a.log", "b.log"]), st.integers(0, 20)),
    unique_by=lambda row: row[1:],
    max_size=9,
)


def violations(found):
    given_rows = [
        {"time": time, "fetched": 0, "source": source, "offset": offset, "target": f"/{offset}"}
        for time, source, offset in found
    ]
    return rows(VIOLATIONS, given_rows)


def merged(*tables):
    return plain(merge_violations(tables, LIMIT), VIOLATIONS)


@given(FOUND, st.integers(0, 9), st.integers(0, 9))
def test_any_partitioning_keeps_the_earliest(found, one, other):
    begin, end = sorted((one, other))
    parts = [violations(part) for part in (found[:begin], found[begin:end], found[end:])]
    expected = violations(sorted(found)[:LIMIT])
    assert merged(*parts).equals(expected)
    assert merged(merge_violations(parts[1:], LIMIT), parts[0]).equals(expected)


def test_only_the_texts_of_violations_that_are_kept_are_kept():
    table = merge_violations([violations((n, "a.log", n) for n in range(9))], LIMIT)
    targets = pa.chunked_array(table["target"]).chunk(0).dictionary.to_pylist()
    assert sorted(targets) == ["/0", "/1", "/2", "/3"]


def test_no_violation_after_the_latest_is_kept_where_there_is_no_room():
    assert latest_time(merge_violations([violations([(5, "a.log", 1)])]), 2) is None
    table = merge_violations([violations([(7, "a.log", 1), (5, "a.log", 2)])])
    assert latest_time(table, 2) == 7
