"""Partitions to the workers of a Dask cluster."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import dask
from dask.bag.core import Bag, Item

from pipeline.connections import WORKERS_SECONDS, address_of, await_workers
from pipeline.errors import ClusterError, KilledWorkersError, UnseenLogError
from pipeline.graphs import resolved
from pipeline.places import is_url
from pipeline.progress import Meter
from pipeline.sources import Partition

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Cluster"]

# Bytes read between two messages to the progress bar, of each task.
TELL_SIZE = 4 * 1024 * 1024
LOGS_LOOKED_FOR = 3
LOGS_NAMED = 3

Flow = Callable[..., Item]


class Cluster(NamedTuple):
    """A Dask cluster that this process is connected to."""

    client: "Client"

    def compute(self, flow: Flow, partitions: Sequence[Partition], meter: Meter | None) -> Any:  # noqa: ANN401 (a flow gives what it gives)
        """Run a flow of some partitions there and return its result.

        Raises
        ------
        UnseenLogError
            A log of this machine is not there for a worker.
        KilledWorkersError
            Workers died over a source, more than Dask allows
            (``distributed.scheduler.allowed-failures``, by default 3).
        ClusterError
            The cluster lost its scheduler, or all workers.
        """
        from distributed import KilledWorker  # noqa: PLC0415 (only a cluster pays for it)

        _check_seen(self.client, partitions)
        with _telling(self.client, meter) as options:
            try:
                return _run(self.client, flow(partitions, **options))
            except KilledWorker as error:
                raise _blame(self.client, flow, partitions, error) from error

    def gather(self, bag: Bag) -> list[Any]:
        """Run a bag there, and return its items."""
        items: list[Any] = self.client.compute(bag).result()
        return items


def list_missing(paths: Iterable[str]) -> list[str]:
    """List the paths at which nothing is for this process."""
    return [path for path in paths if not os.path.exists(path)]  # noqa: PTH110 (paths are strings)


def _check_seen(client: "Client", partitions: Sequence[Partition]) -> None:
    """Refuse logs of this machine that some other does not see: a few are looked for."""
    some = [partition.paths[0] for partition in partitions[:LOGS_LOOKED_FOR] if partition.paths]
    here = [path for path in some if not is_url(path) and path not in list_missing([path])]
    hosts = {address.rpartition(":")[0]: address for address in client.nthreads()}
    if here:
        found = client.run(list_missing, here, workers=list(hosts.values()))
        for worker, missing in found.items():
            if missing:
                raise UnseenLogError(worker, missing[0])


@dataclass(slots=True)
class RemoteMeter:
    """A meter that other machines add to: what a task has read is told now and then."""

    topic: str
    untold: int = 0

    def add(self, count: int) -> None:
        """Add a number of bytes."""
        from distributed import get_worker  # noqa: PLC0415 (a worker has it)

        self.untold += count
        if self.untold >= TELL_SIZE:
            get_worker().log_event(self.topic, self.untold)
            self.untold = 0


@contextmanager
def _telling(client: "Client", meter: Meter | None) -> Iterator[dict[str, RemoteMeter]]:
    """Yield the option that has workers tell a meter of this process what they read, if any."""
    if meter is None:
        yield {}
        return
    topic = f"findrobots-{client.id}"
    client.subscribe_topic(topic, lambda event: meter.add(event[1]))
    try:
        yield {"meter": RemoteMeter(topic)}
    finally:
        client.unsubscribe_topic(topic)


def _run(client: "Client", flow: Item) -> Any:  # noqa: ANN401 (a flow gives what it gives)
    """Compute a flow there, as long as there are workers."""
    # A hundred thousand paths are a large graph, of which Dask would warn.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
        future = client.compute(resolved(flow), optimize_graph=False)
    while True:
        try:
            return future.result(timeout=WORKERS_SECONDS)
        except CancelledError as error:
            mend = "look why, and scan again"
            raise ClusterError(address_of(client), "its scheduler went away", mend) from error
        except TimeoutError:
            await_workers(client)


def _blame(
    client: "Client",
    flow: Flow,
    partitions: Sequence[Partition],
    error: Any,  # noqa: ANN401 (KilledWorker)
) -> KilledWorkersError:
    """Return the fault of a source that kills workers: those suspected are read one by one."""
    from distributed import KilledWorker  # noqa: PLC0415 (it is imported already)

    deaths = error.allowed_failures + 1
    paths = [path for number in _suspects(client, error.task) for path in partitions[number].paths]
    for path in paths:
        try:
            _run(client, flow([Partition((path,))]))
        except KilledWorker:
            return KilledWorkersError(deaths, f"read {path}")
    read = f"read one of {', '.join(paths[:LOGS_NAMED])}"
    return KilledWorkersError(deaths, read if paths else "merged what was found")


def _suspects(client: "Client", killed: Any) -> list[int]:  # noqa: ANN401 (a key of Dask's)
    """Return the numbers of the partitions over which workers died, most deaths first.

    Dask suspects all that a worker had before it when it died, so that the task it gave up
    may be innocent, but then the guilty one has as many deaths.
    """

    # Inside, so that it is sent by value: a scheduler need not have this package.
    def count(dask_scheduler: Any) -> dict[Any, int]:  # noqa: ANN401 (of Dask's)
        return {key: task.suspicious for key, task in dask_scheduler.tasks.items()}

    if not (isinstance(killed, tuple) and "-part-" in killed[0]):
        return []
    deaths = {
        key[1]: number
        for key, number in client.run_on_scheduler(count).items()
        if isinstance(key, tuple) and key[0] == killed[0] and number
    }
    return sorted(deaths, key=lambda number: -deaths[number])
