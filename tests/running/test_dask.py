"""What findrobots relies on of Dask's internals; a failure here names what a release changed."""

import runpy
import sys

import dask
import dask.bag as db
import findrobots.running.graph
from dask._task_spec import Alias
from distributed.scheduler import TaskState
from findrobots.running.graph import without_aliases
from findrobots.running.local import LocalRunner, custom_pool


def item(partitions=3):
    bag = db.from_sequence(range(partitions), npartitions=partitions).map(lambda number: number + 1)
    return bag.reduction(sum, sum, name="read")


def test_the_tasks_of_a_graph_are_none_of_them_aliases():
    graph = dict(without_aliases(item()).__dask_graph__())
    assert not [node for node in graph.values() if isinstance(node, Alias)]
    assert without_aliases(item()).compute(scheduler="sync", optimize_graph=False) == 6


def test_a_scheduler_gets_no_task_that_only_passes_the_result_on():
    sizes = []

    def get(graph, keys):
        sizes.append(len(graph))
        return dask.get(graph, keys)

    runner = LocalRunner(1, custom_pool(get))
    assert runner.compute(lambda partitions, **_: item(len(partitions)), [1, 2, 3]) == 6
    assert sizes == [4]  # three partitions, and their sum


def test_without_the_class_of_aliases_a_graph_is_only_optimized(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask._task_spec", None)
    graph = runpy.run_path(findrobots.running.graph.__file__)
    monkeypatch.undo()
    assert graph["without_aliases"](item()).compute(scheduler="sync", optimize_graph=False) == 6


def test_a_scheduler_counts_the_workers_that_died_over_a_task():
    assert isinstance(TaskState.suspicious, type(TaskState.priority))


def test_the_key_of_a_task_that_reads_is_its_name_and_its_partitions_number():
    keys = [key for key in without_aliases(item()).__dask_graph__() if isinstance(key, tuple)]
    parts = sorted(key for key in keys if "-part-" in key[0])
    assert [number for _, number in parts] == [0, 1, 2]
    assert len({name for name, _ in parts}) == 1
