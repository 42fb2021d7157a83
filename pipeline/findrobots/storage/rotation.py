"""What log rotation does to the name of a log: it adds numbers, dates and compression suffixes."""

import re

__all__ = ["COMPRESSIONS", "family_of", "other_compressions", "without_compression"]

# logrotate(8) appends ".1" or, with dateext, "-YYYYMMDD", also with the time or seconds since
# 1970; with "extension", both go before the extension. cronolog and Apache's rotatelogs put the
# date wherever the user wants it, with any of these separators.
COMPRESSIONS = (".gz", ".bgz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".Z")
ROTATION = re.compile(
    r"(?:[-_.]\d{4}[-_.]?\d\d[-_.]?\d\d(?:[-_.T]?\d\d(?:[-_.:]?\d\d){0,2})?(?:-\d{1,10})?"
    r"|[-_.]\d{10}"
    r"|\.\d{1,4})"
    r"(?=\.[A-Za-z]\w*$|$)"
)


def family_of(name: str) -> str:
    """Return the name that a log has before it is rotated: all its rotations have the same.

    Parameters
    ----------
    name
        A path or URL.

    >>> family_of("logs/access.log.2.gz"), family_of("access-20260901.log")
    ('logs/access.log', 'access.log')
    >>> family_of("logs/web-1.log")
    'logs/web-1.log'
    """
    directory, slash, file = name.rpartition("/")
    return directory + slash + ROTATION.sub("", without_compression(file))


def without_compression(name: str) -> str:
    """Return the name of a log before it is compressed.

    >>> without_compression("access.log.1.gz")
    'access.log.1'
    """
    stem, dot, suffix = name.rpartition(".")
    return stem if dot + suffix in COMPRESSIONS else name


def other_compressions(name: str) -> list[str]:
    """Return the names of the same log in other compressions, the uncompressed one first.

    gzip(1) writes ``access.log.1.gz`` while ``access.log.1`` is there, and gunzip(1) the other way.

    >>> other_compressions("access.log.1.gz")[:2]
    ['access.log.1', 'access.log.1.bgz']
    """
    plain = without_compression(name)
    return [each for each in (plain, *(plain + suffix for suffix in COMPRESSIONS)) if each != name]
