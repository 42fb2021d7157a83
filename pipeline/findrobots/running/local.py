"""Run flows in this process, or in threads or processes of this machine."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

import dask.local
import dask.multiprocessing
import dask.threaded

from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.running.graph import without_aliases
from findrobots.running.in_flight import InFlightMonitor
from findrobots.running.partitions import Partition
from findrobots.running.process_pool import open_process_pool
from findrobots.running.progress import Progress, ProgressMonitor
from findrobots.running.runner import Computable, Flow

__all__ = [
    "SYNC",
    "Get",
    "LocalRunner",
    "Pool",
    "auto_pool",
    "custom_pool",
    "executor_pool",
    "process_pool",
    "sync_pool",
    "thread_pool",
]

T = TypeVar("T")

# What Dask's compute takes as scheduler=. It is passed as a callable and not by its name:
# to look up a name, Dask imports distributed, which takes 0.25 s.
Get = Callable[..., Any]


class Pool(NamedTuple):
    """A Dask scheduler function, and how its workers report what they read."""

    get: Get
    monitor: Callable[[Progress | None], Monitor]


# Arguments: the largest useful number of workers, and of tasks.
OpenPool = Callable[[int, int], AbstractContextManager[Pool]]


class LocalRunner(NamedTuple):
    """A ``Runner`` on this machine; each call opens a pool of at most ``workers``."""

    workers: int
    open_pool: OpenPool

    @property
    def is_local(self) -> bool:
        """True: tasks run on this machine."""
        return True

    def compute(
        self, flow: Flow[T], partitions: Sequence[Partition], progress: Progress | None = None
    ) -> T:
        """Run a flow and return its result; see ``Runner.compute``."""
        with self.open_pool(self.workers, len(partitions)) as pool:
            lazy = without_aliases(flow(partitions, monitor=pool.monitor(progress)))
            # Not lazy.compute(), which sends the result to a worker and back once more.
            result: T = pool.get(lazy.__dask_graph__(), lazy.key)
            return result

    def gather(self, bag: Computable[Sequence[T]], tasks: int) -> list[T]:
        """Run a bag and return its items; see ``Runner.gather``."""
        with self.open_pool(self.workers, tasks) as pool:
            return list(bag.compute(scheduler=pool.get))

    def check_access(self, paths: Iterable[str]) -> None:
        """Do nothing: workers of this machine can read what this process can."""


def _count(progress: Progress | None) -> Monitor:
    return ProgressMonitor(progress) if progress else UNMONITORED


@contextmanager
def sync_pool(workers: int, tasks: int) -> Iterator[Pool]:  # noqa: ARG001 (an OpenPool)
    """Yield a pool that runs tasks in this thread, one after another."""
    yield Pool(dask.local.get_sync, _count)


@contextmanager
def thread_pool(workers: int, tasks: int) -> Iterator[Pool]:  # noqa: ARG001 (an OpenPool)
    """Yield a pool of threads."""
    yield Pool(partial(dask.threaded.get, num_workers=workers), _count)


@contextmanager
def process_pool(workers: int, tasks: int) -> Iterator[Pool]:
    """Yield a pool of processes.

    Raises
    ------
    WorkerDiedError
        A process died.
    """
    with open_process_pool(min(workers, tasks)) as executor:
        yield Pool(_processes(executor), InFlightMonitor)


def _processes(executor: ProcessPoolExecutor) -> Get:
    # By default Dask sends a worker six tasks at a time, so six long tasks share one worker.
    return partial(dask.multiprocessing.get, pool=executor, chunksize=1)


def auto_pool(workers: int, tasks: int) -> AbstractContextManager[Pool]:
    """Open a pool of processes, or none for one task: starting it would cost more."""
    return (process_pool if min(workers, tasks) > 1 else sync_pool)(workers, tasks)


SYNC = LocalRunner(1, sync_pool)


def custom_pool(get: Get) -> OpenPool:
    """Return what opens a pool that calls the user's Dask scheduler function."""

    @contextmanager
    def open_pool(workers: int, tasks: int) -> Iterator[Pool]:  # noqa: ARG001 (an OpenPool)
        yield Pool(get, _count)

    return open_pool


def executor_pool(executor: Executor) -> OpenPool:
    """Return what opens a pool that submits tasks to the user's executor."""
    if isinstance(executor, ProcessPoolExecutor):
        return custom_pool(_processes(executor))  # which pickles tasks with cloudpickle

    @contextmanager
    def open_pool(workers: int, tasks: int) -> Iterator[Pool]:  # noqa: ARG001 (an OpenPool)
        yield Pool(partial(dask.local.get_async, executor.submit, workers), _count)

    return open_pool
