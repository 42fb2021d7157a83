"""A stranger's text to text that a terminal shows and does not obey."""

import unicodedata
from itertools import accumulate, takewhile

__all__ = ["columns", "padded", "printable"]

# Letters and marks to Python, and nothing to see: of what the Unicode Standard calls "default
# ignorable" those that are no format characters, and the blank pattern of Braille.
INVISIBLE = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)
# Vowels and finals of Hangul, which join the letter before them.
JOINING = frozenset(map(chr, (*range(0x1160, 0x1200), *range(0xD7B0, 0xD7FC))))


def printable(text: str) -> str:
    r"""Return a stranger's text with all that could steer a terminal, or hides, escaped.

    >>> printable("bot\x1b[2J")
    'bot\\x1b[2J'
    """
    if text.isprintable() and (text.isascii() or INVISIBLE.isdisjoint(text)):
        return text
    return "".join(
        letter
        if letter.isprintable() and letter not in INVISIBLE
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


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
