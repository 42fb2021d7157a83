"""A URL to the bytes that are stored there."""

from pipeline.places import name_fault, reason_of, system_of

__all__ = ["Remote", "open_stored", "read_whole"]

# Bytes asked for at a time: a network's latency is then a small part of the time.
RANGE_SIZE = 4 * 1024 * 1024


class Remote:
    """A log at a URL, read in ranges. Whatever goes wrong is an ``OSError``."""

    def __init__(self, url: str) -> None:
        try:
            # An archive is closed when nobody holds its file system any more.
            self.system, path = system_of(url)
            self.file = self.system.open(path, "rb", block_size=RANGE_SIZE)
        except Exception as error:
            raise OSError(reason_of(error)) from error

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""
        try:
            return bytes(self.file.read(size))
        except Exception as error:
            raise OSError(reason_of(error)) from error

    def close(self) -> None:
        """Let go of it."""
        self.file.close()


def open_stored(url: str) -> Remote:
    """Open the log at a URL.

    Raises
    ------
    OSError
        It cannot be opened; reading raises nothing else either.
    """
    return Remote(url)


def read_whole(url: str) -> bytes:
    """Return all bytes at a URL.

    Raises
    ------
    NoSuchLogError, MissingExtraError, UnreachableError
        As their names say.
    """
    try:
        system, path = system_of(url)
        return bytes(system.cat_file(path))
    except Exception as error:
        raise name_fault(url, error) from error
