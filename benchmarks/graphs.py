"""Numbers of logs to what their task graph costs: ``python -m benchmarks.graphs``."""

import pickle
import time
from typing import Any, NamedTuple

from dask.base import collections_to_expr
from findrobots.flow import scan_flow
from findrobots.running.graph import without_aliases
from findrobots.running.partitions import pack
from findrobots.storage.discovery import Source

# Logs, and workers that read them.
CASES = ((1, 2), (100, 2), (100_000, 2), (100_000, 100), (1_000_000, 100))
LOG_SIZE = 10_000_000
HEADINGS = ("logs", "workers", "partitions", "tasks", "merges one behind the other", "graph", "")


class Cost(NamedTuple):
    """What a graph costs: its parts, its bytes as they are sent, and seconds to make it."""

    partitions: int
    tasks: int
    merges: int
    size: int
    seconds: float


def main() -> None:
    """Print a table, a row for each case."""
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
    flow = without_aliases(scan_flow(partitions))
    # What a client of Dask's sends to its scheduler.
    sent = pickle.dumps(collections_to_expr([flow], optimize_graph=False))
    seconds = time.perf_counter() - began
    graph = flow.__dask_graph__()
    depth = dict[Any, int]()

    def deep(key: Any) -> int:  # noqa: ANN401 (a key of Dask's)
        if key not in depth:
            depth[key] = 1 + max(map(deep, graph[key].dependencies), default=-1)
        return depth[key]

    return Cost(len(partitions), len(graph), deep(flow.key), len(sent), seconds)


if __name__ == "__main__":
    main()
