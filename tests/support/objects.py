"""Objects that a test names by URLs, without listing them."""

from pathlib import Path

from findrobots.storage.discovery import find_sources
from findrobots.storage.locations import StoredObject, root_of
from findrobots.storage.sources import Source
from findrobots.storage.typed_urls import take_apart
from findrobots.storage.urls import is_url


def placed(url):
    """Where a typed URL lies; a local path as it is."""
    if not is_url(url):
        return url
    first = url.partition("::")[0]
    path = first if first.startswith("http") else first.partition("://")[2]
    if first.startswith("file"):
        path = first.partition("://")[2]
    return StoredObject(take_apart(url).name, root_of(url, path), path, typed=True)


def listed(log):
    """A log as it is listed: a local path, an object, or standard input."""
    if isinstance(log, StoredObject):
        return Source(log.name, 0, stored=log)
    return find_sources(log)[0] if Path(log).exists() else Source(log, 0)
