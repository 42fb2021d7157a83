"""Remove the alias tasks that Dask's fusion leaves in a task graph."""

from typing import TypeVar

from dask.bag.core import Item
from dask.base import optimize

from findrobots.running.runner import Computable

try:
    from dask._task_spec import Alias

    HAS_ALIASES = True
except ImportError:  # private to Dask: another release may not have it
    HAS_ALIASES = False

__all__ = ["without_aliases"]

T = TypeVar("T")


def without_aliases(flow: Computable[T]) -> Item:
    """Optimize a flow, and name each fused task as the alias that refers to it.

    For each chain of stages that it fuses, Dask adds a task that only gives the fused task
    its old name: with a process pool, each result then goes from a worker to this process
    and back once more. Where Dask's graph has no such class, the flow is only optimized.
    """
    [optimized] = optimize(flow)
    if not HAS_ALIASES:
        plain: Item = optimized
        return plain
    graph = dict(optimized.__dask_graph__())
    names = {node.target: key for key, node in graph.items() if isinstance(node, Alias)}
    tasks = {
        names.get(key, key): node.substitute({}, key=names.get(key, key))
        for key, node in graph.items()
        if not isinstance(node, Alias)
    }
    return Item(tasks, optimized.key)
