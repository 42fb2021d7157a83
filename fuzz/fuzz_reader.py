"""Bytes to a log as it is stored, read in blocks of any size."""

import bz2
import gzip
import lzma
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pipeline.lines import HEADER, Lines, Reading, read_lines

NEEDLE = b"/robots.txt"
LOG = Path(tempfile.mkdtemp(prefix="findrobots-fuzz-"), "a.log")


def seeds() -> Iterator[bytes]:
    """Yield the size of a block, then a small log, stored in each way."""
    text = b"#Fields: a b\nx /robots.txt y\n\n/robots.txt\r\nz\n" * 3
    for number, stored in enumerate(
        (
            *(text, gzip.compress(text), bz2.compress(text), lzma.compress(text)),
            gzip.compress(text) + b"\0\0" + gzip.compress(text) + b"garbage",
            bz2.compress(text) * 2,
            lzma.compress(text) + b"\0\0\0\0" + lzma.compress(text),
            b"\x28\xb5\x2f\xfd\x20\x0c\x61\0\0x /robots.txt\n",  # a raw block of zstd
            b"\x50\x2a\x4d\x18\x04\0\0\0skip",
            *(b"\x04\x22\x4d\x18", b"PK\x03\x04"),
        )
    ):
        yield bytes([number * 7]) + stored


def check(stored: bytes) -> None:
    """Refuse whatever is raised, and lines that are none of the log's."""
    LOG.write_bytes(stored[1:])
    size = 1 + stored[0] if stored else 1
    *batches, reading = read_lines(str(LOG), mentioning=(NEEDLE,), block_size=size)
    assert isinstance(reading, Reading)
    assert 0 <= reading.bytes_stored <= max(len(stored) - 1, 0)
    offsets = list[int]()
    for batch in batches:
        assert isinstance(batch, Lines)
        lines = batch.text.split(b"\n")
        assert len(lines) == len(batch.offsets)
        for line in lines:
            assert NEEDLE in line or (batch.header is not None and HEADER in line)
        offsets += batch.offsets
        assert batch.offsets[-1] + len(lines[-1]) <= reading.bytes_text
    assert all(before < behind for before, behind in pairwise(offsets))
