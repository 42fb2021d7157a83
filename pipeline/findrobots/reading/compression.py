"""Detect how a log is compressed, and choose its decompressor."""

import bz2
import re
import sys
from collections.abc import Callable
from functools import partial
from lzma import FORMAT_ALONE, LZMADecompressor, LZMAError
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

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
    streams without text look like, which need not be decompressed. ``checksum``: returns the CRC-32
    of the text so far, if the decompressor has it.
    """

    name: str
    magic: bytes | tuple[bytes, ...]
    decompressor: Callable[[], Decompressor] | None
    resyncs: bool = False
    empty: re.Pattern[bytes] | None = None
    checksum: Callable[[Any], int] | None = None


# xz(1): the output of -9 takes 65 MiB to decompress, but a header may ask for 4 GiB. zstd has
# a limit of its own, a window of 128 MiB.
XZ_MEMORY = 100 * 1024 * 1024
# zstd's skippable frames begin with any of sixteen numbers, and pzstd puts one first.
SKIPPABLE = tuple(bytes([number]) + b"\x2a\x4d\x18" for number in range(0x50, 0x60))

# Streams without text, which take as long as others when they are decompressed one by one: 5
# million of them half a minute, and together no time. Of gzip (RFC 1952, section 2.3) ten bytes of
# header, or the end of a BGZF file (SAM specification, section 4.1.2), an empty block of deflate,
# and a checksum and size of zero.
EMPTY_MEMBERS = re.compile(rb"(?s:\x1f\x8b\x08(?:\0.{6}|\x04.{6}\x06\0BC\x02\0\x1b\0)\x03\0\0{8})+")
# A header, the mark of the end, and a checksum of zero.
EMPTY_BZIP2 = re.compile(rb"(?:BZh[1-9]\x17\x72\x45\x38\x50\x90\0{4})+")
# A header, an index without records, and a footer (.xz file format, section 2).
EMPTY_XZ = re.compile(
    rb"(?s:\xfd7zXZ\0\0[\0-\x0f].{4}\0{4}\x1c\xdf\x44\x21.{4}\x01\0{4}[\0-\x0f]YZ)+"
)
# A header with a size of zero or with a window, an empty last block, perhaps a checksum; or a
# skippable frame without content (RFC 8878, section 3.1).
EMPTY_ZSTD = re.compile(
    rb"(?s:\x28\xb5\x2f\xfd(?:(?:\x20\0|\0.)\x01\0\0|(?:\x24\0|\x04.)\x01\0\0\x99\xe9\xd8\x51)"
    rb"|[\x50-\x5f]\x2a\x4d\x18\0{4})+"
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
    checksum=attrgetter("crc"),
)
COMPRESSIONS = (
    GZIP,
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor, empty=EMPTY_BZIP2),
    Compression(
        "xz",
        b"\xfd7zXZ\0",
        partial(LZMADecompressor, memlimit=XZ_MEMORY),
        empty=EMPTY_XZ,
    ),
    Compression("zstd", (b"\x28\xb5\x2f\xfd", *SKIPPABLE), ZstdDecompressor, empty=EMPTY_ZSTD),
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
