import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import dask
import dask.bag as db
import pytest
from dask.system import CPU_COUNT
from findrobots.errors import ClusterError, SchedulerError, WorkerDiedError
from findrobots.flow import ScanOptions, scan_flow
from findrobots.running.partitions import Partition
from findrobots.running.process_pool import describe_death, start_method
from findrobots.running.progress import ByteCounter
from findrobots.running.schedulers import SCHEDULERS, connect
from support.processes import UNMEASURED, group_of, readers, start, until

# A worker writes the size of a result, and not the result; then the run is interrupted.
LEAVES_A_PART = """
import gc, os, struct, sys, time
from multiprocessing.queues import SimpleQueue
from findrobots.running.process_pool import open_process_pool

def write_a_part():
    (results,) = [each for each in gc.get_objects() if isinstance(each, SimpleQueue)]
    os.write(results._writer.fileno(), struct.pack("!i", 1000))
    time.sleep(60)

with open_process_pool(1) as pool:
    pool.submit(write_a_part)
    time.sleep(1)
    sys.exit(3)
"""


@pytest.mark.slow
def test_a_pool_ends_although_a_worker_was_killed_while_it_wrote_a_result():
    done = subprocess.run(
        [sys.executable, "-c", LEAVES_A_PART], env=UNMEASURED, check=False, timeout=30
    )
    assert done.returncode == 3


def places(name, partitions, workers=2):
    """Run a bag of some partitions and return the processes and threads that did it."""

    # Inside, so that it is sent to workers by value: they cannot import a test.
    def where(_):
        return {(os.getpid(), threading.get_ident())}

    bag = db.from_sequence(range(partitions), npartitions=partitions).map(where)
    merge = bag.reduction(lambda parts: set().union(*parts), lambda parts: set().union(*parts))
    return compute(merge, name, partitions, workers)


def compute(lazy, scheduler, partitions, workers=2):
    with connect(scheduler, workers) as runner:
        return runner.compute(lambda _, **__: lazy, range(partitions))


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


@pytest.mark.slow
def test_there_are_no_more_workers_than_partitions():
    assert len(places("processes", 2, workers=8)) <= 2


def test_an_unknown_scheduler_names_those_there_are():
    with pytest.raises(SchedulerError) as caught:
        places("slurm", 1)
    choices = "auto, sync, threads, processes, local-cluster, tcp://HOST:PORT"
    assert str(caught.value) == f"Unknown scheduler 'slurm'. Choose one of {choices}."


@pytest.mark.slow
def test_long_tasks_spread_over_the_workers():
    def sleep(_):
        time.sleep(0.2)
        return {os.getpid()}

    bag = db.from_sequence(range(6), npartitions=6).map(sleep)
    merge = bag.reduction(lambda parts: set().union(*parts), lambda parts: set().union(*parts))
    assert len(compute(merge, "processes", 6)) == 2


def test_a_worker_that_dies_is_an_error_and_leaves_none_behind():
    def die(_):
        os.kill(os.getpid(), signal.SIGKILL)

    bag = db.from_sequence(range(4), npartitions=4).map(die)
    with pytest.raises(WorkerDiedError, match=r"^One of 2 worker processes died"):
        compute(bag.sum(), "processes", 4)
    assert not multiprocessing.active_children()


# The two logs are read by a worker each, until one of them is killed.
SCAN = """
import sys
from findrobots.errors import WorkerDiedError
from functools import partial
from findrobots.flow import ScanOptions, scan_flow
from findrobots.running.schedulers import connect
from findrobots.running.partitions import Partition

partitions = [Partition((path,)) for path in sys.argv[1:]]
try:
    with connect("processes", 2) as runner:
        runner.compute(partial(scan_flow, options=ScanOptions()), partitions)
except WorkerDiedError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_of_two_workers_the_one_that_dies_tells_what_it_read(endless, context):
    logs = [str(endless / name) for name in ("a.log", "b.log")]
    process = subprocess.Popen(
        [sys.executable, "-c", SCAN, *logs],
        env=UNMEASURED | {"DASK_MULTIPROCESSING__CONTEXT": context},
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    until(lambda: readers(process, "/a.log"), process)
    [worker] = until(lambda: readers(process, "/b.log"), process)
    os.kill(worker, signal.SIGKILL)
    printed, _ = process.communicate(timeout=30)
    assert printed == (
        f"One of 2 worker processes died unexpectedly while reading {logs[1]}, possibly out of "
        "memory. Skip it with exclude=…, or use fewer workers (workers=…).\n"
    )
    until(lambda: group_of(process) == [])  # multiprocessing's tracker ends when it can


@pytest.mark.slow
def test_the_command_names_what_a_worker_that_died_was_reading(endless, tmp_path):
    process = start(endless, tmp_path, "--scheduler", "processes", workers=1)
    os.kill(readers(process, "/endless/a.log")[-1], signal.SIGKILL)
    _, printed = process.communicate(timeout=30)
    assert process.returncode == 1
    assert printed.startswith(
        f"findrobots: One of 1 worker processes died unexpectedly while reading {endless}/a.log, "
    )
    assert printed.count("\n") == 1
    assert group_of(process) == []
    assert {path.name for path in tmp_path.iterdir()} == {"endless"}


def test_a_worker_that_dies_over_no_log_names_none():
    assert str(describe_death(2, [])) == (
        "One of 2 worker processes died unexpectedly, possibly out of memory. "
        "Try scheduler='sync', or use fewer workers (workers=…)."
    )


def test_what_a_worker_died_over_tells_no_credentials():
    assert "secret" not in str(describe_death(1, ["s3://me:secret@bucket/a.log"]))


def test_an_error_in_a_worker_comes_back_and_leaves_none_behind():
    bag = db.from_sequence(range(4), npartitions=4).map(lambda number: 1 // (number - 2))
    with pytest.raises(ZeroDivisionError):
        compute(bag.sum(), "processes", 4)
    assert not multiprocessing.active_children()


def test_a_program_with_threads_is_not_forked(monkeypatch):
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert start_method() == ("fork" if sys.platform == "linux" else "spawn")
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert start_method() == "spawn"
    with dask.config.set({"multiprocessing.context": "forkserver"}):
        assert start_method() == "forkserver"
        assert os.getpid() not in {process for process, _ in places("processes", 2)}


def test_every_scheduler_has_a_name_in_the_command(run_command):
    text = " ".join(run_command("scan", "--help").stdout.split())
    section = text.partition("--scheduler WHERE")[2].partition("--workers")[0]
    assert all(re.search(rf"\b{name}[,:]", section) for name in (*SCHEDULERS, "tcp://HOST:PORT"))


@pytest.mark.parametrize("name", ["sync", "synchronous", "single-threaded"])
def test_auto_obeys_dasks_configuration_of_no_parallelism(name):
    with dask.config.set(scheduler=name):
        assert places("auto", 4) == {HERE}


@pytest.mark.parametrize("name", ["threads", "threading"])
def test_auto_obeys_dasks_configuration_of_threads(name):
    with dask.config.set(scheduler=name):
        found = places("auto", 4)
    assert {process for process, _ in found} == {os.getpid()}
    assert HERE not in found


@pytest.mark.parametrize(
    "name", ["processes", pytest.param("multiprocessing", marks=pytest.mark.slow)]
)
def test_auto_obeys_dasks_configuration_of_processes(name):
    with dask.config.set(scheduler=name):
        assert os.getpid() not in {process for process, _ in places("auto", 1)}


def test_an_argument_comes_before_dasks_configuration():
    with dask.config.set(scheduler="threads"):
        assert places("sync", 4) == {HERE}


def test_auto_obeys_a_scheduler_function():
    called = []

    def get(graph, keys, **options):
        called.append(keys)
        return dask.get(graph, keys, **options)

    with dask.config.set(scheduler=get):
        assert places("auto", 4) == {HERE}
    assert places(get, 4) == {HERE}
    assert len(called) == 2


def test_auto_obeys_an_executor():
    with ThreadPoolExecutor(3, "mine") as executor, dask.config.set(scheduler=executor):
        with connect() as runner:
            assert runner.workers == 3
        own = set(executor.map(lambda _: threading.get_ident(), range(100)))
        assert {thread for _, thread in places("auto", 4)} <= own | {
            thread.ident for thread in threading.enumerate() if thread.name.startswith("mine")
        }


def test_a_process_pool_of_the_user_is_used_and_not_closed():
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        own = executor.submit(os.getpid).result()
        assert {process for process, _ in places(executor, 4)} == {own}
        assert list(executor.map(pow, [2], [3])) == [8]


def test_the_number_of_workers_is_the_argument_else_dasks_else_the_processors():
    for name in SCHEDULERS[:-1]:
        with connect(name) as runner:
            assert runner.workers == CPU_COUNT
        with dask.config.set(num_workers=5), connect(name) as runner:
            assert runner.workers == 5
        with dask.config.set(num_workers=5), connect(name, 3) as runner:
            assert runner.workers == 3


def test_distributed_without_a_client_is_an_error():
    with dask.config.set(scheduler="distributed"), pytest.raises(ClusterError) as caught:
        places("auto", 1)
    assert caught.value.args[:2] == ("distributed", "no Dask client is active")


@pytest.mark.slow
def test_to_choose_processes_imports_no_distributed():
    code = (
        "import dask, sys; from findrobots.running.schedulers import connect\n"
        "with dask.config.set(scheduler='processes'), connect() as runner:\n"
        "    import dask.bag\n"
        "    runner.gather(dask.bag.from_sequence([1]), 1)\n"
        "assert 'distributed' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], env=UNMEASURED, check=True)


@pytest.mark.parametrize(
    "name", ["sync", "threads", pytest.param("processes", marks=pytest.mark.slow)]
)
def test_progress_receives_every_byte_that_is_read(name, tmp_path):
    paths = [tmp_path / f"{number}.log" for number in range(3)]
    for path in paths:
        path.write_bytes(b"x" * 1000)
    progress = ByteCounter(str(tmp_path / "progress"))
    with connect(name, 2) as runner:
        partitions = [Partition((str(path),)) for path in paths]
        runner.compute(partial(scan_flow, options=ScanOptions()), partitions, progress)
    counts = Path(progress.path).read_bytes()
    read = [int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 8)]
    assert sum(read) == 3000


def test_workers_of_this_machine_need_no_check_of_access():
    with connect("processes") as runner:
        assert runner.check_access(["/nowhere"]) is None
