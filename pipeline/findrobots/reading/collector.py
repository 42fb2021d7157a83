"""Collect the lines of a log that contain a path, in batches."""

from collections.abc import Iterator

from findrobots.formats.containers import HEAD_SIZE, find_runtime
from findrobots.reading.lines import find_lines
from findrobots.reading.parts import FoundLine, PartJoiner
from findrobots.records import HEADER, Lines

__all__ = ["BATCH_SIZE", "LineCollector"]

# Bytes of lines in a batch. The later stages process a whole batch per call, which costs less
# per line.
BATCH_SIZE = 1024 * 1024
# A W3C log has its first header within this many bytes of its text.
HEADER_WITHIN = 64 * 1024


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
            self.offsets += [offset + begin for begin, _ in found]
            self.texts.append(b"\n".join([block[begin:end] for begin, end in found]))
            self.gathered += len(self.texts[-1])

    def _append(self, lines: list[FoundLine]) -> None:
        for offset, text in lines:
            self.offsets.append(offset)
            self.texts.append(text)
            self.gathered += len(text)

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


def _headers(block: memoryview) -> list[tuple[int, int]]:
    """Find the W3C headers in a block."""
    found = find_lines(block, (HEADER,))
    return [line for line in found if block[line[0] : line[0] + len(HEADER)] == HEADER]
