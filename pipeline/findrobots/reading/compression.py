"""Detect how a log is compressed, and choose its decompressor."""

import bz2
import re
import sys
from collections.abc import Callable
from functools import partial
from lzma import FORMAT_ALONE, LZMADecompressor, LZMAError
from typing import NamedTuple, Protocol

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

from isal.igzip_lib import DECOMP_GZIP, DECOMP_ZLIB, IgzipDecompressor, IsalError

from findrobots.reading.recovery import looks_like_member

__all__ = [
    "COMPRESSIONS",
    "DECOMPRESSION_ERRORS",
    "MAGIC_SIZE",
    "Compression",
    "Decompressor",
    "describe_decompression_error",
    "detect_compression",
    "detect_magic",
]


class Decompressor(Protocol):
    """The interface of the standard library's incremental decompressors, for one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether more data is needed before it can return more text."""

    @property
    def unused_data(self) -> bytes:
        """Data found after the end of the stream."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most ``max_length`` bytes of the text of the data so far."""


class Compression(NamedTuple):
    """A compression format: its name, its first bytes, and its decompressor, if supported.

    ``resyncs``: reading continues at the next complete stream after a corrupt one. ``empty``: what
    streams without text look like, which need not be decompressed.
    """

    name: str
    magic: bytes | tuple[bytes, ...]
    decompressor: Callable[[], Decompressor] | None
    resyncs: bool = False
    empty: re.Pattern[bytes] | None = None


# xz(1): the output of -9 takes 65 MiB to decompress, but a header may ask for 4 GiB. zstd has
# a limit of its own, a window of 128 MiB.
XZ_MEMORY = 100 * 1024 * 1024
# zstd's skippable frames begin with any of sixteen numbers, and pzstd puts one first.
SKIPPABLE = tuple(bytes([number]) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))

# The shortest gzip members (RFC 1952, section 2.3): ten bytes of header, or the end of a BGZF file
# (SAM specification, section 4.1.2), an empty block of deflate, and a checksum and size of zero.
# Decompressed one by one, 5 million of them take half a minute; together they take no time.
EMPTY_MEMBERS = re.compile(
    rb"(?s:\x1f\x8b\x08(?:\0.{6}|\x04.{6}\x06\0BC\x02\0\x1b\0)\x03\0\0{8})++"
)

# xz(1) writes .lzma with these properties, and a dictionary of 64 KiB at least.
LZMA_DECOMPRESSOR = partial(LZMADecompressor, format=FORMAT_ALONE, memlimit=XZ_MEMORY)
# RFC 1950, section 2.2: a window of 32 KiB, at the fastest, the default and the slowest level.
ZLIB_HEADERS = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")

# Detected by the first bytes, not by the name. RFC 1952 (gzip), RFC 1950 (zlib), the bzip2
# manual, the .xz file format 1.1, RFC 8878 (zstd), the LZ4 frame format 1.6, PKWARE's APPNOTE
# 4.3.7 (zip).
GZIP = Compression(
    name="gzip",
    magic=b"\x1f\x8b",
    decompressor=partial(IgzipDecompressor, flag=DECOMP_GZIP),
    resyncs=True,
    empty=EMPTY_MEMBERS,
)
COMPRESSIONS = (
    GZIP,
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor),
    Compression("xz", b"\xfd7zXZ\0", partial(LZMADecompressor, memlimit=XZ_MEMORY)),
    Compression("zstd", (b"\x28\xb5\x2f\xfd", *SKIPPABLE), ZstdDecompressor),
    Compression("lzma", b"]\0\0", LZMA_DECOMPRESSOR),
    Compression("zlib", ZLIB_HEADERS, partial(IgzipDecompressor, flag=DECOMP_ZLIB)),
    Compression("compress", b"\x1f\x9d\x90", None),
    Compression("7z", b"7z\xbc\xaf\x27\x1c", None),
    Compression("lz4", b"\x04\x22\x4d\x18", None),
    Compression("zip", b"PK\x03\x04", None),
)

# Bytes needed to detect any of them; the first read of a pipe may return fewer.
MAGIC_SIZE = 6

# Errors of the decompressors; bzip2's is OSError.
DECOMPRESSION_ERRORS = (OSError, EOFError, IsalError, LZMAError, ZstdError)


def detect_compression(stored: bytes) -> Compression | None:
    """Return the compression of a log by its first bytes, or None for plain text."""
    found = detect_magic(stored)
    return GZIP if found is None and looks_like_member(stored) else found


def detect_magic(stored: bytes) -> Compression | None:
    """Return the compression whose magic number comes first in some bytes, if there is one."""
    return next((row for row in COMPRESSIONS if stored.startswith(row.magic)), None)


def describe_decompression_error(compression: Compression, error: Exception) -> str:
    """Return why a stream cannot be decompressed, with the decompressor's message."""
    message = str(error)
    if "memory" in message.lower():
        return f"{compression.name} stream needs too much memory ({message})"
    return f"corrupt {compression.name} stream ({message})"
