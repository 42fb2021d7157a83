"""Run flows on the workers of a Dask cluster."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import dask

from findrobots.errors import KilledWorkersError, WorkerAccessError
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.running.cluster_client import await_workers, lost_scheduler
from findrobots.running.graph import without_aliases
from findrobots.running.partitions import Partition
from findrobots.running.progress import Progress
from findrobots.running.runner import Computable, Flow
from findrobots.storage.locations import StoredObject
from findrobots.storage.urls import missing_access, schemes_of

if TYPE_CHECKING:
    from distributed import Client, KilledWorker

__all__ = ["ClusterRunner"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Bytes that a task reads between two messages to the progress bar.
EVENT_SIZE = 4 * 1024 * 1024
LOGS_CHECKED = 3
LOGS_NAMED = 3
# Seconds between two checks whether there are workers.
CHECK_SECONDS = 1


@dataclass(frozen=True, slots=True)
class ClusterRunner:
    """A ``Runner`` on a Dask cluster to which this process is connected."""

    client: "Client"
    worker_timeout: float

    @property
    def is_local(self) -> bool:
        """False: tasks may run on other machines."""
        return False

    @property
    def workers(self) -> int:
        """The number of threads of all workers."""
        return sum(self.client.nthreads().values())

    def compute(
        self, flow: Flow[T], partitions: Sequence[Partition], progress: Progress | None = None
    ) -> T:
        """Run a flow and return its result; see ``Runner.compute``.

        Raises
        ------
        KilledWorkersError
            A source killed more workers than Dask allows
            (``distributed.scheduler.allowed-failures``, by default 3).
        """
        from distributed import KilledWorker  # noqa: PLC0415 (only a cluster pays for it)

        self.check_access(_sample_logs(partitions))
        with _monitor(self.client, progress) as monitor:
            try:
                return self._compute(flow(partitions, monitor=monitor))
            except KilledWorker as error:
                raise self._blame(flow, partitions, error) from error

    def gather(self, bag: Computable[Sequence[T]], tasks: int) -> list[T]:  # noqa: ARG002 (a Runner)
        """Run a bag and return its items; see ``Runner.gather``."""
        from distributed import KilledWorker  # noqa: PLC0415 (only a cluster pays for it)

        try:
            return list(self._await(self.client.compute(bag)))
        except KilledWorker as error:
            raise KilledWorkersError(error.allowed_failures + 1, "wrote shards") from error

    def check_access(self, paths: Iterable[str | StoredObject]) -> None:
        """Check that each worker can read what this process can; see ``Runner.check_access``."""
        readable = [path for path in paths if not missing_access(path)]
        if not readable:
            return
        # A worker that dies meanwhile gives no answer.
        answers = self.client.run(find_missing_access, readable, on_error="ignore")
        for worker, missing in answers.items():
            if missing:
                raise WorkerAccessError(worker, *missing[0])

    def _compute(self, flow: Computable[T]) -> T:
        # A hundred thousand paths are a large graph, of which Dask would warn.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            future: Future[T] = self.client.compute(without_aliases(flow), optimize_graph=False)
        return self._await(future)

    def _await(self, future: "Future[T]") -> T:
        """Wait for a result, as long as there are workers."""
        while True:
            try:
                return future.result(timeout=CHECK_SECONDS)
            except CancelledError as error:
                raise lost_scheduler(self.client) from error
            except TimeoutError:
                await_workers(self.client, self.worker_timeout)

    # What follows names the log that kills workers. It relies on internals of Dask: keys of
    # a bag's tasks, and TaskState.suspicious of its scheduler. tests/running/test_dask.py
    # fails where a release of Dask changes them; a scan then still ends with an error.

    def _blame(
        self, flow: Flow[T], partitions: Sequence[Partition], error: "KilledWorker"
    ) -> KilledWorkersError:
        """Return the error that names the source: reads those suspected one by one."""
        from distributed import KilledWorker  # noqa: PLC0415 (it is imported already)

        deaths = error.allowed_failures + 1
        # A flow of one partition is one task, which reads and merges.
        numbers = self._suspects(error.task) if len(partitions) > 1 else [0]
        suspects = [suspect for number in numbers for suspect in partitions[number].split()]
        paths = [suspect.paths[0] for suspect in suspects]
        for path, suspect in zip(paths, suspects, strict=True):
            try:
                self._compute(flow([suspect], monitor=UNMONITORED))
            except KilledWorker:
                return KilledWorkersError(deaths, f"read {path}")
        read = f"read one of {', '.join(paths[:LOGS_NAMED])}"
        return KilledWorkersError(deaths, read if paths else "merged what was found")

    def _suspects(self, killed: object) -> list[int]:
        """Return the numbers of the partitions over which workers died, most deaths first.

        Dask suspects all tasks that a worker had when it died. The task that Dask gave up
        may thus be innocent, but then the guilty one has as many deaths.
        """

        # Inside, so that it is sent by value: a scheduler need not have this package.
        def count_deaths(dask_scheduler: "DaskScheduler") -> dict[object, int]:
            return {key: task.suspicious for key, task in dask_scheduler.tasks.items()}

        if not (isinstance(killed, tuple) and "-part-" in killed[0]):
            return []
        deaths = {
            key[1]: number
            for key, number in self.client.run_on_scheduler(count_deaths).items()
            if isinstance(key, tuple) and key[0] == killed[0] and number
        }
        return sorted(deaths, key=lambda number: -deaths[number])


def find_missing_access(paths: Iterable[str | StoredObject]) -> list[tuple[str, str]]:
    """Return why this process cannot read some of the paths, each reason with a hint."""
    return list(filter(None, map(missing_access, paths)))


def _sample_logs(partitions: Sequence[Partition]) -> list[str | StoredObject]:
    """Choose logs to check: the first of three partitions, and an object of each URL scheme."""
    firsts = [partition.paths[0] for partition in partitions if partition.paths]
    objects = {path: each for part in partitions for path, each in part.objects.items()}
    local = [path for path in firsts if path not in objects]
    by_scheme = {schemes_of(each.root.url): each for each in objects.values()}
    return [*local[:LOGS_CHECKED], *by_scheme.values()]


@dataclass(slots=True)
class EventMonitor(Monitor):
    """Report bytes to the client's progress bar by events of Dask, every ``EVENT_SIZE``.

    Sources are not reported: the scheduler knows the tasks of a worker that dies.
    """

    topic: str
    unsent: int = 0

    def add(self, count: int) -> None:
        """Count bytes, and send the count from time to time."""
        from distributed import get_worker  # noqa: PLC0415 (a worker has it)

        self.unsent += count
        if self.unsent >= EVENT_SIZE:
            get_worker().log_event(self.topic, self.unsent)
            self.unsent = 0


@contextmanager
def _monitor(client: "Client", progress: Progress | None) -> Iterator[Monitor]:
    """Yield the monitor by which workers report to a progress bar of this process, if any."""
    if progress is None:
        yield UNMONITORED
        return
    topic = f"findrobots-{client.id}"
    client.subscribe_topic(topic, lambda event: progress.add(event[1]))
    try:
        yield EventMonitor(topic)
    finally:
        if client.status == "running":  # else its scheduler is gone
            client.unsubscribe_topic(topic)


class Future(Protocol[T_co]):
    """The part that is used of ``distributed.Future``."""

    def result(self, timeout: float) -> T_co:
        """Return the result; raise ``TimeoutError`` if it takes longer."""


class TaskState(Protocol):
    """The part that is used of ``distributed.scheduler.TaskState``."""

    suspicious: int


class DaskScheduler(Protocol):
    """The part that is used of ``distributed.Scheduler``."""

    tasks: dict[object, TaskState]
