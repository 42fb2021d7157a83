"""Suggest a known word that is similar to an unknown one."""

from collections.abc import Iterable

__all__ = ["similar", "suggestion"]

# How similar two words must be (difflib's ratio): "scna" and "scan" are, "scan" and "show" are not.
LIKENESS = 0.6


def similar(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most similar to a word; empty if none is similar.

    Letters may be upper or lower case.

    >>> similar("Combind", ["common", "combined", "haproxy"]), similar("x", ["scan"])
    ('combined', '')
    """
    # Only an error needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    by_lower = {each.lower(): each for each in known}
    matches = get_close_matches(word.lower(), [*by_lower], n=1, cutoff=LIKENESS)
    return by_lower[matches[0]] if matches else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return a question to append to a message about an unknown word; empty if none is similar.

    >>> suggestion("scna", ["scan", "show"])
    " Did you mean 'scan'?"
    """
    match = similar(word, known)
    return f" Did you mean '{match}'?" if match else ""
