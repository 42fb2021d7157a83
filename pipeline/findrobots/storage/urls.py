"""URLs to the logs that are stored there, by fsspec."""

import os
from collections.abc import Callable, Iterator
from typing import Any

from findrobots.errors import FindrobotsError, LogNotFoundError, MissingExtraError, UnreachableError
from findrobots.sanitize import without_credentials
from findrobots.storage.retry import retry, root_cause

__all__ = [
    "error_text",
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

Counts = Callable[[str], object]

# What a URL's scheme needs beyond fsspec, by the extra that installs it.
EXTRAS = {
    "s3": ("s3", "s3a"),
    "gcs": ("gs", "gcs"),
    "azure": ("az", "abfs", "abfss", "adl"),
    "http": ("http", "https"),
    "sftp": ("sftp", "ssh"),
}

# What fsspec calls the files of this machine.
LOCAL = ("file://", "local://")
# fsspec reads these by coroutines, so that several may be read at once.
AT_ONCE = {scheme for extra in ("s3", "gcs", "azure", "http") for scheme in EXTRAS[extra]}


def is_url(path: str) -> bool:
    """Tell a URL from a path of this machine."""
    return "://" in path


def local_path(place: str) -> str | None:
    """Return the path of this machine that a path or URL leads to; none for another URL."""
    if not is_url(place):
        return place
    if place.startswith(LOCAL) and "::" not in place:
        return str(filesystem_of(place)[1])
    return None


def same_place(url: str, other: str) -> bool:
    """Tell whether two URLs lead to one object, though one may lead further, into an archive."""
    return _name(url) == _name(other) and _plain_url(url) == _plain_url(other)


def _plain_url(url: str) -> str:
    """Return a URL as fsspec writes it: a scheme may have several names."""
    system, path = filesystem_of(url.rpartition("::")[2])
    return str(system.unstrip_protocol(path))


def schemes_of(url: str) -> tuple[str, ...]:
    """Return a URL's schemes, of which there are several where it leads into an archive."""
    links = [link.partition("://") for link in url.split("::")]
    return tuple(scheme for scheme, colon, _ in links if colon)


def is_async(url: str) -> bool:
    """Tell a URL that several may be read of at once."""
    scheme, _, rest = url.partition("://")
    return scheme in AT_ONCE and "::" not in rest


def list_logs(url: str, counts: Counts, excluded: Counts) -> list[tuple[str, int]]:
    """List the logs that a URL names: each one's URL and its size as stored, 0 if unknown.

    An object is itself; below a prefix or directory the names that count are listed, at
    any depth; a ``*`` makes a glob of it, whose matches are taken unless excluded.

    Raises
    ------
    LogNotFoundError
        There is nothing of that name.
    MissingExtraError, UnreachableError
        As their names say.
    """
    try:
        system, path = filesystem_of(url)
        matches = retry(lambda: _matches(system, path))
        if not matches:
            raise LogNotFoundError(url)  # noqa: TRY301 (it is named like the others)
        found = dict[str, int]()
        for match, info in matches.items():
            if match != path and excluded(_name(match)):
                continue
            for place, size in _below(system, match, info, counts):
                found[url if place == path else _url_of(place, url, system, path)] = size
    except Exception as error:
        raise translate_error(url, error) from error
    return list(found.items())


def _matches(system: Any, path: str) -> dict[str, Any]:  # noqa: ANN401 (fsspec ships no types)
    """Return what a path names, or a glob matches, each with its type and size."""
    if "*" in path:
        matches: dict[str, Any] = system.glob(path, detail=True)
        return matches
    return {path: {"type": "directory"} if path.endswith("/") else system.info(path)}


def _name(place: str) -> str:
    return place.rstrip("/").rpartition("/")[2]


def _below(
    system: Any,  # noqa: ANN401 (fsspec ships no types)
    place: str,
    info: dict[str, Any],
    counts: Counts,
) -> Iterator[tuple[str, int]]:
    """Yield an object itself, or those below a directory whose names count."""
    if info["type"] != "directory":
        yield place, info.get("size") or 0
        return
    for found, each in system.find(place, detail=True).items():
        if counts(_name(found)):
            yield found, each.get("size") or 0


def _url_of(place: str, url: str, system: Any, path: str) -> str:  # noqa: ANN401 (likewise)
    """Return the URL of a place that was found at a URL, whose own path is ``path``."""
    if is_url(place):
        return place
    begin = url.index("://") + (1 if path.startswith("/") else 3)
    at = url.find(path, begin)
    authority = url[begin:].partition("/")[0]
    if at < 0 and "@" in authority:  # Azure: az://container@account/log is container/log
        return f"{url[:begin]}{authority}/{place.partition('/')[2]}"
    if at < 0:
        return str(system.unstrip_protocol(place))
    _, chain, outer = url[at + len(path) :].partition("::")
    return url[:at] + place + chain + outer


def filesystem_of(url: str) -> tuple[Any, str]:
    """Return fsspec's file system of a URL, and the path in it."""
    from fsspec.core import url_to_fs  # noqa: PLC0415 (only a URL pays for it)

    system, path = url_to_fs(url)
    return system, path


def translate_error(url: str, error: Exception) -> FindrobotsError:
    """Return a fault of whatever library a scheme takes as one of ours."""
    error = root_cause(error)
    if isinstance(error, FindrobotsError):
        return error
    if isinstance(error, FileNotFoundError):
        return LogNotFoundError(url)
    if isinstance(error, ImportError):
        return MissingExtraError(url, _mend_of(url, error))
    return UnreachableError(url, error_text(error))


def _mend_of(url: str, error: Exception) -> str:
    extras = [extra for extra, those in EXTRAS.items() if {*schemes_of(url)} & {*those}]
    return (
        f"pip install 'findrobots[{extras[0]}]'"
        if extras
        else f"install what does ({error_text(error)})"
    )


def missing_access(place: str) -> tuple[str, str] | None:
    """Tell what this process lacks to come to a place, and the mend; nothing if it may.

    A folder must be one to write in. Of a URL the schemes are tried, no server is asked.
    """
    from fsspec import get_filesystem_class  # noqa: PLC0415 (only a cluster asks)

    url = is_url(place)
    try:
        for scheme in schemes_of(place) if url else ():
            get_filesystem_class(scheme)
    except (ImportError, ValueError) as error:
        return f"lacks what reads {place}", f"on that machine: {_mend_of(place, error)}"
    here = local_path(place.rpartition("::")[2] if url else place)
    if here is None or os.access(here, os.W_OK if os.path.isdir(here) else os.R_OK):  # noqa: PTH112 (paths are strings)
        return None
    return (
        f"has no access to {here}",
        "give an absolute path that all machines share, or URLs of logs",
    )


def error_text(error: Exception) -> str:
    """Return what a library says of its fault, as one line without credentials."""
    text = str(error) or type(error).__name__
    return without_credentials(" ".join(text.split()))
