from itertools import pairwise

import numpy as np
from findrobots.arrow import table_of_rows
from findrobots.tables.paces import PACES, count_gaps, merge_paces, pace_rows
from hypothesis import given
from hypothesis import strategies as st

KEY = ("ClaudeBot", "unknown", "")
DAY = 86_400
# Seconds of three days, some of them close to midnight.
SECONDS = st.lists(
    st.integers(0, 3 * DAY - 1) | st.integers(DAY - 5, DAY + 5) | st.integers(100, 120), max_size=40
)


def paces(seconds, key=KEY):
    return table_of_rows([*pace_rows(key, np.array(seconds, np.int64))], PACES)


@given(SECONDS, st.sampled_from([0.5, 1.0, 2.0, 10.0]))
def test_pauses_are_those_between_all_requests_in_order(seconds, delay):
    gaps = [later - earlier for earlier, later in pairwise(sorted(seconds))]
    counted = count_gaps(merge_paces([paces(seconds)]), lambda *_: delay)
    expected = (len(gaps), sum(gap + 1 <= delay for gap in gaps))
    assert counted.get(KEY, (0, 0)) == expected


@given(SECONDS, SECONDS, SECONDS)
def test_any_order_and_grouping_of_tables_gives_the_same_table(one, two, three):
    a, b, c = map(paces, (one, two, three))
    together = merge_paces([paces([*one, *two, *three])])
    assert merge_paces([merge_paces([a, b]), c]).equals(together)
    assert merge_paces([c, merge_paces([b, a])]).equals(together)
    assert merge_paces([together, paces([])]).equals(together)


def test_days_without_a_crawl_delay_do_not_count():
    table = merge_paces([paces([10, 11, DAY + 10, DAY + 11, DAY + 12])])
    assert count_gaps(table, lambda _, day: 5.0 if day else None) == {KEY: (3, 2)}
    assert count_gaps(table, lambda *_: None) == {}


def test_robots_are_counted_apart():
    other = ("bingbot", "verified", "")
    table = merge_paces([paces([10, 20]), paces([11, 12], other)])
    assert count_gaps(table, lambda *_: 5.0) == {KEY: (1, 0), other: (1, 1)}
