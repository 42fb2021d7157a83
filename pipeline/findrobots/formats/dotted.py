"""Recognise the IPv4 addresses among many clients at once.

An address of 8 to 15 bytes is held as two words, its text after as many dots as make it 16 bytes.
Shorter ones and all other clients are judged one by one.
"""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

from findrobots.arrow import Booleans, Integers
from findrobots.formats.words import Words, repeat

__all__ = ["KEY_SIZE", "HostFilter", "Key", "are_addresses", "find_addresses", "keys_of"]

KEY_SIZE = 16
SHORTEST, LONGEST = 8, 15


class Key(NamedTuple):
    """The text of each client, its first and its last eight bytes."""

    low: Words
    high: Words

    def at(self, index: Integers) -> "Key":
        """Return the keys of some of the clients."""
        return Key(self.low[index], self.high[index])


DOTS, ZEROS = repeat(ord(".")), repeat(ord("0"))
LOW_BITS, HIGH_BITS = repeat(0x7F), repeat(0x80)
ALL_BITS = np.uint64(0xFF)
# Added to digits, each sets the highest bit of a byte that is not below a number.
NOT_BELOW_2, NOT_BELOW_3, NOT_BELOW_5, NOT_BELOW_6, NOT_BELOW_10 = (
    repeat(0x80 - number) for number in (2, 3, 5, 6, 10)
)
OCTET, WORD, TOP_OCTET, TOP_BIT = (np.uint64(bits) for bits in (8, 64, 56, 7))


def keys_of(low: Words, high: Words, sizes: Integers) -> Key:
    """Return the keys of clients of some sizes, given words that end with each."""
    before = ((KEY_SIZE - sizes) << 3).astype(np.uint64)
    # Sizes below eight, or above sixteen, move all bytes out.
    return Key((low >> before << before) | (DOTS >> (WORD - before)), high)


def find_addresses(key: Key, sizes: Integers) -> Booleans:
    """Return which clients are IPv4 addresses, of those that are long enough to have a key.

    Many lines follow another one of the same client, so each such group is looked at once.
    """
    changes = (key.low[1:] != key.low[:-1]) | (key.high[1:] != key.high[:-1])
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1))
    valid = are_addresses(key.at(starts))
    fit = (sizes >= SHORTEST) & (sizes <= LONGEST)
    return np.repeat(valid, np.diff(starts, append=len(sizes))) & fit


def are_addresses(key: Key) -> Booleans:
    """Return which keys are of IPv4 addresses, without leading zeros (RFC 6943, section 3.1.1)."""
    low, high = key.low ^ ZEROS, key.high ^ ZEROS
    low_dots, high_dots = _not_digits(low), _not_digits(high)
    wrong = _not_dots(low_dots, key.low) | _not_dots(high_dots, key.high)
    shapes = _octet_bits(low_dots) | (_octet_bits(high_dots) << OCTET)
    valid: Booleans = _shapes()[shapes] & (wrong == 0)
    valid &= _beyond_255(low, high, low_dots, high_dots) == 0
    return valid


def _not_digits(words: Words) -> Words:
    """Return the highest bit of each byte that is above 9."""
    return (((words & LOW_BITS) + NOT_BELOW_10) | words) & HIGH_BITS


def _not_dots(marked: Words, words: Words) -> Words:
    """Return words that are not 0 where a marked byte is no dot."""
    return ((marked >> TOP_BIT) * ALL_BITS) & (words ^ DOTS)


def _octet_bits(marked: Words) -> Words:
    """Return a number with a bit for each of eight marked bytes, of the first one the lowest."""
    bits: Words = ((marked >> TOP_BIT) * GATHER) >> TOP_OCTET
    return bits


# Multiplied by this, the lowest bit of byte N comes to bit 56 + N.
GATHER = np.uint64(0x0102040810204080)


@cache
def _shapes() -> Booleans:
    """Return which sets of dots, of 16 bytes, are those of four numbers of up to three digits."""
    shapes = np.zeros(1 << KEY_SIZE, np.bool_)
    sizes = range(1, 4)
    for first in sizes:
        for second in sizes:
            for third in sizes:
                for last in sizes:
                    text = ".".join("0" * size for size in (first, second, third, last))
                    padded = text.rjust(KEY_SIZE, ".")
                    dots = (place for place, letter in enumerate(padded) if letter == ".")
                    shapes[sum(1 << place for place in dots)] = True
    return shapes


def _beyond_255(low: Words, high: Words, low_dots: Words, high_dots: Words) -> Words:
    """Return words that are not 0 if a number is above 255 or begins with a zero."""
    # The first digit of each number, if another digit follows, and if two do.
    low_next, high_next = _next(low_dots, high_dots), high_dots >> OCTET
    high_next |= HIGHEST
    low_first = (low_dots << OCTET) & ~(low_dots | low_next)
    high_first = ((high_dots << OCTET) | (low_dots >> TOP_OCTET)) & ~(high_dots | high_next)
    low_long = low_first & ~_next(low_next, high_next)
    high_long = high_first & ~((high_next >> OCTET) | HIGHEST)
    low_six, high_six = low + NOT_BELOW_6, high + NOT_BELOW_6
    low_five, high_five = low + NOT_BELOW_5, high + NOT_BELOW_5
    # Too large from the second digit on: 6 or more, or 5 and then 6 or more.
    low_large = low_six | (low_five & _next(low_six, high_six))
    high_large = high_six | (high_five & (high_six >> OCTET))
    beyond: Words = (
        (low_first & ~(low + LOW_BITS))
        | (high_first & ~(high + LOW_BITS))
        | (low_long & (low + NOT_BELOW_3))
        | (high_long & (high + NOT_BELOW_3))
        | (low_long & (low + NOT_BELOW_2) & _next(low_large, high_large))
        | (high_long & (high + NOT_BELOW_2) & (high_large >> OCTET))
    )
    return beyond


HIGHEST = np.uint64(1 << 63)


def _next(low: Words, high: Words) -> Words:
    """Return at each byte of the first words the byte after it."""
    return (low >> OCTET) | (high << TOP_OCTET)


class HostFilter:
    """Find the clients that may be among some hosts; few others are found.

    Parameters
    ----------
    hosts
        Canonical hosts, of which only the addresses that have a key count.
    """

    __slots__ = ("_shift", "_table")

    def __init__(self, hosts: Iterable[str]) -> None:
        texts = [host for host in hosts if SHORTEST <= len(host) <= LONGEST and host.isascii()]
        padded = "".join(text.rjust(KEY_SIZE, ".") for text in texts).encode()
        low, high = np.frombuffer(padded, "<u8").reshape(-1, 2).T
        # Of 64 places at most one is taken, so that of other clients a 64th is found.
        bits = max(10, min(24, (64 * len(texts)).bit_length()))
        self._shift = np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, np.bool_)
        self._table[self._places(Key(low, high))] = True

    def may_contain(self, key: Key) -> Booleans:
        """Return which clients may be among the hosts."""
        return self._table[self._places(key)]

    def _places(self, key: Key) -> Words:
        return (key.low * SCATTER ^ key.high) * SCATTER >> self._shift


# An odd number near 2^64 divided by the golden ratio.
SCATTER = np.uint64(0x9E3779B97F4A7C15)
