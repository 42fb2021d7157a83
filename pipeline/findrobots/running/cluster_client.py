"""A cluster's address, or Dask's object for it, to a client that may be worked with."""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dask

from findrobots.errors import ClusterError, WorkerVersionError
from findrobots.storage.urls import error_text

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["await_workers", "connect", "find_cluster", "lost_scheduler"]

ANSWER_SECONDS = 10
# Workers may be starting at this moment; whoever has them queue waits for them himself.
WORKERS_SECONDS = 30


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
def connect(place: Any, workers: int) -> Iterator["Client"]:  # noqa: ANN401 (of Dask's, or an address)
    """Connect to a cluster, and yield its client when it has workers that run what runs here.

    Raises
    ------
    ClusterError
        It does not answer, or has no workers.
    WorkerVersionError
        A worker has not what is installed here.
    """
    try:
        import distributed  # noqa: PLC0415 (only a cluster pays for it)
    except ImportError as error:
        mend = "run pip install 'findrobots[distributed]'"
        raise ClusterError(place, "the package distributed is not installed", mend) from error
    with ExitStack() as stack:
        client = place
        if place == "local":
            local = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,  # what matters is told as an error
            )
            client = stack.enter_context(_client_of(stack.enter_context(local), distributed.Client))
            client.run(ignore_sigint)
        elif not isinstance(place, distributed.Client):
            stack.enter_context(_silenced("distributed.client"))
            client = stack.enter_context(_client_of(place, distributed.Client))
        await_workers(client)
        _check_versions(client)
        yield client


def _client_of(place: Any, client: "type[Client]") -> "Client":  # noqa: ANN401 (see connect)
    """Return a client of a cluster, or of what is at an address."""
    from distributed.versions import VersionMismatchWarning  # noqa: PLC0415 (it is imported already)

    try:
        with warnings.catch_warnings():  # a table of packages; those that matter are checked
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return client(place, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:  # nobody there, no certificate, no address
        what = f"it cannot be connected to ({error_text(error)})"
        address = getattr(place, "scheduler_address", place)
        mend = "check the address, that dask scheduler runs there, and Dask's TLS configuration"
        raise ClusterError(address, what, mend) from error


@contextmanager
def _silenced(name: str) -> Iterator[None]:
    """Let a logger say nothing: what it would is told as an error, in one line."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def ignore_sigint() -> None:
    """Leave Ctrl-C to the process that began this one, and ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def await_workers(client: "Client") -> None:
    """Wait until there is a worker, for half a minute at most."""
    try:
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except TimeoutError as error:
        address = _address_of(client)
        what = f"it had no worker for {WORKERS_SECONDS} s"
        raise ClusterError(address, what, f"start some with dask worker {address}") from error
    except OSError as error:
        raise lost_scheduler(client) from error


def lost_scheduler(client: "Client") -> ClusterError:
    """Return the fault of a cluster whose scheduler was there, and is not any more."""
    return ClusterError(_address_of(client), "its scheduler went away", "look why, and scan again")


def _address_of(client: "Client") -> str:
    return str(client.scheduler.address) if client.scheduler else "cluster"


def installed_versions() -> dict[str, str]:
    """Tell which versions this process runs of what both sides of a cluster must agree in."""
    return {name: version(name) for name in ("findrobots", "dask")}


def _check_versions(client: "Client") -> None:
    """Refuse a worker that cannot run what runs here, or runs another version of it."""
    here = installed_versions()
    # A worker that cannot import this module answers with its own error.
    for worker, there in client.run(installed_versions, on_error="return").items():
        if isinstance(there, Exception):
            what = f"cannot import findrobots ({error_text(there)})"
            raise WorkerVersionError(worker, what, _named(here))
        if there != here:
            raise WorkerVersionError(worker, f"has {_named(there)}", _named(here))


def _named(versions: dict[str, str]) -> str:
    return " and ".join(f"{name} {number}" for name, number in versions.items())
