"""Measure audits, and write what came out into a page: ``python -m benchmarks.audits``."""

import sys
import tempfile
from pathlib import Path

from benchmarks.arguments import make_corpus, parse_arguments, report_faults
from benchmarks.audit_peers import AUDITORS
from benchmarks.audit_report import audit_lines
from benchmarks.combined import AUDITED, COMMON
from benchmarks.logs import make_combined, make_days, read_days, shorten
from benchmarks.page import AUDITS
from benchmarks.report import Setting
from benchmarks.rounds import run
from benchmarks.versions import find_versions

REAL = (
    "those of recipe 12.8 of the Python Cookbook, in the common format, and a log of "
    "semicomplete.com, in the combined one"
)


def main() -> None:
    """Run the benchmark; exit with 1 where a peer failed."""
    options = parse_arguments("python -m benchmarks.audits", AUDITED, AUDITORS, repetitions=2)
    AUDITS.prepare(options.output)
    common, combined = (read_days(options.logs / name) for name in ("recipe", "combined"))
    logs = REAL if common and combined else ""
    common = [shorten(day, options.scale) for day in common] or make_days(options.scale)
    combined = combined or [make_combined()]
    comparisons = []
    with tempfile.TemporaryDirectory(prefix="findrobots-benchmark-") as workspace:
        for corpus in options.corpora:
            days = common if corpus.name == COMMON else combined
            made = make_corpus(corpus, days, options)
            comparisons.append(run(made, options.peers, options.repetitions, Path(workspace)))
    setting = Setting(options.repetitions, options.command, logs, find_versions(comparisons))
    AUDITS.write(options.output, "\n".join(audit_lines(comparisons, setting)))
    if faults := report_faults(comparisons):
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
