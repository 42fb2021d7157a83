"""Compare and read the fields of many lines at once, eight bytes at a time.

Text is read as little-endian words, wherever it begins: the first of eight bytes is the lowest. All
operations are on arrays, one word per line.
"""

from typing import NamedTuple

import numpy as np

from findrobots.arrow import Integers

__all__ = [
    "Octets",
    "Words",
    "digit_run",
    "mismatch",
    "pattern_of",
    "read_digits",
    "repeat",
    "two_digits",
    "word",
    "words_at",
]

Words = np.ndarray[tuple[int], np.dtype[np.uint64]]
Octets = np.ndarray[tuple[int], np.dtype[np.uint8]]

WIDTH = 8


class Pattern(NamedTuple):
    """What a word must be: bytes with a mask of 0 may be anything.

    Where a byte must be a digit of at most N, ``value`` has b"0" and ``add`` has 15 - N, so that a
    greater one overflows into the upper half of the byte, of which the mask consists.
    """

    value: np.uint64
    add: np.uint64
    mask: np.uint64


# The greatest digit that a letter of a pattern allows.
GREATEST = {"d": 9, "6": 5, "3": 2}
NIBBLE, OCTET = 0x0F, 0xFF


def pattern_of(text: str) -> Pattern:
    """Return the pattern that a text describes.

    ``d`` is a digit, ``6`` one of the first six, ``3`` one of the first three, ``_`` anything, and
    any other character itself.
    """
    value = add = mask = 0
    for place, letter in enumerate(text):
        shift = 8 * place
        if letter in GREATEST:
            value |= ord("0") << shift
            add |= (NIBBLE - GREATEST[letter]) << shift
            mask |= (OCTET - NIBBLE) << shift
        elif letter != "_":
            value |= ord(letter) << shift
            mask |= OCTET << shift
    return Pattern(np.uint64(value), np.uint64(add), np.uint64(mask))


def mismatch(words: Words, pattern: Pattern) -> Words:
    """Return words that are 0 where a pattern matches."""
    rest = words ^ pattern.value
    return (rest | (rest + pattern.add)) & pattern.mask


def word(text: bytes) -> np.uint64:
    """Return up to eight bytes as a word."""
    return np.uint64(int.from_bytes(text, "little"))


def repeat(octet: int) -> np.uint64:
    """Return the word of eight equal bytes."""
    return np.uint64(int.from_bytes(bytes([octet]) * WIDTH, "little"))


def words_at(text: bytes, places: Integers, count: int) -> list[Words]:
    """Return ``count`` words at each place of a text, an array per word.

    All places must be followed by as many bytes.
    """
    size = WIDTH * count
    # Of this type numpy copies an item in one step, however many bytes it has.
    views = np.ndarray((len(text) - size + 1,), f"V{size}", buffer=text, strides=(1,))
    rows = views[places].view("<u8").reshape(-1, count)
    return [*np.ascontiguousarray(rows.T)]


SHIFT_8, SHIFT_16, SHIFT_32 = np.uint64(8), np.uint64(16), np.uint64(32)
ZEROS = repeat(ord("0"))
LOW_BITS, HIGH_BITS = repeat(0x7F), repeat(0x80)
# Sets the highest bit of a byte without it that is not below 10.
NO_DIGIT = repeat(0x80 - 10)
# Shifted by 8 × N, its three highest bits are N.
WIDTHS = np.uint64(sum(width << (61 - WIDTH * width) for width in range(WIDTH)))
TOP_BITS = np.uint64(61)
# Neighbours are joined by these: two digits, four, eight.
PAIRS, PAIR_MASK = np.uint64(10 * 256 + 1), np.uint64(0x00FF00FF00FF00FF)
FOURS, FOUR_MASK = np.uint64(100 * 65536 + 1), np.uint64(0x0000FFFF0000FFFF)
EIGHTS = np.uint64(10000 * 2**32 + 1)
TOP_BIT = np.uint64(7)
ONE = np.uint64(1)


def digit_run(words: Words) -> tuple[Words, Words]:
    """Return how many digits each word begins with, and 256 to the power of that.

    The power is 0, as in arithmetic of 64 bits, for a word of eight digits. Its run may be longer.
    """
    rest = words ^ ZEROS
    others = (((rest & LOW_BITS) + NO_DIGIT) | rest) & HIGH_BITS
    powers = (others & (~others + ONE)) >> TOP_BIT
    widths = (powers * WIDTHS) >> TOP_BITS
    widths[powers == 0] = WIDTH
    return widths, powers


def read_digits(words: Words, widths: Words, powers: Words) -> Integers:
    """Return the numbers with which words begin, given their ``digit_run``, of at least 1 digit."""
    digits = ((words ^ ZEROS) & (powers - ONE)) << ((np.uint64(WIDTH) - widths) * SHIFT_8)
    pairs = (digits * PAIRS) >> SHIFT_8
    fours = (pairs & PAIR_MASK) * FOURS >> SHIFT_16
    eights = (fours & FOUR_MASK) * EIGHTS >> SHIFT_32
    numbers: Integers = eights.astype(np.int64)
    return numbers


def two_digits(words: Words, place: int) -> Words:
    """Return the numbers of two digits at a place of words."""
    low, digit = np.uint64(8 * place), np.uint64(NIBBLE)
    return ((words >> low) & digit) * np.uint64(10) + ((words >> (low + SHIFT_8)) & digit)
