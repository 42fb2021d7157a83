"""Find the bytes of a text on which the fields of its lines depend, in compiled loops."""

import numpy as np

from findrobots.formats.compiled.intrinsics import (
    BLOCK_SIZE,
    compiled,
    count_bits,
    equal_at,
    first_bit,
)
from findrobots.formats.words import Octets

__all__ = ["NEWLINE", "QUOTE", "WINDOW", "Places", "find_marks", "find_newline"]

Places = np.ndarray[tuple[int], np.dtype[np.int32]]

NEWLINE, QUOTE, BACKSLASH = (np.uint8(octet) for octet in b'\n"\\')
# Bytes that are searched at once, so that they stay in the cache until their lines are read.
WINDOW = 128 * 1024
# Places that are stored of each block without asking how many there are.
STORED = 4


@compiled
def find_marks(
    text: Octets, at: int, size: int, marks: Places, backslashes: Places
) -> tuple[int, int]:
    """Find the quotes and newlines, and the backslashes, of a text that ends with a newline.

    Parameters
    ----------
    text
        The text.
    at
        Where the search begins.
    size
        Bytes of the text; as many as are compared at once follow them.
    marks
        Where the places of quotes and newlines are stored. As many bytes are searched as there is
        room for.
    backslashes
        Where the places of backslashes are stored; as long as ``marks``.

    Returns
    -------
    tuple of (int, int)
        How many places there are of each.
    """
    end = min(size, at + len(marks) - BLOCK_SIZE)
    count = backslash_count = 0
    while at + BLOCK_SIZE <= end:
        bits = equal_at(text, at, NEWLINE) | equal_at(text, at, QUOTE)
        after = count + count_bits(bits)
        # Most often there are no more. A loop that ends at the last one would be mispredicted.
        for place in range(STORED):
            marks[count + place] = at + first_bit(bits)
            bits &= bits - 1
        count += STORED
        while bits:
            marks[count] = at + first_bit(bits)
            bits &= bits - 1
            count += 1
        count = after
        bits = equal_at(text, at, BACKSLASH)
        while bits:
            backslashes[backslash_count] = at + first_bit(bits)
            bits &= bits - 1
            backslash_count += 1
        at += BLOCK_SIZE
    for place in range(at, end):
        octet = text[place]
        if octet in (NEWLINE, QUOTE):
            marks[count] = place
            count += 1
        elif octet == BACKSLASH:
            backslashes[backslash_count] = place
            backslash_count += 1
    return count, backslash_count


@compiled
def find_newline(text: Octets, at: int) -> int:
    """Return the next place of a newline."""
    while text[at] != NEWLINE:
        at += 1
    return at
