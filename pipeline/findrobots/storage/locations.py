"""Say where an object lies: in the file system of a URL that was typed, at a path in it.

A path that was found by listing is never parsed: it is no URL, chain, glob or option, whatever is
in it.
"""

import re
from typing import Any, NamedTuple

from findrobots.errors import FindrobotsError
from findrobots.storage.typed_urls import AZURE, LOCAL, OBJECTS, WEB, Link, hide_secrets, take_apart

__all__ = ["FileSystemRoot", "StoredObject", "check_path", "filesystem_of", "root_of"]

# What the libraries of object stores take for the version of an object, in its key.
_VERSION = re.compile(r"\?versionid=|\?generation=|#\d+$", re.IGNORECASE)
# RFC 3986, section 5.2.4: segments that are removed from a URL.
_DOTS = re.compile(r"/\.{1,2}(?:/|$)|/(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


class FileSystemRoot(NamedTuple):
    """A file system as a value: the typed URL that opens it, and how what lies in it is named."""

    url: str
    begin: str  # of the name of what lies in it
    strip: str  # the beginning of a path that is not in its name
    end: str
    scheme: str  # of the link that its paths belong to

    def name_of(self, path: str) -> str:
        """Return the name of what lies at a path, without secrets."""
        rest = path.removeprefix(self.strip)
        if self.scheme in WEB:  # whose paths are URLs
            rest = re.split(r"[?#]", rest, maxsplit=1)[0]
        return self.begin + rest + self.end

    def path_of(self, name: str) -> str | None:
        """Return the path of what has a name; None if that is unknown, or another file system."""
        end = len(name) - len(self.end)
        if not (name.startswith(self.begin) and name.endswith(self.end) and end > len(self.begin)):
            return None
        if self.scheme in WEB and ("?" in self.url or "#" in name):
            return None
        return self.strip + name[len(self.begin) : end]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.begin}{self.end})"


class StoredObject(NamedTuple):
    """An object: a file system, a path in it, and a name that no other log of a run has."""

    name: str  # for display, without secrets
    root: FileSystemRoot
    path: str
    typed: bool = False  # the path is that of the typed URL
    size: int = 0  # as it was listed, in bytes; 0 if unknown

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"


def root_of(url: str, path: str) -> FileSystemRoot:
    """Return the file system of a typed URL.

    Parameters
    ----------
    url
        As it was typed.
    path
        The path of this URL in its file system, according to fsspec.
    """
    links = take_apart(url).links
    # Words such as simplecache come before the link whose path it is.
    number = next((number for number, link in enumerate(links) if link.scheme), 0)
    before = "".join(f"{link.name}::" for link in links[:number])
    end = "".join(f"::{link.name}" for link in links[number + 1 :])
    link = links[number]
    scheme = link.name.partition(":")[0]
    begin, strip = f"{scheme}://", ""
    if link.scheme in WEB:
        at = path.find("/", path.find("://") + 3)
        strip = path if at < 0 else path[:at]
        return FileSystemRoot(url, f"{before}{begin}{link.authority}", strip, end, link.scheme)
    if link.scheme in AZURE and "@" in link.authority:  # container@account: the path has no account
        begin, strip = f"{begin}{link.authority}/", f"{link.authority.partition('@')[0]}/"
    elif link.scheme not in LOCAL:
        begin = f"{scheme}:{_slashes(link, path.removesuffix(link.hidden))}"
    return FileSystemRoot(url, before + begin, strip, end, link.scheme)


def _slashes(link: Link, path: str) -> str:
    """Return what stands between the scheme of a URL and its path in fsspec's file system."""
    if path.strip("/") == (link.authority + link.path).strip("/"):  # it begins with a bucket
        return "/" if link.authority and path.startswith("/") else "//"
    if path.strip("/") != link.path.strip("/"):
        return "/" if path.startswith("/") else "//"
    return f"//{link.authority}" if path.startswith("/") or not path else f"//{link.authority}/"


def filesystem_of(url: str) -> tuple[Any, str]:
    """Return fsspec's file system for a typed URL, and the path in it."""
    from fsspec.core import url_to_fs  # noqa: PLC0415 (only a URL needs it)

    hide_secrets([url])
    system, path = url_to_fs(url)
    return system, path


def check_path(system: Any, each: StoredObject) -> None:  # noqa: ANN401 (fsspec ships no types)
    """Check that a library takes the path of an object for nothing else.

    Raises
    ------
    FindrobotsError
        It would open something else.
    """
    if each.typed:
        return
    # fsspec removes a scheme from the beginning of each path that it is given.
    stripped = system._strip_protocol(each.path)  # noqa: SLF001 (what open() does first)
    if each.root.scheme in WEB:
        is_safe = each.path.startswith(f"{each.root.strip}/") and not _DOTS.search(each.path)
    else:
        is_safe = stripped == each.path
    if each.root.scheme in OBJECTS and _VERSION.search(each.path):
        is_safe = False
    if not is_safe:
        message = "its name would be understood as another one"
        raise FindrobotsError(message)  # which is not tried again
