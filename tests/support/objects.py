"""Objects that a test names by URLs, without listing them."""

from findrobots.storage.locations import StoredObject, root_of
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
