"""Run Python's garbage collector less often: a scan makes many small values and no cycles."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["infrequent_gc", "reduce_gc"]

# New objects that start a collection. With Python's own threshold (700 in Python 3.11),
# collections would take a quarter of the time that parsing takes.
THRESHOLD = 200_000

_lock = threading.Lock()
_users, _former = 0, gc.get_threshold()


def reduce_gc() -> None:
    """Collect rarely from now on, and never the objects that exist already.

    Call it at the start of a process of our own.
    """
    gc.freeze()
    gc.set_threshold(THRESHOLD)


@contextmanager
def infrequent_gc() -> Iterator[None]:
    """Raise the garbage collector's threshold within a ``with`` block; restore it afterwards.

    For the process of a user's program. Blocks of several threads may overlap: the last one
    restores what the first one found.
    """
    global _users, _former  # noqa: PLW0603 (there is one collector for the whole process)
    with _lock:
        if not _users:
            _former = gc.get_threshold()
            if 0 < _former[0] < THRESHOLD:  # 0 disables collections
                gc.set_threshold(THRESHOLD)
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                gc.set_threshold(*_former)
