"""Define what runs a flow: the interface that local and cluster runners share."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from findrobots.reading.monitor import Monitor
from findrobots.running.partitions import Partition
from findrobots.running.progress import Progress

__all__ = ["LOCAL_CLUSTER", "Computable", "Flow", "Runner"]

# The name of the Dask cluster that is started for one run, of processes of this machine.
LOCAL_CLUSTER = "local-cluster"

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Computable(Protocol[T_co]):
    """A lazy value, such as a Dask ``Item`` (its value) or ``Bag`` (a list)."""

    def compute(self, **options: object) -> T_co:
        """Return the value; ``options`` are those of ``dask.compute``."""


class Flow(Protocol[T_co]):
    """A function that builds the task graph of some partitions, such as ``scan_flow``."""

    def __call__(self, partitions: Sequence[Partition], /, *, monitor: Monitor) -> Computable[T_co]:
        """Return the lazy result; its tasks report what they read to ``monitor``."""


class Runner(Protocol):
    """Where flows run: this process, its threads or processes, or a Dask cluster.

    ``findrobots.running.schedulers.connect`` returns one.
    """

    @property
    def is_local(self) -> bool:
        """Whether a path is the same file to tasks as it is to this process."""

    @property
    def workers(self) -> int:
        """The number of tasks that run at the same time."""

    def compute(
        self, flow: Flow[T], partitions: Sequence[Partition], progress: Progress | None = None
    ) -> T:
        """Run a flow and return its result.

        Parameters
        ----------
        flow
            Builds the task graph.
        partitions
            The logs that each task reads.
        progress
            Receives the number of bytes read, while the flow runs.

        Raises
        ------
        WorkerDiedError, KilledWorkersError
            A worker process died.
        WorkerAccessError
            A worker of a cluster cannot read a log.
        ClusterError
            The cluster lost its scheduler, or all workers.
        """

    def gather(self, bag: Computable[Sequence[T]], tasks: int) -> list[T]:
        """Run a bag of ``tasks`` partitions and return its items.

        Raises
        ------
        WorkerDiedError, KilledWorkersError, ClusterError
            As for ``compute``.
        """

    def check_access(self, paths: Iterable[str]) -> None:
        """Check that each worker can read the paths that this process can read.

        Raises
        ------
        WorkerAccessError
            A worker of a cluster cannot.
        """
