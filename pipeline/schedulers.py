"""A scheduler's name to the place where the flow runs."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from multiprocessing.connection import wait
from typing import Any, NamedTuple

import dask
import dask.local
import dask.multiprocessing
import dask.threaded
from dask.bag.core import Item
from dask.system import CPU_COUNT

from pipeline.errors import SchedulerError, WorkerDiedError
from pipeline.garbage import collect_seldom
from pipeline.memory import shared_file
from pipeline.whereabouts import forget, keep_notes, noted

__all__ = ["CPU_COUNT", "SCHEDULERS", "Scheduler"]

# What Dask's compute takes as scheduler=: passed as a callable and not by its name,
# which would make Dask import distributed to look for a client.
Get = Callable[..., Any]


class Scheduler(NamedTuple):
    """Where a flow runs: a name out of ``SCHEDULERS``, and how many workers there are.

    Raises
    ------
    SchedulerError
        At ``compute``, where there is no scheduler of that name.
    """

    name: str = "auto"
    workers: int = CPU_COUNT

    def compute(self, item: Item, partitions: int) -> Any:  # noqa: ANN401 (a flow gives what it gives)
        """Run a flow of some partitions and return its result."""
        if self.name not in SCHEDULERS:
            raise SchedulerError(self.name, ", ".join(SCHEDULERS))
        with SCHEDULERS[self.name](self.workers, partitions) as get:
            return item.compute(scheduler=get)


@contextmanager
def _sync(workers: int, partitions: int) -> Iterator[Get]:  # noqa: ARG001
    yield dask.local.get_sync


@contextmanager
def _threads(workers: int, partitions: int) -> Iterator[Get]:  # noqa: ARG001
    yield partial(dask.threaded.get, num_workers=workers)


@contextmanager
def _processes(workers: int, partitions: int) -> Iterator[Get]:
    workers = min(workers, partitions)
    others = set(multiprocessing.active_children())
    with shared_file() as notes:
        pool = ProcessPoolExecutor(workers, _context(), _begin_worker, (notes,))
        try:
            # A pool that starts its workers one by one heeds the death of the last only when
            # some task has ended: these end as soon as each worker is there.
            pool.map(bool, range(workers))
            # By default Dask hands out six tasks at a time: six long ones to one worker.
            yield partial(dask.multiprocessing.get, pool=pool, chunksize=1)
            pool.shutdown()
        except BrokenProcessPool as error:
            pool.shutdown()  # the others are told to stop, and take their notes back
            raise _death(workers, noted(notes)) from error
        finally:
            for worker in set(multiprocessing.active_children()) - others:
                worker.kill()
            pool.shutdown(cancel_futures=True)


def _death(workers: int, sources: list[str]) -> WorkerDiedError:
    """Return the fault of a worker that died, over some source if it left a note of one."""
    if sources:
        reading = f" while reading {', '.join(sources)}"
        return WorkerDiedError(workers, reading, "leave it out with --exclude")
    return WorkerDiedError(workers, "", "--scheduler sync")


def _auto(workers: int, partitions: int) -> AbstractContextManager[Get]:
    """Take processes where there is work for more than one: a pool only costs otherwise."""
    choose = _processes if min(workers, partitions) > 1 else _sync
    return choose(workers, partitions)


SCHEDULERS: dict[str, Callable[[int, int], AbstractContextManager[Get]]] = {
    "auto": _auto,
    "sync": _sync,
    "threads": _threads,
    "processes": _processes,
}


def _context() -> multiprocessing.context.BaseContext:
    """Return how to start workers: as Dask is configured, else the quickest way that is safe.

    A fork starts in a tenth of the time, and is safe where no other Python thread runs.
    """
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    method = dask.config.get("multiprocessing.context", None) or ("fork" if can_fork else "spawn")
    return multiprocessing.get_context(method)


def _begin_worker(notes: str) -> None:
    """Leave Ctrl-C to the parent, and end when the parent does, however it ends."""
    collect_seldom()
    keep_notes(notes)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end(*_: object) -> None:
    """End as told: only a worker that dies untold leaves a note."""
    forget()
    os._exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
