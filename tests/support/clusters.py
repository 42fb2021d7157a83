"""Dask clusters of this machine's processes, for the tests."""

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager

from support.processes import UNMEASURED, until
from support.project import PROJECT
from support.servers import LOOPBACK

# One worker's death is survived, so that the tests of what is not are quick.
SETTINGS = {
    "PYTHONPATH": str(PROJECT / "pipeline"),
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}


@contextmanager
def started(folder, program, *arguments, **environment):
    """Run one of Dask's commands in a folder for as long as it is needed."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *map(str, arguments)]
    process = subprocess.Popen(
        [*command, "--host", LOOPBACK, "--no-dashboard"],
        cwd=folder,
        env={**UNMEASURED, **SETTINGS, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def scheduler(folder, protocol="tcp", **environment):
    """Run a scheduler; its address."""
    told = folder / "scheduler.json"
    options = ["--port", 0, "--scheduler-file", told, "--protocol", protocol]
    with started(folder, "scheduler", *options, **environment) as process:
        yield json.loads(until(lambda: told.exists() and told.read_text(), process))["address"]


@contextmanager
def cluster(folder, *arguments, workers=2, protocol="tcp", **environment):
    """Run a scheduler and some workers; its address."""
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(folder, protocol, **environment))
        for _ in range(workers):
            stack.enter_context(worker(folder, address, *arguments, **environment))
        yield address


def worker(folder, address, *arguments, **environment):
    """Run a worker of one thread."""
    options = [address, "--nthreads", 1, "--local-directory", folder, *arguments]
    return started(folder, "worker", *options, **environment)
