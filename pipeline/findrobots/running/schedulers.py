"""A scheduler's name to the place where the flow runs."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple

import dask.local
import dask.threaded
from dask.bag.core import Bag, Item
from dask.system import CPU_COUNT

from findrobots.errors import SchedulerError
from findrobots.running.cluster import Cluster
from findrobots.running.cluster_client import connect, find_cluster
from findrobots.running.graph import without_aliases
from findrobots.running.partitions import Partition
from findrobots.running.process_pool import Get, processes
from findrobots.running.progress import Meter

__all__ = ["CPU_COUNT", "SCHEDULERS", "Scheduler"]


class Scheduler(NamedTuple):
    """Where a flow runs, and how many workers there are.

    ``place`` is a name out of ``SCHEDULERS``, ``local`` for a cluster of this machine's
    processes, the address of a Dask scheduler, or a Client or cluster of Dask's.
    """

    place: Any = "auto"
    workers: int = CPU_COUNT

    def check_access(self, folder: str) -> None:
        """Refuse a folder in which this process can write, and a worker of a cluster cannot.

        Raises
        ------
        WorkerAccessError
            One cannot.
        """
        if isinstance(self.place, Cluster):
            self.place.check_access([folder])

    @contextmanager
    def connected(self) -> Iterator["Scheduler"]:
        """Connect to the cluster, if it is one, and yield the scheduler with its workers there.

        Raises
        ------
        SchedulerError
            There is no scheduler of that name.
        ClusterError, WorkerVersionError
            As ``findrobots.connections.connect``.
        """
        place = find_cluster(self.place)
        if isinstance(place, Cluster) or place in SCHEDULERS:
            yield self
        elif isinstance(place, str) and place != "local" and "://" not in place:
            raise SchedulerError(place, ", ".join([*SCHEDULERS, "local", "tcp://HOST:PORT"]))
        else:
            with connect(place, self.workers) as client:
                yield Scheduler(Cluster(client), sum(client.nthreads().values()))

    def compute(
        self,
        flow: Callable[..., Item],
        partitions: Sequence[Partition],
        *,
        meter: Meter | None = None,
    ) -> Any:  # noqa: ANN401 (a flow gives what it gives)
        """Run a flow of some partitions and return its result."""
        with self.connected() as where:
            if isinstance(where.place, Cluster):
                return where.place.compute(flow, partitions, meter)
            options = {"meter": meter or Meter()}
            with SCHEDULERS[where.place](where.workers, len(partitions)) as get:
                return without_aliases(flow(partitions, **options)).compute(
                    scheduler=get, optimize_graph=False
                )

    def gather(self, bag: Bag, tasks: int) -> list[Any]:
        """Run a bag of so many tasks, and return its items."""
        with self.connected() as where:
            if isinstance(where.place, Cluster):
                return where.place.gather(bag)
            with SCHEDULERS[where.place](where.workers, tasks) as get:
                items: list[Any] = bag.compute(scheduler=get)
                return items


@contextmanager
def _sync(workers: int, partitions: int) -> Iterator[Get]:  # noqa: ARG001 (as SCHEDULERS calls it)
    yield dask.local.get_sync


@contextmanager
def _threads(workers: int, partitions: int) -> Iterator[Get]:  # noqa: ARG001 (as SCHEDULERS calls it)
    yield partial(dask.threaded.get, num_workers=workers)


def _auto(workers: int, partitions: int) -> AbstractContextManager[Get]:
    """Take processes where there is work for more than one: a pool only costs otherwise."""
    choose = processes if min(workers, partitions) > 1 else _sync
    return choose(workers, partitions)


SCHEDULERS: dict[str, Callable[[int, int], AbstractContextManager[Get]]] = {
    "auto": _auto,
    "sync": _sync,
    "threads": _threads,
    "processes": processes,
}
