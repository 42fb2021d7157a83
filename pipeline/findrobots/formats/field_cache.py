"""Cache the results of functions of a field, and clear all the caches at once."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

__all__ = ["Memory", "cached", "clear_caches"]

Function = TypeVar("Function", bound=Callable[..., object])
Value = TypeVar("Value")

# Bytes of fields that are remembered, with the size of an entry.
MEMORY_SIZE = 16 * 1024 * 1024
ENTRY_SIZE = 100

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


class Memory(dict[bytes, Value]):
    """Remember what a function returned for fields, up to a number of bytes of fields."""

    def __init__(self, function: Callable[[bytes], Value]) -> None:
        super().__init__()
        self._function, self._size = function, 0

    def __missing__(self, field: bytes) -> Value:
        self._size += len(field) + ENTRY_SIZE
        if self._size > MEMORY_SIZE:
            self.clear()
            self._size = len(field) + ENTRY_SIZE
        value = self[field] = self._function(field)
        return value
