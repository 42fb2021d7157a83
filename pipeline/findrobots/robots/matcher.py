"""Find the names of robots in user agents."""

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

__all__ = ["Declaration", "find_declaration"]


class Declaration(NamedTuple):
    """The name of a robot in a user agent.

    ``declared_by`` is ``table``, ``pattern`` or ``itself``; ``purpose`` is known of patterns.
    """

    name: str
    purpose: str
    declared_by: str


class Needle(NamedTuple):
    """A text whose presence in a user agent may name a robot.

    Attributes
    ----------
    text
        What to search for, as it is written.
    declaration
        What the text declares; ``None`` if it only says that there is a robot.
    pattern
        What must match besides; ``None`` if the text suffices.
    """

    text: str
    declaration: Declaration | None
    pattern: re.Pattern[str] | None = None


class View(NamedTuple):
    """A user agent: as written, in lower case, and in lower case without what is no claim."""

    text: str
    lower: str
    masked: str


class Haystack(NamedTuple):
    """All needles, and an automaton that finds them in lower case in a single pass."""

    needles: tuple[Needle, ...]
    automaton: "AhoCorasick"


# Words by which a user agent declares itself, and "@", which a mail address has.
HINTS = ("bot", "crawl", "spider", "+http", "@")

QUOTES = "\"'` \t"
# nginx writes quotes and other bytes so.
NGINX_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
# In place of a space, as IIS writes it; but not before the address of a robot's page.
ENCODED_SPACE = re.compile(r"\+(?!https?:)")
# What names something other than the client: the word after "like", addresses of pages and mail.
OTHERS = re.compile(
    r"\blike[ ]++[a-z0-9][\w.-]*+(?:/[\w.-]*+)?+"
    r"|\bhttps?://[^\s;,)\"']*+|\bwww\.[^\s;,)\"']*+"
    r"|[a-z0-9][\w.-]*+@[\w.-]*+",
    re.ASCII | re.IGNORECASE,
)
# What follows a name that is the beginning of a domain or of a file's name: googlebot.com.
DOMAIN_REST = re.compile(r"\.(?:com|net|org|html?|php)\b", re.ASCII)
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
INNER = LETTERS | frozenset("0123456789")
JOINED = INNER | frozenset("._-")
# What stands in a masked text in place of the target of "like", and of an address.
LIKE, ADDRESS = "\1", "\0"

WORD = re.compile(r"\b\d*+[a-z][\w.-]*+", re.ASCII)
WORD_BEFORE = re.compile(r"\b([a-z][\w.-]*+) $", re.ASCII)
# A name ends in bot; Cubot makes phones.
SELF = re.compile(r"(?<!cu)bots?+(?![a-z])|crawl|spider")
CONTACT = re.compile(r"\+ ?https?://([\w.-]*+)|[\w-]@((?:[\w-]++\.)++[a-z]{2,}+)", re.ASCII)
# Words that say what a client is, and not its name.
BARE = frozenset(("bot", "crawler", "robot", "spider", "webcrawler", "crawling"))
# Words of browsers' user agents, which robots put before their names.
COMMON = frozenset(
    (
        *("mozilla", "compatible", "applewebkit", "khtml", "gecko", "chrome", "safari", "version"),
        *("mobile", "windows", "nt", "win64", "x64", "x11", "linux", "x86_64", "u", "macintosh"),
        *("intel", "mac", "os", "x", "iphone", "cpu", "android", "build", "opera", "firefox"),
    )
)
# A version that is part of the name, and what joins it.
VERSION = re.compile(r"[._-]?+v?\d++(?:\.\d++)*+$|[._-]++$", re.IGNORECASE)


def find_declaration(user_agent: str, names: tuple[str, ...]) -> Declaration | None:
    """Return the robot that a user agent names; ``None`` if it names none.

    Parameters
    ----------
    user_agent
        As a log has it. The caller limits its length.
    names
        The names of the table, which come before those of crawler-user-agents.
    """
    text = decode(user_agent)
    haystack = build_haystack(names)
    lower = text.lower()
    hits = haystack.automaton.find_matches_as_indexes(lower, overlapping=True)
    if not hits:
        return None
    view = View(text, lower, OTHERS.sub(_mask, lower))
    best: tuple[int, bool, int, Declaration] | None = None
    for number, start, end in hits:
        needle = haystack.needles[number]
        if needle.declaration and (weight := _weigh(needle, view, start, end)):
            rank = (weight, needle.declaration.declared_by == "table", end - start)
            if best is None or rank > best[:3]:
                best = (*rank, needle.declaration)
    return best[3] if best else _own_declaration(view)


def decode(user_agent: str) -> str:
    """Return a user agent in ASCII, without quotes, URL encoding and escapes.

    >>> decode('"Mozilla/5.0%20(compatible;%2520Googlebot/2.1)"')
    'Mozilla/5.0 (compatible; Googlebot/2.1)'
    >>> decode("Mozilla/5.0+(compatible;+bingbot/2.0;++http://www.bing.com/bingbot.htm)")
    'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)'
    """
    text = user_agent
    if "\\x" in text:
        text = NGINX_ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    if "+" in text and " " not in text:
        text = ENCODED_SPACE.sub(" ", text)
    if "%" in text:  # CloudFront encodes it twice
        text = unquote(unquote(text))
    if not text.isascii():  # Lower case may have another length than other letters.
        text = text.encode("ascii", "replace").decode("ascii")
    return text.strip(QUOTES)


@cache
def build_haystack(names: tuple[str, ...]) -> Haystack:
    """Return the needles of the table's names, of crawler-user-agents and of self-declaration."""
    # Imported late: --help and a scan do not need these.
    from ahocorasick_rs import AhoCorasick, Implementation  # noqa: PLC0415

    from findrobots.robots.patterns import load_patterns  # noqa: PLC0415

    known = {name.lower() for name in names}
    needles = (
        *(Needle(name, Declaration(name, "", "table")) for name in names),
        *(
            Needle(each.text, Declaration(each.name, each.purpose, "pattern"), each.expression)
            for each in load_patterns()
            if each.name.lower() not in known
        ),
        *(Needle(hint, None) for hint in HINTS),
    )
    texts = [needle.text.lower() for needle in needles]
    return Haystack(needles, AhoCorasick(texts, implementation=Implementation.ContiguousNFA))


def _mask(other: re.Match[str]) -> str:
    return (LIKE if other[0].startswith("like") else ADDRESS) * len(other[0])


def _weigh(needle: Needle, view: View, start: int, end: int) -> int:
    """Return how well a needle, found at a position, names the client.

    Returns
    -------
    int
        2 if it does, 1 if only an address has the name, 0 if it does not.
    """
    if needle.pattern:
        match = needle.pattern.search(view.text)
        if match is None:
            return 0
        start, end = match.span()
    if LIKE in view.masked[start:end]:
        return 0
    in_address = view.masked[start] == ADDRESS
    if needle.declaration and needle.declaration.declared_by == "table":
        return 2 if not in_address and _is_word(view.lower, start, end) else 0
    exact = needle.pattern is not None or view.text[start:end] == needle.text
    if in_address:
        return int(exact)
    return 2 if exact or _is_word(view.lower, start, end) else 0


def _is_word(lower: str, start: int, end: int) -> bool:
    """Return whether a part of a text is a word, or its beginning before a version or a dot.

    >>> [_is_word(text, 0, 9) for text in ("googlebot2.1", "googlebot-x", "googlebots")]
    [True, True, False]
    """
    before, after = lower[start - 1 : start], lower[end : end + 1]
    if before in JOINED and lower[start] in INNER:
        return False
    if after in LETTERS and lower[end - 1] in INNER:
        return False
    return not DOMAIN_REST.match(lower, end)


def _own_declaration(view: View) -> Declaration | None:
    """Return the name that a user agent gives itself, if it declares itself to be a robot."""
    masked = view.masked
    words = [match.span() for match in WORD.finditer(masked)]
    own = next((span for span in words if SELF.search(masked, *span)), None)
    if own is None and not CONTACT.search(view.lower):
        return None
    if own is None:
        own = next((span for span in words if masked[slice(*span)] not in COMMON), None)
    elif masked[slice(*own)] in BARE:
        own = _with_word_before(masked, own)
    if own is None:
        contact = CONTACT.search(view.lower)
        name = contact[1] or contact[2] if contact else ""
    else:
        name = VERSION.sub("", view.text[slice(*own)])
    return Declaration(name, "", "itself")


def _with_word_before(masked: str, span: tuple[int, int]) -> tuple[int, int]:
    """Return where a name of two words is, "Example Crawler"."""
    before = WORD_BEFORE.search(masked, 0, span[0])
    if before and before[1] not in COMMON:
        return before.start(1), span[1]
    return span
