"""Functions of fields to ones that remember what they gave, and forget it in time."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

__all__ = ["cached", "clear_caches"]

Function = TypeVar("Function", bound=Callable[..., object])

_clear: list[Callable[[], None]] = []


def cached(maxsize: int) -> Callable[[Function], Function]:
    """Make a function remember what it gave for so many fields, the last ones asked for."""

    def remember(function: Function) -> Function:
        cached = lru_cache(maxsize)(function)
        _clear.append(cached.cache_clear)
        return cached  # type: ignore[return-value]  # it is called as the function is

    return remember


def clear_caches() -> None:
    """Forget all of this process's fields: a stranger may make them as long as a line."""
    for clear in _clear:
        clear()
