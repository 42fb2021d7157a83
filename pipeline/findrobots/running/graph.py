"""A flow to a graph in which each result goes to its reader at once."""

from typing import Any

from dask._task_spec import Alias, GraphNode
from dask.bag.core import Item
from dask.base import optimize

__all__ = ["without_aliases"]


def without_aliases(flow: Item) -> Item:
    """Optimize a flow, and give each chain of stages that became one task its last one's name.

    Dask puts a task behind each that does nothing but bear the name, and takes the result
    from a process and to a process for it.
    """
    [optimized] = optimize(flow)
    graph: dict[Any, GraphNode] = dict(optimized.__dask_graph__())
    names = {node.target: key for key, node in graph.items() if isinstance(node, Alias)}
    tasks = {
        names.get(key, key): node.substitute({}, key=names.get(key, key))
        for key, node in graph.items()
        if not isinstance(node, Alias)
    }
    return Item(tasks, optimized.key)
