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

__all__ = [
    "BLOCK_SIZE",
    "compiled",
    "count_bits",
    "equal_at",
    "first_bit",
    "same_at",
    "within_at",
    "word_at",
]

Function = TypeVar("Function", bound=Callable[..., Any])

# Bytes that ``equal_at`` compares: as many as a number has bits.
BLOCK_SIZE = 64
# Bytes that ``within_at`` compares: those of an IPv4 address, and the one behind it.
SHORT_SIZE = 16
BYTE, INDEX, WORD = ir.IntType(8), ir.IntType(32), ir.IntType(64)


def compiled(function: Function) -> Function:
    """Compile a function when it is first called, and keep the result for later processes.

    The function may not make arrays. References to those that it is given are not counted, which
    takes as long as the rest. It becomes a part of those that call it: an array is passed as seven
    values, which takes as long, too.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False, "forceinline": True}
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
        return _load(context, builder, signature.args, arguments, WORD)

    return types.uint64(text, at), generate


@_instruction
def equal_at(_typing: Any, text: Any, at: Any, octet: Any) -> Any:  # noqa: ANN401 (as above)
    """Return a number with a bit for each of 64 bytes, of the first the lowest: if it is equal."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        block = _load(context, builder, signature.args, arguments, ir.VectorType(BYTE, BLOCK_SIZE))
        octets = _repeated(builder, arguments[2], BLOCK_SIZE)
        return _bits(builder, builder.icmp_unsigned("==", block, octets), BLOCK_SIZE)

    return types.int64(text, at, octet), generate


@_instruction
def same_at(_typing: Any, text: Any, at: Any, other: Any, place: Any) -> Any:  # noqa: ANN401
    """Return a number with a bit for each of 64 bytes: if it is equal to one of another text."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        kind = ir.VectorType(BYTE, BLOCK_SIZE)
        block = _load(context, builder, signature.args, arguments, kind)
        with_block = _load(context, builder, signature.args[2:], arguments[2:], kind)
        return _bits(builder, builder.icmp_unsigned("==", block, with_block), BLOCK_SIZE)

    return types.int64(text, at, other, place), generate


@_instruction
def within_at(_typing: Any, text: Any, at: Any, least: Any, greatest: Any) -> Any:  # noqa: ANN401
    """Return a number with a bit for each of 16 bytes: if it is from the least to the greatest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        block = _load(context, builder, signature.args, arguments, ir.VectorType(BYTE, SHORT_SIZE))
        lowest, highest = (_repeated(builder, octet, SHORT_SIZE) for octet in arguments[2:])
        above = builder.icmp_unsigned(">=", block, lowest)
        below = builder.icmp_unsigned("<=", block, highest)
        return _bits(builder, builder.and_(above, below), SHORT_SIZE)

    return types.int64(text, at, least, greatest), generate


@_instruction
def first_bit(_typing: Any, bits: Any) -> Any:  # noqa: ANN401 (as above)
    """Return the place of the lowest bit that is 1; 64 if there is none."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(bits), generate


@_instruction
def count_bits(_typing: Any, bits: Any) -> Any:  # noqa: ANN401 (as above)
    """Return how many bits are 1."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(arguments[0])

    return types.int64(bits), generate


def _repeated(builder: Any, octet: Any, size: int) -> Any:  # noqa: ANN401
    """Return a block of equal bytes."""
    unknown = ir.Constant(ir.VectorType(BYTE, size), ir.Undefined)
    first = builder.insert_element(unknown, octet, ir.Constant(INDEX, 0))
    places = ir.Constant(ir.VectorType(INDEX, size), [0] * size)
    return builder.shuffle_vector(first, unknown, places)


def _bits(builder: Any, answers: Any, size: int) -> Any:  # noqa: ANN401
    """Return the answers for the bytes of a block as a number."""
    bits = builder.bitcast(answers, ir.IntType(size))
    return bits if size == BLOCK_SIZE else builder.zext(bits, WORD)


def _load(context: Any, builder: Any, classes: Any, arguments: Any, kind: ir.Type) -> Any:  # noqa: ANN401
    """Load bytes of an array, the first argument, from a place, the second."""
    array = context.make_array(classes[0])(context, builder, arguments[0])
    place = builder.bitcast(builder.gep(array.data, [arguments[1]]), kind.as_pointer())
    return builder.load(place, align=1)
