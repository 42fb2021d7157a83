"""Remove credentials and escape control characters before text is shown."""

import re

__all__ = ["printable", "safe", "without_credentials"]

# RFC 3986, 3.2.1: the user information, which ends at the @ of an authority. In the schemes
# of Azure it is the name of a container, which is not secret.
_USER = re.compile(r"(?<!\baz)(?<!\babfs)(?<!\babfss)://[^/\s]*@")
# Any part of an HTTP query may be a signature: X-Amz-Signature, sig, token and others.
# A URL without a query is matched completely, so that no part of it is searched twice.
_QUERY = re.compile(
    r"(\bhttps?://[^\s?'\"<>]*+)(?>(?:\?(?>(?:(?!::|[:;,.]?(?:\s|$))[^\s'\"<>)])*))?)"
)


def without_credentials(text: str) -> str:
    """Remove users, passwords and queries from the URLs in a text.

    >>> without_credentials("sftp://me:secret@host/a.log, https://host/b.gz?sig=secret")
    'sftp://host/a.log, https://host/b.gz'
    """
    if "://" not in text:
        return text
    return _QUERY.sub(r"\1", _USER.sub("://", text))


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
