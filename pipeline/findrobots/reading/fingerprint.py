"""Fingerprint the text of a log, so that it is recognised under any name and compression.

Two logs are compared without reading all of either: by their first line that is not a
comment, by their first 64 KiB, and by the last 64 KiB before some byte. Of a log of at most
128 KiB that is all of the text.
"""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple, TypeVar

from findrobots.records import NO_TEXT

__all__ = [
    "PREFIX_SIZES",
    "WINDOW",
    "Fingerprint",
    "HeadTail",
    "TextWindow",
    "digest",
    "fingerprint_head",
    "tee",
]

Piece = TypeVar("Piece")

NEWLINE = 0x0A
WINDOW = 64 * 1024
# Sizes of the prefixes that have a checksum: the first 64 bytes, 128, … 64 KiB.
PREFIX_SIZES = tuple(64 << power for power in range(11))
CHECKSUM_SIZE = 4
DIGEST_SIZE = 16


class Fingerprint(NamedTuple):
    """How a text begins.

    A text without a complete line that is not a comment has no ``first_line_digest``, and
    is never taken for another one.
    """

    first_line_digest: bytes
    prefix_checksums: bytes


def digest(window: bytes) -> bytes:
    """Return a 16-byte BLAKE2b digest (RFC 7693)."""
    return blake2b(window, digest_size=DIGEST_SIZE).digest()


def fingerprint_head(head: bytes) -> Fingerprint:
    """Fingerprint the first 64 KiB of a text, or as much of them as there is.

    Each checksum covers all bytes of its prefix. Therefore a text is a prefix of a longer
    one if its checksums are the first checksums of that one.
    """
    checksum, checksums, begin = 0, bytearray(), 0
    for end in PREFIX_SIZES:
        if end > len(head):
            break
        checksum = zlib.crc32(head[begin:end], checksum)
        checksums += checksum.to_bytes(CHECKSUM_SIZE, "little")
        begin = end
    return Fingerprint(_first_line_digest(head), bytes(checksums))


def _first_line_digest(head: bytes) -> bytes:
    begin = 0
    while head.startswith(b"#", begin):  # many logs share the same W3C directives
        begin = head.find(b"\n", begin) + 1
        if not begin:
            return NO_TEXT
    end = head.find(b"\n", begin)
    if end < 0:
        return digest(head[begin:]) if len(head) == WINDOW else NO_TEXT
    return digest(head[begin:end])


class HeadTail:
    """The first 64 KiB of a stream of bytes, at least its last ones, and its size.

    Parameters
    ----------
    tail_size
        Bytes held at the end; more, since pieces are held whole. Fewer are faster: the
        memory of a piece that is freed early is still in the processor's cache when the
        next piece reuses it.
    """

    __slots__ = ("_held", "_tail", "_tail_size", "head", "size")

    def __init__(self, tail_size: int) -> None:
        self.size, self.head = 0, b""
        self._tail: deque[bytes] = deque()
        self._tail_size, self._held = tail_size, 0

    def add(self, piece: bytes) -> None:
        """Add the next piece, which is not copied unless it belongs to the head."""
        if len(self.head) < WINDOW:
            self.head += piece[: WINDOW - len(self.head)]
        size = len(piece)
        self.size += size
        self._held += size
        self._tail.append(piece)
        while self._held - self._tail_size >= len(self._tail[0]):
            self._held -= len(self._tail.popleft())

    def skip_to(self, size: int, head: bytes, tail: bytes) -> None:
        """Continue as if ``size`` bytes had been added, which begin and end with these."""
        self.size, self.head = size, head[:size]
        self._tail, self._held = deque([tail]), len(tail)

    def byte_before(self, offset: int) -> int | None:
        """Return the byte before an offset, or None if it is not held."""
        at = offset - 1 - (self.size - self._held)
        for piece in self._tail:
            if 0 <= at < len(piece):
                return piece[at]
            at -= len(piece)
        return None

    def window_before(self, offset: int) -> bytes | None:
        """Return the 64 KiB before an offset, or all bytes before it; None if not all are held."""
        begin = max(0, offset - WINDOW) - (self.size - self._held)
        if begin < 0 or offset > self.size:
            return None
        return b"".join(self._tail)[begin : begin + min(offset, WINDOW)]

    def tail(self) -> bytes:
        """Return the last 64 KiB, or as many bytes as are held."""
        return b"".join(self._tail)[-WINDOW:]


class TextWindow(HeadTail):
    """Fingerprint of a text while it is read: its length, its first and its last 64 KiB.

    It holds twice as much of the end, since a text may end with an incomplete line.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(2 * WINDOW)

    def begins_line(self, offset: int) -> bool:
        """Return whether a line begins at an offset; assume so if the byte before is not held."""
        return not offset or self.byte_before(offset) in (NEWLINE, None)

    def tail_digest(self, offset: int) -> bytes:
        """Return a digest of the 64 KiB before an offset, empty if they are not held."""
        window = self.window_before(offset)
        return NO_TEXT if window is None else digest(window)


def tee(pieces: Iterable[Piece], window: TextWindow) -> Iterator[Piece]:
    """Yield the pieces of a text, and everything else, and add the text to a window."""
    for piece in pieces:
        if isinstance(piece, bytes):
            window.add(piece)
        yield piece
