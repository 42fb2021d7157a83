"""Text to the columns that it takes on a terminal."""

import unicodedata
from itertools import accumulate, takewhile

__all__ = ["columns", "padded"]


# Vowels and finals of Hangul, which join the letter before them.
JOINING = frozenset(map(chr, (*range(0x1160, 0x1200), *range(0xD7B0, 0xD7FC))))


def padded(text: str, width: int, *, right: bool) -> str:
    """Cut or fill a text to so many columns of a terminal."""
    if columns(text) > width:
        # Counted once: a stranger's text may be as long as a line of a log.
        kept = takewhile(width.__gt__, accumulate(map(_columns_of, text)))
        text = text[: sum(1 for _ in kept)] + "…"
    filling = " " * (width - columns(text))
    return filling + text if right else text + filling


def columns(text: str) -> int:
    """Count the columns that a printable text takes: two for a wide letter, none for a mark."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me"} or letter in JOINING:
        return 0
    return 1 + (unicodedata.east_asian_width(letter) in "WF")
