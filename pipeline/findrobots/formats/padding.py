"""Skip the zeros before a line.

A log that is truncated while a server writes to it without ``O_APPEND`` continues where the server
was, after a hole of zeros (open(2); ``copytruncate`` of logrotate(8)). A file system may leave such
a hole after a loss of power.
"""

__all__ = ["PADDING", "skip_padding"]

PADDING = b"\0"


def skip_padding(offset: int, line: bytes) -> tuple[int, bytes]:
    r"""Return where a line begins without the zeros before it, and the rest of it.

    >>> skip_padding(10, b"\0\0line")
    (12, b'line')
    """
    rest = line.lstrip(PADDING)
    return offset + len(line) - len(rest), rest
