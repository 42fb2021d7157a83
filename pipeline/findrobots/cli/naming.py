"""Count things in words, and name the first of many."""

from collections.abc import Iterator, Sequence

from findrobots.cli.text_width import padded
from findrobots.sanitize import safe

__all__ = ["SHOWN", "counted", "entry", "named"]

# Logs and rejected lines that are named; of the others only the number is given.
SHOWN = 3
# Columns of a line that names one.
WIDTH = 120


def named(logs: Sequence[str], note: str, noun: str = "log", more: int = 0) -> Iterator[str]:
    """Yield a note about some logs or directories, and the first of them.

    Of ``more`` the names are not known.
    """
    if not logs:
        return
    count = len(logs) + more
    yield f"{counted(count, noun)} {note}:"
    yield from map(entry, sorted(logs)[:SHOWN])
    if count > SHOWN:
        yield f"  and {count - SHOWN:,} more"


def entry(text: str) -> str:
    """Return untrusted text as an indented line that is clipped."""
    return padded(f"  {safe(text)}", WIDTH, right=False).rstrip()


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where that is right."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
