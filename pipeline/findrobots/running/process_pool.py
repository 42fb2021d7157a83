"""Start a pool of worker processes, and report a worker that dies."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import (
    BaseContext,
    ForkServerContext,
    ForkServerProcess,
    SpawnContext,
    SpawnProcess,
)

import dask

from findrobots.errors import WorkerDiedError
from findrobots.running.in_flight import assign_slot, list_in_flight, open_slot
from findrobots.running.shared_file import shared_file

__all__ = ["describe_death", "open_process_pool", "start_method"]


@contextmanager
def open_process_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Start worker processes, and stop them at the end.

    Raises
    ------
    WorkerDiedError
        A worker died.
    """
    others = set(multiprocessing.active_children())
    with shared_file() as slots:
        pool = ProcessPoolExecutor(workers, _context(start_method()), _begin_worker, (slots,))
        try:
            # A pool that starts its workers one by one notices the death of the last only
            # when a task has ended: these tasks end as soon as each worker runs.
            pool.map(bool, range(workers))
            yield pool
            pool.shutdown()
        except BrokenProcessPool as error:
            pool.shutdown()  # stops the other workers, which clear their slots
            raise describe_death(workers, list_in_flight(slots)) from error
        finally:
            for worker in set(multiprocessing.active_children()) - others:
                worker.kill()
            _end_results(pool)
            pool.shutdown(cancel_futures=True)


def _end_results(pool: ProcessPoolExecutor) -> None:
    """Let the pool see that no more results come.

    It waits for the rest of a result of which a worker that was killed had written a part, as long
    as anybody can write: the workers cannot any more, but this process could.
    """
    if results := pool._result_queue:  # noqa: SLF001 (no public way)
        results._writer.close()  # type: ignore[attr-defined]  # noqa: SLF001 (as above)


def describe_death(workers: int, sources: list[str]) -> WorkerDiedError:
    """Return the error of a worker that died, naming the sources that it may have read."""
    if sources:
        reading = f" while reading {', '.join(sources)}"
        return WorkerDiedError(workers, reading, "skip it with {argument.exclude}")
    return WorkerDiedError(workers, "", "try {argument.scheduler:sync}")


def start_method() -> str:
    """Return how to start workers: as Dask is configured, else the fastest safe method.

    A fork takes a tenth of the time, and is safe where no other Python thread runs.
    """
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    configured: str | None = dask.config.get("multiprocessing.context", None)
    return configured or ("fork" if can_fork else "spawn")


# Our workers run nothing of the user's main module. By default a process that is not forked
# imports it, which runs a script without `if __name__ == "__main__":` once per worker.
MAIN_ORIGIN = ("__file__", "__spec__")
_hiding = threading.Lock()


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Hide where the main module comes from, so that a process started now does not import it.

    ``multiprocessing.spawn.get_preparation_data`` reads ``__spec__`` and ``__file__``.
    """
    with _hiding:
        names = vars(sys.modules["__main__"])
        hidden: dict[str, object] = {name: names[name] for name in MAIN_ORIGIN if name in names}
        try:
            names.pop("__file__", None)
            names["__spec__"] = None
            yield
        finally:
            names.update(hidden)


class _MainlessSpawnProcess(SpawnProcess):
    def start(self) -> None:
        with _hidden_main():
            super().start()


class _MainlessForkServerProcess(ForkServerProcess):
    def start(self) -> None:
        with _hidden_main():
            super().start()


class _MainlessSpawnContext(SpawnContext):
    Process = _MainlessSpawnProcess


class _MainlessForkServerContext(ForkServerContext):
    Process = _MainlessForkServerProcess


_CONTEXTS: dict[str, BaseContext] = {
    "spawn": _MainlessSpawnContext(),
    "forkserver": _MainlessForkServerContext(),
}


def _context(method: str) -> BaseContext:
    return _CONTEXTS.get(method) or multiprocessing.get_context(method)


def _begin_worker(slots: str) -> None:
    """Leave Ctrl-C to the parent, and end when the parent ends, however it does."""
    slot = open_slot(slots)
    assign_slot(slot)

    def end(*_: object) -> None:
        # Only a worker that dies unexpectedly keeps its source in the slot.
        if slot:
            slot.clear()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
