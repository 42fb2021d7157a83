import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import dask
import dask.bag as db
import pytest
from findrobots.errors import SchedulerError, WorkerDiedError
from findrobots.running.process_pool import _death
from findrobots.running.schedulers import SCHEDULERS, Scheduler
from support.processes import UNMEASURED, group_of, readers, start, until


def places(name, partitions, workers=2):
    """Run a bag of some partitions and return the processes and threads that did it."""

    # Inside, so that it is sent to workers by value: they cannot import a test.
    def where(_):
        return {(os.getpid(), threading.get_ident())}

    bag = db.from_sequence(range(partitions), npartitions=partitions).map(where)
    merge = bag.reduction(lambda parts: set().union(*parts), lambda parts: set().union(*parts))
    return Scheduler(name, workers).compute(lambda _, **__: merge, range(partitions))


HERE = (os.getpid(), threading.get_ident())


def test_sync_runs_here():
    assert places("sync", 3) == {HERE}


def test_threads_run_in_this_process():
    found = places("threads", 8)
    assert {process for process, _ in found} == {os.getpid()}
    assert HERE not in found


def test_processes_run_elsewhere():
    assert os.getpid() not in {process for process, _ in places("processes", 4)}


def test_auto_takes_no_pool_for_one_partition_or_one_worker():
    assert places("auto", 1) == {HERE}
    assert places("auto", 4, workers=1) == {HERE}
    assert HERE not in places("auto", 4)


def test_there_are_no_more_workers_than_partitions():
    assert len(places("processes", 2, workers=8)) <= 2


def test_an_unknown_scheduler_names_those_there_are():
    with pytest.raises(
        SchedulerError, match="Choose one of auto, sync, threads, processes, local, tcp://"
    ):
        places("slurm", 1)


def test_long_tasks_spread_over_the_workers():
    def sleep(_):
        time.sleep(0.2)
        return {os.getpid()}

    bag = db.from_sequence(range(6), npartitions=6).map(sleep)
    merge = bag.reduction(lambda parts: set().union(*parts), lambda parts: set().union(*parts))
    assert len(Scheduler("processes", 2).compute(lambda _, **__: merge, range(6))) == 2


def test_a_worker_that_dies_is_an_error_and_leaves_none_behind():
    def die(_):
        os.kill(os.getpid(), signal.SIGKILL)

    bag = db.from_sequence(range(4), npartitions=4).map(die)
    with pytest.raises(WorkerDiedError, match="One of 2 worker processes died"):
        Scheduler("processes", 2).compute(lambda _, **__: bag.sum(), range(4))
    assert not multiprocessing.active_children()


# The two logs are read by a worker each, until one of them is killed.
SURVEY = """
import sys
from findrobots.errors import WorkerDiedError
from findrobots.flow import scan_flow
from findrobots.running.schedulers import Scheduler
from findrobots.running.partitions import Partition

partitions = [Partition((path,)) for path in sys.argv[1:]]
try:
    Scheduler("processes", 2).compute(scan_flow, partitions)
except WorkerDiedError as error:
    print(error)
"""


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_of_two_workers_the_one_that_dies_tells_what_it_read(endless, context):
    logs = [str(endless / name) for name in ("a.log", "b.log")]
    process = subprocess.Popen(
        [sys.executable, "-c", SURVEY, *logs],
        env=UNMEASURED | {"DASK_MULTIPROCESSING__CONTEXT": context},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    until(lambda: readers(process, "/a.log"), process)
    [worker] = until(lambda: readers(process, "/b.log"), process)
    os.kill(worker, signal.SIGKILL)
    told, _ = process.communicate(timeout=30)
    assert told == (
        f"One of 2 worker processes died unexpectedly while reading {logs[1]}, possibly out of "
        "memory. Skip it with exclude=…, or use fewer workers (workers=…).\n"
    )
    until(lambda: group_of(process) == [])  # multiprocessing's tracker ends when it can


def test_the_command_names_what_a_worker_that_died_was_reading(endless, tmp_path):
    process = start(endless, tmp_path, "--scheduler", "processes", workers=1)
    os.kill(readers(process, "/endless/a.log")[-1], signal.SIGKILL)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert told.startswith(
        f"findrobots: One of 1 worker processes died unexpectedly while reading {endless}/a.log, "
    )
    assert told.count("\n") == 1
    assert group_of(process) == []
    assert {path.name for path in tmp_path.iterdir()} == {"endless"}


def test_a_worker_that_dies_over_no_log_names_none():
    assert str(_death(2, [])).endswith(
        "One of 2 worker processes died unexpectedly, possibly out of memory. "
        "Try scheduler='sync', or use fewer workers (workers=…)."
    )


def test_what_a_worker_died_over_tells_no_credentials():
    assert "secret" not in str(_death(1, ["s3://me:secret@bucket/a.log"]))


def test_an_error_in_a_worker_comes_back_and_leaves_none_behind():
    bag = db.from_sequence(range(4), npartitions=4).map(lambda number: 1 // (number - 2))
    with pytest.raises(ZeroDivisionError):
        Scheduler("processes", 2).compute(lambda _, **__: bag.sum(), range(4))
    assert not multiprocessing.active_children()


def test_a_program_with_threads_is_not_forked(monkeypatch):
    asked = []
    original = multiprocessing.get_context
    monkeypatch.setattr(
        multiprocessing, "get_context", lambda method: asked.append(method) or original("fork")
    )
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    places("processes", 2)
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    places("processes", 2)
    with dask.config.set({"multiprocessing.context": "forkserver"}):
        places("processes", 2)
    assert asked == ["fork", "spawn", "forkserver"]


def test_every_scheduler_has_a_name_in_the_command(run_command):
    assert (
        f"[{'|'.join(SCHEDULERS)}|local-cluster|tcp://HOST:PORT]"
        in run_command("scan", "--help").stdout
    )
