"""Keep the memory of freed arrays and blocks in a process."""

import ctypes
import os
from functools import cache

__all__ = ["keep_memory", "restore_adaptation", "use_malloc"]

# From malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# The largest that glibc takes for M_MMAP_THRESHOLD with 64 bits, and memory that is kept at most.
MMAP_THRESHOLD = 32 * 1024 * 1024
KEPT = 256 * 1024 * 1024

# The environment variable that sets M_TRIM_THRESHOLD, and stops malloc from adapting its limits to
# the blocks that are freed. Dask sets it for the workers of a cluster.
FIXED_THRESHOLD = "MALLOC_TRIM_THRESHOLD_"

# The environment variable that names Arrow's allocator.
ARROW_ALLOCATOR = "ARROW_DEFAULT_MEMORY_POOL"


def use_malloc() -> None:
    """Make Arrow, if it is not imported yet, take its memory from malloc, here and in workers.

    By default it has an allocator of its own, which soon gives memory back to the system.
    """
    os.environ.setdefault(ARROW_ALLOCATOR, "system")


def restore_adaptation() -> None:
    """Make blocks of text reuse memory where the environment stops malloc from doing so.

    Otherwise reading takes three times as long.
    """
    if FIXED_THRESHOLD in os.environ:
        keep_memory()


@cache
def keep_memory() -> None:
    """Make arrays of some megabytes reuse memory that the process has already (mallopt(3)).

    Otherwise the system gives each of them new memory, which it clears: a fifth of the time of
    parsing blocks. Systems without glibc do as they do.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
        mallopt(M_TRIM_THRESHOLD, KEPT)
