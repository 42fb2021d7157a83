"""Read the patterns of crawler-user-agents, each with a readable name and a purpose."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["TAG_PURPOSES", "Pattern", "load_patterns"]


class Pattern(NamedTuple):
    """A pattern of crawler-user-agents.

    Attributes
    ----------
    name
        What the robot is called.
    purpose
        One of the purposes of robots; empty if the package's tags do not say it.
    text
        What a user agent that matches must contain.
    expression
        What it must match besides; ``None`` if the text suffices.
    """

    name: str
    purpose: str
    text: str
    expression: re.Pattern[str] | None


# The package's tags and the purposes that they mean. It has one tag for all that concerns
# artificial intelligence, whether pages are for training, for search or for a user.
TAG_PURPOSES: Mapping[str, str] = {
    "academic": "research",
    "advertising": "ads",
    "ai-crawler": "ai-training",
    "archiver": "archive",
    "browser-automation": "tool",
    "feed-reader": "feed",
    "http-library": "library",
    "monitoring": "monitor",
    "scanner": "scanner",
    "search-engine": "search",
    "seo": "seo",
    "social-preview": "preview",
}

# An escaped character, a class or a group with its repetition, or a character with its own: the
# parts of a regular expression of which at most the escaped punctuation is literal text.
PART = re.compile(
    r"\\(?P<escaped>[^\w\s])(?![*?+{])|(?P<plain>[^\\\[\](){}.^$|*?+])(?![*?{])"
    r"|\\.[*?+]?|\[(?:\\.|[^\]\\])*\][*?+]?|\((?:\\.|[^()\\])*\)[*?+]?|.[*?]?"
)
# A pattern that is only a text, as most are: taking it apart would take several times as long.
LITERAL = re.compile(r"(?>(?:[^\\\[\](){}.^$|*?+]|\\[^\w\s])+)")
ESCAPE = re.compile(r"\\(.)")
NAME_END = re.compile(r"[/;(),]")


def load_patterns() -> Iterator[Pattern]:
    """Yield the patterns of the installed crawler-user-agents, in its order."""
    # Imported late: it reads 1.1 MB of JSON.
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # noqa: PLC0415

    for entry in CRAWLER_USER_AGENTS_DATA:
        purpose = next(filter(None, map(TAG_PURPOSES.get, entry.get("tags", ()))), "")
        yield from read_pattern(entry["pattern"], purpose, entry["instances"])


def read_pattern(pattern: str, purpose: str, examples: list[str]) -> Iterator[Pattern]:
    r"""Yield each alternative of a pattern: only a text, or a text and an expression.

    Parameters
    ----------
    pattern
        A regular expression.
    purpose
        The purpose of the robots that match.
    examples
        User agents that match; an expression's name is what it matches in the first.

    >>> [(each.name, each.text) for each in read_pattern("DotBot\\/", "seo", [])]
    [('DotBot', 'DotBot/')]
    >>> [(each.name, each.text) for each in read_pattern("^curl|[pP]ingdom", "", ["Pingdom 1"])]
    [('curl', 'curl'), ('Pingdom', 'ingdom')]
    """
    if LITERAL.fullmatch(pattern):
        text = ESCAPE.sub(r"\1", pattern)
        yield Pattern(readable_name(text), purpose, text, None)
        return
    for parts in _alternatives(pattern):
        source = "".join(part[0] for part in parts)
        literal = "".join(part["escaped"] or part["plain"] or "\0" for part in parts)
        text = max(literal.split("\0"), key=len)
        if text == literal:
            yield Pattern(readable_name(text), purpose, text, None)
        elif text:
            expression = re.compile(source, re.IGNORECASE)
            found = next(filter(None, map(re.compile(source).search, examples)), None)
            yield Pattern(readable_name(found[0] if found else text), purpose, text, expression)


def _alternatives(pattern: str) -> Iterator[list[re.Match[str]]]:
    """Split a regular expression at each "|" outside of groups, and each of these into parts."""
    parts: list[re.Match[str]] = []
    for part in PART.finditer(pattern):
        if part[0] == "|":
            yield parts
            parts = []
        else:
            parts.append(part)
    yield parts


def readable_name(text: str) -> str:
    """Return the name in a text that matches a pattern.

    >>> [readable_name(text) for text in ("DotBot/", "Riddler (http://riddler.io", ";Owler")]
    ['DotBot', 'Riddler', 'Owler']
    """
    pieces = (piece.strip(" -_.") for piece in NAME_END.split(text))
    return next(filter(None, pieces), text)
