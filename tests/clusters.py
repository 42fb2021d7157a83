"""Dask clusters of this machine's processes, for the tests."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager

from processes import UNMEASURED, until

from conftest import PROJECT

# One worker's death is survived, so that the tests of what is not are quick.
SETTINGS = {
    "PYTHONPATH": str(PROJECT),
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
    "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
}


@contextmanager
def started(program, *arguments, **environment):
    """Run one of Dask's commands for as long as it is needed."""
    process = subprocess.Popen(
        [sys.executable, *environment.pop("flags", []), "-m", f"distributed.cli.dask_{program}"]
        + [*map(str, arguments), "--host", "127.0.0.1", "--no-dashboard"],
        env={**UNMEASURED, **SETTINGS, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if "CLUSTER_LOGS" not in os.environ else None,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def scheduler(folder, *arguments):
    """Run a scheduler; its address."""
    told = folder / "scheduler.json"
    with started("scheduler", "--port", 0, "--scheduler-file", told, *arguments) as process:
        yield json.loads(until(lambda: told.exists() and told.read_text(), process))["address"]


@contextmanager
def cluster(folder, *arguments, workers=2, **environment):
    """Run a scheduler and some workers; its address."""
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(folder, *arguments))
        for number in range(workers):
            options = ["--nthreads", 1, "--local-directory", folder / str(number), *arguments]
            stack.enter_context(started("worker", address, *options, **environment))
        yield address
