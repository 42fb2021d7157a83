"""URLs to the logs that are stored there, and what reads them, by fsspec."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from pipeline.credentials import without_credentials
from pipeline.errors import MissingExtraError, NoSuchLogError, UnreachableError

__all__ = ["Remote", "is_url", "list_logs", "open_stored"]

Counts = Callable[[str], object]

# What a URL's scheme needs beyond fsspec, by the extra that installs it.
EXTRAS = {
    "s3": ("s3", "s3a"),
    "gcs": ("gs", "gcs"),
    "azure": ("az", "abfs", "abfss", "adl"),
    "http": ("http", "https"),
    "sftp": ("sftp", "ssh"),
}
# Bytes asked for at a time: a network's latency is then a small part of the time.
RANGE_SIZE = 4 * 1024 * 1024


def is_url(path: str) -> bool:
    """Tell a URL from a path of this machine."""
    return "://" in path


def list_logs(url: str, counts: Counts, excluded: Counts) -> list[tuple[str, int]]:
    """List the logs that a URL names: each one's URL and its size as stored, 0 if unknown.

    An object is itself; below a prefix or directory the names that count are listed, at
    any depth; a ``*`` makes a glob of it, whose matches are taken unless excluded.

    Raises
    ------
    NoSuchLogError
        There is nothing of that name.
    MissingExtraError, UnreachableError
        As their names say.
    """
    with _faults_named(url):
        system, path = _system(url)
        if "*" in path:
            matches = _but(excluded, system.glob(path, detail=True))
        elif path.endswith("/"):
            matches = {path: {"type": "directory"}}
        else:
            matches = {path: system.info(path)}
        if not matches:
            raise NoSuchLogError(url)
        found = dict[str, int]()
        for match, info in matches.items():
            for place, size in _below(system, match, info, counts):
                found[url if place == path else _url_of(place, url, system, path)] = size
    return list(found.items())


def _but(excluded: Counts, matches: dict[str, Any]) -> dict[str, Any]:
    return {place: info for place, info in matches.items() if not excluded(_name(place))}


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
    if at < 0:
        return str(system.unstrip_protocol(place))
    _, chain, outer = url[at + len(path) :].partition("::")
    return url[:at] + place + chain + outer


def _system(url: str) -> tuple[Any, str]:
    """Return fsspec's file system of a URL, and the path in it."""
    from fsspec.core import url_to_fs  # noqa: PLC0415 (only a URL pays for it)

    system, path = url_to_fs(url)
    return system, path


@contextmanager
def _faults_named(url: str) -> Iterator[None]:
    """Give a fault of whatever library a scheme takes its name, and hide credentials."""
    try:
        yield
    except (NoSuchLogError, MissingExtraError):
        raise
    except FileNotFoundError as error:
        raise NoSuchLogError(url) from error
    except ImportError as error:
        raise _missing(url, error) from error
    except Exception as error:
        raise UnreachableError(url, _reason(error)) from error


def _missing(url: str, error: ImportError) -> MissingExtraError:
    schemes = re.findall(r"(\w+)://", url)
    extras = [extra for extra, those in EXTRAS.items() if {*schemes} & {*those}]
    mend = f"pip install 'findrobots[{extras[0]}]'" if extras else _reason(error)
    return MissingExtraError(url, mend)


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return without_credentials(" ".join(text.split()))


class Readable(Protocol):
    """What bytes can be read of, and what is closed afterwards."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""

    def close(self) -> None:
        """Let go of it."""


class Remote:
    """A log at a URL, read in ranges. Whatever goes wrong is an ``OSError``."""

    def __init__(self, url: str) -> None:
        try:
            # An archive is closed when nobody holds its file system any more.
            self.system, path = _system(url)
            self.file = self.system.open(path, "rb", block_size=RANGE_SIZE)
        except Exception as error:
            raise OSError(_reason(error)) from error

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""
        try:
            return bytes(self.file.read(size))
        except Exception as error:
            raise OSError(_reason(error)) from error

    def close(self) -> None:
        """Let go of it."""
        self.file.close()


def open_stored(url: str) -> Readable:
    """Open the log at a URL.

    Raises
    ------
    OSError
        It cannot be opened; reading raises nothing else either.
    """
    return Remote(url)
