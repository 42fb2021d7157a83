"""Keep the memory of freed arrays in a process."""

import ctypes
from functools import cache

__all__ = ["keep_memory"]

# From malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# The largest that glibc takes for M_MMAP_THRESHOLD with 64 bits, and memory that is kept at most.
MMAP_THRESHOLD = 32 * 1024 * 1024
KEPT = 256 * 1024 * 1024


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
