"""Python's garbage collector to one that looks for cycles seldom."""

import gc

__all__ = ["collect_seldom"]

# Python looks through its youngest objects whenever there are so many more of them.
OBJECTS = 50_000


def collect_seldom() -> None:
    """Look for cycles seldom: a scan makes many small values, and no cycles of them.

    With Python's own threshold it would take a quarter of the time that parsing takes.
    This is for processes of our own, the command and its workers.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS)
