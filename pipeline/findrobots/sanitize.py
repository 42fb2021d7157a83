"""Text of unknown origin to text that is safe to show: no credentials, no control characters."""

import re

__all__ = ["printable", "without_credentials"]

# RFC 3986, 3.2.1: what stands before the @ of an authority. That of Azure's schemes is the
# name of a container and no secret.
_USER = re.compile(r"(?<!\baz)(?<!\babfs)(?<!\babfss)://[^/\s]*@")
# Whatever a query of HTTP holds may sign it: X-Amz-Signature, sig, token and others.
# One that has none is matched whole, so that no part of it is looked at again.
_QUERY = re.compile(
    r"(\bhttps?://[^\s?'\"<>]*+)(?>(?:\?(?>(?:(?!::|[:;,.]?(?:\s|$))[^\s'\"<>)])*))?)"
)


def without_credentials(text: str) -> str:
    """Return a text with users, passwords and queries taken out of the URLs in it.

    >>> without_credentials("sftp://me:secret@host/a.log, https://host/b.gz?sig=secret")
    'sftp://host/a.log, https://host/b.gz'
    """
    if "://" not in text:
        return text
    return _QUERY.sub(r"\1", _USER.sub("://", text))


# Letters and marks to Python, and nothing to see: of what the Unicode Standard calls "default
# ignorable" those that are no format characters, and the blank pattern of Braille.
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
    r"""Return a stranger's text with all that could steer a terminal, or hides, escaped.

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
