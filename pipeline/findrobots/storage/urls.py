"""List the logs at URLs, and describe the errors of fsspec and its libraries."""

import os
from collections.abc import Callable, Iterator
from typing import Any

from findrobots.errors import FindrobotsError, LogNotFoundError, MissingExtraError, UnreachableError
from findrobots.sanitize import without_credentials
from findrobots.storage.retry import retry, root_cause

__all__ = [
    "error_text",
    "exists",
    "filesystem_of",
    "is_async",
    "is_url",
    "list_logs",
    "local_path",
    "missing_access",
    "same_place",
    "schemes_of",
    "translate_error",
]

# What fsspec's file systems call the version of an object, the best first: an entity tag (RFC 9110,
# section 8.8.3), a checksum, or the time of the last change.
VERSIONS = (
    *("ETag", "etag", "generation", "Content-MD5", "md5Hash"),
    *("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modified"),
)

Matches = Callable[[str], object]

# URL schemes that need a library beyond fsspec, by the extra that installs it.
EXTRAS = {
    "s3": ("s3", "s3a"),
    "gcs": ("gs", "gcs"),
    "azure": ("az", "abfs", "abfss", "adl"),
    "http": ("http", "https"),
    "sftp": ("sftp", "ssh"),
}

# fsspec's URLs of local files.
LOCAL = ("file://", "local://")
# Schemes that fsspec reads in coroutines, so that several files can be read concurrently.
ASYNC_SCHEMES = {scheme for extra in ("s3", "gcs", "azure", "http") for scheme in EXTRAS[extra]}


def is_url(path: str) -> bool:
    """Return whether this is a URL and not a local path."""
    return "://" in path


def local_path(location: str) -> str | None:
    """Return the local path of a path or ``file://`` URL, or None for any other URL."""
    if not is_url(location):
        return location
    if location.startswith(LOCAL) and "::" not in location:
        return str(filesystem_of(location)[1])
    return None


def same_place(url: str, other: str) -> bool:
    """Return whether two URLs name the same object; a URL into an archive names the archive."""
    return _name(url) == _name(other) and _plain_url(url) == _plain_url(other)


def _plain_url(url: str) -> str:
    """Return a URL as fsspec writes it, since a scheme may have several names."""
    system, path = filesystem_of(url.rpartition("::")[2])
    return str(system.unstrip_protocol(path))


def schemes_of(url: str) -> tuple[str, ...]:
    """Return the schemes of a URL; a URL into an archive has several."""
    links = [link.partition("://") for link in url.split("::")]
    return tuple(scheme for scheme, colon, _ in links if colon)


def is_async(url: str) -> bool:
    """Return whether fsspec can read several such URLs concurrently."""
    scheme, _, rest = url.partition("://")
    return scheme in ASYNC_SCHEMES and "::" not in rest


def list_logs(url: str, included: Matches, excluded: Matches) -> list[tuple[str, int, str]]:
    """List the logs that a URL names, each with its URL and stored size.

    The URL of an object is taken as it is. A prefix or directory is searched recursively for names
    that are ``included``. A URL with ``*`` is a glob; its matches are taken unless they
    are ``excluded``.

    Parameters
    ----------
    url
        An object, a prefix or directory, or a glob.
    included, excluded
        Functions that match a file name without its directory.

    Returns
    -------
    list of (str, int, str)
        URLs; sizes in bytes, 0 if unknown; versions, empty if unknown.

    Raises
    ------
    LogNotFoundError
        Nothing has that name.
    MissingExtraError
        The library for the URL's scheme is not installed.
    UnreachableError
        The server did not answer, or denied access.
    """
    try:
        system, path = filesystem_of(url)
        matches = retry(lambda: _matches(system, path))
        if not matches:
            raise LogNotFoundError(url)  # noqa: TRY301 (translate_error handles all errors)
        found = dict[str, tuple[int, str]]()
        for match, info in matches.items():
            if match != path and excluded(_name(match)):
                continue
            for name, each in _search(system, match, info, included):
                stored = (each.get("size") or 0, _version_of(each))
                found[url if name == path else _url_of(name, url, system, path)] = stored
    except Exception as error:
        raise translate_error(url, error) from error
    return [(name, *stored) for name, stored in found.items()]


def exists(url: str) -> bool:
    """Return whether there is an object at a URL; assume so if that cannot be found out."""
    try:
        system, path = filesystem_of(url)
        return bool(system.exists(path))
    except Exception:  # noqa: BLE001 (of any storage library)
        return True


def _matches(system: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 (fsspec ships no types)
    """Return the paths that a path or glob names, each with its type and size."""
    if "*" in path:
        matches: dict[str, Any] = system.glob(path, detail=True)
        return matches
    return {path: {"type": "directory"} if path.endswith("/") else system.info(path)}


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _search(
    system: Any,  # noqa: ANN401 (fsspec ships no types)
    path: str,
    info: dict[str, Any],
    included: Matches,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield an object itself, or the objects below a directory whose names are included."""
    if info["type"] != "directory":
        yield path, info
        return
    for found, each in system.find(path, detail=True).items():
        if included(_name(found)):
            yield found, each


def _version_of(info: dict[str, Any]) -> str:
    """Return what a storage says of an object that changes whenever its content does."""
    return next((str(info[name]) for name in VERSIONS if info.get(name)), "")


def _url_of(found: str, url: str, system: Any, path: str) -> str:  # noqa: ANN401 (see above)
    """Return the URL of a path that was found below a URL, whose own path is ``path``."""
    if is_url(found):
        return found
    begin = url.index("://") + (1 if path.startswith("/") else 3)
    at = url.find(path, begin)
    authority = url[begin:].partition("/")[0]
    if at < 0 and "@" in authority:  # Azure: az://container@account/log is container/log
        return f"{url[:begin]}{authority}/{found.partition('/')[2]}"
    if at < 0:
        return str(system.unstrip_protocol(found))
    _, chain, outer = url[at + len(path) :].partition("::")
    return url[:at] + found + chain + outer


def filesystem_of(url: str) -> tuple[Any, str]:
    """Return fsspec's file system for a URL, and the path in it."""
    from fsspec.core import url_to_fs  # noqa: PLC0415 (only a URL needs it)

    system, path = url_to_fs(url)
    return system, path


def translate_error(url: str, error: Exception) -> FindrobotsError:
    """Return the error of findrobots for an error of any storage library."""
    error = root_cause(error)
    if isinstance(error, FindrobotsError):
        return error
    if isinstance(error, FileNotFoundError):
        return LogNotFoundError(url)
    if isinstance(error, ImportError):
        return MissingExtraError(url, _install_hint(url, error))
    return UnreachableError(url, error_text(error))


def _install_hint(url: str, error: Exception) -> str:
    extras = [extra for extra, schemes in EXTRAS.items() if {*schemes_of(url)} & {*schemes}]
    return (
        f"pip install 'findrobots[{extras[0]}]'"
        if extras
        else f"install a package that supports them ({error_text(error)})"
    )


def missing_access(location: str) -> tuple[str, str] | None:
    """Return why this process cannot access a path or URL, and a hint; None if it can.

    A directory must be writable. For a URL only the libraries of its schemes are looked
    for; no server is contacted.
    """
    from fsspec import get_filesystem_class  # noqa: PLC0415 (only a cluster needs it)

    url = is_url(location)
    try:
        for scheme in schemes_of(location) if url else ():
            get_filesystem_class(scheme)
    except (ImportError, ValueError) as error:
        return (
            f"has no support for {location}",
            f"on that machine: {_install_hint(location, error)}",
        )
    path = local_path(location.rpartition("::")[2] if url else location)
    if path is None or os.access(path, os.W_OK if os.path.isdir(path) else os.R_OK):  # noqa: PTH112 (paths are strings)
        return None
    return (
        f"has no access to {path}",
        "use an absolute path that all machines share, or URLs of logs",
    )


def error_text(error: Exception) -> str:
    """Return the message of an error as one line without credentials."""
    text = str(error) or type(error).__name__
    return without_credentials(" ".join(text.split()))
