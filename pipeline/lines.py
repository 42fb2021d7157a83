"""A source to the lines that mention a path: decompression, then search."""

import bz2
import io
import lzma
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

import stringzilla
from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor, IsalError

from pipeline.progress import Meter
from pipeline.sources import Source

__all__ = ["Lines", "Reading", "mentions", "read_lines", "whole_lines"]

# Bytes read at a time, and bytes of text searched at a time: a block that stays in the
# processor's cache between decompression and search is faster than a larger one.
READ_SIZE = 128 * 1024
BLOCK_SIZE = 256 * 1024


# Bytes of lines handed on at a time. Whatever is done to lines is done to so many of
# them in one call, which is what a line costs least in.
BATCH_SIZE = 1024 * 1024


class Lines(NamedTuple):
    """Some lines of a log: a newline between two, and the byte of its text each begins at."""

    source: str
    offsets: list[int]
    text: bytes


class Reading(NamedTuple):
    """How much of a source was read: bytes as stored, bytes of text, and why not all of it."""

    source: str
    bytes_stored: int
    bytes_text: int
    damage: str | None


class Decompressor(Protocol):
    """What the standard library calls an incremental decompressor, of one stream."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return some of the text of the data so far."""


class Compression(NamedTuple):
    """A way to store a log: its name, its first bytes, and what reads it, if anything does."""

    name: str
    magic: bytes
    decompressor: Callable[[], Decompressor] | None


# The first bytes decide, not the name. RFC 1952 (gzip), the bzip2 manual, the .xz file
# format 1.1, RFC 8878 (zstd), the LZ4 frame format 1.6, PKWARE's APPNOTE 4.3.7 (zip).
COMPRESSIONS = (
    Compression("gzip", b"\x1f\x8b", partial(IgzipDecompressor, flag=DECOMP_GZIP)),
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor),
    Compression("xz", b"\xfd7zXZ\0", lzma.LZMADecompressor),
    Compression("zstd", b"\x28\xb5\x2f\xfd", None),
    Compression("lz4", b"\x04\x22\x4d\x18", None),
    Compression("zip", b"PK\x03\x04", None),
)

UNREADABLE = (OSError, EOFError, IsalError, lzma.LZMAError)


def read_lines(
    source: Source,
    *,
    mentioning: tuple[bytes, ...],
    meter: Meter | None = None,
    block_size: int = BLOCK_SIZE,
) -> Iterator[Lines | Reading]:
    """Yield the source's lines that mention any of some byte strings, then its reading.

    Nothing is raised on account of the source: one that cannot be opened, or breaks
    off, yields what stands before the break, and its reading says why it ended there.
    Memory is a block and a batch of lines, or the longest line.
    """
    name, stored, size, damage = source.name, 0, 0, None
    offsets, texts, gathered = list[int](), list[bytes](), 0
    try:
        with MeteredFile(source.path, meter) as file:
            try:
                for offset, block in whole_lines(decompressed(file, block_size)):
                    size = offset + len(block)
                    if found := mentions(block, mentioning):
                        offsets += [offset + begin for begin, _ in found]
                        texts.append(b"\n".join([block[begin:end] for begin, end in found]))
                        gathered += len(texts[-1])
                    if gathered > BATCH_SIZE:
                        yield Lines(name, offsets, b"\n".join(texts))
                        offsets, texts, gathered = [], [], 0
            finally:
                stored = file.bytes_read
    except UNREADABLE as error:  # type: ignore[misc]  # isal's stub has an instance for the class
        damage = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if offsets:
        yield Lines(name, offsets, b"\n".join(texts))
    yield Reading(name, stored, size, damage)


class MeteredFile(io.FileIO):
    """A file as it is stored, that tells a meter what is read of it."""

    def __init__(self, path: str, meter: Meter | None) -> None:
        super().__init__(path)
        self.meter = meter
        self.bytes_read = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Read at most so many bytes, as ``io.FileIO`` does."""
        stored = super().read(size) or b""
        self.bytes_read += len(stored)
        if self.meter and stored:
            self.meter.add(len(stored))
        return stored


def decompressed(file: io.RawIOBase, block_size: int = BLOCK_SIZE) -> Iterator[bytes]:
    """Yield the text of a stored log in blocks of at most so many bytes.

    A log may be several compressed streams, one behind the other, with zeros between.
    """
    stored = file.read(READ_SIZE)
    compression = next((row for row in COMPRESSIONS if stored.startswith(row.magic)), None)
    if compression is None:
        while stored:
            yield stored
            stored = file.read(block_size)
        return
    if compression.decompressor is None:
        message = f"{compression.name} is not read here, decompress it first"
        raise OSError(message)
    stream = compression.decompressor()
    while stored:
        yield stream.decompress(stored, block_size)
        while not (stream.eof or stream.needs_input):
            yield stream.decompress(b"", block_size)
        if not stream.eof:
            stored = file.read(READ_SIZE)
        elif stored := _behind_zeros(stream.unused_data, file):
            stream = compression.decompressor()
        else:
            return
    message = "it ends before its compressed stream does"
    raise EOFError(message)


def _behind_zeros(stored: bytes, file: io.RawIOBase) -> bytes:
    """Return what stands behind padding, reading on where need be."""
    while not (stored := stored.lstrip(b"\0")) and (stored := file.read(READ_SIZE) or b""):
        pass
    return stored


def whole_lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, memoryview]]:
    """Yield a text's blocks anew, so that each ends where a line does, with its offset.

    Only the last may lack its newline. Nothing is copied but the lines that the end of
    a block cuts through.
    """
    offset, cut = 0, list[bytes]()
    for block in blocks:
        begin = stringzilla.find(block, b"\n") + 1
        if not begin:
            cut.append(block)
            continue
        line = b"".join([*cut, block[:begin]])
        yield offset, memoryview(line)
        offset += len(line)
        end = stringzilla.rfind(block, b"\n") + 1
        if begin < end:
            yield offset, memoryview(block)[begin:end]
            offset += end - begin
        cut = [block[end:]]
    if line := b"".join(cut):
        yield offset, memoryview(line)


def mentions(block: memoryview, needles: tuple[bytes, ...]) -> list[tuple[int, int]]:
    r"""Find the lines of a block that hold any of the needles: where each begins and ends.

    >>> mentions(memoryview(b"one\ntwo\nthree\n"), (b"t", b"re"))
    [(4, 7), (8, 13)]
    """
    if len(needles) == 1:
        return _lines_around(block, needles[0])
    return sorted({line for needle in needles for line in _lines_around(block, needle)})


def _lines_around(block: memoryview, needle: bytes) -> list[tuple[int, int]]:
    """Return where each line that holds the needle begins and ends, its newline left out."""
    find, rfind, size = stringzilla.find, stringzilla.rfind, len(block)
    found = list[tuple[int, int]]()
    at = find(block, needle)
    while at >= 0:
        begin = rfind(block, b"\n", 0, at) + 1
        end = find(block, b"\n", at)
        if end < 0:
            end = size
        found.append((begin, end))
        at = find(block, needle, end)
    return found
