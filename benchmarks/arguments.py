"""Read the arguments that the benchmarks have in common, and make what they ask for."""

import argparse
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpora import Corpus, Made, make
from benchmarks.logs import Day
from benchmarks.peers import ROOT, Peer
from benchmarks.rounds import Comparison

__all__ = ["Options", "make_corpus", "parse_arguments", "report_faults"]

REAL_LOGS = ROOT.parent / "shared" / "real-logs"
CACHE = Path(tempfile.gettempdir(), "findrobots-benchmarks")
PAGE = ROOT / "docs" / "explanation" / "performance.md"


class Options(NamedTuple):
    """What a benchmark is asked to do."""

    corpora: tuple[Corpus, ...]
    peers: tuple[Peer, ...]
    scale: float
    repetitions: int
    logs: Path
    cache: Path
    output: Path
    command: str  # that repeats the benchmark, places on this computer left out


def parse_arguments(
    program: str, corpora: Sequence[Corpus], peers: Sequence[Peer], *, repetitions: int
) -> Options:
    """Read the arguments of a benchmark, whose tables of corpora and peers are given."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Compare findrobots with its peers.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    names, keys = [corpus.name for corpus in corpora], [peer.key for peer in peers]
    option = parser.add_argument
    option("--cache", type=Path, default=CACHE, help="where the corpora are kept")
    option("--logs", type=Path, default=REAL_LOGS, help="logs to use, if they are there")
    option("--corpora", nargs="+", choices=names, default=names, help="which corpora")
    option("--peers", nargs="+", choices=keys, default=keys, help="which programs")
    option("--scale", type=float, default=1.0, help="the size of the corpora, of their full size")
    option("--repetitions", type=int, default=repetitions, help="how many runs count")
    option("--output", type=Path, default=PAGE, help="the page")
    given = parser.parse_args()
    if given.repetitions < 1 or given.scale <= 0:
        parser.error("--repetitions and --scale have to be positive")
    command = [program, f"--repetitions {given.repetitions}"]
    if given.scale != 1:
        command.append(f"--scale {given.scale:g}")
    if len(given.corpora) < len(corpora):
        command.append(f"--corpora {' '.join(given.corpora)}")
    if len(given.peers) < len(peers):
        command.append(f"--peers {' '.join(given.peers)}")
    return Options(
        tuple(corpus for corpus in corpora if corpus.name in given.corpora),
        tuple(peer for peer in peers if peer.key in given.peers),
        given.scale,
        given.repetitions,
        given.logs,
        given.cache,
        given.output,
        " ".join(command),
    )


def make_corpus(corpus: Corpus, days: list[Day], options: Options) -> Made:
    """Make a corpus of some logs, unless it is there already."""
    # Other logs, or another scale, make another corpus.
    checksum = zlib.crc32(b"".join(day.stored for day in days))
    cache = options.cache / f"{checksum:08x}-{options.scale:g}"
    return make(corpus, days, options.scale, cache)


def report_faults(comparisons: Sequence[Comparison]) -> list[str]:
    """Return a line for each peer that failed or found other hosts."""
    return [
        f"{each.made.corpus.name}: {result.peer.key}: {result.fault}"
        for each in comparisons
        for result in each.results
        if result.fault
    ]
