"""Number the distinct fields of a text in compiled loops.

A text has as many bytes behind its last field as are compared at once.
"""

from typing import Any, NamedTuple

import numpy as np

from findrobots.arrow import Integers
from findrobots.formats.compiled.intrinsics import BLOCK_SIZE, compiled, same_at, word_at
from findrobots.formats.compiled.marks import find_newline
from findrobots.formats.words import Octets

__all__ = [
    "NO_NUMBER",
    "Fields",
    "Records",
    "add_lines",
    "find_number",
    "forget",
    "make_fields",
    "number_of",
]

Records = np.ndarray[tuple[int], np.dtype[Any]]

# In place of the number of a field that gets none, or has none.
NO_NUMBER, UNKNOWN = -1, -2
FIELD = np.dtype([("begin", np.int32), ("end", np.int32), ("hash", np.uint64)])
WORD_SIZE = 8
# All bits of a block.
ALL = -1
# An odd number near 2^64 divided by the golden ratio.
SCATTER = np.uint64(0x9E3779B97F4A7C15)
HALF = np.uint64(32)
# Slots that are looked at for a field. At most a quarter of all is taken, so that only fields that
# were made to have one hash would need more; these get no number.
SLOTS_PER_FIELD, MAX_STEPS = 4, 64


class Fields(NamedTuple):
    """The distinct fields of a text, numbered in the order in which they appear.

    A slot has the number of a field whose hash leads there, plus ``state[0]``, which grows with
    each text, so that the slots of earlier ones are free. ``state[1]`` counts the fields, and
    ``state[2]`` is the number of the last one that was found.
    """

    slots: Integers
    places: Records
    state: Integers


def make_fields(capacity: int) -> Fields:
    """Return room for a number of distinct fields."""
    slots = np.zeros(1 << (SLOTS_PER_FIELD * capacity - 1).bit_length(), np.int64)
    return Fields(slots, np.empty(capacity, FIELD), np.array([1, 0, 0]))


def forget(fields: Fields) -> None:
    """Forget the fields of a text, before the next one is read."""
    fields.state[:] = fields.state[:2].sum(), 0, 0


@compiled
def add_lines(text: Octets, fields: Fields) -> None:
    """Add the lines of a text, of which the last ones are empty, to its fields.

    One that gets no number is not found later, either: the same slots are looked at.
    """
    begin = 0
    while begin + BLOCK_SIZE < len(text):
        end = find_newline(text, begin)
        number_of(text, begin, end, fields)
        begin = end + 1


@compiled
def number_of(text: Octets, begin: int, end: int, fields: Fields) -> int:
    """Return the number of a field of a text; ``NO_NUMBER`` if it is new, and there is no room."""
    base, count, last = fields.state
    place = fields.places[last]
    # Visitors make several requests in turn.
    if (
        last < count
        and place.end - place.begin == end - begin
        and _are_equal(text, begin, end, text, place.begin)
    ):
        return last
    code = _hash(text, begin, end)
    slot = _find_slot(text, begin, end, code, text, fields)
    if slot == NO_NUMBER:
        return NO_NUMBER
    number = fields.slots[slot] - base
    if number < 0:
        if count == len(fields.places):
            return NO_NUMBER
        number = count
        fields.slots[slot] = base + number
        place = fields.places[number]
        place.begin, place.end, place.hash = begin, end, code
        fields.state[1] = count + 1
    fields.state[2] = number
    return number


@compiled
def find_number(text: Octets, begin: int, end: int, other: Octets, fields: Fields) -> int:
    """Return the number of a field of a text among the fields of another.

    It is ``UNKNOWN`` if the other has no such field, and ``NO_NUMBER`` if too many look like it.
    """
    slot = _find_slot(text, begin, end, _hash(text, begin, end), other, fields)
    if slot == NO_NUMBER:
        return NO_NUMBER
    number = fields.slots[slot] - fields.state[0]
    return number if number >= 0 else UNKNOWN


@compiled
def _hash(text: Octets, begin: int, end: int) -> np.uint64:
    found = np.uint64(end - begin)
    if end - begin < WORD_SIZE:
        for place in range(begin, end):
            found = _scattered(found ^ np.uint64(text[place]))
        return _scattered(found)
    for place in range(begin, end - WORD_SIZE, WORD_SIZE):
        found = _scattered(found ^ word_at(text, place))
    # High bits decide on low ones only after a second turn.
    return _scattered(_scattered(found ^ word_at(text, end - WORD_SIZE)))


@compiled
def _scattered(bits: np.uint64) -> np.uint64:
    product = bits * SCATTER
    return product ^ (product >> HALF)


@compiled
def _are_equal(text: Octets, begin: int, end: int, other: Octets, other_begin: int) -> bool:
    """Return whether two fields of one length are equal."""
    shift = other_begin - begin
    while end - begin >= BLOCK_SIZE:
        if same_at(text, begin, other, begin + shift) != ALL:
            return False
        begin += BLOCK_SIZE
    rest = (1 << (end - begin)) - 1
    return same_at(text, begin, other, begin + shift) & rest == rest


@compiled
def _find_slot(  # noqa: PLR0913, PLR0917 (a field, and where to look for it)
    text: Octets, begin: int, end: int, code: np.uint64, other: Octets, fields: Fields
) -> int:
    """Return the slot of a field of a text among the fields of another; if none, one to take."""
    last = len(fields.slots) - 1
    slot = np.int64(code) & last
    for _ in range(MAX_STEPS):
        number = fields.slots[slot] - fields.state[0]
        if number < 0:
            return slot
        found = fields.places[number]
        if (
            found.hash == code
            and found.end - found.begin == end - begin
            and _are_equal(text, begin, end, other, found.begin)
        ):
            return slot
        slot = (slot + 1) & last
    return NO_NUMBER
