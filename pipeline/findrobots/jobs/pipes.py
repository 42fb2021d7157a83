"""Recognise the logs that can be read only once."""

import os
import stat

from findrobots.storage.discovery import STANDARD_INPUT, Source

__all__ = ["is_read_once"]


def is_read_once(source: Source) -> bool:
    """Return whether a log is standard input or a pipe."""
    # A pipe has no size, so that only sources without one are looked at.
    if source.size or source.stored:
        return False
    return source.path == STANDARD_INPUT or _is_pipe(source.path)


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116 (paths are strings here)
    except OSError:
        return False
