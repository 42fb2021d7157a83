"""The shapes of charts, and the words beside them."""

import numpy as np
import pytest
from findrobots.report.change import describe_change
from findrobots.report.charts import (
    HEIGHT,
    MAX_BINS,
    WIDTH,
    Days,
    bins_of,
    draw_daily,
    draw_sparkline,
    share_text,
)
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(-800_000, 3_000_000), st.integers(0, 4_000_000))
def test_any_days_are_divided_into_bins_that_can_be_drawn(first, span):
    days = bins_of(first, first + span)
    assert 1 <= days.total <= MAX_BINS
    assert int(days.lengths().sum()) == span + 1
    assert days.bins(np.array([first, first + span])).tolist() == [0, days.total - 1]


def test_a_year_has_a_bar_per_day():
    assert bins_of(0, 364).size == 1


@given(st.lists(st.lists(st.integers(0, 10**9), min_size=5, max_size=5), min_size=1, max_size=8))
def test_no_bar_is_higher_than_the_chart_and_none_is_lost(counts):
    matrix = np.array(counts, np.int64)
    chart = draw_daily(Days(0, 4, 1), [f"p{n}" for n in range(len(counts))], matrix)
    assert [series.total for series in chart.series] == matrix.sum(axis=1).tolist()
    for series in chart.series:
        for box in filter(None, series.path.split("M")):
            x, y = map(float, box.partition("h")[0].split())
            height = float(box.partition("v")[2].partition("h")[0])
            assert 0 <= x <= WIDTH
            assert -0.06 <= y <= HEIGHT
            assert y + height <= HEIGHT + 0.11
    assert [each.values for each in chart.bins] == [tuple(row) for row in matrix.T.tolist()]


def test_the_bars_of_several_days_are_means():
    chart = draw_daily(Days(0, 9, 7), ["a"], np.array([[70, 30]]))
    assert [each.values for each in chart.bins] == [(10,), (10,)]
    assert chart.unit == "day, mean of 7 days"
    assert chart.bins[1].label == "1970-01-08 to 1970-01-10"


@pytest.mark.parametrize(
    ("highest", "labels"),
    [
        (0, ("4", "3", "2", "1", "0")),
        (123, ("160", "120", "80", "40", "0")),
        (10, ("10", "7.5", "5", "2.5", "0")),
        (79_000, ("80k", "60k", "40k", "20k", "0")),
    ],
)
def test_the_axis_has_round_numbers(highest, labels):
    assert draw_daily(Days(0, 0, 1), ["a"], np.array([[highest]])).ticks == labels


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=60))
def test_a_sparkline_stays_in_its_box(counts):
    path = draw_sparkline(np.array(counts, np.int64))
    points = [tuple(map(float, each.split())) for each in path.strip("Mz").split("L")]
    assert all(0 <= x <= 96 and 0 <= y <= 22 for x, y in points)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_nothing_or_all_only_if_it_is(part, rest):
    assert (share_text(part, part + rest) == "0%") == (part == 0)
    assert share_text(part, part + rest) != "100%"
    assert share_text(rest, rest) == "100%"


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_change_has_the_sign_that_it_has(before, after):
    words = describe_change(before, after)
    if words.startswith("+") or "times as many" in words or words == "new":
        assert after > before
    if words.startswith("\N{MINUS SIGN}") or words == "gone":
        assert after < before
    assert (words == "unchanged") == (before == after)
