r"""Write patterns of user agents that all servers read alike, and comments.

A pattern has only letters, digits and escapes such as ``\.`` and ``\x22``: no quote, no brace, no
dollar sign and no backslash of the text itself. So no name can end the quotes around it, whatever
the syntax of a configuration file is.
"""

import re
import string
from typing import NamedTuple

__all__ = [
    "MAX_LETTERS",
    "AgentRule",
    "comment",
    "escape",
    "is_writable",
    "lookaround",
    "match_pattern",
    "single_pattern",
    "spare_pattern",
]

# Letters of a user agent that a rule may have: nginx limits a parameter of its configuration to
# 4,096 bytes and HAProxy a line to 2,048, and an escaped letter takes four.
MAX_LETTERS = 256

PLAIN = frozenset(string.ascii_letters + string.digits + " /:,=@_-")
PUNCTUATION = frozenset("()[].+*?|^")
# In a comment, a backslash may join it to the next line, and a brace may name a variable.
COMMENT = frozenset(string.ascii_letters + string.digits + " .,:;()/_+@=-!?*&<>|[]'~")
WRITABLE = re.compile(r"[ !#-\[\]-~]+")  # printable ASCII without quotes and backslashes
MAX_COMMENT = 300

# What is before a name that is a word by itself, and what is after it: no letters but those of a
# version, and no domain.
BEFORE, AFTER = "(^|[^A-Za-z0-9._/-])", r"(v[0-9]|[^A-Za-z.]|\.[^A-Za-z]|\.?$)"


class AgentRule(NamedTuple):
    """A rule on user agents.

    Attributes
    ----------
    robot
        The robot that is blocked.
    text
        Its name in user agents; or, if ``is_exact``, a whole user agent.
    spared
        Longer names of other robots, which are not blocked though they contain the name.
    is_exact
        Whether ``text`` is a whole user agent.
    """

    robot: str
    text: str
    spared: tuple[str, ...] = ()
    is_exact: bool = False


def is_writable(text: str) -> bool:
    """Return whether a text may be in a rule: short, of printable ASCII, without quotes.

    >>> is_writable("GPTBot/1.2"), is_writable('a"b'), is_writable("Ω")
    (True, False, False)
    """
    return len(text) <= MAX_LETTERS and bool(WRITABLE.fullmatch(text))


def escape(text: str) -> str:
    r"""Write a text as a regular expression of PCRE, RE2 and Python.

    >>> escape('Foo.bot (x) "$1"')
    'Foo\\.bot \\(x\\) \\x22\\x241\\x22'
    """
    return "".join(map(_escape_letter, text))


def _escape_letter(letter: str) -> str:
    if letter in PLAIN:
        return letter
    if letter in PUNCTUATION:
        return f"\\{letter}"
    return "".join(f"\\x{byte:02x}" for byte in letter.encode("utf-8", "backslashreplace"))


def match_pattern(rule: AgentRule) -> str:
    """Return what a user agent must match to be blocked, in any case."""
    if rule.is_exact:
        return f"^{escape(rule.text)}$"
    return f"{BEFORE}{escape(rule.text)}{AFTER}"


def spare_pattern(rule: AgentRule) -> str:
    """Return what a user agent must not match to be blocked; empty if nothing is spared.

    "like X" does not declare X.
    """
    if rule.is_exact:
        return ""
    longer = "".join(f"|{BEFORE}{escape(name)}{AFTER}" for name in rule.spared)
    return f"like +{escape(rule.text)}{longer}"


def single_pattern(rule: AgentRule) -> str:
    """Return both in a single pattern, for servers whose patterns are those of PCRE."""
    spare = spare_pattern(rule)
    return f"^(?!.*({spare})).*{match_pattern(rule)}" if spare else match_pattern(rule)


def lookaround(rule: AgentRule) -> str:
    """Return a pattern of the quoted user agent at the end of a line of a log, for Python."""
    if rule.is_exact:
        return f'"{escape(rule.text)}"$'
    before, after = r"(?<![A-Za-z0-9._/-])", f"(?={AFTER[1:]}"
    longer = "".join(f"|{before}{escape(name)}{after}" for name in rule.spared)
    spare = f'(?![^"]*(like +{escape(rule.text)}{longer}))'
    return f'"{spare}[^"]*{before}{escape(rule.text)}{after}[^"]*"$'


def comment(text: str) -> str:
    r"""Write a text as the rest of a line that no server reads.

    >>> comment("a\nb \\"), comment("${HOME} 100%")
    ('a?b ?', '??HOME? 100?')
    """
    letters = (letter if letter in COMMENT else "?" for letter in text[:MAX_COMMENT])
    return "".join(letters) + "..." * (len(text) > MAX_COMMENT)
