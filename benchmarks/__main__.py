"""Command-line arguments to a written report: ``python -m benchmarks``."""

import argparse
import sys
import tempfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from benchmarks.corpora import CORPORA, make
from benchmarks.logs import make_days, read_days, shorten
from benchmarks.peers import PEERS, ROOT
from benchmarks.plot import draw
from benchmarks.report import Setting, prepare_page, report_lines, write_between_markers
from benchmarks.rounds import Comparison, run
from benchmarks.versions import find_versions

REAL_LOGS = ROOT.parent / "shared" / "real-logs" / "recipe"
CACHE = Path(tempfile.gettempdir(), "findrobots-benchmarks")
PLOT = "throughput.svg"


def main() -> None:
    """Run the benchmark; exit with 1 where a peer failed or found other hosts."""
    options = _parse_arguments()
    prepare_page(options.output)
    days = [shorten(day, options.scale) for day in read_days(options.logs)]
    real = bool(days)
    days = days or make_days(options.scale)
    # Other logs, or another scale, make other corpora.
    checksum = zlib.crc32(b"".join(day.stored for day in days))
    cache = options.cache / f"{checksum:08x}-{options.scale:g}"
    comparisons = []
    with tempfile.TemporaryDirectory(prefix="findrobots-benchmark-") as workspace:
        for corpus in CORPORA:
            if corpus.name in options.corpora:
                made = make(corpus, days, options.scale, cache)
                comparisons.append(run(made, options.peers, options.repetitions, Path(workspace)))
    ran = {result.peer for each in comparisons for result in each.results if result.seconds}
    versions = find_versions(peer for peer in PEERS if peer in ran)
    plot = PLOT if draw(comparisons, options.output.with_name(PLOT)) else None
    setting = Setting(options.repetitions, _command(options), real, versions)
    text = "\n".join(report_lines(comparisons, setting, plot))
    write_between_markers(options.output, text)
    sys.exit(_report_faults(comparisons))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Compare findrobots with its peers.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    names, keys = [corpus.name for corpus in CORPORA], [peer.key for peer in PEERS]
    option = parser.add_argument
    option("--cache", type=Path, default=CACHE, help="where the corpora are kept")
    option("--logs", type=Path, default=REAL_LOGS, help="logs to use, if they are there")
    option("--corpora", nargs="+", choices=names, default=names, help="which corpora")
    option("--peers", nargs="+", choices=keys, default=keys, help="which programs")
    option("--scale", type=float, default=1.0, help="the size of the corpora, of their full size")
    option("--repetitions", type=int, default=5, help="how many runs count")
    option(
        "--output",
        type=Path,
        default=ROOT / "docs" / "explanation" / "performance.md",
        help="the page",
    )
    options = parser.parse_args()
    if options.repetitions < 1 or options.scale <= 0:
        parser.error("--repetitions and --scale have to be positive")
    return options


def _command(options: argparse.Namespace) -> str:
    """Return the command that repeats a benchmark, places on this computer left out."""
    given = [f"--repetitions {options.repetitions}"]
    if options.scale != 1:
        given.append(f"--scale {options.scale:g}")
    if len(options.corpora) < len(CORPORA):
        given.append(f"--corpora {' '.join(options.corpora)}")
    if len(options.peers) < len(PEERS):
        given.append(f"--peers {' '.join(options.peers)}")
    return f"python -m benchmarks {' '.join(given)}"


def _report_faults(comparisons: Iterable[Comparison]) -> int:
    """Print the peers that failed or found other hosts, and return the exit status."""
    faults = [
        f"{each.made.corpus.name}: {result.peer.key}: {result.fault}"
        for each in comparisons
        for result in each.results
        if result.fault
    ]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    main()
