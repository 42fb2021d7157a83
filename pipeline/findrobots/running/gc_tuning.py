"""Python's garbage collector to one that looks for cycles seldom."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["infrequent_gc", "reduce_gc"]

# Python looks through its youngest objects whenever there are so many more of them. A scan
# makes many small values, and no cycles of them: with Python's own threshold looking would
# take a quarter of the time that parsing takes.
OBJECTS = 50_000

_lock = threading.Lock()
_users, _former = 0, gc.get_threshold()


def reduce_gc() -> None:
    """Look for cycles seldom from now on, and never among what is there already.

    This is for a process of our own, from its beginning on.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS)


@contextmanager
def infrequent_gc() -> Iterator[None]:
    """Look for cycles seldom for a while, in a process that is somebody else's.

    Threads may do so side by side: the last one puts back what the first one found.
    """
    global _users, _former  # noqa: PLW0603 (there is one collector, for the whole process)
    with _lock:
        if not _users:
            _former = gc.get_threshold()
            if 0 < _former[0] < OBJECTS:  # 0 says never
                gc.set_threshold(OBJECTS)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                gc.set_threshold(*_former)
