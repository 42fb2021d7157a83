"""Compute the shapes of charts; the template draws them as SVG."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from findrobots.arrow import Integers
from findrobots.report.columns import day_text

__all__ = [
    "Bin",
    "DailyChart",
    "Days",
    "Series",
    "bins_of",
    "draw_daily",
    "draw_sparkline",
    "share_text",
]

# The size of the drawing, in its own units; CSS stretches it to the width of the page.
WIDTH, HEIGHT = 1000, 240
# More bars than this cannot be distinguished: then each bar is of several days.
MAX_BINS = 400
# Bars have gaps up to this number of them.
MAX_APART = 130
SPARK_WIDTH, SPARK_HEIGHT, SPARK_BINS = 96, 22, 48
BIN_DAYS = (1, 7, 30, 91, 365, 3650, 36500, 365_000)
STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10)
TICKS = 4
MANY = 10_000


Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix = np.ndarray[tuple[int, int], np.dtype[np.int64]]


class Days(NamedTuple):
    """The days of a log, from the first to the last, divided into bins of equal length.

    Attributes
    ----------
    first, last
        The days, in days since 1970-01-01.
    size
        How many days a bin has; the last bin may have fewer.
    """

    first: int
    last: int
    size: int

    @property
    def total(self) -> int:
        """How many bins there are."""
        return (self.last - self.first) // self.size + 1

    def bins(self, days: Integers) -> Integers:
        """Return the bin of each day."""
        return (days - self.first) // self.size

    def lengths(self) -> Integers:
        """Return how many days each bin has."""
        lengths = np.full(self.total, self.size, np.int64)
        lengths[-1] = self.last - self.first + 1 - self.size * (self.total - 1)
        return lengths

    def label(self, number: int) -> str:
        """Return the day, or the first and the last day, of a bin."""
        begin = self.first + number * self.size
        end = min(begin + self.size - 1, self.last)
        return day_text(begin) if begin == end else f"{day_text(begin)} to {day_text(end)}"


class Bin(NamedTuple):
    """A bar of the chart: where it is, and what it means."""

    x: str
    width: str
    label: str
    values: tuple[int, ...]
    total: int


class Series(NamedTuple):
    """A part of each bar, as one path."""

    name: str
    total: int
    share: str
    path: str


class DailyChart(NamedTuple):
    """Requests per day by purpose, as a stack of bars.

    Attributes
    ----------
    width, height
        The size of the drawing, in its own units.
    unit
        What a bar is: a day, or the mean of several.
    ticks
        The values of the axis, from the top to zero.
    series
        The parts of the bars, from the bottom to the top.
    bins
        The bars.
    ends
        The labels of the first bar, of the one in the middle and of the last.
    """

    width: int
    height: int
    unit: str
    ticks: tuple[str, ...]
    lines: tuple[str, ...]
    series: tuple[Series, ...]
    bins: tuple[Bin, ...]
    ends: tuple[str, ...]


def bins_of(first: int, last: int, limit: int = MAX_BINS) -> Days:
    """Divide days into at most ``limit`` bins."""
    span = last - first + 1
    sizes = (size for size in BIN_DAYS if -(-span // size) <= limit)
    return Days(first, last, next(sizes, -(-span // limit)))


def draw_daily(days: Days, names: Sequence[str], counts: Matrix) -> DailyChart:
    """Draw a stack of bars.

    Parameters
    ----------
    days
        The bins.
    names
        The names of the series, from the bottom to the top.
    counts
        The requests of each series (a row) in each bin (a column).
    """
    means = counts / days.lengths()
    top, labels = _axis(float(means.sum(axis=0).max(initial=0)))
    step = WIDTH / days.total
    gap = min(2.0, step * 0.18) if days.total <= MAX_APART else 0
    heights = means / top * HEIGHT
    floors = HEIGHT - heights.cumsum(axis=0)
    total = int(counts.sum())
    series = tuple(
        Series(
            name,
            int(counts[number].sum()),
            share_text(int(counts[number].sum()), total),
            _bars(step, gap, floors[number], heights[number]),
        )
        for number, name in enumerate(names)
    )
    rounded = np.rint(means).astype(np.int64)
    bins = tuple(
        Bin(
            _short(number * step),
            _short(step),
            days.label(number),
            tuple(rounded[:, number].tolist()),
            round(float(means[:, number].sum())),
        )
        for number in range(days.total)
    )
    lines = tuple(_short(HEIGHT * number / TICKS) for number in range(TICKS))
    middle = [days.label(days.total // 2)] if days.total > 2 else []  # noqa: PLR2004 (first and last)
    last = [days.label(days.total - 1)] if days.total > 1 else []
    ends = tuple(label.partition(" ")[0] for label in (days.label(0), *middle, *last))
    unit = "day" if days.size == 1 else f"day, mean of {days.size} days"
    return DailyChart(WIDTH, HEIGHT, unit, labels, lines, series, bins, ends)


def _bars(step: float, gap: float, tops: Numbers, heights: Numbers) -> str:
    """Return the path of one series: a box in each bar that has any."""
    width = _short(step - gap)
    return "".join(
        f"M{_short(number * step + gap / 2)} {_short(top)}h{width}v{_short(height)}h-{width}z"
        for number, (top, height) in enumerate(zip(tops.tolist(), heights.tolist(), strict=True))
        if height > 0
    )


def _axis(highest: float) -> tuple[float, tuple[str, ...]]:
    """Return the round top of an axis that holds a value, and its labels from the top down."""
    if highest <= TICKS:
        top = float(TICKS)
    else:
        power = 10.0 ** np.floor(np.log10(highest / TICKS))
        steps = (float(step * power) for step in STEPS)
        top = TICKS * next(step for step in steps if step * TICKS >= highest * (1 - 1e-9))
    return top, tuple(_compact(top * number / TICKS) for number in range(TICKS, -1, -1))


def _compact(value: float) -> str:
    """Write a number of an axis.

    >>> _compact(2500), _compact(20_000), _compact(2.5)
    ('2,500', '20k', '2.5')
    """
    if value >= MANY * 100:
        return f"{value / 1_000_000:,g}M"
    return f"{value / 1000:,g}k" if value >= MANY else f"{value:,g}"


def _short(value: float) -> str:
    """Write a coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def share_text(part: int, total: int) -> str:
    """Write a share as a percentage that does not round away what there is.

    >>> share_text(1, 3), share_text(1, 100_000), share_text(99_999, 100_000), share_text(0, 9)
    ('33.3%', '<0.1%', '>99.9%', '0%')
    """
    if not total or not part:
        return "0%" if total else ""
    if part == total:
        return "100%"
    percent = 100 * part / total
    if percent < 0.1:  # noqa: PLR2004 (what is shown)
        return "<0.1%"
    return ">99.9%" if percent > 99.9 else f"{percent:.1f}%"  # noqa: PLR2004 (the same)


def draw_sparkline(counts: Integers) -> str:
    """Return the path of a small area chart of some counts, in 96 by 22 units."""
    highest = max(int(counts.max(initial=0)), 1)
    if len(counts) == 1:
        counts = np.repeat(counts, 2)
    points = [
        f"{_short(SPARK_WIDTH * number / (len(counts) - 1))} "
        f"{_short((SPARK_HEIGHT - 1) * (1 - count / highest) + 1)}"
        for number, count in enumerate(counts.tolist())
    ]
    return f"M0 {SPARK_HEIGHT}L{'L'.join(points)}L{SPARK_WIDTH} {SPARK_HEIGHT}z"
