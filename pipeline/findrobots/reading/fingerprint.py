"""A log's text to what tells it from any other, whatever its name and its compression.

Telling two logs apart without reading either whole is a sample: the first line that is no
comment, the first 64 KiB, and the last 64 KiB before some byte. Of a log up to 128 KiB that
is all of it.
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
    "TextWindow",
    "digest",
    "fingerprint_head",
    "tee",
]

Piece = TypeVar("Piece")

NEWLINE = 0x0A
WINDOW = 64 * 1024
# Bytes of passed text that are held: a window, and a last line behind it. Blocks that are held
# are not written again, which would be faster for those in the processor's cache.
HELD = 2 * WINDOW
# Beginnings of a text that are told apart: its first 64 bytes, 128, … 64 KiB.
PREFIX_SIZES = tuple(64 << power for power in range(11))
CHECKSUM_SIZE = 4
DIGEST_SIZE = 16


class Fingerprint(NamedTuple):
    """How a text begins: a digest of its first line that is no comment, and its marks.

    A text without such a line has no ``first_line_digest``, and is like no other.
    """

    first_line_digest: bytes
    prefix_checksums: bytes


def digest(window: bytes) -> bytes:
    """Return a digest of some bytes, 16 bytes long (RFC 7693)."""
    return blake2b(window, digest_size=DIGEST_SIZE).digest()


def fingerprint_head(head: bytes) -> Fingerprint:
    """Tell how a text begins, by as much of its first 64 KiB as there is.

    A mark is a checksum of all bytes up to it, so that of two texts the shorter is a part
    of the longer if its marks are the first marks of the longer.
    """
    checksum, marks, begin = 0, bytearray(), 0
    for end in PREFIX_SIZES:
        if end > len(head):
            break
        checksum = zlib.crc32(head[begin:end], checksum)
        marks += checksum.to_bytes(CHECKSUM_SIZE, "little")
        begin = end
    return Fingerprint(_first_line_digest(head), bytes(marks))


def _first_line_digest(head: bytes) -> bytes:
    begin = 0
    while head.startswith(b"#", begin):  # the W3C's directives are alike in many logs
        begin = head.find(b"\n", begin) + 1
        if not begin:
            return NO_TEXT
    end = head.find(b"\n", begin)
    if end < 0:
        return digest(head[begin:]) if len(head) == WINDOW else NO_TEXT
    return digest(head[begin:end])


class TextWindow:
    """The text of a log as far as it was passed: its size, its first window and its end."""

    __slots__ = ("_held", "_last", "head", "size")

    def __init__(self) -> None:
        self.size, self.head = 0, b""
        self._last, self._held = deque[bytes](), 0

    def add(self, piece: bytes) -> None:
        """Pass some more text; nothing of it is copied behind the first window."""
        if len(self.head) < WINDOW:
            self.head += piece[: WINDOW - len(self.head)]
        self.size += len(piece)
        self._last.append(piece)
        self._held += len(piece)
        while self._held - len(self._last[0]) >= HELD:
            self._held -= len(self._last.popleft())

    def skip_to(self, size: int, head: bytes, window: bytes) -> None:
        """Be where so much was passed, of which no more is known than its two windows."""
        self.size, self.head = size, head[:size]
        self._last, self._held = deque([window]), len(window)

    def begins_line(self, offset: int) -> bool:
        """Tell whether a line begins at a byte that is not long passed."""
        at = offset - 1 - (self.size - self._held)
        for piece in self._last:
            if 0 <= at < len(piece):
                return piece[at] == NEWLINE
            at -= len(piece)
        return True

    def tail_digest(self, offset: int) -> bytes:
        """Return a digest of the window before a byte of the text; none if it is long passed."""
        begin = max(0, offset - WINDOW) - (self.size - self._held)
        if begin < 0 or offset > self.size:
            return NO_TEXT
        return digest(b"".join(self._last)[begin : begin + min(offset, WINDOW)])


def tee(pieces: Iterable[Piece], passed: TextWindow) -> Iterator[Piece]:
    """Pass on pieces of a text, and all else, and know what was passed."""
    for piece in pieces:
        if isinstance(piece, bytes):
            passed.add(piece)
        yield piece
