"""Split text into complete lines, and find those that contain a path."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

import stringzilla

from findrobots import records
from findrobots.reading.decompress import Damage
from findrobots.records import HEADER, Lines

__all__ = [
    "MAX_LINE",
    "Block",
    "BlockCollector",
    "Collector",
    "LineCollector",
    "PartialLine",
    "align_to_lines",
    "find_lines",
    "skip_first_line",
]

# Bytes of lines in a batch. The later stages process a whole batch per call, which costs less
# per line.
BATCH_SIZE = 1024 * 1024
# The longest line in bytes, without its newline. Servers limit a request line to about 8 KiB
# (nginx's large_client_header_buffers, Apache's LimitRequestLine).
MAX_LINE = 1024 * 1024
# A W3C log has its first header within this many bytes of its text.
HEADER_WITHIN = 64 * 1024
# What a line without text consists of: a log may be padded with zeros.
BLANK = b"\0 \t\r\n"

Collected_co = TypeVar("Collected_co", covariant=True)


class Block(NamedTuple):
    """Some complete lines, and their offset in the text."""

    offset: int
    text: memoryview


class PartialLine(NamedTuple):
    """An incomplete or over-long line: its offset, its first 1 MiB, and its full size in bytes.

    It has no newline if the text ends or is damaged there.
    """

    offset: int
    text: memoryview
    size: int
    ended: bool  # whether it ends with a newline


class Collector(Protocol[Collected_co]):
    """What of a log's lines is passed on: collects it from blocks, and yields it in batches."""

    source: str  # the name of the log
    header: bytes | None  # the header in force after the last batch, as in ``Lines``
    count: int  # the lines in all batches

    def add(self, offset: int, block: memoryview) -> None:
        """Collect the lines of a block."""

    def wants(self, line: memoryview) -> bool:
        """Return whether a line would be collected."""

    @property
    def is_full(self) -> bool:
        """Whether enough is collected for a batch."""

    def take(self) -> Iterator[Collected_co]:
        """Yield what is collected as a batch, if there is anything."""


class LineCollector:
    """Collect the lines of a log that contain any of some byte strings, in batches.

    Parameters
    ----------
    source
        The name of the log.
    needles
        The byte strings to look for.
    header
        The header in force at the first line of a W3C log, None for other logs.
    batch_size
        Bytes of lines after which a batch is full.
    """

    __slots__ = (
        *("batch_size", "count", "gathered", "header"),
        *("needles", "offsets", "source", "texts"),
    )

    def __init__(
        self,
        source: str,
        needles: tuple[bytes, ...],
        header: bytes | None = None,
        *,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.source, self.needles, self.header = source, needles, header
        self.batch_size, self.count, self.gathered = batch_size, 0, 0
        self.offsets: list[int] = []
        self.texts: list[bytes] = []

    def add(self, offset: int, block: memoryview) -> None:
        """Collect the matching lines of a block."""
        if offset < HEADER_WITHIN and _headers(block[: HEADER_WITHIN - offset]):
            self.header = self.header or b""
        found = find_lines(block, self.needles)
        if self.header is not None:
            found = sorted({*found, *_headers(block)})
        if found:
            self.offsets += [offset + begin for begin, _ in found]
            self.texts.append(b"\n".join([block[begin:end] for begin, end in found]))
            self.gathered += len(self.texts[-1])

    def wants(self, line: memoryview) -> bool:
        """Return whether a line contains any of the byte strings."""
        return bool(find_lines(line, self.needles))

    @property
    def is_full(self) -> bool:
        """Whether enough lines are collected for a batch."""
        return self.gathered > self.batch_size

    def take(self) -> Iterator[Lines]:
        """Yield the collected lines as a batch, if there are any."""
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


class BlockCollector:
    """Collect all lines of a log, in blocks of a size that is good for parsing them.

    Parameters
    ----------
    source
        The name of the log.
    header
        The header in force at the first line of a W3C log, None for other logs.
    size
        Bytes of text after which a block is full.
    """

    __slots__ = (
        *("_gathered", "_offset", "_ready", "_size", "_texts"),
        *("count", "header", "source"),
    )

    def __init__(self, source: str, header: bytes | None = None, *, size: int) -> None:
        self.source, self.header, self.count = source, header, 0
        self._size, self._offset, self._gathered = size, 0, 0
        self._texts: list[memoryview] = []
        self._ready: list[records.Block] = []

    def add(self, offset: int, block: memoryview) -> None:
        """Collect the lines of a block."""
        if offset != self._offset + self._gathered:  # after a damage or an over-long line
            self._finish()
            self._offset = offset
        if offset < HEADER_WITHIN and _headers(block[: HEADER_WITHIN - offset]):
            self.header = self.header or b""
        self._texts.append(block)
        self._gathered += len(block)
        if self._gathered >= self._size:
            self._finish()

    def wants(self, line: memoryview) -> bool:
        """Return whether a line has any text."""
        return bool(bytes(line).strip(BLANK))

    @property
    def is_full(self) -> bool:
        """Whether a block is full."""
        return bool(self._ready)

    def take(self) -> Iterator[records.Block]:
        """Yield the collected text, if there is any."""
        self._finish()
        blocks, self._ready = self._ready, []
        yield from blocks

    def _finish(self) -> None:
        """Make a block of the text that is collected."""
        text = b"".join(self._texts)
        if text:
            self.count += stringzilla.count(text, b"\n") + (not text.endswith(b"\n"))
            self._ready.append(records.Block(self.source, self._offset, text, self.header))
            self._offset += len(text)
            self._texts, self._gathered = [], 0
            if self.header is not None and (headers := _headers(memoryview(text))):
                begin, end = headers[-1]
                self.header = text[begin:end]


def _headers(block: memoryview) -> list[tuple[int, int]]:
    """Find the W3C headers in a block."""
    found = find_lines(block, (HEADER,))
    return [line for line in found if block[line[0] : line[0] + len(HEADER)] == HEADER]


def align_to_lines(
    pieces: Iterable[bytes | Damage], offset: int = 0, *, max_line: int = MAX_LINE
) -> Iterator[Block | PartialLine | Damage]:
    """Re-chunk text so that every block ends at a newline; pass damages through.

    Only lines that cross the end of a piece are copied, and at most one of them is held.

    Parameters
    ----------
    pieces
        Text, in pieces no longer than a line may be, and damages.
    offset
        The offset of the first piece in the text.
    max_line
        The longest line, in bytes without its newline.
    """
    cut: list[bytes] = []  # the pieces of a line whose newline has not come yet
    size = 0
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
            if size <= max_line + 1:
                yield Block(offset, memoryview(b"".join([*cut, piece[:begin]])))
            else:
                yield PartialLine(offset, memoryview(b"".join(cut)), size, ended=True)
            offset, cut, size = offset + size, [], 0
        if begin < end:
            yield Block(offset, memoryview(piece)[begin:end])
            offset += end - begin
        if end < len(piece):
            if size <= max_line:
                cut.append(piece[end:])
            size += len(piece) - end
    if size:
        yield PartialLine(offset, memoryview(b"".join(cut)), size, ended=False)


def skip_first_line(
    blocks: Iterator[Block | PartialLine | Damage],
) -> Iterator[Block | PartialLine | Damage]:
    """Skip the rest of a line whose beginning an earlier run has already counted."""
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
    r"""Find the lines that contain any of the needles; return where each begins and ends.

    >>> find_lines(memoryview(b"one\ntwo\nthree\n"), (b"t", b"re"))
    [(4, 7), (8, 13)]
    """
    if len(needles) == 1:
        return _lines_around(block, needles[0])
    return sorted({line for needle in needles for line in _lines_around(block, needle)})


def _lines_around(block: memoryview, needle: bytes) -> list[tuple[int, int]]:
    """Return where each line that contains the needle begins and ends, without its newline."""
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
