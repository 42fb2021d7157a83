"""A log as it is stored to the blocks of its text."""

import bz2
import lzma
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor, IsalError

from pipeline.places import is_url
from pipeline.progress import Meter
from pipeline.remote import open_stored
from pipeline.sources import STANDARD_INPUT

__all__ = [
    "BLOCK_SIZE",
    "COMPRESSIONS",
    "UNREADABLE",
    "Stored",
    "decompressed",
]

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
    """A way to store a log: its name, its first bytes, and what reads it, if anything does.

    Garbage behind a whole stream, which does not begin as a stream does, is passed over
    where the compression's own command does so: gzip and bzip2 warn of it, xz and zstd
    take it for damage.
    """

    name: str
    magic: bytes | tuple[bytes, ...]
    decompressor: Callable[[], Decompressor] | None
    garbage_passes: bool = False


# zstd's skippable frames begin with any of sixteen numbers, and pzstd puts one first.
SKIPPABLE = tuple(bytes([number]) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))

# The first bytes decide, not the name. RFC 1952 (gzip), the bzip2 manual, the .xz file
# format 1.1, RFC 8878 (zstd), the LZ4 frame format 1.6, PKWARE's APPNOTE 4.3.7 (zip).
COMPRESSIONS = (
    Compression(
        "gzip", b"\x1f\x8b", partial(IgzipDecompressor, flag=DECOMP_GZIP), garbage_passes=True
    ),
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor, garbage_passes=True),
    Compression("xz", b"\xfd7zXZ\0", lzma.LZMADecompressor),
    Compression("zstd", (b"\x28\xb5\x2f\xfd", *SKIPPABLE), ZstdDecompressor),
    Compression("lz4", b"\x04\x22\x4d\x18", None),
    Compression("zip", b"PK\x03\x04", None),
)

# So many bytes tell any of them; a pipe may give fewer at first.
MAGIC_SIZE = 6

UNREADABLE = (OSError, EOFError, IsalError, lzma.LZMAError, ZstdError)


class Stored:
    """A log as it is stored: counts the bytes that are read of it, and tells a meter."""

    __slots__ = ("_close", "_read", "bytes_read", "meter")

    def __init__(self, path: str, meter: Meter | None) -> None:
        if is_url(path):
            file = open_stored(path)
            self._read, self._close = file.read, file.close
        else:
            here = (
                os.dup(0) if path == STANDARD_INPUT else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            )
            self._read, self._close = partial(os.read, here), partial(os.close, here)
        self.meter = meter
        self.bytes_read = 0

    def read(self, size: int) -> bytes:
        """Read at most so many bytes; none at the end."""
        stored = self._read(size)
        self.bytes_read += len(stored)
        if self.meter and stored:
            self.meter.add(len(stored))
        return stored

    def close(self) -> int:
        """Close the file and return how many bytes were read of it."""
        self._close()
        return self.bytes_read


class Readable(Protocol):
    """What bytes can be read of."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""


def decompressed(file: Readable, block_size: int = BLOCK_SIZE) -> Iterator[bytes]:
    """Yield the text of a stored log in blocks of at most so many bytes.

    A log may be several compressed streams, one behind the other, with zeros between,
    and with garbage behind them.
    """
    stored = file.read(READ_SIZE)
    if len(stored) < MAGIC_SIZE:
        stored = _begin(stored, file)
    compression = _compression(stored)
    if compression is None:
        while stored:
            yield stored
            stored = file.read(block_size)
        return
    new_stream = _decompressor(compression)
    stream = new_stream()
    while stored:
        yield stream.decompress(stored, block_size)
        while not (stream.eof or stream.needs_input):
            yield stream.decompress(b"", block_size)
        if not stream.eof:
            stored = file.read(READ_SIZE)
        elif stored := _next_stream(stream.unused_data, file, compression):
            stream = new_stream()
        else:
            return
    message = "it ends before its compressed stream does"
    raise EOFError(message)


def _begin(stored: bytes, file: Readable) -> bytes:
    """Read on until there are enough bytes to tell a compression, or no more."""
    while len(stored) < MAGIC_SIZE and (more := file.read(READ_SIZE)):
        stored += more
    return stored


def _compression(stored: bytes) -> Compression | None:
    """Return how a log that begins so is compressed, none for one that is plain text."""
    for compression in COMPRESSIONS:
        if stored.startswith(compression.magic):
            return compression
    return None


def _decompressor(compression: Compression) -> Callable[[], Decompressor]:
    """Return what decompresses a stream; refuse what nothing here does."""
    if compression.decompressor is None:
        message = f"{compression.name} is not read here, decompress it first"
        raise OSError(message)
    return compression.decompressor


def _next_stream(stored: bytes, file: Readable, compression: Compression) -> bytes:
    """Return what follows a stream behind its padding; nothing where that is garbage."""
    while not (stored := stored.lstrip(b"\0")) and (stored := file.read(READ_SIZE)):
        pass
    if not stored:
        return stored
    stored = _begin(stored, file)
    if compression.garbage_passes and not stored.startswith(compression.magic):
        return b""
    return stored
