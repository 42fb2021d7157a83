"""Remove credentials and escape control characters before text is shown."""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import ClassVar

__all__ = ["MIN_SECRET", "hide", "printable", "safe", "without_credentials"]

# A shorter value is removed only where it stands in a URL: it may be a part of any other word.
MIN_SECRET = 6
# Secrets that are known at a time: those of the URLs that were used last.
MAX_SECRETS = 256
HIDDEN = "***"
# What begins an escape, perhaps escaped itself; and white space in any form. These are bounded, so
# that no text takes more than linear time.
PERCENT, BACKSLASHES = r"%(?:25){0,3}", r"\\{1,8}"
SPACE = rf"(?:\s|\+|{PERCENT}(?:20|0[9A-Da-d])|\\[nrt]){{1,9}}"
UTF_8 = ("utf-8", "surrogatepass")

# RFC 3986, 3.2.1: the user information, which ends at the @ of an authority. In the schemes
# of Azure it is the name of a container, which is not secret.
_USER = re.compile(r"(?<!\baz)(?<!\babfs)(?<!\babfss)://[^/\s]*@")
# Any part of an HTTP query may be a signature: X-Amz-Signature, sig, token and others.
# A URL without a query is matched completely, so that no part of it is searched twice.
_QUERY = re.compile(
    r"(\bhttps?://[^\s?'\"<>]*+)(?>(?:\?(?>(?:(?!::|[:;,.]?(?:\s|$))[^\s'\"<>)])*))?)"
)


class _Secrets:
    """The secrets of this process, those that were used last at the end."""

    known: ClassVar[tuple[str, ...]] = ()


def hide(secrets: Iterable[str]) -> None:
    """Have secrets removed from all text that ``without_credentials`` returns from now on.

    Parameters
    ----------
    secrets
        Users, passwords, values of queries. Those of fewer than six letters are not looked for.
    """
    known = dict.fromkeys(_Secrets.known)
    for secret in secrets:
        if len(secret.strip()) >= MIN_SECRET:
            known.pop(secret, None)
            known[secret] = None
    _Secrets.known = (*known,)[-MAX_SECRETS:]


@lru_cache(maxsize=1)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    """Return what finds each secret in any form."""
    # The longest first: a secret may be the beginning of another one.
    return re.compile("|".join(map(_any_form, sorted(secrets, key=len, reverse=True))))


def _any_form(secret: str) -> str:
    """Return a pattern of a secret: plain, quoted, escaped, or percent-encoded once or more."""
    return "".join(
        SPACE if is_space else "".join(f"(?:{'|'.join(_forms(letter))})" for letter in letters)
        for is_space, letters in groupby(secret.strip(), str.isspace)
    )


def _forms(letter: str) -> Iterator[str]:
    """Yield the patterns of a letter as it is written by one library or another."""
    yield re.escape(letter)
    stored = os.fsencode(letter) if "\udc80" <= letter <= "\udcff" else letter.encode(*UTF_8)
    yield "".join(f"{PERCENT}(?i:{byte:02x})" for byte in stored)  # RFC 3986, section 2.1
    if letter.isascii() and letter.isalnum():
        return
    if letter == "+":
        yield SPACE  # decoded, as in a form (WHATWG URL, application/x-www-form-urlencoded)
    yield BACKSLASHES + re.escape(letter)  # in quotes
    yield BACKSLASHES + f"(?i:x{ord(letter):02x}|u{ord(letter):04x}|U{ord(letter):08x})"
    yield "".join(BACKSLASHES + f"(?i:x{byte:02x})" for byte in stored)
    import html  # noqa: PLC0415 (only secrets need it)

    yield re.escape(html.escape(letter))


def without_credentials(text: str) -> str:
    """Remove users, passwords and queries from the URLs in a text, and all secrets given to hide.

    >>> without_credentials("sftp://me:secret@host/a.log, https://host/b.gz?sig=secret")
    'sftp://host/a.log, https://host/b.gz'
    """
    if "://" in text:
        text = _QUERY.sub(r"\1", _USER.sub("://", text))
    known = _Secrets.known
    return _pattern(frozenset(known)).sub(HIDDEN, text) if known else text


# Characters that Python calls printable but that show nothing: of the "default ignorable" ones
# of the Unicode Standard those that are not format characters, and the blank Braille pattern.
INVISIBLE = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def printable(text: str) -> str:
    r"""Escape control, bidirectional and invisible characters in untrusted text.

    >>> printable("bot\x1b[2J")
    'bot\\x1b[2J'
    """
    if text.isprintable() and (text.isascii() or INVISIBLE.isdisjoint(text)):
        return text
    return "".join(
        letter
        if letter.isprintable() and letter not in INVISIBLE
        else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


def safe(text: str) -> str:
    r"""Return untrusted text as one line without credentials and control characters.

    >>> safe("https://me:secret@host/a\n")
    'https://host/a\\n'
    """
    return printable(without_credentials(text))
