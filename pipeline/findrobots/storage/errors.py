"""Errors of storage."""

from findrobots.errors import FindrobotsError

__all__ = ["ArchiveError"]


class ArchiveError(FindrobotsError):
    """A URL leads into an archive that cannot be read."""

    url: str
    reason: str
    template = (
        "{url}: Not an archive that can be read ({reason}). tar:// reads uncompressed archives: "
        "decompress a .tar.gz first."
    )
