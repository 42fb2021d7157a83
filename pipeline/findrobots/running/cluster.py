"""Partitions to the workers of a Dask cluster."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import dask
from dask.bag.core import Bag, Item

from findrobots.errors import KilledWorkersError, WorkerAccessError
from findrobots.running.cluster_client import await_workers, lost_scheduler
from findrobots.running.graph import without_aliases
from findrobots.running.partitions import Partition
from findrobots.running.progress import Meter
from findrobots.storage.urls import is_url, missing_access, schemes_of

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Cluster"]

# Bytes read between two messages to the progress bar, of each task.
TELL_SIZE = 4 * 1024 * 1024
LOGS_LOOKED_FOR = 3
LOGS_NAMED = 3
# Seconds between two looks whether there are workers.
LOOK_SECONDS = 1

Flow = Callable[..., Item]


class Cluster(NamedTuple):
    """A Dask cluster that this process is connected to."""

    client: "Client"

    def compute(self, flow: Flow, partitions: Sequence[Partition], meter: Meter | None) -> Any:  # noqa: ANN401 (a flow gives what it gives)
        """Run a flow of some partitions there and return its result.

        Raises
        ------
        WorkerAccessError
            A worker cannot come to a log, or lacks what reads its URL.
        KilledWorkersError
            Workers died over a source, more than Dask allows
            (``distributed.scheduler.allowed-failures``, by default 3).
        ClusterError
            The cluster lost its scheduler, or all workers.
        """
        from distributed import KilledWorker  # noqa: PLC0415 (only a cluster pays for it)

        self.check_access(_some_logs(partitions))
        with _telling(self.client, meter) as options:
            try:
                return _run(self.client, flow(partitions, **options))
            except KilledWorker as error:
                raise _blame(self.client, flow, partitions, error) from error

    def gather(self, bag: Bag) -> list[Any]:
        """Run a bag there, and return its items.

        Raises
        ------
        KilledWorkersError, ClusterError
            As of ``compute``.
        """
        from distributed import KilledWorker  # noqa: PLC0415 (only a cluster pays for it)

        try:
            items: list[Any] = _result(self.client, self.client.compute(bag))
        except KilledWorker as error:
            raise KilledWorkersError(error.allowed_failures + 1, "wrote shards") from error
        return items

    def check_access(self, places: Iterable[str]) -> None:
        """Refuse places to which this process can come, and a worker cannot.

        Raises
        ------
        WorkerAccessError
            One cannot.
        """
        here = [place for place in places if not missing_access(place)]
        # A worker that dies meanwhile is not asked.
        there = self.client.run(missing_accesses, here, on_error="ignore") if here else {}
        for worker, lacks in there.items():
            if lacks:
                raise WorkerAccessError(worker, *lacks[0])


def missing_accesses(places: Iterable[str]) -> list[tuple[str, str]]:
    """Tell what this process lacks to come to some places, and the mends."""
    return list(filter(None, map(missing_access, places)))


def _some_logs(partitions: Sequence[Partition]) -> list[str]:
    """Choose logs that stand for all: the first of three partitions, and one of each scheme."""
    firsts = (partition.paths[0] for partition in partitions if partition.paths)
    here = [path for path in firsts if not is_url(path)]
    urls = (path for partition in partitions for path in partition.paths if is_url(path))
    return [*here[:LOGS_LOOKED_FOR], *{schemes_of(url): url for url in urls}.values()]


@dataclass(slots=True)
class RemoteMeter:
    """A meter that other machines add to: what a task has read is told now and then."""

    topic: str
    untold: int = 0

    def start(self, source: str) -> None:
        """Say nothing: the scheduler knows what a worker that dies was doing."""

    def finish(self) -> None:
        """Likewise."""

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
        if client.status == "running":  # else its scheduler is gone
            client.unsubscribe_topic(topic)


def _run(client: "Client", flow: Item) -> Any:  # noqa: ANN401 (a flow gives what it gives)
    """Compute a flow there, as long as there are workers."""
    # A hundred thousand paths are a large graph, of which Dask would warn.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
        future = client.compute(without_aliases(flow), optimize_graph=False)
    return _result(client, future)


def _result(client: "Client", future: Any) -> Any:  # noqa: ANN401 (of Dask's; what it gives)
    """Wait for a result, as long as there are workers."""
    while True:
        try:
            return future.result(timeout=LOOK_SECONDS)
        except CancelledError as error:
            raise lost_scheduler(client) from error
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
    # A flow of one partition is one task, which reads and merges.
    numbers = _suspects(client, error.task) if len(partitions) > 1 else [0]
    paths = [path for number in numbers for path in partitions[number].paths]
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
