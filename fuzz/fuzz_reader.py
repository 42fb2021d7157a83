"""Fuzz the reader with stored logs of any bytes, read in blocks of any size."""

import bz2
import gzip
import lzma
import tempfile
from collections.abc import Iterator
from pathlib import Path

from findrobots.reading.compression import detect_compression
from findrobots.reading.search import read_lines
from findrobots.records import HEADER, READ, Checkpoint, Lines, Reject, Sample, SourceStatus

NEEDLE = b"/robots.txt"
LOG = Path(tempfile.mkdtemp(prefix="findrobots-fuzz-"), "a.log")


def seeds() -> Iterator[bytes]:
    """Yield a byte for the block size, then a small log, in each compression."""
    text = b"#Fields: a b\nx /robots.txt y\n\n/robots.txt\r\nz\n" * 3
    time = b"2026-09-01T10:00:00Z"
    parts = (b"stdout P x /rob", b"stderr P y", b"stdout F ots.txt", b"stderr F /robots.txt")
    for number, stored in enumerate(
        (
            b"".join(b"%b %b\n" % (time, part) for part in parts * 2),
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
    """Check that a log read in two parts gives the lines of one read whole.

    The first byte decides the block size, and how much of the log the first part has.
    """
    number, log = (stored[0], stored[1:]) if stored else (0, b"")
    size = 16 * number + 1  # small blocks are slow if the log decompresses to a large text
    whole, status = read(log, size)
    assert 0 <= status.bytes_stored <= len(log)
    begun = log[: len(log) * number // 256]
    first, known = read(begun, size)
    if detect_compression(log) or detect_compression(begun):
        return
    checkpoint = Checkpoint(
        known.bytes_text, known.checksum, known.tail_digest, known.w3c_header, bool(number % 2)
    )
    second, status = read(log, size, checkpoint)
    assert status.outcome == READ
    assert sorted([*first, *second]) == whole


def read(
    log: bytes, block_size: int, checkpoint: Checkpoint | None = None
) -> tuple[list[int], SourceStatus]:
    """Read a log that may be growing; return the offsets of its lines, and its status."""
    LOG.write_bytes(log)
    *found, status = read_lines(
        str(LOG),
        checkpoint=checkpoint,
        containing=(NEEDLE,),
        growing=True,
        block_size=block_size,
    )
    assert isinstance(status, SourceStatus)
    if found and isinstance(found[-1], Sample):
        found.pop()
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
        assert each.offsets[-1] + len(lines[-1]) <= status.bytes_text
    assert len({*offsets}) == len(
        offsets
    )  # a reject is yielded before the batch that it falls into
    return sorted(offsets), status
