"""Choose what runs a flow, by a scheduler's name or object and by Dask's configuration."""

import sys
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

import dask
from dask.system import CPU_COUNT

from findrobots.errors import ClusterError, SchedulerError
from findrobots.formats.suggest import suggestion
from findrobots.running.local import (
    LocalRunner,
    OpenPool,
    auto_pool,
    custom_pool,
    executor_pool,
    process_pool,
    sync_pool,
    thread_pool,
)
from findrobots.running.runner import LOCAL_CLUSTER, Runner

__all__ = ["CPU_COUNT", "SCHEDULERS", "connect", "find_cluster"]

# Seconds.
CONNECT_TIMEOUT = 10
# Workers may be starting at this moment; a program whose workers wait in a queue waits itself.
WORKER_TIMEOUT = 30

POOLS: dict[str, OpenPool] = {
    "auto": auto_pool,
    "sync": sync_pool,
    "threads": thread_pool,
    "processes": process_pool,
}

# The names that `connect` takes, besides the address of a Dask scheduler.
SCHEDULERS = (*POOLS, LOCAL_CLUSTER)

# Dask's other names of the same schedulers (dask.base.named_schedulers).
ALIASES = {
    "synchronous": "sync",
    "single-threaded": "sync",
    "threading": "threads",
    "multiprocessing": "processes",
}

# Dask's names of the cluster that a program is connected to.
CONNECTED = ("distributed", "dask.distributed")


@contextmanager
def connect(
    scheduler: object = "auto",
    workers: int | None = None,
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    worker_timeout: float = WORKER_TIMEOUT,
) -> Iterator[Runner]:
    """Open what runs flows; close it at the end of the ``with`` block.

    Parameters
    ----------
    scheduler
        A name out of ``SCHEDULERS``, the address of a Dask scheduler, a Dask client or
        cluster object, a Dask scheduler function (``get``), or an executor of
        ``concurrent.futures``. ``auto`` takes, in this order: what
        ``dask.config.set(scheduler=…)`` says, the program's active Dask client, the address
        that Dask is configured to have (``scheduler-address``); else processes, where there
        is work for more than one.
    workers
        How many threads or processes to start; by default Dask's ``num_workers``, else one
        for each processor.
    connect_timeout
        Seconds to wait for a cluster's scheduler to answer.
    worker_timeout
        Seconds to wait for a cluster's first worker.

    Raises
    ------
    SchedulerError
        There is no scheduler of that name.
    ClusterError
        The cluster does not answer, or has no workers.
    WorkerVersionError
        A worker of the cluster has other versions installed.
    """
    chosen = _resolve(scheduler)
    if open_pool := _find_pool(chosen):
        yield LocalRunner(_count_workers(chosen, workers), open_pool)
        return
    if isinstance(chosen, str) and chosen != LOCAL_CLUSTER and "://" not in chosen:
        choices = ", ".join([*SCHEDULERS, "tcp://HOST:PORT"])
        raise SchedulerError(chosen, choices, suggestion(chosen, SCHEDULERS))
    # Only a cluster needs these.
    from findrobots.running.cluster import ClusterRunner  # noqa: PLC0415
    from findrobots.running.cluster_client import open_client  # noqa: PLC0415

    with open_client(
        chosen,
        _count_workers(chosen, workers),
        connect_timeout=connect_timeout,
        worker_timeout=worker_timeout,
    ) as client:
        yield ClusterRunner(client, worker_timeout)


def find_cluster() -> object:
    """Return the program's active Dask client, else the configured address, else None.

    That is ``scheduler-address`` of Dask's configuration, or ``DASK_SCHEDULER_ADDRESS``.
    """
    if "distributed" in sys.modules:
        from distributed import default_client  # noqa: PLC0415 (it is imported already)

        try:
            client: object = default_client()
        except ValueError:
            pass
        else:
            return client
    address: object = dask.config.get("scheduler-address", None)
    return address or None


def _resolve(scheduler: object) -> object:
    """Return what ``auto`` and Dask's other names refer to; anything else as given."""
    if scheduler == "auto":
        scheduler = dask.config.get("scheduler", None) or find_cluster() or scheduler
    if not isinstance(scheduler, str):
        return scheduler
    if scheduler in CONNECTED:
        cluster = find_cluster()
        if cluster is None:
            hint = "create a distributed.Client first, or set DASK_SCHEDULER_ADDRESS"
            raise ClusterError(scheduler, "no Dask client is active", hint)
        return cluster
    return ALIASES.get(scheduler, scheduler)


def _find_pool(scheduler: object) -> OpenPool | None:
    """Return what opens the pool of a local scheduler; None for a cluster."""
    if isinstance(scheduler, str):
        return POOLS.get(scheduler)
    if isinstance(scheduler, Executor):
        return executor_pool(scheduler)
    return custom_pool(scheduler) if callable(scheduler) else None


def _count_workers(scheduler: object, workers: int | None) -> int:
    """Return the number of workers: as given, else an executor's, else as Dask is configured."""
    # Dask reads the same private attribute (dask.base.get_scheduler): there is no public one.
    own = getattr(scheduler, "_max_workers", None) if isinstance(scheduler, Executor) else None
    configured: int | None = dask.config.get("num_workers", None)
    return workers or own or configured or CPU_COUNT
