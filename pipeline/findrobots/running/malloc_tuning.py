"""Keep the memory of freed arrays and blocks in a process."""

import ctypes
import mmap
import os
from functools import cache

__all__ = ["keep_memory", "prefer_huge_pages", "restore_adaptation", "use_malloc"]

# From malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
# The largest that glibc takes for M_MMAP_THRESHOLD with 64 bits, and memory that is kept at most.
MMAP_THRESHOLD = 32 * 1024 * 1024
KEPT = 256 * 1024 * 1024
# Memory that is asked for at once, below the threshold.
PIECE = 16 * 1024 * 1024

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


@cache
def prefer_huge_pages() -> None:
    """Make malloc take its next memory in huge pages, if the system has any (madvise(2)).

    They are cleared and found faster, which saves some hundredths of the time of reading large
    logs. Memory that is asked for and freed at once stays in the process, and takes no place until
    it is used.
    """
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    library = ctypes.CDLL(None)
    if advice is None or not hasattr(library, "mallopt"):
        return
    keep_memory()
    library.malloc.restype = ctypes.c_void_p
    pieces = [library.malloc(ctypes.c_size_t(PIECE)) for _ in range(KEPT // PIECE - 1)]
    for begin in filter(None, pieces):
        page = begin - begin % mmap.PAGESIZE
        library.madvise(ctypes.c_void_p(page), ctypes.c_size_t(begin + PIECE - page), advice)
        library.free(ctypes.c_void_p(begin))
