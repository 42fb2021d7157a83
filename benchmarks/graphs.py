"""Measure the cost of task graphs, by the number of logs: ``python -m benchmarks.graphs``."""

import pickle
import time
from typing import Any, NamedTuple

from dask.base import collections_to_expr
from findrobots.flow import ScanOptions, scan_flow
from findrobots.running.graph import without_aliases
from findrobots.running.partitions import pack
from findrobots.storage.sources import Source

# Numbers of logs and of workers.
CASES = ((1, 2), (100, 2), (100_000, 2), (100_000, 100), (1_000_000, 100))
LOG_SIZE = 10_000_000
HEADINGS = ("logs", "workers", "partitions", "tasks", "successive merges", "graph", "")


class Cost(NamedTuple):
    """The cost of a graph: its parts, its size in bytes when sent, and the seconds to make it."""

    partitions: int
    tasks: int
    merges: int
    size: int
    seconds: float


def main() -> None:
    """Print a table with a row per case."""
    print(f"| {' | '.join(HEADINGS)} |\n|{'---:|' * len(HEADINGS)}")
    for logs, workers in CASES:
        cost = _cost(logs, workers)
        cells = (logs, workers, cost.partitions, cost.tasks, cost.merges)
        print(
            f"| {' | '.join(f'{cell:,}' for cell in cells)} "
            f"| {cost.size / 1e3:,.0f} kB | {cost.seconds:.2f} s |"
        )


def _cost(logs: int, workers: int) -> Cost:
    sources = [
        Source(f"s3://bucket/logs/2026/11/{number % 30:02}/edge-{number:07}.log.gz", LOG_SIZE)
        for number in range(logs)
    ]
    began = time.perf_counter()
    partitions = pack(sources, workers)
    flow: Any = without_aliases(scan_flow(partitions, ScanOptions()))  # a Dask Item
    # What a Dask client sends to its scheduler.
    sent = pickle.dumps(collections_to_expr([flow], optimize_graph=False))
    seconds = time.perf_counter() - began
    graph = flow.__dask_graph__()
    depth = dict[object, int]()

    def depth_of(key: object) -> int:
        if key not in depth:
            depth[key] = 1 + max(map(depth_of, graph[key].dependencies), default=-1)
        return depth[key]

    return Cost(len(partitions), len(graph), depth_of(flow.key), len(sent), seconds)


if __name__ == "__main__":
    main()
