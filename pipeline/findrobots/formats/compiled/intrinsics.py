"""Compile functions by numba, and give them what it lacks: bytes of a text read several at once.

The functions of LLVM's instructions take an array of bytes, and read beyond its end if they are
asked to.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

__all__ = ["BLOCK_SIZE", "compiled", "equal_at", "first_bit", "word_at"]

Function = TypeVar("Function", bound=Callable[..., Any])

# Bytes that ``equal_at`` compares: those of a vector register of common processors.
BLOCK_SIZE = 32
BYTE, INDEX, WORD = ir.IntType(8), ir.IntType(32), ir.IntType(64)
BLOCK = ir.VectorType(BYTE, BLOCK_SIZE)


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the result for later processes.

    The function may not make arrays. References to those that it is given are not counted, which
    takes as long as the rest.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
    result: Function = numba.njit(**options)(function)
    return result


def _instruction(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function of compiled ones for which another one generates the instructions."""
    result: Callable[..., Any] = intrinsic(function)
    return result


@_instruction
def word_at(_typing: Any, text: Any, at: Any) -> Any:  # noqa: ANN401 (as numba defines it)
    """Return the eight bytes at a place of a text, of which the first is the lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return _load(context, builder, signature, arguments, WORD)

    return types.uint64(text, at), generate


@_instruction
def equal_at(_typing: Any, text: Any, at: Any, octet: Any) -> Any:  # noqa: ANN401 (as above)
    """Return a number with a bit for each of 32 bytes, of the first the lowest: if it is equal."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        block = _load(context, builder, signature, arguments, BLOCK)
        unknown = ir.Constant(BLOCK, ir.Undefined)
        first = builder.insert_element(unknown, arguments[2], ir.Constant(INDEX, 0))
        places = ir.Constant(ir.VectorType(INDEX, BLOCK_SIZE), [0] * BLOCK_SIZE)
        equal = builder.icmp_unsigned("==", block, builder.shuffle_vector(first, unknown, places))
        return builder.zext(builder.bitcast(equal, ir.IntType(BLOCK_SIZE)), WORD)

    return types.int64(text, at, octet), generate


@_instruction
def first_bit(_typing: Any, bits: Any) -> Any:  # noqa: ANN401 (as above)
    """Return the place of the lowest bit that is 1."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(bits), generate


def _load(context: Any, builder: Any, signature: Any, arguments: Any, kind: ir.Type) -> Any:  # noqa: ANN401
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    place = builder.bitcast(builder.gep(array.data, [arguments[1]]), kind.as_pointer())
    return builder.load(place, align=1)
