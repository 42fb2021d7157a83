"""Connect to a Dask cluster, and check that its workers run this version of findrobots."""

import logging
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from findrobots import __version__
from findrobots.errors import ClusterError, WorkerVersionError
from findrobots.running.notices import notify
from findrobots.running.runner import LOCAL_CLUSTER
from findrobots.storage.typed_urls import hide_secrets
from findrobots.storage.urls import error_text

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

__all__ = [
    "await_workers",
    "lost_scheduler",
    "open_client",
    "start_tracker",
]

# Those that Dask gives a level of their own.
DASK_LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado.application")
GUARD_HINT = 'guard the script with if __name__ == "__main__": (worker processes import it)'


@contextmanager
def open_client(
    cluster: object,
    workers: int,
    *,
    connect_timeout: float,
    worker_timeout: float,
) -> Iterator["Client"]:
    """Connect to a cluster, and check that its workers run the versions that run here.

    Parameters
    ----------
    cluster
        An address, a Dask client or cluster object, or ``local-cluster``, which starts one.
    workers
        How many workers to start.

    Raises
    ------
    ClusterError
        The cluster does not answer, or has no workers.
    WorkerVersionError
        A worker has other versions installed.
    """
    try:
        import distributed  # noqa: PLC0415 (only a cluster pays for it)
    except ImportError as error:
        hint = "run pip install 'findrobots[distributed]'"
        raise ClusterError(cluster, "the package distributed is not installed", hint) from error
    hide_secrets([cluster])
    with ExitStack() as stack:
        if isinstance(cluster, distributed.Client):
            client = cluster
        elif cluster == LOCAL_CLUSTER:
            stack.enter_context(_silenced_dask())
            started = stack.enter_context(_start_cluster(workers))
            client = stack.enter_context(_connect(started, connect_timeout))
            client.run(leave_to_parent)
        else:
            stack.enter_context(_silenced_dask())
            client = stack.enter_context(_connect(cluster, connect_timeout))
        await_workers(client, worker_timeout)
        _check_versions(client)
        yield client


def _start_cluster(workers: int) -> "LocalCluster":
    """Start a cluster of worker processes on this machine.

    They import the main module of this program: Dask starts them by ``spawn``. If that is a
    script without a guard, it comes here a second time, and ends with an error.
    """
    from distributed import LocalCluster  # noqa: PLC0415 (it is imported already)

    if _is_importing_main():
        sys.exit(1)  # without a message: the process that started this one reports it
    try:
        # Ctrl-C is for this process, which ends the workers. In one that is just starting, Python
        # would print a traceback.
        with _blocked(signal.SIGINT):
            return LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,  # for workers that are just starting
            )
    except RuntimeError as error:
        reason = f"its worker processes did not start ({error_text(error)})"
        raise ClusterError(LOCAL_CLUSTER, reason, GUARD_HINT) from error


def start_tracker() -> None:
    """Start the resource tracker of ``multiprocessing``, with nowhere to print.

    It is a process of its own. If a run is killed, it removes the run's semaphores, and prints that
    and its own errors. It ignores SIGINT and SIGTERM by itself. If SIGHUP ended it, the workers
    would start another one, which would not know the semaphores. One that runs already is left as
    it is.
    """
    from multiprocessing import resource_tracker  # noqa: PLC0415 (only a cluster needs it)

    with ExitStack() as stack:
        stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        stack.callback(os.close, stderr)
        stack.callback(os.close, null)
        stack.callback(os.dup2, stderr, 2)
        os.dup2(null, 2)
        stack.enter_context(_blocked(signal.SIGHUP))
        resource_tracker.ensure_running()


@contextmanager
def _blocked(number: int) -> Iterator[None]:
    """Block a signal in this thread, and for good in the threads and processes that it starts."""
    former = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _is_importing_main() -> bool:
    """Return whether this is a new process that is importing its parent's main module."""
    # As multiprocessing.spawn checks it; there is no public way.
    return bool(getattr(multiprocessing.current_process(), "_inheriting", False))


def _connect(cluster: object, timeout: float) -> "Client":
    """Return a new client of a cluster object, or of the scheduler at an address."""
    from distributed import Client  # noqa: PLC0415 (it is imported already)
    from distributed.versions import VersionMismatchWarning  # noqa: PLC0415 (it is imported already)

    client = Client.__new__(Client)
    try:
        with warnings.catch_warnings():  # a table of packages; those that matter are checked
            warnings.simplefilter("ignore", VersionMismatchWarning)
            client.__init__(cluster, timeout=timeout, set_as_default=False)
            return client
    except (OSError, TypeError, ValueError) as error:  # no answer, no certificate, no address
        # Else the garbage collector does it, perhaps in the thread of the next client's loop, which
        # then waits for itself (Dask 2026.8).
        client.__del__()
        reason = f"cannot connect ({error_text(error)})"
        address = getattr(cluster, "scheduler_address", cluster)
        hint = "check the address, that dask scheduler runs there, and Dask's TLS configuration"
        raise ClusterError(address, reason, hint) from error


@contextmanager
def _silenced_dask() -> Iterator[None]:
    """Silence Dask: what it would report is raised as an error of one line.

    By its loggers: a cluster's ``silence_logs`` ends when the cluster is being closed, and some of
    its connections report later that they were closed.
    """
    levels = {logger: logger.level for logger in map(logging.getLogger, DASK_LOGGERS)}
    try:
        silence_dask()
        yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def silence_dask() -> None:
    """Let Dask report nothing in this process."""
    for name in DASK_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def leave_to_parent() -> None:
    """Leave Ctrl-C, and what there is to report, to the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silence_dask()


def await_workers(client: "Client", timeout: float) -> None:
    """Wait until there is a worker, for at most ``timeout`` seconds; notify the user at once."""
    try:
        if not client.nthreads():
            address = _address_of(client)
            notify(f"waiting for workers of {address}; start some: dask worker {address}")
        client.wait_for_workers(1, timeout=timeout)
    except TimeoutError as error:
        address = _address_of(client)
        reason = f"no workers joined within {timeout:g} s"
        raise ClusterError(address, reason, f"start some: dask worker {address}") from error
    except OSError as error:
        raise lost_scheduler(client) from error


def lost_scheduler(client: "Client") -> ClusterError:
    """Return the error of a cluster whose scheduler ended while it was used."""
    hint = "check why it ended, and scan again"
    return ClusterError(_address_of(client), "its scheduler went away", hint)


def _address_of(client: "Client") -> str:
    return str(client.scheduler.address) if client.scheduler else "cluster"


def installed_versions() -> dict[str, str]:
    """Return the versions of the packages in which both sides of a cluster must agree."""
    return {"findrobots": __version__, "dask": version("dask")}


def _check_versions(client: "Client") -> None:
    """Check that each worker can import what runs here, in the same version."""
    here = installed_versions()
    # A worker that cannot import this module answers with the error.
    for worker, there in client.run(installed_versions, on_error="return").items():
        if isinstance(there, Exception):
            reason = f"cannot import findrobots ({error_text(there)})"
            raise WorkerVersionError(worker, reason, _format_versions(here))
        if there != here:
            raise WorkerVersionError(
                worker, f"has {_format_versions(there)}", _format_versions(here)
            )


def _format_versions(versions: dict[str, str]) -> str:
    return " and ".join(f"{name} {number}" for name, number in versions.items())
