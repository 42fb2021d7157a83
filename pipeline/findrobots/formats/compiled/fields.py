"""Number distinct fields in compiled loops.

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

Numbers = np.ndarray[tuple[int], np.dtype[np.int32]]
Records = np.ndarray[tuple[int], np.dtype[Any]]

# In place of the number of a field that gets none, or has none.
NO_NUMBER, UNKNOWN = -1, -2
FIELD = np.dtype([("begin", np.int32), ("end", np.int32), ("hash", np.uint64)])
WORD_SIZE = 8
# All bits of a block.
ALL = -1
# An odd number near 2^64 divided by the golden ratio.
SCATTER = np.uint64(0x9E3779B97F4A7C15)
# From the factor of one word to that of the next, which is odd, too.
NEXT_FACTOR = np.uint64(0xD1B54A32D192ED02)
HALF, TAG_AT = np.uint64(32), np.uint64(56)
# Slots that are looked at for a field. At most a quarter of all is taken, so that only fields that
# were made to have one hash would need more; these get no number.
SLOTS_PER_FIELD, MAX_STEPS = 4, 64


class Fields(NamedTuple):
    """Distinct fields, numbered in the order in which they were found first.

    ``text`` has them one after the other, at their ``places``. A slot has the number of a field
    whose hash leads there, and a tag: a part of the hash, or zero if the slot is free. Tags, which
    stay in the processor's cache, suffice to see that most fields are new. ``state`` is how many
    fields there are, the number of the last one that was found, and the size of the text.
    """

    text: Octets
    tags: Octets
    slots: Numbers
    places: Records
    state: Integers

    @property
    def total(self) -> int:
        """How many fields there are."""
        return int(self.state[0])

    @property
    def is_half_full(self) -> bool:
        """Whether more than half of the room is taken, for fields or for their text."""
        count, _, size = self.state.tolist()
        return 2 * count > len(self.places) or 2 * size > len(self.text)

    def texts(self, first: int = 0) -> list[bytes]:
        """Return the fields from a number on."""
        places = self.places[first : self.total]
        if not len(places):
            return []
        at = int(places["begin"][0])
        text = self.text[at : int(places["end"][-1])].tobytes()
        ends = zip((places["begin"] - at).tolist(), (places["end"] - at).tolist(), strict=True)
        return [text[begin:end] for begin, end in ends]


def make_fields(capacity: int, size: int) -> Fields:
    """Return room for a number of distinct fields, and for a size of their text in bytes."""
    slots = 1 << (SLOTS_PER_FIELD * capacity - 1).bit_length()
    return Fields(
        np.empty(size + BLOCK_SIZE, np.uint8),
        np.zeros(slots, np.uint8),
        np.empty(slots, np.int32),
        np.empty(capacity, FIELD),
        np.zeros(3, np.int64),
    )


def forget(fields: Fields) -> None:
    """Forget all fields."""
    fields.tags[:] = 0
    fields.state[:] = 0


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
    count, last, size = fields.state
    place = fields.places[last]
    # Visitors make several requests in turn.
    if (
        last < count
        and place.end - place.begin == end - begin
        and _are_equal(text, begin, end, fields.text, place.begin)
    ):
        return last
    code = _hash(text, begin, end)
    slot = _find_slot(text, begin, end, code, fields)
    if slot == NO_NUMBER:
        return NO_NUMBER
    if not fields.tags[slot]:
        after = size + end - begin
        if count == len(fields.places) or after + BLOCK_SIZE > len(fields.text):
            return NO_NUMBER
        fields.tags[slot], fields.slots[slot] = _tag(code), count
        for at in range(end - begin):
            fields.text[size + at] = text[begin + at]
        place = fields.places[count]
        place.begin, place.end, place.hash = size, after, code
        fields.state[0], fields.state[2] = count + 1, after
    number = fields.slots[slot]
    fields.state[1] = number
    return number


@compiled
def find_number(text: Octets, begin: int, end: int, fields: Fields) -> int:
    """Return the number of a field of a text among some fields.

    It is ``UNKNOWN`` if it is none of them, and ``NO_NUMBER`` if too many look like it.
    """
    slot = _find_slot(text, begin, end, _hash(text, begin, end), fields)
    if slot == NO_NUMBER:
        return NO_NUMBER
    return fields.slots[slot] if fields.tags[slot] else UNKNOWN


@compiled
def _hash(text: Octets, begin: int, end: int) -> np.uint64:
    """Return a number that most other fields do not have.

    Each word has a factor of its own, so that one need not wait for the one before it.
    """
    found = np.uint64(end - begin)
    if end - begin < WORD_SIZE:
        for place in range(begin, end):
            found = _scattered(found ^ np.uint64(text[place]))
        return _scattered(found)
    factor = SCATTER
    for place in range(begin, end - WORD_SIZE, WORD_SIZE):
        found += _folded(word_at(text, place)) * factor
        factor += NEXT_FACTOR
    found += _folded(word_at(text, end - WORD_SIZE)) * factor
    # High bits decide on low ones only after a second turn.
    return _scattered(_scattered(found))


@compiled
def _folded(word: np.uint64) -> np.uint64:
    return word ^ (word >> HALF)


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
def _find_slot(text: Octets, begin: int, end: int, code: np.uint64, fields: Fields) -> int:
    """Return the slot of a field; if it has none, one to take."""
    last, tag = len(fields.slots) - 1, _tag(code)
    slot = np.int64(code) & last
    for _ in range(MAX_STEPS):
        found = fields.tags[slot]
        if not found:
            return slot
        if found == tag:
            place = fields.places[fields.slots[slot]]
            if (
                place.hash == code
                and place.end - place.begin == end - begin
                and _are_equal(text, begin, end, fields.text, place.begin)
            ):
                return slot
        slot = (slot + 1) & last
    return NO_NUMBER


@compiled
def _tag(code: np.uint64) -> np.uint8:
    return np.uint8((code >> TAG_AT) | np.uint64(1))
