"""Fit text into the columns of a terminal."""

import re

__all__ = ["columns", "cut_before", "padded"]

# Letters measured at a time: wcwidth 0.9 takes quadratic time over a row of regional
# indicators, three minutes for half a megabyte of untrusted text.
PIECE = 256
# How far before a name a clipped text begins: "…compatible; Googlebot/2.1".
LEAD = 14
# Where a text may begin, such as after the parenthesis of "(compatible; Googlebot/2.1".
WORD = re.compile(r"(?<=[\s(;,+/])(?=[^\s(;,+/])")


def columns(text: str) -> int:
    """Return how many terminal columns a printable text takes."""
    if text.isascii():
        return len(text)
    from wcwidth import width  # only show and the summary need it

    pieces = (text[start : start + PIECE] for start in range(0, len(text), PIECE))
    return sum(width(piece, control_codes="ignore") for piece in pieces)


def padded(text: str, width: int, *, right: bool) -> str:
    """Clip or pad a printable text to a width in terminal columns; align it right if asked."""
    if columns(text) > width:
        from wcwidth import clip

        text = clip(text, 0, width - 1, control_codes="ignore") + "…"
    filling = " " * (width - columns(text))
    return filling + text if right else text + filling


def cut_before(text: str, name: str, *, width: int) -> str:
    """Cut the beginning of a printable text that is too wide, so that a name in it stays visible.

    The text then begins at a word shortly before the name, with ``…`` in place of what is cut.

    >>> agent = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.4)"
    >>> cut_before(agent, "GPTBot", width=28)
    '…compatible; GPTBot/1.4)'
    """
    at = text.lower().find(name.lower()) if name else -1
    if at <= LEAD or columns(text) <= width:
        return text
    words = (word.start() for word in WORD.finditer(text, max(at - LEAD, 0), at))
    fitting = (word for word in words if columns(text[word : at + len(name)]) + 2 <= width)
    return f"…{text[next(fitting, at) :]}"
