"""A corpus and its peers to results: all in turn, again and again."""

import os
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.corpora import Made
from benchmarks.measure import Memory, RunError, measure_memory, measure_seconds
from benchmarks.object_server import serve_objects
from benchmarks.peers import ROOT, Output, Peer, command, missing

__all__ = ["Comparison", "Result", "cores", "run"]


class Result(NamedTuple):
    """How a peer did: seconds of each run that counts, or a note why there are none."""

    peer: Peer
    seconds: tuple[float, ...]
    missing: str = ""
    fault: str = ""
    lost: int | None = None  # lines that are not counted in its result
    memory: Memory | None = None

    @property
    def median(self) -> float | None:
        """The median of the seconds, if there are any."""
        return statistics.median(self.seconds) if self.seconds else None


class Comparison(NamedTuple):
    """What came out on a corpus."""

    made: Made
    results: tuple[Result, ...]

    def median(self, key: str) -> float | None:
        """Return the median of the peer of that key, if it ran."""
        return next((result.median for result in self.results if result.peer.key == key), None)


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def run(made: Made, peers: Iterable[Peer], repetitions: int, workspace: Path) -> Comparison:
    """Run peers on a corpus, A B C A B C ..., and check what they find.

    A first round warms the caches and does not count. A peer that fails, or finds other
    hosts than the corpus holds, gets a fault for a result and does not run again.
    """
    wanted = [peer for peer in peers if peer.key in made.corpus.peers]
    lacks = {peer.key: ", ".join(missing(peer)) for peer in wanted}
    output = Output.within(workspace)
    seconds: dict[str, list[float]] = {peer.key: [] for peer in wanted}
    faults: dict[str, str] = {}
    lost: dict[str, int] = {}
    with ExitStack() as stack:
        clusters = {
            peer.key: stack.enter_context(_cluster(peer.workers))
            for peer in wanted
            if peer.workers and not lacks[peer.key]
        }
        environment = None
        if any(peer.objects and not lacks[peer.key] for peer in wanted):
            environment = stack.enter_context(serve_objects(made.folder))
        for _ in range(1 + repetitions):
            for peer in wanted:
                if lacks[peer.key] or peer.key in faults:
                    continue
                try:
                    cluster = clusters.get(peer.key, "")
                    took = _run_once(peer, made, output, cluster, environment)
                    if peer.lines:
                        lost[peer.key] = made.truth.lines - peer.lines(output)
                except RunError as error:
                    faults[peer.key] = str(error)
                else:
                    seconds[peer.key].append(took)
    return Comparison(
        made,
        tuple(
            Result(
                peer,
                () if peer.key in faults else tuple(seconds[peer.key][1:]),
                lacks[peer.key],
                faults.get(peer.key, ""),
                lost.get(peer.key),
                _weigh(peer, made, output) if made.corpus.weighs else None,
            )
            for peer in wanted
        ),
    )


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    """Start a Dask cluster of so many worker processes; yield its address."""
    from distributed import LocalCluster  # noqa: PLC0415 (only some peers need it)

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


def _run_once(
    peer: Peer, made: Made, output: Output, cluster: str, environment: Mapping[str, str] | None
) -> float:
    """Run a peer once, compare the hosts it found with those that are there.

    Raises
    ------
    RunError
        It failed, or found other hosts.
    """
    output.clear()
    arguments = command(peer, made.folder, cores(), output, cluster)
    if peer.again:
        measure_seconds(arguments, ROOT, output.printed, environment)
    took = measure_seconds(arguments, ROOT, output.printed, environment)
    print(f"{made.corpus.name:12} {peer.key:11} {took:8.3f} s", file=sys.stderr)
    if peer.hosts and (found := peer.hosts(output)) != made.truth.hosts:
        more, fewer = len(found - made.truth.hosts), len(made.truth.hosts - found)
        message = f"other hosts: {more} too many, {fewer} too few"
        raise RunError(message)
    return took


def _weigh(peer: Peer, made: Made, output: Output) -> Memory | None:
    """Measure the memory of a command of ours, in a run of its own: to watch a run slows it."""
    if not peer.weighed or missing(peer):
        return None
    output.clear()
    return measure_memory(command(peer, made.folder, cores(), output), ROOT)
