"""Partitions to the workers of a Dask cluster."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import dask
from dask.bag.core import Item

from pipeline.errors import (
    ClusterError,
    KilledWorkersError,
    UnseenLogError,
    WorkerDiffersError,
)
from pipeline.graphs import resolved
from pipeline.places import is_url, reason_of
from pipeline.progress import Meter
from pipeline.sources import Partition

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Cluster", "connect", "find_cluster"]

ANSWER_SECONDS = 10
# Workers may be starting at this moment; whoever has them queue waits for them himself.
WORKERS_SECONDS = 30
# Bytes read between two messages to the progress bar, of each task.
TELL_SIZE = 4 * 1024 * 1024
LOGS_LOOKED_FOR = 3
LOGS_NAMED = 3

Flow = Callable[..., Item]


class Cluster(NamedTuple):
    """A Dask cluster that this process is connected to, and the threads of its workers."""

    client: "Client"
    threads: int

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


def find_cluster(place: Any) -> Any:  # noqa: ANN401 (of Dask's, or as given)
    """Return the cluster that ``auto`` stands for, if there is one; any other place as given.

    That is the program's active client, else the address that Dask is configured to have
    (``scheduler-address``, or ``DASK_SCHEDULER_ADDRESS``).
    """
    if place != "auto":
        return place
    if "distributed" in sys.modules:
        from distributed import default_client  # noqa: PLC0415 (it is imported already)

        try:
            return default_client()
        except ValueError:
            pass
    return dask.config.get("scheduler-address", None) or place


@contextmanager
def connect(place: Any, workers: int) -> Iterator[Cluster]:  # noqa: ANN401 (of Dask's, or an address)
    """Connect to a cluster, and yield it when it has workers that run what runs here.

    Raises
    ------
    ClusterError
        It does not answer, or has no workers.
    WorkerDiffersError
        A worker has not what is installed here.
    """
    try:
        import distributed  # noqa: PLC0415 (only a cluster pays for it)
    except ImportError as error:
        mend = "pip install 'findrobots[distributed]'"
        raise ClusterError(place, "the package distributed is not installed", mend) from error
    with ExitStack() as stack:
        client = place
        if place == "local":
            place = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0"
            )
            stack.enter_context(place)
        if not isinstance(place, distributed.Client):
            client = stack.enter_context(_client_of(place, distributed.Client))
        await_workers(client)
        _check_versions(client)
        yield Cluster(client, sum(client.nthreads().values()))


def _client_of(place: Any, client: "type[Client]") -> "Client":  # noqa: ANN401 (see connect)
    """Return a client of a cluster, or of what is at an address."""
    try:
        return client(place, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:  # no answer, or no address, or no certificate
        what = f"no answer within {ANSWER_SECONDS} s ({reason_of(error)})"
        address = getattr(place, "scheduler_address", place)
        mend = "check the address, and that dask scheduler runs there"
        raise ClusterError(address, what, mend) from error


def await_workers(client: "Client") -> None:
    """Wait until there is a worker, for half a minute at most."""
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except TimeoutError as error:
        address = _address(client)
        what = f"it had no worker for {WORKERS_SECONDS} s"
        raise ClusterError(address, what, f"start some with dask worker {address}") from error


def _address(client: "Client") -> str:
    return str(client.scheduler.address) if client.scheduler else "cluster"


def tell_versions() -> dict[str, str]:
    """Tell which versions this process runs of what both sides of a cluster must agree in."""
    return {name: version(name) for name in ("findrobots", "dask")}


def _check_versions(client: "Client") -> None:
    """Refuse a worker that cannot run what runs here, or runs another version of it."""
    here = tell_versions()
    # A worker that cannot import this module answers with its own error.
    for worker, there in client.run(tell_versions, on_error="return").items():
        if isinstance(there, Exception):
            what = f"cannot import findrobots ({reason_of(there)})"
            raise WorkerDiffersError(worker, what, _named(here))
        if there != here:
            raise WorkerDiffersError(worker, f"has {_named(there)}", _named(here))


def _named(versions: dict[str, str]) -> str:
    return " and ".join(f"{name} {number}" for name, number in versions.items())


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
            raise ClusterError(_address(client), "its scheduler went away", mend) from error
        except TimeoutError:
            await_workers(client)


def _blame(
    client: "Client",
    flow: Flow,
    partitions: Sequence[Partition],
    error: Any,  # noqa: ANN401 (KilledWorker)
) -> KilledWorkersError:
    """Return the fault of a source that kills workers: those suspected are read one by one.

    Dask suspects all that a worker had before it when it died, so that one may be innocent.
    """
    from distributed import KilledWorker  # noqa: PLC0415 (it is imported already)

    deaths = error.allowed_failures + 1
    suspects = [error.task, *error.last_worker.executing]
    numbers = {key[1]: None for key in suspects if isinstance(key, tuple) and "-part-" in key[0]}
    paths = [path for number in numbers for path in partitions[number].paths]
    for path in paths:
        try:
            _run(client, flow([Partition((path,))]))
        except KilledWorker:
            return KilledWorkersError(deaths, f"read {path}")
    read = f"read one of {', '.join(paths[:LOGS_NAMED])}"
    return KilledWorkersError(deaths, read if paths else "merged what was found")
