"""Fit text into the columns of a terminal."""

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

__all__ = ["columns", "cut_before", "listed", "padded"]

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
    if at < 0 or columns(text) <= width:
        return text
    if at <= LEAD and columns(text[: at + len(name)]) < width:
        return text
    words = (word.start() for word in WORD.finditer(text, max(at - LEAD, 0), at))
    fitting = (word for word in words if columns(text[word : at + len(name)]) + 2 <= width)
    return f"…{text[next(fitting, at) :]}"


def listed(heading: str, texts: Sequence[str], width: int | None) -> Iterator[str]:
    """Yield printable texts, separated by commas, after a heading, in lines of a width.

    >>> list(listed("2 hosts: ", ["ai-search 1", "without a user agent 1"], 25))
    ['2 hosts: ai-search 1,', '  without a user agent 1']
    """
    # A space that does not break keeps each text on one line; a printable text has none.
    line = heading + ", ".join(text.replace(" ", "\xa0") for text in texts)
    lines = wrap(line, width or len(line), subsequent_indent="  ", break_on_hyphens=False)
    yield from (each.replace("\xa0", " ") for each in lines)
