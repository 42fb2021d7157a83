"""Fingerprint the text of a log, so that it is recognised under any name and compression.

A text has a checksum of all its bytes up to some offset, a digest of the 64 KiB before that
offset, and checksums of its beginnings. The first proves that two texts are equal, the others
are faster to compare.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

from isal.isal_zlib import crc32
from stringzilla import rfind

from findrobots.records import NO_TEXT, Checkpoint

__all__ = [
    "PREFIX_SIZES",
    "WINDOW",
    "HeadTail",
    "TextWindow",
    "checksum_prefixes",
    "count_equal_lines",
    "digest",
    "fingerprint",
    "tee",
]

Piece = TypeVar("Piece")

NEWLINE = 0x0A
WINDOW = 64 * 1024
# Sizes of the prefixes that have a checksum: the first 64 bytes, 128, … 64 KiB.
PREFIX_SIZES = tuple(64 << power for power in range(11))
CHECKSUM_SIZE = 4
DIGEST_SIZE = 16


def digest(window: bytes) -> bytes:
    """Return a 16-byte BLAKE2b digest (RFC 7693)."""
    return blake2b(window, digest_size=DIGEST_SIZE).digest()


def checksum_prefixes(head: bytes) -> bytes:
    """Return the checksums of the prefixes of a text, given its first 64 KiB or all of it.

    They are CRC-32 (RFC 1952, section 8), of 4 bytes each. Of two texts, one can begin with the
    other only if its checksums begin with those of the other.
    """
    checksum, checksums, begin = 0, bytearray(), 0
    for end in PREFIX_SIZES:
        if end > len(head):
            break
        checksum = crc32(head[begin:end], checksum)
        checksums += checksum.to_bytes(CHECKSUM_SIZE, "little")
        begin = end
    return bytes(checksums)


def fingerprint(text: bytes) -> tuple[bytes, int, bytes]:
    """Return the prefix checksums, the checksum and the digest of the end of a whole text."""
    return checksum_prefixes(text[:WINDOW]), crc32(text), digest(text[-WINDOW:])


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
    """Fingerprint of a text while it is read: its size, checksum, first and last 64 KiB.

    It holds twice as much of the end, since a text may end with an incomplete line.
    """

    __slots__ = ("_held_mark", "_known", "_mark", "_mark_before", "checksum")

    def __init__(self) -> None:
        super().__init__(2 * WINDOW)
        self.checksum = 0
        self._known = 0, 0
        # The last piece in which a line ends: the size and checksum before it, and where that is.
        self._mark = self._mark_before = self._held_mark = 0, 0, b"", 0

    def expect(self, size: int, checksum: int) -> None:
        """Learn the checksum of the text up to an offset, at which the next piece ends."""
        self._known = size, checksum

    def add(self, piece: bytes) -> None:
        """Add the next piece."""
        end = rfind(piece, b"\n") + 1
        if end:
            self._mark_before = self._mark
            self._mark = self.size, self.checksum, piece, end
        size, checksum = self._known
        is_known = size == self.size + len(piece)
        self.checksum = checksum if is_known else crc32(piece, self.checksum)
        super().add(piece)

    def skip_to_checkpoint(self, checkpoint: Checkpoint, head: bytes, tail: bytes) -> None:
        """Continue as if the text before a checkpoint had been added."""
        self.skip_to(checkpoint.offset, head, tail)
        self.checksum = checkpoint.checksum
        self.mark()

    def mark(self) -> None:
        """Remember the checksum of the text so far, as if a line ended here."""
        self._mark = self.size, self.checksum, b"", 0

    def hold(self, offset: int) -> None:
        """Remember the checksum at the beginning of a line that ends in the last piece."""
        for size, checksum, piece, end in (self._mark, self._mark_before):
            if size <= offset <= size + end:
                self._held_mark = size, checksum, piece, offset - size

    def checksum_at(self, offset: int) -> int | None:
        """Return the checksum before an offset, if that is the end, the last mark or held."""
        if offset == self.size:
            return self.checksum
        for size, checksum, piece, end in (self._mark, self._held_mark):
            if offset == size + end:
                return crc32(piece[:end], checksum)
        return None

    def begins_line(self, offset: int) -> bool:
        """Return whether a line begins at an offset; assume so if the byte before is not held."""
        return not offset or self.byte_before(offset) in (NEWLINE, None)

    def tail_digest(self, offset: int) -> bytes:
        """Return a digest of the 64 KiB before an offset, empty if they are not held."""
        window = self.window_before(offset)
        return NO_TEXT if window is None else digest(window)

    def equal_lines(self, end: int) -> int:
        """Return how many lines a text has before an offset, if all are the same, else 0."""
        head = self.head[:end]
        return count_equal_lines(head, self.window_before(end) or b"", end) if head else 0


def count_equal_lines(head: bytes, tail: bytes, size: int) -> int:
    """Return how many lines a text has, if all are the same, else 0.

    Of a longer text only the first and last 64 KiB are compared, which are given.
    """
    width = head.find(NEWLINE) + 1
    if not width or size % width or head[width : 2 * width] != head[: min(width, size - width)]:
        return 0
    lines = head[:width] * (WINDOW // width + 1)
    return size // width if lines.startswith(head) and lines.endswith(tail) else 0


def tee(pieces: Iterable[Piece], window: TextWindow) -> Iterator[Piece]:
    """Yield the pieces of a text, and everything else, and add the text to a window."""
    for piece in pieces:
        if isinstance(piece, bytes):
            if not piece:
                continue
            window.add(piece)
        yield piece
