"""Text that names URLs to the same text without their credentials."""

import re

__all__ = ["without_credentials"]

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
    text = str(text)  # and nothing that holds more, as a URL whose log is being opened
    return _QUERY.sub(r"\1", _USER.sub("://", text))
