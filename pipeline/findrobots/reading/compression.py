"""The first bytes of a log to what decompresses it."""

import bz2
import lzma
import sys
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

from isal.igzip_lib import DECOMP_GZIP, IgzipDecompressor, IsalError

from findrobots.reading.recovery import looks_like_member

__all__ = [
    "COMPRESSIONS",
    "DECOMPRESSION_ERRORS",
    "MAGIC_SIZE",
    "Compression",
    "Decompressor",
    "describe_decompression_error",
    "detect_compression",
]


class Decompressor(Protocol):
    """What the standard library calls an incremental decompressor, of one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether all its text so far was given."""

    @property
    def unused_data(self) -> bytes:
        """What was found behind its end."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return some of the text of the data so far."""


class Compression(NamedTuple):
    """A way to store a log: its name, its first bytes, and what reads it, if anything does.

    Garbage behind a whole stream, which does not begin as a stream does, is passed over
    where the compression's own command does so: gzip and bzip2 warn of it, xz and zstd
    take it for damage. A log restarts where a stream behind a broken one is found again.
    """

    name: str
    magic: bytes | tuple[bytes, ...]
    decompressor: Callable[[], Decompressor] | None
    ignores_trailing_garbage: bool = False
    resyncs: bool = False


# xz(1): what -9 makes takes 65 MiB to decompress; a header may ask for 4 GiB. zstd's own
# limit is a window of 128 MiB.
XZ_MEMORY = 100 * 1024 * 1024
# zstd's skippable frames begin with any of sixteen numbers, and pzstd puts one first.
SKIPPABLE = tuple(bytes([number]) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))

# The first bytes decide, not the name. RFC 1952 (gzip), the bzip2 manual, the .xz file
# format 1.1, RFC 8878 (zstd), the LZ4 frame format 1.6, PKWARE's APPNOTE 4.3.7 (zip).
GZIP = Compression(
    name="gzip",
    magic=b"\x1f\x8b",
    decompressor=partial(IgzipDecompressor, flag=DECOMP_GZIP),
    ignores_trailing_garbage=True,
    resyncs=True,
)
COMPRESSIONS = (
    GZIP,
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor, ignores_trailing_garbage=True),
    Compression("xz", b"\xfd7zXZ\0", partial(lzma.LZMADecompressor, memlimit=XZ_MEMORY)),
    Compression("zstd", (b"\x28\xb5\x2f\xfd", *SKIPPABLE), ZstdDecompressor),
    Compression("lz4", b"\x04\x22\x4d\x18", None),
    Compression("zip", b"PK\x03\x04", None),
)

# So many bytes tell any of them; a pipe may give fewer at first.
MAGIC_SIZE = 6

# What the decompressors raise; bzip2's raises OSError.
DECOMPRESSION_ERRORS = (OSError, EOFError, IsalError, lzma.LZMAError, ZstdError)


def detect_compression(stored: bytes) -> Compression | None:
    """Return how a log that begins so is compressed, none for one that is plain text."""
    for compression in COMPRESSIONS:
        if stored.startswith(compression.magic):
            return compression
    return GZIP if looks_like_member(stored) else None


def describe_decompression_error(error: Exception) -> str:
    """Return why a stream breaks, with the words of what decompresses it."""
    words = str(error)
    if "memory" in words.lower():
        return f"it asks for too much memory ({words})"
    return f"its compressed stream is broken ({words})"
