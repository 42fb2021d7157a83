"""Dask clusters of this machine's processes, for the tests."""

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager

from support.processes import UNMEASURED, until
from support.project import PROJECT
from support.servers import LOOPBACK

# A task survives the death of one worker only: tests of repeated deaths are quick.
SETTINGS = {
    "PYTHONPATH": str(PROJECT / "pipeline"),
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}


@contextmanager
def started(folder, program, *arguments, **environment):
    """Run one of Dask's commands in a folder, until the block ends."""
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
    address_file = folder / "scheduler.json"
    options = ["--port", 0, "--scheduler-file", address_file, "--protocol", protocol]
    with started(folder, "scheduler", *options, **environment) as process:
        yield json.loads(
            until(lambda: address_file.exists() and address_file.read_text(), process)
        )["address"]


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
