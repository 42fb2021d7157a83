"""Cache the results of functions of a field, and clear all the caches at once."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

__all__ = ["cached", "clear_caches"]

Function = TypeVar("Function", bound=Callable[..., object])

_clear: list[Callable[[], None]] = []


def cached(maxsize: int) -> Callable[[Function], Function]:
    """Cache the results of a function for the ``maxsize`` fields that were used last."""

    def decorate(function: Function) -> Function:
        wrapper = lru_cache(maxsize)(function)
        _clear.append(wrapper.cache_clear)
        return wrapper  # type: ignore[return-value]  # it has the parameters of the function

    return decorate


def clear_caches() -> None:
    """Clear all caches of this process: untrusted fields may be as long as a line."""
    for clear in _clear:
        clear()
