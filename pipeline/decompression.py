"""A log as it is stored to the blocks of its text."""

import bz2
import lzma
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor, IsalError

from pipeline.progress import Meter

__all__ = ["BLOCK_SIZE", "COMPRESSIONS", "UNREADABLE", "Stored", "decompressed"]

# Bytes read at a time, and bytes of text searched at a time: a block that stays in the
# processor's cache between decompression and search is faster than a larger one.
READ_SIZE = 128 * 1024
BLOCK_SIZE = 256 * 1024


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


class Stored:
    """A log as it is stored: counts the bytes that are read of it, and tells a meter."""

    __slots__ = ("bytes_read", "descriptor", "meter")

    def __init__(self, path: str, meter: Meter | None) -> None:
        self.descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self.meter = meter
        self.bytes_read = 0

    def read(self, size: int) -> bytes:
        """Read at most so many bytes; none at the end."""
        stored = os.read(self.descriptor, size)
        self.bytes_read += len(stored)
        if self.meter and stored:
            self.meter.add(len(stored))
        return stored

    def close(self) -> int:
        """Close the file and return how many bytes were read of it."""
        os.close(self.descriptor)
        return self.bytes_read


class Readable(Protocol):
    """What bytes can be read of."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""


def decompressed(file: Readable, block_size: int = BLOCK_SIZE) -> Iterator[bytes]:
    """Yield the text of a stored log in blocks of at most so many bytes.

    A log may be several compressed streams, one behind the other, with zeros between.
    """
    stored = file.read(READ_SIZE)
    new_stream = _compression(stored)
    if new_stream is None:
        while stored:
            yield stored
            stored = file.read(block_size)
        return
    stream = new_stream()
    while stored:
        yield stream.decompress(stored, block_size)
        while not (stream.eof or stream.needs_input):
            yield stream.decompress(b"", block_size)
        if not stream.eof:
            stored = file.read(READ_SIZE)
        elif stored := _behind_zeros(stream.unused_data, file):
            stream = new_stream()
        else:
            return
    message = "it ends before its compressed stream does"
    raise EOFError(message)


def _compression(stored: bytes) -> Callable[[], Decompressor] | None:
    """Return what decompresses a log that begins so, none for a log that is plain text."""
    for name, magic, decompressor in COMPRESSIONS:
        if stored.startswith(magic):
            if decompressor is None:
                message = f"{name} is not read here, decompress it first"
                raise OSError(message)
            return decompressor
    return None


def _behind_zeros(stored: bytes, file: Readable) -> bytes:
    """Return what stands behind padding, reading on where need be."""
    while not (stored := stored.lstrip(b"\0")) and (stored := file.read(READ_SIZE)):
        pass
    return stored
