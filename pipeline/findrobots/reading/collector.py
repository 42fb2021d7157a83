"""Collect the lines of a log in batches: those that contain a path, or all of them."""

from collections.abc import Iterator
from itertools import starmap
from typing import Protocol, TypeVar

from findrobots.formats.containers import HEAD_SIZE, find_runtime
from findrobots.formats.padding import PADDING, skip_padding
from findrobots.reading.lines import count_lines, find_lines, has_padding
from findrobots.reading.parts import FoundLine, PartJoiner
from findrobots.records import HEADER, Block, Lines

__all__ = ["BATCH_SIZE", "BlockCollector", "Collector", "LineCollector"]

# Bytes of lines in a batch. The later stages process a whole batch per call, which costs less
# per line.
BATCH_SIZE = 1024 * 1024
# A W3C log has its first header within this many bytes of its text.
HEADER_WITHIN = 64 * 1024
# What a line without text consists of: a log may be padded with zeros.
BLANK = b"\0 \t\r\n"
# Each entry of a container runtime contains a space.
ANY_ENTRY = (b" ",)

Collected_co = TypeVar("Collected_co", covariant=True)


class Collector(Protocol[Collected_co]):
    """What of a log's lines is passed on: collects it from blocks, and yields it in batches."""

    @property
    def source(self) -> str:
        """The name of the log."""

    @property
    def header(self) -> bytes | None:
        """The header in force after the last batch, as in ``Lines``."""

    @property
    def count(self) -> int:
        """How many lines all batches have."""

    def add(self, offset: int, block: memoryview) -> None:
        """Collect the lines of a block."""

    def wants(self, line: memoryview) -> bool:
        """Return whether a line would be collected."""

    @property
    def unfinished(self) -> int | None:
        """The offset of the first line of which parts are still missing, None if there is none."""

    def finish_parts(self) -> bool:
        """Collect the lines of which parts are missing as they are; return whether any match."""

    @property
    def is_full(self) -> bool:
        """Whether enough is collected for a batch."""

    def take(self) -> Iterator[Collected_co]:
        """Yield what is collected as a batch, if there is anything."""


class LineCollector:
    """Collect the lines of a log that contain any of some byte strings, in batches.

    Lines that a container runtime split are joined.

    Parameters
    ----------
    source
        The name of the log.
    needles
        The byte strings to look for.
    header
        The header in force at the first line of a W3C log, None for other logs.
    head
        The first bytes of the log, if the lines begin after them.
    batch_size
        Bytes of lines after which a batch is full.
    """

    __slots__ = (
        *("batch_size", "count", "gathered", "header", "joiner"),
        *("needles", "offsets", "source", "texts"),
    )

    def __init__(
        self,
        source: str,
        needles: tuple[bytes, ...],
        header: bytes | None = None,
        *,
        head: bytes = b"",
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self.source, self.needles, self.header = source, needles, header
        self.batch_size, self.count, self.gathered = batch_size, 0, 0
        self.offsets: list[int] = []
        self.texts: list[bytes] = []
        self.joiner = self._joiner_for(head)

    def _joiner_for(self, head: bytes) -> PartJoiner | None:
        """Return what joins the lines of a log that begins with these bytes, None if nothing."""
        runtime = find_runtime(head[:HEAD_SIZE])
        return PartJoiner(runtime, self.needles) if runtime else None

    def add(self, offset: int, block: memoryview) -> None:
        """Collect the matching lines of a block."""
        if offset < HEADER_WITHIN and _headers(block[: HEADER_WITHIN - offset]):
            self.header = self.header or b""
        if not offset:
            self.joiner = self._joiner_for(bytes(block[:HEAD_SIZE]))
        found = find_lines(block, self.needles)
        if self.header is not None:
            found = sorted({*found, *_headers(block)})
        if self.joiner is not None:
            self._append(self.joiner.join(offset, block, found))
        elif found:
            text = _join(block, found)
            if has_padding(text):
                places = [offset + begin for begin, _ in found]
                self._append([*zip(places, text.split(b"\n"), strict=True)])
                return
            self.offsets += [offset + begin for begin, _ in found]
            self.texts.append(text)
            self.gathered += len(text)

    def _append(self, lines: list[FoundLine]) -> None:
        for offset, text in starmap(skip_padding, lines):
            self.offsets.append(offset)
            self.texts.append(text)
            self.gathered += len(text)

    def wants(self, line: memoryview) -> bool:
        """Return whether a line contains any of the byte strings."""
        return bool(find_lines(line, self.needles))

    @property
    def unfinished(self) -> int | None:
        """The offset of the first line of which parts are still missing, None if there is none."""
        return None if self.joiner is None else self.joiner.begin

    def finish_parts(self) -> bool:
        """Collect the lines of which parts are missing as they are; return whether any match."""
        lines = [] if self.joiner is None else self.joiner.finish()
        self._append(lines)
        return bool(lines)

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


def _join(block: memoryview, found: list[tuple[int, int]]) -> bytes:
    """Return some lines of a block, joined by newlines."""
    if len(found) > 1 and found[0][1] + 1 == found[1][0]:  # perhaps all lines of the log are wanted
        begin, end = found[0][0], found[-1][1]
        if sum(end - begin + 1 for begin, end in found) == end - begin + 1:
            return bytes(block[begin:end])
    return b"\n".join([block[begin:end] for begin, end in found])


class BlockCollector:
    """Collect all lines of a log, in blocks of a size that is good for parsing them.

    Of a container runtime's log, ``Lines`` are collected, so that split ones are joined.

    Parameters
    ----------
    source
        The name of the log.
    header
        The header in force at the first line of a W3C log, None for other logs.
    head
        The first bytes of the log, if the lines begin after them.
    size
        Bytes of text after which a block is full.
    """

    __slots__ = (
        *("_count", "_entries", "_gathered", "_header"),
        *("_offset", "_pieces", "_ready", "_size", "source"),
    )

    def __init__(
        self, source: str, header: bytes | None = None, *, head: bytes = b"", size: int
    ) -> None:
        self.source, self._header, self._count = source, header, 0
        self._size, self._offset, self._gathered = size, 0, 0
        self._pieces: list[memoryview] = []
        self._ready: list[Block] = []
        self._entries = self._entries_after(head)

    def _entries_after(self, head: bytes) -> LineCollector | None:
        """Return what collects the entries of a log that begins with these bytes, if it has any."""
        if not find_runtime(head[:HEAD_SIZE]):
            return None
        return LineCollector(self.source, ANY_ENTRY, head=head, batch_size=self._size)

    @property
    def header(self) -> bytes | None:
        """The header in force after the last batch."""
        return self._header

    @property
    def count(self) -> int:
        """How many lines all batches have."""
        return self._count + (self._entries.count if self._entries else 0)

    def add(self, offset: int, block: memoryview) -> None:
        """Collect the lines of a block."""
        if not offset:
            self._entries = self._entries_after(bytes(block[:HEAD_SIZE]))
        if self._entries is not None:
            self._entries.add(offset, block)
            return
        if offset != self._offset + self._gathered:  # after a damage or an over-long line
            self._finish()
            self._offset = offset
        if offset < HEADER_WITHIN and _headers(block[: HEADER_WITHIN - offset]):
            self._header = self._header or b""
        if block:
            self._pieces.append(block)
        self._gathered += len(block)
        if self._gathered >= self._size:
            self._finish()

    def wants(self, line: memoryview) -> bool:
        """Return whether a line has any text."""
        return bool(bytes(line).strip(BLANK))

    @property
    def unfinished(self) -> int | None:
        """The offset of the first line of which parts are still missing, None if there is none."""
        return None if self._entries is None else self._entries.unfinished

    def finish_parts(self) -> bool:
        """Collect the lines of which parts are missing as they are; return whether any match."""
        return self._entries is not None and self._entries.finish_parts()

    @property
    def is_full(self) -> bool:
        """Whether a block is full."""
        return bool(self._ready) or (self._entries is not None and self._entries.is_full)

    def take(self) -> Iterator[Block | Lines]:
        """Yield the collected text, if there is any."""
        if self._entries is not None:
            yield from self._entries.take()
        self._finish()
        blocks, self._ready = self._ready, []
        yield from blocks

    def _finish(self) -> None:
        """Make a block of the text that is collected."""
        if not self._pieces:
            return
        block = Block(self.source, self._offset, self._pieces, self._header)
        self._ready.append(block)
        self._count += sum(map(count_lines, self._pieces))
        self._offset += self._gathered
        self._pieces, self._gathered = [], 0
        if self._header is not None:
            for piece in block.pieces:
                for begin, end in _headers(memoryview(piece))[-1:]:
                    self._header = bytes(piece[begin:end]).lstrip(PADDING)


def _headers(block: memoryview) -> list[tuple[int, int]]:
    """Find the W3C headers in a block, each with the zeros before it."""
    found = find_lines(block, (HEADER,))
    return [line for line in found if bytes(block[slice(*line)]).lstrip(PADDING).startswith(HEADER)]
