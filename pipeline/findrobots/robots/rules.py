r"""Read robots.txt, and decide whether it allows a request.

>>> robots_txt = parse_robots_txt(b"User-agent: *\nDisallow: /private\n")
>>> robots_txt.decide(["abot"], b"/private/a?b")
Decision(allowed=False, rule=Rule(allow=False, pattern='/private', line=2))

Two readings of a file are common, and both are applied: that of the standard (RFC 9309), and that
of Google's parser (https://github.com/google/robotstxt), on which many robots are modelled. They
differ in which lines they understand, and in percent-encoding: for the standard ``/%62`` is
``/b``, for Google's parser it is another path.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from findrobots.robots.filter import ABSOLUTE_FORM, ROBOTS_TXT, UNRESERVED, request_path
from findrobots.robots.path_patterns import PatternSet, Rule, build_patterns
from findrobots.sanitize import printable

__all__ = [
    "GOOGLE",
    "PARSING_LIMIT",
    "READINGS",
    "STANDARD",
    "Decision",
    "Reading",
    "RobotsTxt",
    "Rule",
    "normalize_target",
    "parse_robots_txt",
    "product_token",
]

# RFC 9309, section 2.5: a crawler must parse at least 500 kibibytes. Google's parses no more.
PARSING_LIMIT = 500 * 1024
# Google's parser cuts lines to eight times the longest URL of an old browser, and reads a byte
# order mark that is cut, too.
GOOGLE_LINE_LIMIT = 2083 * 8 - 1
BYTE_ORDER_MARK = re.compile(rb"\xef\xbb\xbf|\xef\xbb|\xef")
# Letters of a pattern that are printed.
MAX_PATTERN_SHOWN = 500
# Rules are arranged once per group that is asked for; this many are kept.
MAX_ARRANGED = 64

STAR = "*"
# What begins with this star is the group of all robots, as in Google's parser.
STAR_VALUE = re.compile(rb"\*(?=\s|\Z)")
# RFC 9309, section 2.2.1, has letters, "_" and "-" only; MJ12bot and archive.org_bot have more.
PRODUCT_TOKEN = re.compile(rb"[A-Za-z0-9_.-]*")
# No sign, no exponent, no underscore: what float() reads besides is no delay.
SECONDS = re.compile(rb"\d{1,9}(?:\.\d{0,9})?")

STANDARD_LINE = re.compile(
    rb"[ \t]*+(?P<name>user-agent|allow|disallow|crawl-delay)[ \t]*+:[ \t]*+(?P<value>.*)",
    re.IGNORECASE | re.DOTALL,
)
# Beginnings of names, as Google's parser compares them; it accepts frequent misspellings.
GOOGLE_NAMES = {
    b"user-agent": (b"user-agent", b"useragent", b"user agent"),
    b"allow": (b"allow",),
    b"disallow": (
        *(b"disallow", b"dissallow", b"dissalow"),
        *(b"disalow", b"diasllow", b"disallaw"),
    ),
}
# RFC 3986, section 2.1: an octet as such, or one that is encoded.
ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}|[\x80-\xff]")
# RFC 9309, section 2.2.2, encodes these within a query. Here they are decoded instead, which makes
# the same paths equal, and lets a star match either spelling.
QUERY_DELIMITERS = re.compile(rb"%(2F|3A|3F|40|5B|5D)")

Statement = tuple[bytes, bytes]


class Decision(NamedTuple):
    """Whether a request is allowed, and the rule that decided; None if no rule matches it."""

    allowed: bool
    rule: Rule | None


ALLOWED = Decision(allowed=True, rule=None)


class Reading(NamedTuple):
    """A way to read robots.txt.

    Attributes
    ----------
    name
        Whose it is.
    read_line
        Return the name and value of a line without its comment, or None.
    normalize_pattern, normalize_target
        Write a path pattern, or a request target, as they are compared.
    index_is_directory
        Whether a rule that allows ``/a/index.html`` allows ``/a/`` as well.
    """

    name: str
    read_line: Callable[[bytes], Statement | None]
    normalize_pattern: Callable[[bytes], bytes]
    normalize_target: Callable[[bytes], bytes]
    index_is_directory: bool


def _read_standard_line(line: bytes) -> Statement | None:
    """Read a line by the grammar of RFC 9309, section 2.2."""
    if found := STANDARD_LINE.match(line):
        return found["name"].lower(), found["value"].rstrip(b" \t")
    return None


def _read_google_line(line: bytes) -> Statement | None:
    """Read a line as Google's parser does: the colon may be missing, names may be misspelled."""
    line = line[:GOOGLE_LINE_LIMIT].strip()
    name, colon, value = line.partition(b":")
    if not colon:
        name, value, *others = [*line.split(None, 2), b"", b""][:3]
        if others != [b""]:
            return None
    name = name.strip().lower()
    for known, spellings in GOOGLE_NAMES.items():
        if name.startswith(spellings):
            return known, value.strip()
    return None


def _normalize_standard(path: bytes) -> bytes:
    """Write a path as RFC 9309, section 2.2.2, compares it."""
    if b"%" not in path and path.isascii():
        return path
    path = UNRESERVED.sub(_decode, ENCODED.sub(_encode, path))
    before, mark, query = path.partition(b"?")
    return before + mark + QUERY_DELIMITERS.sub(_decode, query)


def _normalize_google(pattern: bytes) -> bytes:
    """Write a pattern as Google's parser compares it with targets, which it takes as they are."""
    return ENCODED.sub(_encode, pattern)


def _encode(octet: re.Match[bytes]) -> bytes:
    return octet[0].upper() if octet[0][0] < 0x80 else b"%%%02X" % octet[0][0]  # noqa: PLR2004 (ASCII)


def _decode(encoded: re.Match[bytes]) -> bytes:
    return bytes.fromhex(encoded[1].decode("ascii"))


STANDARD = Reading(
    "RFC 9309",
    _read_standard_line,
    _normalize_standard,
    _normalize_standard,
    index_is_directory=False,
)
GOOGLE = Reading(
    "Google's parser", _read_google_line, _normalize_google, bytes, index_is_directory=True
)
READINGS = (STANDARD, GOOGLE)


class _Groups(NamedTuple):
    """The groups of a file, by one reading: rules and delays per group, groups per token."""

    rules: list[list[tuple[bytes, Rule]]]
    delays: list[list[float]]
    of_token: dict[str, list[int]]

    def token(self, tokens: Sequence[str], *, obeys_star: bool) -> str:
        """Return the token of the groups that a robot obeys, which count as one; "" without."""
        for token in tokens:
            if token.lower() in self.of_token:
                return token.lower()
        return STAR if obeys_star and STAR in self.of_token else ""


class RobotsTxt:
    """A robots.txt file. It is immutable; equal content is equal.

    Parameters
    ----------
    content
        The file as it was served; of more than 500 KiB, the rest is ignored.
    """

    __slots__ = ("_arranged", "_groups", "content")

    def __init__(self, content: bytes) -> None:
        self.content = bytes(content)
        self._groups: dict[str, _Groups] = {}
        self._arranged: dict[tuple[str, str], PatternSet] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RobotsTxt) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"<RobotsTxt of {len(self.content)} bytes>"

    def __reduce__(self) -> tuple[type["RobotsTxt"], tuple[bytes]]:
        return RobotsTxt, (self.content,)

    def decide(
        self,
        tokens: Sequence[str],
        target: bytes,
        *,
        obeys_star: bool = True,
        readings: Sequence[Reading] = READINGS,
    ) -> Decision:
        """Return whether a robot may request a target, and the rule that decides.

        A target is disallowed only if every reading disallows it. ``/robots.txt`` is always
        allowed (RFC 9309, section 2.2.2), and so is a target that is not a path.

        Parameters
        ----------
        tokens
            Product tokens of the robot, in order of preference: the first one that has a group
            decides.
        target
            Request target, as the log has it; a host before the path and a fragment after it
            are ignored.
        obeys_star
            Whether the robot obeys the group ``*`` if it has none of its own.
        readings
            How to read the file.
        """
        target = normalize_target(target)
        if not target.startswith(b"/"):
            return ALLOWED
        decided = ALLOWED
        for number, reading in enumerate(readings):
            patterns = self._patterns(reading, tokens, obeys_star=obeys_star)
            rule = patterns.find(reading.normalize_target(target))
            if rule is None or rule.allow:
                return Decision(allowed=True, rule=rule)
            if number == 0:
                decided = Decision(allowed=False, rule=rule)
        return ALLOWED if request_path(target) == ROBOTS_TXT.encode() else decided

    def patterns_of(
        self, tokens: Sequence[str], *, obeys_star: bool = True, reading: Reading = STANDARD
    ) -> frozenset[tuple[bytes, bool]]:
        """Return the path patterns that a robot obeys, each with whether it allows.

        Parameters
        ----------
        tokens, obeys_star
            See ``decide``.
        reading
            How to read the file.
        """
        groups = self._parsed(reading)
        found = groups.of_token.get(groups.token(tokens, obeys_star=obeys_star), ())
        return frozenset(
            (pattern, rule.allow) for number in found for pattern, rule in groups.rules[number]
        )

    def has_group(self, tokens: Sequence[str]) -> bool:
        """Return whether a robot has a group of its own."""
        return bool(self._parsed(STANDARD).token(tokens, obeys_star=False))

    def crawl_delay(self, tokens: Sequence[str], *, obeys_star: bool = True) -> float | None:
        """Return the ``Crawl-delay`` of a robot in seconds, the least of several; None without.

        It is not part of RFC 9309; some operators say that their robots keep it.

        Parameters
        ----------
        tokens, obeys_star
            See ``decide``.
        """
        groups = self._parsed(STANDARD)
        found = groups.of_token.get(groups.token(tokens, obeys_star=obeys_star), ())
        return min((delay for number in found for delay in groups.delays[number]), default=None)

    def _parsed(self, reading: Reading) -> _Groups:
        groups = self._groups.get(reading.name)
        if groups is None:
            groups = self._groups[reading.name] = _read_groups(self.content, reading)
        return groups

    def _patterns(self, reading: Reading, tokens: Sequence[str], *, obeys_star: bool) -> PatternSet:
        groups = self._parsed(reading)
        token = groups.token(tokens, obeys_star=obeys_star)
        patterns = self._arranged.get((reading.name, token))
        if patterns is None:
            if len(self._arranged) >= MAX_ARRANGED:
                self._arranged.clear()
            numbers = groups.of_token.get(token, ())
            rules = (rule for number in numbers for rule in groups.rules[number])
            patterns = self._arranged[reading.name, token] = build_patterns(rules)
        return patterns


def parse_robots_txt(content: bytes) -> RobotsTxt:
    """Return robots.txt, ready to decide. Any bytes are accepted.

    Parameters
    ----------
    content
        The file as it was served.
    """
    return RobotsTxt(content)


def normalize_target(target: bytes) -> bytes:
    """Return the path and query of a request target, without a fragment.

    >>> normalize_target(b"http://example.com/a?b#c"), normalize_target(b"/a?b#c")
    (b'/a?b', b'/a?b')
    """
    if b"#" in target:
        target = target.partition(b"#")[0]
    # RFC 9112, section 3.2.2: a request to a proxy contains the full URL.
    if not target.startswith(b"/") and (absolute := ABSOLUTE_FORM.match(target)):
        target = target[absolute.end() :] or b"/"
    return target


def _read_groups(content: bytes, reading: Reading) -> _Groups:
    """Read the groups of a file (RFC 9309, section 2.1).

    Only a rule ends the list of user agents of a group: blank lines, ``Sitemap``,
    ``Crawl-delay`` and what is not understood do not (section 2.2.4).
    """
    groups = _Groups([], [], {})
    in_agents = False
    for number, line in _lines(content):
        statement = reading.read_line(line)
        if statement is None:
            continue
        name, value = statement
        if name == b"user-agent":
            if not in_agents:
                groups.rules.append([])
                groups.delays.append([])
            in_agents = True
            if token := product_token(value):
                numbers = groups.of_token.setdefault(token, [])
                if numbers[-1:] != [len(groups.rules) - 1]:
                    numbers.append(len(groups.rules) - 1)
        elif name == b"crawl-delay":
            if groups.delays and SECONDS.fullmatch(value):
                groups.delays[-1].append(float(value))
        else:
            in_agents = False
            if groups.rules and value:
                groups.rules[-1] += _rules(name == b"allow", value, number, reading)
    return groups


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines without comments, each with its number, up to the parsing limit."""
    mark = BYTE_ORDER_MARK.match(content)
    text = content[mark.end() if mark else 0 :]
    lines = text[:PARSING_LIMIT].splitlines()
    if len(text) > PARSING_LIMIT and lines:
        lines.pop()  # it may be cut: "Disallow: /a" is not what "Disallow: /archive" says
    for number, line in enumerate(lines, 1):
        if line := line.partition(b"#")[0]:
            yield number, line


def product_token(value: bytes) -> str:
    """Return the product token of a user agent in robots.txt, in lower case; "*" for all."""
    if STAR_VALUE.match(value):
        return STAR
    found = PRODUCT_TOKEN.match(value)
    return found[0].decode("ascii").lower() if found else ""


def _rules(allow: bool, value: bytes, line: int, reading: Reading) -> Iterator[tuple[bytes, Rule]]:  # noqa: FBT001 (see above)
    """Yield the normalized patterns of a rule, each with the rule as it is reported."""
    shown = printable(value[:MAX_PATTERN_SHOWN].decode("utf-8", "backslashreplace"))
    rule = Rule(allow, shown + "…" * (len(value) > MAX_PATTERN_SHOWN), line)
    pattern = reading.normalize_pattern(value)
    yield pattern, rule
    directory, slash, page = pattern.rpartition(b"/")
    if reading.index_is_directory and allow and slash and page.startswith(b"index.htm"):
        yield directory + b"/$", rule
