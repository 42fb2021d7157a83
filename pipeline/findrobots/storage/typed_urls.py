"""Take apart the URLs that a user types: what names a place, and what is secret.

A URL is taken apart once, as it was typed. What is found below it is named by the parts of it that
are no secrets, and its secrets are known by value from then on (``findrobots.sanitize.hide``).
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from findrobots.sanitize import hide

__all__ = ["AZURE", "LOCAL", "OBJECTS", "WEB", "Link", "TypedUrl", "hide_secrets", "take_apart"]

# RFC 3986, section 3.1: what a scheme is; a user may write other slashes behind it.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):([/\\]+)(.*)", re.DOTALL)
_SEPARATORS = re.compile(r"[&;#?]|::")
# RFC 3986, section 3.2: a name or an address in brackets, and a port.
_HOST = re.compile(r"(?:\[[^\]]*\]|[^:]*)(?::\d*)?")

# Schemes of fsspec for files and directories of this machine, and for members of archives: what
# follows is a path, in which @, ? and # are letters.
LOCAL = frozenset(("file", "local", "asynclocal"))
IN_ARCHIVE = frozenset(("zip", "tar", "libarchive"))
_PATHS = LOCAL | IN_ARCHIVE | {"dir", "memory"}
# Schemes behind which another link follows.
_CHAINED = IN_ARCHIVE | {"blockcache", "cached", "dir", "filecache", "reference", "simplecache"}
# In the schemes of Azure, the user information is the name of a container, which is not secret.
AZURE = frozenset(("az", "abfs", "abfss", "adl"))
# Keys of objects may contain ? and #; a query has values.
OBJECTS = AZURE | {"s3", "s3a", "gs", "gcs", "oci", "oss", "tos"}
WEB = frozenset(("http", "https"))


class Link(NamedTuple):
    """A part of a chained URL, such as ``https://me:key@host/a?sig=1`` or ``simplecache``."""

    scheme: str  # in small letters; empty if it has none
    user: str  # the user information (RFC 3986, section 3.2.1), without its @
    authority: str  # the host and port, or the first part of a path
    path: str
    hidden: str  # the query and the fragment
    name: str  # without user information, query and fragment


class TypedUrl(NamedTuple):
    """A URL in its parts.

    Attributes
    ----------
    links
        The parts that ``::`` separates: a member of an archive, and where that archive lies.
    name
        The URL for display, of schemes, hosts and paths.
    secrets
        Users, passwords, values of queries, and fragments, as they were typed.
    """

    links: tuple[Link, ...]
    name: str
    secrets: frozenset[str]


@lru_cache(maxsize=1024)
def take_apart(url: str) -> TypedUrl:
    """Take a URL apart, whether it is correct or not.

    >>> take_apart("zip://a.log::https://me:secret@host/b.zip?sig=1#x").name
    'zip://a.log::https://host/b.zip'
    >>> sorted(take_apart("s3://me:pass/word@bucket/a?sig=x::y").secrets)
    ['me', 'pass/word', 'x', 'y']
    """
    texts = list[str]()
    for text in url.split("::"):
        # Nothing lies in what is no archive: these are colons of a password, a query, or IPv6.
        before = _SCHEME.match(texts[-1]) if texts else None
        if before and before[1].lower() not in _CHAINED and not _SCHEME.match(text):
            texts[-1] += f"::{text}"
        else:
            texts.append(text)
    links = [*map(_link, texts)]
    name = "::".join(link.name for link in links)
    secrets = {secret for link in links for secret in _secrets(link) if secret not in name}
    return TypedUrl(tuple(links), name, frozenset(secrets - {""}))


def hide_secrets(urls: Iterable[object]) -> None:
    """Have the secrets of some URLs removed from all text that is printed from now on.

    What is no URL, as a path of this machine, has none.
    """
    for url in urls:
        if isinstance(url, str | os.PathLike) and ":" in (text := os.fspath(url)):
            hide(take_apart(text).secrets)


def _link(text: str) -> Link:
    found = _SCHEME.match(text)
    if not found:
        return Link("", "", "", text, "", text)
    typed, slashes, rest = found.groups()
    scheme = typed.lower()
    user, rest = _split_user(rest) if scheme not in _PATHS else ("", rest)
    if scheme in AZURE and user and ":" not in user:
        user, rest = "", f"{user}@{rest}"
    place, hidden = _split_hidden(scheme, rest)
    # Slashes that belong to the path, as in file:///logs.
    extra = slashes[2:] if slashes.startswith("//") else ""
    authority, slash, path = (extra + place).partition("/")
    return Link(scheme, user, authority, slash + path, hidden, f"{typed}:{slashes}{place}")


def _split_user(rest: str) -> tuple[str, str]:
    """Split the user information off, also where a password contains a slash.

    An authority ends at a slash, ? or # (RFC 3986, section 3.2). If what would be the port is no
    number, and an @ follows, these belong to a password that was not percent-encoded.
    """
    end = _end(rest, "/?#")
    at = rest.rfind("@", 0, end)
    while True:
        later = rest.find("@", max(at + 1, end))
        if later < 0 or _HOST.fullmatch(rest, at + 1, end):
            return rest[: max(at, 0)], rest[at + 1 :]
        at = later
        end = _end(rest, "/?#", at)


def _end(text: str, letters: str, begin: int = 0) -> int:
    """Return where the first of some letters is, or the end."""
    return next((at for at in range(begin, len(text)) if text[at] in letters), len(text))


def _split_hidden(scheme: str, rest: str) -> tuple[str, str]:
    """Split the query and the fragment off."""
    if scheme in _PATHS:
        return rest, ""
    at = _end(rest, "?#")
    if scheme in OBJECTS and "=" not in rest[at:]:
        return rest, ""
    return rest[:at], rest[at:]


def _secrets(link: Link) -> Iterator[str]:
    user, _, password = link.user.partition(":")
    yield from (user, password)
    for field in _SEPARATORS.split(link.hidden):
        name, equals, value = field.partition("=")
        yield value if equals else name
    for secret in (user, password):  # some libraries decode them
        yield unquote(secret)
