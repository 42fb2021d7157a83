"""Find the names of robots in user agents."""

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

__all__ = ["Declaration", "Haystack", "build_haystack", "find_declaration"]


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


class View:
    """A user agent: as written, in lower case, and without what names something else.

    Attributes
    ----------
    text, lower
        As written, and in lower case.
    """

    __slots__ = ("_masked", "_matches", "lower", "text")

    def __init__(self, text: str, lower: str) -> None:
        self.text, self.lower = text, lower
        self._masked = ""
        self._matches: dict[re.Pattern[str], re.Match[str] | None] | None = None

    @property
    def masked(self) -> str:
        """The text in lower case, in which ``OTHERS`` are replaced letter by letter."""
        if not self._masked:
            self._masked = _mask(self.lower)
        return self._masked

    def search(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Search for a pattern, once however often its text is found."""
        if self._matches is None:
            self._matches = {}
        if pattern not in self._matches:
            self._matches[pattern] = pattern.search(self.text)
        return self._matches[pattern]


class Haystack(NamedTuple):
    """All needles, and an automaton that finds them in lower case in a single pass.

    ``ranks`` has a number per needle: the highest names the robot. It is 0 for a needle that
    has no declaration. ``declarations`` has that of each rank.
    """

    needles: tuple[Needle, ...]
    ranks: tuple[int, ...]
    declarations: tuple[Declaration | None, ...]
    automaton: "AhoCorasick"


# Words by which a user agent declares itself, and "@", which a mail address has.
HINTS = ("bot", "crawl", "spider", "+http", "@")

QUOTES = "\"'` \t"
# nginx writes quotes and other bytes so.
NGINX_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
# In place of a space, as IIS writes it; but not before the address of a robot's page.
ENCODED_SPACE = re.compile(r"\+(?!https?:)")
# What names something other than the client: what it is like, addresses of pages and of mail.
# Each begins with a text that is searched for first, because most user agents lack most of them.
LIKE, ADDRESS = "\1", "\0"
OTHERS = (
    ("like ", LIKE, re.compile(r"like ++[a-z0-9][\w.-]*+(?:/[\w.-]*+)?", re.ASCII)),
    ("http", ADDRESS, re.compile(r"https?://[^\s;,)\"']*+")),
    ("www.", ADDRESS, re.compile(r"www\.[^\s;,)\"']*+")),
    ("@", ADDRESS, re.compile(r"(?<![\w.-])[\w.-]++@[\w.-]*+", re.ASCII)),
)
# What follows a name that is the beginning of a domain or of a file's name: googlebot.com.
DOMAIN_REST = re.compile(r"\.(?:com|net|org|html?|php)\b", re.ASCII)
# What follows a name that is only the beginning of a word: letters, but not those of a version.
LETTER_REST = re.compile(r"(?!v\d)[a-z]")
WORD_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
# What usually follows a name: its version, the end of a comment, nothing.
ENDS = frozenset(("", "/", " ", ";", ")"))
# What joins the words of a longer name.
JOINTS = frozenset("._-")
# How well a name is that of the client: it is a word of the user agent, or only of an address.
CLAIMED, LINKED, NO_CLAIM = 2, 1, 0
WORD = re.compile(r"\b[a-z][\w.-]*+", re.ASCII)
# A name ends in bot; Cubot makes phones.
SELF = re.compile(r"(?<!cu)bots?+(?![a-z])|crawl|spider")
SELF_WORD = re.compile(r"\b(?:web)?(?:ro)?(?:bots?|crawl(?:er|ing)?|spider)\b")
CONTACT = re.compile(r"\+ ?https?://([\w.-]++)|[\w-]@((?:[\w-]++\.)+[a-z]{2,}+)", re.ASCII)
# Words that say what a client is, and not its name.
BARE = frozenset(("bot", "crawl", "crawler", "crawling", "robot", "spider", "webcrawler"))
# Words of browsers' user agents, which robots put before their names.
COMMON = frozenset(
    (
        *("mozilla", "compatible", "applewebkit", "khtml", "gecko", "chrome", "safari", "version"),
        *("mobile", "windows", "nt", "win64", "x64", "x11", "linux", "x86_64", "u", "macintosh"),
        *("intel", "mac", "os", "x", "iphone", "cpu", "android", "build", "opera", "firefox"),
    )
)
# Letters of a name that a client gives itself: it is untrusted input that tables show.
MAX_NAME = 64
# A version that is part of the name, and what joins it.
VERSION = re.compile(r"[._-]?+v?\d++(?:\.\d++)*$|[._-]++$", re.IGNORECASE)


def find_declaration(user_agent: str, haystack: Haystack) -> Declaration | None:
    """Return the robot that a user agent names; ``None`` if it names none.

    Parameters
    ----------
    user_agent
        As a log has it. The caller limits its length.
    haystack
        What names robots.
    """
    text = decode(user_agent)
    lower = text.lower()
    hits = haystack.automaton.find_matches_as_indexes(lower, overlapping=True)
    if not hits:
        return None
    view = View(text, lower)
    claimed = linked = 0
    for number, start, end in hits:
        rank = haystack.ranks[number]
        if rank > claimed:
            weight = _weigh(haystack.needles[number], view, start, end)
            if weight == CLAIMED:
                claimed = rank
            elif weight == LINKED and rank > linked:
                linked = rank
    if claimed:
        return haystack.declarations[claimed]
    return _own_name(view) or haystack.declarations[linked] or _contact(view) or _bare_name(view)


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


def _mask(lower: str) -> str:
    """Replace what names something other than the client, letter by letter."""
    for begin, mask, pattern in OTHERS:
        if begin in lower:
            lower = pattern.sub(partial(_cover, mask), lower)
    return lower


def _cover(mask: str, other: re.Match[str]) -> str:
    return mask * len(other[0])


def build_haystack(names: tuple[str, ...]) -> Haystack:
    """Return what names robots: the table, crawler-user-agents, and words of a client's own.

    The names of the table, which are given, come before the patterns of crawler-user-agents.
    Of both, the longest come first.
    """
    # Imported late: --help and a scan do not need these.
    from ahocorasick_rs import AhoCorasick, Implementation  # noqa: PLC0415

    from findrobots.robots.patterns import load_patterns  # noqa: PLC0415

    known = {name.lower() for name in names}
    needles = (
        *(Needle(hint, None) for hint in HINTS),
        *(
            Needle(each.text, Declaration(each.name, each.purpose, "pattern"), each.expression)
            for each in load_patterns()
            if each.name.lower() not in known
        ),
        *(Needle(name, Declaration(name, "", "table")) for name in names),
    )
    order = sorted(range(len(HINTS), len(needles)), key=lambda number: _rank(needles[number]))
    ranks = [0] * len(needles)
    for rank, number in enumerate(order, 1):
        ranks[number] = rank
    texts = [needle.text.lower() for needle in needles]
    automaton = AhoCorasick(texts, implementation=Implementation.ContiguousNFA)
    declarations = (None, *(needles[number].declaration for number in order))
    return Haystack(needles, tuple(ranks), declarations, automaton)


def _rank(needle: Needle) -> tuple[bool, int]:
    declaration = needle.declaration
    return declaration is not None and declaration.declared_by == "table", len(needle.text)


def _weigh(needle: Needle, view: View, start: int, end: int) -> int:
    """Return whether a needle that was found at a position names the client, and how well.

    A name of the table may be the beginning of a word (Baiduspider-render), and never part of
    an address. A pattern may match an address, if nothing else has a name.
    """
    if needle.pattern:
        match = view.search(needle.pattern)
        if match is None:
            return NO_CLAIM
        start, end = match.span()
    elif not _is_word(view.lower, start, end):
        return NO_CLAIM
    named_in = _part_of(view, start, end)
    if named_in == LIKE:
        return NO_CLAIM
    if needle.declaration and needle.declaration.declared_by == "table":
        joined = view.lower[start - 1 : start] in JOINTS
        return NO_CLAIM if named_in or joined or DOMAIN_REST.match(view.lower, end) else CLAIMED
    if named_in == ADDRESS:
        return LINKED if needle.pattern or view.text[start:end] == needle.text else NO_CLAIM
    return CLAIMED


def _part_of(view: View, start: int, end: int) -> str:
    """Return ``LIKE`` or ``ADDRESS`` if a part of a text names something other than the client."""
    lower = view.lower
    # After a space, which is how most user agents name a robot, the three cannot be.
    if (not start or lower[start - 1] == " ") and "@" not in lower:
        before = lower[start - 2 : start]
        if before != "  " and lower[start - 5 : start] != "like ":
            return ""
    masked = view.masked
    if LIKE in masked[start:end]:
        return LIKE
    return ADDRESS if masked[start] == ADDRESS else ""


def _is_word(lower: str, start: int, end: int) -> bool:
    """Return whether letters and digits end where a part of a text does; a version may follow.

    >>> [_is_word(text, 0, 9) for text in ("googlebot2.1", "googlebot-x", "googlebots")]
    [True, True, False]
    """
    if lower[start - 1 : start] in WORD_LETTERS and lower[start] in WORD_LETTERS:
        return False
    if lower[end : end + 1] in ENDS or lower[end - 1] not in WORD_LETTERS:
        return True
    return not LETTER_REST.match(lower, end)


def _own_name(view: View) -> Declaration | None:
    """Return the word, such as ExampleBot, by which a client says that it is a robot.

    A word such as "crawler" is a name only together with the word before it.
    """
    masked = view.masked
    before, end_before = 0, -1
    for start, end in (match.span() for match in WORD.finditer(masked)):
        if SELF.search(masked, start, end):
            if masked[start:end] not in BARE:
                return _declare_itself(view.text[start:end])
            follows = end_before == start - 1 and masked[end_before] == " "
            if follows and masked[before:end_before] not in COMMON:
                return _declare_itself(view.text[before:end])
        before, end_before = start, end
    return None


def _declare_itself(name: str) -> Declaration:
    return Declaration(VERSION.sub("", name[:MAX_NAME]), "", "itself")


def _contact(view: View) -> Declaration | None:
    """Return the name of a client that gives a page or a mail address, as only robots do."""
    contact = CONTACT.search(view.lower)
    if contact is None:
        return None
    for word in WORD.finditer(view.masked):
        if word[0] not in COMMON:
            return _declare_itself(view.text[slice(*word.span())])
    return Declaration((contact[1] or contact[2])[:MAX_NAME], "", "itself")


def _bare_name(view: View) -> Declaration | None:
    """Return the word "robot" or a similar one, of a client that gives no other name."""
    word = SELF_WORD.search(view.masked)
    return Declaration(view.text[slice(*word.span())], "", "itself") if word else None
