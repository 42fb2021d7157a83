"""Bytes to a log as it is stored, read in blocks of any size."""

import bz2
import gzip
import lzma
import tempfile
from collections.abc import Iterator
from pathlib import Path

from findrobots.reading.compression import detect_compression
from findrobots.reading.search import read_lines
from findrobots.records import HEADER, Checkpoint, Lines, Reject, SourceStatus

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
        yield bytes([number]) + stored


def check(stored: bytes) -> None:
    """Refuse whatever is raised, lines that are none of the log's, and a part that adds up to more.

    The first byte is the size of a block, and how much of the log was there when it was
    first read.
    """
    number, log = (stored[0], stored[1:]) if stored else (0, b"")
    size = 16 * number + 1  # a small log may be a large text, which takes long in small blocks
    whole, reading = read(log, size)
    assert 0 <= reading.bytes_stored <= len(log)
    begun = log[: len(log) * number // 256]
    before, known = read(begun, size)
    if detect_compression(log) or detect_compression(begun) or not known.first_line_digest:
        return
    end = Checkpoint(known.bytes_text, known.tail_digest, known.w3c_header)
    behind, reading = read(log, size, end)
    if reading.begin == known.bytes_text:
        assert sorted([*before, *behind]) == whole


def read(log: bytes, block_size: int, *checkpoints: Checkpoint) -> tuple[list[int], SourceStatus]:
    """Read a log that may grow; return the offsets of its lines, and its reading."""
    LOG.write_bytes(log)
    path = str(LOG)
    *found, reading = read_lines(
        path, containing=(NEEDLE,), checkpoints=checkpoints, block_size=block_size
    )
    assert isinstance(reading, SourceStatus)
    offsets = list[int]()
    for each in found:
        if isinstance(each, Reject):
            offsets.append(each.offset)
            continue
        assert isinstance(each, Lines)
        lines = each.text.split(b"\n")
        assert len(lines) == len(each.offsets)
        for line in lines:
            assert NEEDLE in line or (each.header is not None and line.startswith(HEADER))
        offsets += each.offsets
        assert each.offsets[-1] + len(lines[-1]) <= reading.bytes_text
    assert len({*offsets}) == len(offsets)  # rejects come when they are met, before the batch
    return sorted(offsets), reading
