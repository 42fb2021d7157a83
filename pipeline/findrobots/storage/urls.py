"""List the logs at URLs, and describe the errors of fsspec and its libraries."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

from findrobots.errors import FindrobotsError, LogNotFoundError, MissingExtraError, UnreachableError
from findrobots.sanitize import without_credentials
from findrobots.storage.locations import StoredObject, filesystem_of, root_of
from findrobots.storage.retry import retry, root_cause
from findrobots.storage.typed_urls import OBJECTS, take_apart

__all__ = [
    "error_text",
    "exists",
    "is_async",
    "is_object",
    "is_url",
    "list_logs",
    "local_path",
    "local_path_of",
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
    """Return whether what the user typed is a URL and not a local path.

    Nothing else is asked: a name that was found is no URL, whatever is in it.
    """
    return "://" in path


def local_path(location: str) -> str | None:
    """Return the local path of a path or ``file://`` URL, or None for any other URL."""
    if not is_url(location):
        return location
    if location.startswith(LOCAL) and "::" not in location:
        return str(filesystem_of(location)[1])
    return None


def local_path_of(each: StoredObject) -> str | None:
    """Return the local path of an object, or of the archive that it is in; None if remote."""
    archive = each.root.url.partition("::")[2]
    if archive:
        return local_path(archive.rpartition("::")[2])
    return each.path if local_path(each.root.url) is not None else None


def same_place(url: str, each: StoredObject) -> bool:
    """Return whether a typed URL names an object, or the archive that it is in."""
    archive = each.root.url.partition("::")[2].rpartition("::")[2]
    if archive:
        if not is_url(archive):
            return False
        system, path = filesystem_of(archive)
    else:
        system, path = filesystem_of(each.root.url)[0], each.path
    if _name(url) != _name(path):
        return False
    other, place = filesystem_of(url)
    # As fsspec writes it, since a scheme may have several names.
    return str(other.unstrip_protocol(place)) == str(system.unstrip_protocol(path))


def schemes_of(url: str) -> tuple[str, ...]:
    """Return the schemes of a URL; a URL into an archive has several."""
    links = [link.partition("://") for link in url.split("::")]
    return tuple(scheme for scheme, colon, _ in links if colon)


def is_async(url: str) -> bool:
    """Return whether fsspec can read several such URLs concurrently."""
    scheme, _, rest = url.partition("://")
    return scheme in ASYNC_SCHEMES and "::" not in rest


def is_object(url: str) -> bool:
    """Return whether a URL names an object, of which a range is fetched with one request."""
    return is_async(url) and schemes_of(url)[0] in OBJECTS


def list_logs(
    url: str, included: Matches, excluded: Matches
) -> list[tuple[StoredObject, int, str]]:
    """List the logs that a URL names, each as an object with its stored size.

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
    list of (StoredObject, int, str)
        Objects; sizes in bytes, 0 if unknown; versions, empty if unknown.

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
            raise LogNotFoundError(take_apart(url).name)  # noqa: TRY301 (translate_error handles all errors)
        root, found = root_of(url, path), dict[str, tuple[int, str]]()
        for match, info in matches.items():
            if match != path and excluded(_name(match)):
                continue
            for name, each in _search(system, match, info, included):
                found[name] = (each.get("size") or 0, _version_of(each))
    except Exception as error:
        raise translate_error(url, error) from error
    typed = StoredObject(take_apart(url).name, root, path, typed=True)
    objects = (
        typed if name == path else StoredObject(root.name_of(name), root, name) for name in found
    )
    return [
        (each._replace(size=size), size, version)
        for each, (size, version) in zip(objects, found.values(), strict=True)
    ]


def exists(each: StoredObject) -> bool:
    """Return whether there is an object; assume so if that cannot be found out."""
    try:
        return bool(filesystem_of(each.root.url)[0].exists(each.path))
    except Exception:  # noqa: BLE001 (of any storage library)
        return True


def _matches(system: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 (fsspec ships no types)
    """Return the paths that a typed path or glob names, each with its type and size."""
    if "*" in path and _is_archive(system):
        from fsspec.utils import glob_translate  # noqa: PLC0415 (only a URL needs it)

        matcher = re.compile(glob_translate(path)).match
        return {name: info for name, info in _members(system).items() if matcher(name)}
    if "*" in path:
        matches: dict[str, Any] = system.glob(path, detail=True)
        return matches
    return {path: {"type": "directory"} if path.endswith("/") else system.info(path)}


def _is_archive(system: Any) -> bool:  # noqa: ANN401 (fsspec ships no types)
    from fsspec.archive import AbstractArchiveFileSystem  # noqa: PLC0415 (only a URL needs it)

    return isinstance(system, AbstractArchiveFileSystem)


def _members(system: Any) -> dict[str, Any]:  # noqa: ANN401 (fsspec ships no types)
    """Return all members of an archive, by their names in it.

    fsspec walks through directories, which leaves out members such as ``/a.log`` and ``a//b.log``.
    """
    system.info("")  # reads the index
    members: dict[str, Any] = system.dir_cache
    return members


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
    if _is_archive(system):
        below = f"{path.rstrip('/')}/" if path.strip("/") else ""
        objects = {
            name: each
            for name, each in _members(system).items()
            if name.startswith(below) and each["type"] != "directory"
        }
    else:
        objects = system.find(path, detail=True)
    for found, each in objects.items():
        if included(_name(found)):
            yield found, each


def _version_of(info: dict[str, Any]) -> str:
    """Return what a storage says of an object that changes whenever its content does."""
    return next((str(info[name]) for name in VERSIONS if info.get(name)), "")


def translate_error(url: str, error: Exception) -> FindrobotsError:
    """Return the error of findrobots for an error of any storage library with a typed URL."""
    error = root_cause(error)
    if isinstance(error, FindrobotsError):
        return error
    if isinstance(error, FileNotFoundError):
        return LogNotFoundError(take_apart(url).name)
    if isinstance(error, ImportError):
        return MissingExtraError(take_apart(url).name, _install_hint(url, error))
    if type(error).__module__ in {"tarfile", "zipfile"}:
        from findrobots.storage.errors import ArchiveError  # noqa: PLC0415 (--help does not wait)

        return ArchiveError(take_apart(url).name, error_text(error))
    return UnreachableError(take_apart(url).name, error_text(error))


def _install_hint(url: str, error: Exception) -> str:
    extras = [extra for extra, schemes in EXTRAS.items() if {*schemes_of(url)} & {*schemes}]
    return (
        f"pip install 'findrobots[{extras[0]}]'"
        if extras
        else f"install a package that supports them ({error_text(error)})"
    )


def missing_access(location: str | StoredObject) -> tuple[str, str] | None:
    """Return why this process cannot access a local path or object, and a hint; None if it can.

    A directory must be writable. For an object only the libraries of its schemes are looked
    for; no server is contacted.
    """
    if isinstance(location, StoredObject):
        if lack := _missing_library(location):
            return lack
        path = local_path_of(location)
    else:
        path = location
    if path is None or os.access(path, os.W_OK if os.path.isdir(path) else os.R_OK):  # noqa: PTH112 (paths are strings)
        return None
    return (
        f"has no access to {path}",
        "use an absolute path that all machines share, or URLs of logs",
    )


def _missing_library(each: StoredObject) -> tuple[str, str] | None:
    from fsspec import get_filesystem_class  # noqa: PLC0415 (only a cluster needs it)

    try:
        for scheme in schemes_of(each.root.url):
            get_filesystem_class(scheme)
    except (ImportError, ValueError) as error:
        return (
            f"has no support for {each.name}",
            f"on that machine: {_install_hint(each.root.url, error)}",
        )
    return None


def error_text(error: Exception) -> str:
    """Return the message of an error as one line without credentials."""
    text = str(error) or type(error).__name__
    return without_credentials(" ".join(text.split()))
