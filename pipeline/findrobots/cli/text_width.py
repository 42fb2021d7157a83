"""Fit text into the columns of a terminal."""

__all__ = ["columns", "padded"]

# Letters measured at a time: wcwidth 0.9 takes quadratic time over a row of regional
# indicators, three minutes for half a megabyte of untrusted text.
PIECE = 256


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
