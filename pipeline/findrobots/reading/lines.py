"""Blocks of text to lines, and to those lines that mention a path."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import stringzilla

from findrobots.reading.decompress import Damage
from findrobots.records import HEADER, Lines

__all__ = [
    "MAX_LINE",
    "Block",
    "LineCollector",
    "PartialLine",
    "align_to_lines",
    "find_lines",
    "skip_first_line",
]

# Bytes of lines handed on at a time. Whatever is done to lines is done to so many of
# them in one call, which is what a line costs least in.
BATCH_SIZE = 1024 * 1024
# The longest line, in bytes without its newline, that is one: servers cut a request at 8 KiB
# or so (nginx's large_client_header_buffers, Apache's LimitRequestLine).
MAX_LINE = 1024 * 1024


# A log that has one has its first in so many bytes of its text.
HEADER_WITHIN = 64 * 1024


class Block(NamedTuple):
    """Some whole lines, and the byte of the text that they begin at."""

    offset: int
    text: memoryview


class PartialLine(NamedTuple):
    """A line that is none, at a byte of the text: as much of it as a line may be, and its size.

    It is longer than a line may be, or has no newline, because the text ends or breaks there.
    """

    offset: int
    text: memoryview
    size: int
    ended: bool  # by a newline


class LineCollector:
    """The lines of a log that mention any of some byte strings, gathered until they are many."""

    __slots__ = ("count", "gathered", "header", "needles", "offsets", "source", "texts")

    def __init__(
        self, source: str, needles: tuple[bytes, ...], header: bytes | None = None
    ) -> None:
        self.source, self.needles, self.header = source, needles, header
        self.count, self.gathered = 0, 0
        self.offsets, self.texts = list[int](), list[bytes]()

    def add(self, offset: int, block: memoryview) -> None:
        """Gather those of a block."""
        if offset < HEADER_WITHIN and _headers(block[: HEADER_WITHIN - offset]):
            self.header = self.header or b""
        found = find_lines(block, self.needles)
        if self.header is not None:
            found = sorted({*found, *_headers(block)})
        if found:
            self.offsets += [offset + begin for begin, _ in found]
            self.texts.append(b"\n".join([block[begin:end] for begin, end in found]))
            self.gathered += len(self.texts[-1])

    @property
    def many(self) -> bool:
        """Whether they are as many as are handed on at a time."""
        return self.gathered > BATCH_SIZE

    def take(self) -> Iterator[Lines]:
        """Hand on those gathered, if there are any."""
        if not self.offsets:
            return
        lines = Lines(self.source, self.offsets, b"\n".join(self.texts), self.header)
        self.count += len(self.offsets)
        self.gathered, self.offsets, self.texts = 0, [], []
        if self.header is not None:
            headers = (b"\n" + lines.text).split(b"\n" + HEADER)
            self.count -= len(headers) - 1
            if len(headers) > 1:
                self.header = HEADER + headers[-1].partition(b"\n")[0]
        yield lines


def _headers(block: memoryview) -> list[tuple[int, int]]:
    """Find the lines of a block that are headers."""
    found = find_lines(block, (HEADER,))
    return [line for line in found if block[line[0] : line[0] + len(HEADER)] == HEADER]


def align_to_lines(
    pieces: Iterable[bytes | Damage], offset: int = 0
) -> Iterator[Block | PartialLine | Damage]:
    """Yield a text's pieces anew, so that each ends where a line does; pass on damage.

    A piece is no longer than a line may be. Nothing is copied but the lines that the end
    of a piece cuts through, and no more is held than one of them.
    """
    cut, size = list[bytes](), 0  # a line without its newline so far
    for piece in pieces:
        if isinstance(piece, Damage):
            if size:
                yield PartialLine(offset, memoryview(b"".join(cut)), size, ended=False)
            offset, cut, size = offset + size, [], 0
            yield piece
            continue
        begin, end = 0, stringzilla.rfind(piece, b"\n") + 1
        if end and size:
            begin = stringzilla.find(piece, b"\n") + 1
            size += begin
            if size <= MAX_LINE + 1:
                yield Block(offset, memoryview(b"".join([*cut, piece[:begin]])))
            else:
                yield PartialLine(offset, memoryview(b"".join(cut)), size, ended=True)
            offset, cut, size = offset + size, [], 0
        if begin < end:
            yield Block(offset, memoryview(piece)[begin:end])
            offset += end - begin
        if end < len(piece):
            if size <= MAX_LINE:
                cut.append(piece[end:])
            size += len(piece) - end
    if size:
        yield PartialLine(offset, memoryview(b"".join(cut)), size, ended=False)


def skip_first_line(
    blocks: Iterator[Block | PartialLine | Damage],
) -> Iterator[Block | PartialLine | Damage]:
    """Leave out the first line of some blocks, of which the beginning was known."""
    for block in blocks:
        if isinstance(block, Block):
            begin = stringzilla.find(block.text, b"\n") + 1
            yield Block(block.offset + begin, block.text[begin:])
            break
        if isinstance(block, Damage):
            yield block
            break
        if block.ended:
            yield Block(block.offset + block.size, block.text[:0])
            break
    yield from blocks


def find_lines(block: memoryview, needles: tuple[bytes, ...]) -> list[tuple[int, int]]:
    r"""Find the lines of a block that hold any of the needles: where each begins and ends.

    >>> find_lines(memoryview(b"one\ntwo\nthree\n"), (b"t", b"re"))
    [(4, 7), (8, 13)]
    """
    if len(needles) == 1:
        return _lines_around(block, needles[0])
    return sorted({line for needle in needles for line in _lines_around(block, needle)})


def _lines_around(block: memoryview, needle: bytes) -> list[tuple[int, int]]:
    """Return where each line that holds the needle begins and ends, its newline left out."""
    found: list[tuple[int, int]] = []
    at = stringzilla.find(block, needle)
    if at < 0:
        return found
    find, rfind, size = stringzilla.find, stringzilla.rfind, len(block)
    while at >= 0:
        begin = rfind(block, b"\n", 0, at) + 1
        end = find(block, b"\n", at)
        if end < 0:
            end = size
        found.append((begin, end))
        at = find(block, needle, end)
    return found
