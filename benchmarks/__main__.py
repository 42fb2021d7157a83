"""Command-line arguments to a written report: ``python -m benchmarks``."""

import sys
import tempfile
from pathlib import Path

from benchmarks.arguments import make_corpus, parse_arguments, report_faults
from benchmarks.corpora import CORPORA
from benchmarks.logs import make_days, read_days, shorten
from benchmarks.page import SCANS
from benchmarks.peers import PEERS
from benchmarks.plot import draw
from benchmarks.report import Setting, report_lines
from benchmarks.rounds import run
from benchmarks.versions import find_versions

PLOT = "throughput.svg"
REAL = "those of recipe 12.8 of the Python Cookbook"


def main() -> None:
    """Run the benchmark; exit with 1 where a peer failed or found other hosts."""
    options = parse_arguments("python -m benchmarks", CORPORA, PEERS, repetitions=5)
    SCANS.prepare(options.output)
    days = [shorten(day, options.scale) for day in read_days(options.logs / "recipe")]
    logs = REAL if days else ""
    days = days or make_days(options.scale)
    comparisons = []
    with tempfile.TemporaryDirectory(prefix="findrobots-benchmark-") as workspace:
        for corpus in options.corpora:
            made = make_corpus(corpus, days, options)
            comparisons.append(run(made, options.peers, options.repetitions, Path(workspace)))
    versions = find_versions(comparisons)
    plot = PLOT if draw(comparisons, options.output.with_name(PLOT)) else None
    setting = Setting(options.repetitions, options.command, logs, versions)
    SCANS.write(options.output, "\n".join(report_lines(comparisons, setting, plot)))
    if faults := report_faults(comparisons):
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
