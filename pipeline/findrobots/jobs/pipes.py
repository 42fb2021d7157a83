"""Recognise the logs that can be read only once."""

import os
import stat
from collections.abc import Iterator

from findrobots.storage.discovery import STANDARD_INPUT
from findrobots.storage.sources import Source, Sources

__all__ = ["find_read_once"]


def find_read_once(sources: Sources) -> Iterator[Source]:
    """Yield the logs that are standard input or pipes."""
    # A pipe has no size, so that only sources without one are looked at.
    empty = sources.at(row for row, size in enumerate(sources.size) if not size)
    for source in empty.sorted():
        if not source.stored and (source.path == STANDARD_INPUT or _is_pipe(source.path)):
            yield source


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116 (paths are strings here)
    except OSError:
        return False
