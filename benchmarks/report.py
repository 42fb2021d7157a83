"""Comparisons to the part of a Markdown page between two markers."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpora import DENSE, HOSTS, LARGE, LARGER, Made
from benchmarks.rounds import Comparison, Result, cores

__all__ = ["BEGIN", "END", "Setting", "prepare_page", "report_lines", "write_between_markers"]

BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
BETWEEN = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
PAGE = f"# Performance\n\n{BEGIN}\n{END}\n"
HEADINGS = ("program", "median", "min–max", "text a second", "× the limit", "× findrobots")
LIMITS = ("limit", "loop", "s3-loop", "scandir")


class Setting(NamedTuple):
    """What a benchmark was run with."""

    repetitions: int
    command: str
    real: bool  # whether the logs are the recipe's own
    versions: list[str]


def prepare_page(page: Path) -> None:
    """Make a page if there is none; check, before hours of measuring, that it can be written.

    Raises
    ------
    ValueError
        It lacks the markers.
    """
    page.parent.mkdir(parents=True, exist_ok=True)
    if not page.exists():
        page.write_text(PAGE)
    if not BETWEEN.search(page.read_text()):
        message = f"{page} holds no {BEGIN} and {END} to write between"
        raise ValueError(message)


def write_between_markers(page: Path, text: str) -> None:
    """Put a text between the markers of a prepared page; what stands around them stays."""
    page.write_text(BETWEEN.sub(lambda _: f"{BEGIN}\n{text}\n{END}", page.read_text(), count=1))


def report_lines(
    comparisons: Sequence[Comparison], setting: Setting, plot: str | None
) -> Iterator[str]:
    """Yield the report, line by line; ``plot`` is the plot's address on the page."""
    yield from _setting_lines(setting)
    yield ""
    yield f"![Throughput against size]({plot})" if plot else "No plot: matplotlib draws it."
    for comparison in comparisons:
        yield ""
        yield from _table_lines(comparison)
    yield from _slope_lines(comparisons)
    yield from _dense_lines(comparisons)
    yield from _memory_lines(comparisons)
    yield "\n### Versions\n"
    yield from (f"- {version}" for version in setting.versions)


def _setting_lines(setting: Setting) -> Iterator[str]:
    logs = (
        "The logs are those of recipe 12.8 of the Python Cookbook"
        if setting.real
        else "The logs are made by `benchmarks/logs.py`"
    )
    yield (
        f"Measured on {datetime.now(UTC):%d %B %Y} with {cores()} cores by "
        f"`{setting.command}`: medians of {setting.repetitions} runs of "
        "whole processes, start-up and output included, in turn (A B C A B C ...), after a "
        f"first round that warms the caches and does not count. {logs}. Sizes are those of "
        "the decompressed text. Every run of a program that looks for hosts is checked to find "
        "exactly the hosts that are there."
    )


def _table_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a corpus's heading and its table, a row for each peer."""
    made = comparison.made
    yield f"### {made.corpus.name}: {made.corpus.what}\n"
    yield (
        f"{made.files:,} file{'s' * (made.files > 1)}, {_size(made.stored)} of gzip, "
        f"{_size(made.truth.text)} of text, {len(made.truth.hosts):,} hosts.\n"
    )
    yield _row(HEADINGS)
    yield _row(("---", *["---:"] * (len(HEADINGS) - 1)))
    limit = next(filter(None, map(comparison.median, LIMITS)), None)
    ours = comparison.median("ours")
    for result in comparison.results:
        yield _row((result.peer.title, *_cells(result, made, limit, ours)))


def _cells(result: Result, made: Made, limit: float | None, ours: float | None) -> list[str]:
    if result.median is None:
        note = f"missing: {result.missing}" if result.missing else f"failed: {result.fault}"
        return [note, "", "", "", ""]
    return [
        f"{result.median:.2f} s",
        f"{min(result.seconds):.2f}–{max(result.seconds):.2f}",
        _size(made.truth.text / result.median),
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


def _memory_lines(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield the table of the memory that findrobots held."""
    weighed = [(each.made.corpus.name, each.memory) for each in comparisons if each.memory]
    if not weighed:
        return
    yield "\n### Memory of findrobots\n"
    yield "The most that each process held at once; pages that processes share count for each.\n"
    yield _row(("corpus", "parent", "workers"))
    yield _row(("---", "---:", "---:"))
    for name, memory in weighed:
        yield _row((name, _size(memory.parent), ", ".join(map(_size, memory.workers)) or "none"))


def _row(cells: Sequence[str]) -> str:
    # A bar would end the cell, even in code.
    escaped = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _size(count: float) -> str:
    """Write a number of bytes in the unit that suits it."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count / 1e3:.3g} kB"
