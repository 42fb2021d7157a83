"""A stranger's text to text that a terminal shows and does not obey."""

import unicodedata

__all__ = ["columns", "padded", "printable"]


def printable(text: str) -> str:
    r"""Return a stranger's text with all that could steer a terminal escaped.

    >>> printable("bot\x1b[2J")
    'bot\\x1b[2J'
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def padded(text: str, width: int, *, right: bool) -> str:
    """Cut or fill a text to so many columns of a terminal."""
    if columns(text) > width:
        while columns(text) > width - 1:
            text = text[:-1]
        text += "…"
    filling = " " * (width - columns(text))
    return filling + text if right else text + filling


def columns(text: str) -> int:
    """Count the columns that a printable text takes: two for a wide letter, none for a mark."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )
