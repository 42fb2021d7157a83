"""Comparisons of audits to the lines of a report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.combined import COMBINED, COMMON, SAMPLE
from benchmarks.page import row, size
from benchmarks.report import Setting, memory_lines, setting_line
from benchmarks.rounds import Comparison, Result

__all__ = ["audit_lines"]

HEADINGS = (
    *("program", "median", "min–max", "a line", "× the limit", "× the audit"),
    "lines not counted",
)


class Target(NamedTuple):
    """How long a command may take: at most so many times as a peer, by the line."""

    corpus: str
    ours: str
    peer: str
    times: float
    corpus_of_peer: str = ""  # if it is another, since the peer is slow


TARGETS = (
    Target(COMBINED, "audit", "limit", 6.0),
    Target(COMBINED, "audit-robots", "limit", 6.0),
    Target(COMBINED, "audit", "chdb-agents", 0.2),
    Target(COMBINED, "audit", "duckdb-agents", 1.0),
    Target(COMBINED, "audit-robots", "agent-census", 0.01, SAMPLE),
    Target(COMMON, "audit", "limit", 6.0),
)


def audit_lines(comparisons: Sequence[Comparison], setting: Setting) -> Iterator[str]:
    """Yield the report, line by line."""
    yield setting_line(setting)
    for comparison in comparisons:
        yield ""
        yield from _table_lines(comparison)
    yield from _target_lines({each.made.corpus.name: each for each in comparisons})
    yield from memory_lines(comparisons)
    yield "\n### Versions of the peers of audits\n"
    yield from (f"- {version}" for version in setting.versions)


def _table_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a corpus's heading and its table, a row for each peer."""
    made = comparison.made
    yield f"### {made.corpus.name}: {made.corpus.what}\n"
    yield (
        f"{made.files:,} file{'s' * (made.files > 1)}, {size(made.stored)} of gzip, "
        f"{size(made.truth.text)} of text, {made.truth.lines:,} lines.\n"
    )
    yield row(HEADINGS)
    yield row(("---", *["---:"] * (len(HEADINGS) - 1)))
    for result in comparison.results:
        yield row((result.peer.title, *_cells(result, comparison)))


def _cells(result: Result, comparison: Comparison) -> list[str]:
    if result.median is None:
        note = f"missing: {result.missing}" if result.missing else f"failed: {result.fault}"
        return [note, *[""] * (len(HEADINGS) - 2)]
    others = map(comparison.median, ("limit", "audit"))
    return [
        f"{result.median:.2f} s",
        f"{min(result.seconds):.2f}–{max(result.seconds):.2f}",
        f"{result.median / comparison.made.truth.lines * 1e6:.2f} µs",
        *(f"{result.median / other:.2f}" if other else "" for other in others),
        "" if result.lost is None else f"{result.lost:,}",
    ]


def _target_lines(comparisons: Mapping[str, Comparison]) -> Iterator[str]:
    """Yield the table of the targets that could be measured."""
    rows = []
    for target in TARGETS:
        ours = _seconds_of_line(comparisons.get(target.corpus), target.ours)
        peer = _seconds_of_line(
            comparisons.get(target.corpus_of_peer or target.corpus), target.peer
        )
        if ours and peer:
            times = ours / peer
            reached = "yes" if times <= target.times else "no"
            names = (target.corpus, target.ours, target.peer)
            rows.append(row((*names, f"{target.times:g} ×", f"{times:.3g} ×", reached)))
    if rows:
        yield "\n### Targets of audits\n"
        yield "The time of a line, of that which a peer takes.\n"
        yield row(("corpus", "command", "peer", "target", "measured", "reached"))
        yield row(("---", "---", "---", "---:", "---:", "---"))
        yield from rows


def _seconds_of_line(comparison: Comparison | None, key: str) -> float | None:
    if comparison is None:
        return None
    median = comparison.median(key)
    return None if median is None else median / comparison.made.truth.lines
