"""Partitions to worker processes of this machine."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import wait
from typing import Any

import dask
import dask.multiprocessing

from findrobots.errors import WorkerDiedError
from findrobots.running.in_flight import clear_source, list_in_flight, open_slot
from findrobots.running.shared_file import shared_file

__all__ = ["Get", "processes"]

# What Dask's compute takes as scheduler=: passed as a callable and not by its name,
# which would make Dask import distributed to look for a client.
Get = Callable[..., Any]


@contextmanager
def processes(workers: int, partitions: int) -> Iterator[Get]:
    """Start workers, no more than there are partitions; yield what runs a graph on them.

    Raises
    ------
    WorkerDiedError
        One of them died.
    """
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
            raise _death(workers, list_in_flight(notes)) from error
        finally:
            for worker in set(multiprocessing.active_children()) - others:
                worker.kill()
            pool.shutdown(cancel_futures=True)


def _death(workers: int, sources: list[str]) -> WorkerDiedError:
    """Return the fault of a worker that died, over some source if it left a note of one."""
    if sources:
        reading = f" while reading {', '.join(sources)}"
        return WorkerDiedError(workers, reading, "skip it with {argument.exclude}")
    return WorkerDiedError(workers, "", "try {argument.scheduler:sync}")


def _context() -> multiprocessing.context.BaseContext:
    """Return how to start workers: as Dask is configured, else the quickest way that is safe.

    A fork starts in a tenth of the time, and is safe where no other Python thread runs.
    """
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    method = dask.config.get("multiprocessing.context", None) or ("fork" if can_fork else "spawn")
    return multiprocessing.get_context(method)


def _begin_worker(notes: str) -> None:
    """Leave Ctrl-C to the parent, and end when the parent does, however it ends."""
    open_slot(notes)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end(*_: object) -> None:
    """End as told: only a worker that dies untold leaves a note."""
    clear_source()
    os._exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
