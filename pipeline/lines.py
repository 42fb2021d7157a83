"""A source to the lines that mention a path: decompression, then search."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import stringzilla
from isal import igzip, igzip_lib

from pipeline.progress import Meter
from pipeline.sources import Source

__all__ = ["Line", "Reading", "mentions", "read_lines", "whole_lines"]

# Decompressed bytes searched at a time: a block that stays in the processor's cache
# between the two is faster than a larger one.
BLOCK_SIZE = 256 * 1024


class Line(NamedTuple):
    """A line of a log, without its newline, and the byte of the log's text it begins at."""

    source: str
    offset: int
    text: bytes


class Reading(NamedTuple):
    """How much of a source was read: bytes as stored, bytes of text, and why not all of it."""

    source: str
    bytes_stored: int
    bytes_text: int
    damage: str | None


class Compression(NamedTuple):
    """A way to store a log: its name, its first bytes, and what reads it, if anything does."""

    name: str
    magic: bytes
    reader: Callable[[io.BufferedReader], io.BufferedIOBase] | None


# The first bytes decide, not the name. RFC 1952 (gzip), the bzip2 manual, the .xz file
# format 1.1, RFC 8878 (zstd), the LZ4 frame format 1.6, PKWARE's APPNOTE 4.3.7 (zip).
COMPRESSIONS = (
    Compression("gzip", b"\x1f\x8b", lambda stored: igzip.IGzipFile(fileobj=stored)),
    Compression("bzip2", b"BZh", bz2.BZ2File),
    Compression("xz", b"\xfd7zXZ\0", lzma.LZMAFile),
    Compression("zstd", b"\x28\xb5\x2f\xfd", None),
    Compression("lz4", b"\x04\x22\x4d\x18", None),
    Compression("zip", b"PK\x03\x04", None),
)
MAGIC_SIZE = max(len(compression.magic) for compression in COMPRESSIONS)

UNREADABLE = (OSError, EOFError, zlib.error, igzip_lib.IsalError, lzma.LZMAError)


def read_lines(
    source: Source,
    *,
    mentioning: tuple[bytes, ...],
    meter: Meter | None = None,
    block_size: int = BLOCK_SIZE,
) -> Iterator[Line | Reading]:
    """Yield the source's lines that mention any of some byte strings, then its reading.

    Nothing is raised on account of the source: one that cannot be opened, or breaks
    off, yields what stands before the break, and its reading says why it ended there.
    Memory is a block, or the longest line.
    """
    name, size, stored, damage = source.name, 0, 0, None
    try:
        with (
            MeteredFile(source.path, meter) as file,
            io.BufferedReader(file, buffer_size=BLOCK_SIZE) as buffered,
        ):
            try:
                for offset, block in whole_lines(_decompressed(buffered), block_size):
                    for begin, end in mentions(block, mentioning):
                        yield Line(name, offset + begin, bytes(block[begin:end]))
                    size = offset + len(block)
            finally:
                stored = file.bytes_read
    except UNREADABLE as error:  # type: ignore[misc]  # isal's stub has an instance for the class
        damage = getattr(error, "strerror", None) or str(error) or type(error).__name__
    yield Reading(name, stored, size, damage)


class MeteredFile(io.FileIO):
    """A file as it is stored, that tells a meter what is read of it."""

    def __init__(self, path: str, meter: Meter | None) -> None:
        super().__init__(path)
        self.meter = meter
        self.bytes_read = 0

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 (what Python takes)
        """Read into a buffer, as ``io.FileIO`` does."""
        count = super().readinto(buffer)
        self.bytes_read += count or 0
        if self.meter and count:
            self.meter.add(count)
        return count


def _decompressed(stored: "io.BufferedReader[Any]") -> io.BufferedIOBase:
    """Return the text of a stored log, chosen by its first bytes."""
    magic = stored.peek(MAGIC_SIZE)[:MAGIC_SIZE]
    for compression in COMPRESSIONS:
        if magic.startswith(compression.magic):
            if compression.reader is None:
                message = f"{compression.name} is not read here, decompress it first"
                raise OSError(message)
            return compression.reader(stored)
    return stored


def whole_lines(
    text: io.BufferedIOBase, block_size: int = BLOCK_SIZE
) -> Iterator[tuple[int, memoryview]]:
    """Yield a text as blocks that end where a line does, each with its offset.

    Only the last block may lack its newline. A block is valid until the next is asked
    for: they share one buffer, in which only the beginning of the line that a read cut
    through is ever moved. A line longer than a block makes the buffer grow.
    """
    buffer = memoryview(bytearray(block_size))
    offset = filled = 0
    while count := text.readinto(buffer[filled:]):
        fresh, filled = filled, filled + count
        end = stringzilla.rfind(buffer, b"\n", fresh, filled) + 1
        if end:
            yield offset, buffer[:end]
            offset += end
            buffer[: filled - end] = buffer[end:filled]
            filled -= end
        if filled == len(buffer):
            longer = memoryview(bytearray(2 * filled))
            longer[:filled] = buffer
            buffer = longer
    if filled:
        yield offset, buffer[:filled]


def mentions(block: memoryview, needles: tuple[bytes, ...]) -> list[tuple[int, int]]:
    r"""Find the lines of a block that hold any of the needles: where each begins and ends.

    >>> mentions(memoryview(b"one\ntwo\nthree\n"), (b"t", b"re"))
    [(4, 7), (8, 13)]
    """
    if len(needles) == 1:
        return list(_lines_around(block, needles[0]))
    return sorted({line for needle in needles for line in _lines_around(block, needle)})


def _lines_around(block: memoryview, needle: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each line that holds the needle begins and ends, its newline left out."""
    size = len(block)
    at = stringzilla.find(block, needle)
    while at >= 0:
        begin = stringzilla.rfind(block, b"\n", 0, at) + 1
        end = stringzilla.find(block, b"\n", at)
        if end < 0:
            end = size
        yield begin, end
        at = stringzilla.find(block, needle, end)
