"""Comparisons to the lines of a report."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.corpora import DENSE, HOSTS, LARGE, LARGER, Made
from benchmarks.page import row, size
from benchmarks.rounds import Comparison, Result, cores

__all__ = ["Setting", "memory_lines", "report_lines", "setting_line"]

HEADINGS = ("program", "median", "min–max", "text a second", "× the limit", "× findrobots")
LIMITS = ("limit", "loop", "s3-loop", "scandir")
CHECKED = (
    "Every run of a program that looks for hosts is checked to find exactly the hosts that are "
    "there."
)


class Setting(NamedTuple):
    """What a benchmark was run with."""

    repetitions: int
    command: str
    logs: str  # which real logs; empty if they are made
    versions: list[str]


def report_lines(
    comparisons: Sequence[Comparison], setting: Setting, plot: str | None
) -> Iterator[str]:
    """Yield the report, line by line; ``plot`` is the plot's address on the page."""
    yield f"{setting_line(setting)} {CHECKED}"
    yield ""
    yield f"![Throughput against size]({plot})" if plot else "No plot: matplotlib draws it."
    for comparison in comparisons:
        yield ""
        yield from _table_lines(comparison)
    yield from _slope_lines(comparisons)
    yield from _dense_lines(comparisons)
    yield from memory_lines(comparisons)
    yield "\n### Versions\n"
    yield from (f"- {version}" for version in setting.versions)


def setting_line(setting: Setting) -> str:
    """Return when, where and how often was measured, and of what."""
    logs = setting.logs or "made by `benchmarks/logs.py`"
    return (
        f"Measured on {datetime.now(UTC):%d %B %Y} with {cores()} cores by "
        f"`{setting.command}`: medians of {setting.repetitions} runs of "
        "whole processes, start-up and output included, in turn (A B C A B C ...), after a "
        f"first round that warms the caches and does not count. The logs are {logs}. Sizes are "
        "those of the decompressed text."
    )


def _table_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a corpus's heading and its table, a row for each peer."""
    made = comparison.made
    yield f"### {made.corpus.name}: {made.corpus.what}\n"
    yield (
        f"{made.files:,} file{'s' * (made.files > 1)}, {size(made.stored)} of gzip, "
        f"{size(made.truth.text)} of text, {len(made.truth.hosts):,} hosts.\n"
    )
    yield row(HEADINGS)
    yield row(("---", *["---:"] * (len(HEADINGS) - 1)))
    limit = next(filter(None, map(comparison.median, LIMITS)), None)
    ours = comparison.median("ours")
    for result in comparison.results:
        yield row((result.peer.title, *_cells(result, made, limit, ours)))


def _cells(result: Result, made: Made, limit: float | None, ours: float | None) -> list[str]:
    if result.median is None:
        note = f"missing: {result.missing}" if result.missing else f"failed: {result.fault}"
        return [note, "", "", "", ""]
    return [
        f"{result.median:.2f} s",
        f"{min(result.seconds):.2f}–{max(result.seconds):.2f}",
        size(made.truth.text / result.median),
        *(f"{result.median / other:.2f}" if other else "" for other in (limit, ours)),
    ]


def _slope_lines(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield what more text costs, once everything has started."""
    by_name = {each.made.corpus.name: each for each in comparisons}
    large, larger = by_name.get(LARGE), by_name.get(LARGER)
    if not (large and larger):
        return
    more = larger.made.truth.text - large.made.truth.text
    slopes = {}
    for key in ("limit", "ours"):
        less_time, more_time = large.median(key), larger.median(key)
        if less_time and more_time and more_time > less_time:
            slopes[key] = (more_time - less_time) / more
    if slopes:
        yield f"\nFrom {LARGE} to {LARGER}, start-up left out:"
    for key, slope in slopes.items():
        name = {"limit": "the limit", "ours": "findrobots"}[key]
        yield f"{name} takes {slope * 1e9:.3f} s for a GB more;"
    if len(slopes) > 1:
        yield f"that is {slopes['ours'] / slopes['limit']:.2f} × the limit."


def _dense_lines(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield what hits cost: ours for each byte of dense logs and of usual ones, and a host."""
    speeds = {
        each.made.corpus.name: each.made.truth.text / median
        for each in comparisons
        if (median := each.median("ours"))
    }
    if LARGE in speeds and DENSE in speeds:
        times = speeds[LARGE] / speeds[DENSE]
        yield f"\nA byte of {DENSE} takes findrobots {times:.2f} × as long as one of {LARGE}."
    for each in comparisons:
        median = each.median("ours")
        if each.made.corpus.name == HOSTS and median:
            hosts = len(each.made.truth.hosts) / median
            yield f"\nOn {HOSTS}, findrobots takes in {hosts:,.0f} hosts a second."


def memory_lines(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield the table of the memory that findrobots held."""
    weighed = [
        (each.made.corpus.name, result.peer.title, result.memory)
        for each in comparisons
        for result in each.results
        if result.memory
    ]
    if not weighed:
        return
    yield "\n### Memory of findrobots\n"
    yield "The most that each process held at once; pages that processes share count for each.\n"
    yield row(("corpus", "command", "parent", "workers"))
    yield row(("---", "---", "---:", "---:"))
    for name, title, memory in weighed:
        workers = ", ".join(map(size, memory.workers)) or "none"
        yield row((name, title, size(memory.parent), workers))
