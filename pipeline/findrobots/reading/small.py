"""Read a small local log at once: a fast path for directories with very many of them.

What is yielded is what ``read_log`` yields. A log that needs any special treatment is left to it.
"""

import os
import stat
from collections.abc import Iterator

from findrobots.formats.containers import HEAD_SIZE, find_runtime
from findrobots.reading.compression import DECOMPRESSION_ERRORS, detect_compression
from findrobots.reading.fingerprint import WINDOW, count_equal_lines, fingerprint
from findrobots.reading.lines import find_lines
from findrobots.reading.log_file import digest_ends, display_name
from findrobots.reading.monitor import Monitor
from findrobots.reading.sample import SAMPLE_SIZE
from findrobots.records import HEADER, READ, Lines, Sample, SourceStatus
from findrobots.storage.discovery import MAX_INTEGER

__all__ = ["read_small"]

# Of such a log, the two ends that are fingerprinted are all of it.
SMALL_SIZE = WINDOW
Items = Iterator[Lines | Sample | SourceStatus]


def read_small(
    path: str, inode: int, containing: tuple[bytes, ...], monitor: Monitor, block_size: int
) -> Items | None:
    """Read a small regular log, which is complete and undamaged, at once.

    Parameters
    ----------
    path
        A local path.
    inode
        The inode that the file must have.
    containing
        The byte strings to look for.
    monitor
        Where the source and the bytes read are reported.
    block_size
        The most bytes that its text may have.

    Returns
    -------
    Iterator of Lines or Sample or SourceStatus, or None
        The lines that contain any of the byte strings, a sample of the text and the status; None
        if the log is large or irregular, or cannot be read.
    """
    name = display_name(path)
    monitor.start(name)
    stored = _read_stored(path, inode)
    text = _decompress(stored, block_size) if stored else None
    if not stored or not text or not _is_regular(text):
        return None
    monitor.add(len(stored))
    lines = find_lines(memoryview(text), containing)
    head = text[:SAMPLE_SIZE]
    tail = text[-SAMPLE_SIZE:] if len(text) > SAMPLE_SIZE else b""
    sample = Sample(name, head, tail, None)
    checksums, checksum, tail_digest = fingerprint(text)
    # By position: there may be a hundred thousand such logs.
    status = SourceStatus(
        *(name, os.fsencode(path), READ, 0),
        *(len(stored), digest_ends(stored, stored, len(stored)), len(text), 0),
        *(checksums, checksum, tail_digest, b""),
        *(len(lines), 0),
        count_equal_lines(text[:WINDOW], text[-WINDOW:], len(text)),
    )
    if lines:
        found = b"\n".join([text[begin:end] for begin, end in lines])
        batch = Lines(name, [begin for begin, _ in lines], found)
        return _until_parsed(monitor, batch, sample, status)
    monitor.finish()
    return iter((sample, status))


def _until_parsed(monitor: Monitor, *items: Lines | Sample | SourceStatus) -> Items:
    """Yield the items of a log, which is being read until its lines are parsed."""
    try:
        yield from items
    finally:
        monitor.finish()


def _read_stored(path: str, inode: int) -> bytes | None:
    """Return all bytes of a small file; None if it is another one, or has changed meanwhile."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        before = os.fstat(file)
        if (
            before.st_ino & MAX_INTEGER != inode
            or not stat.S_ISREG(before.st_mode)
            or before.st_size > SMALL_SIZE
        ):
            return None
        stored = os.read(file, SMALL_SIZE)
    except OSError:
        return None
    finally:
        os.close(file)
    return stored if len(stored) == before.st_size else None


def _decompress(stored: bytes, block_size: int) -> bytes | None:
    """Return the text of one compressed stream, or of a plain log, if it fits into a block."""
    compression = detect_compression(stored)
    if compression is None:
        return stored if len(stored) <= block_size else None
    if compression.decompressor is None:
        return None
    stream = compression.decompressor()
    try:
        text = stream.decompress(stored, block_size)
    except DECOMPRESSION_ERRORS:  # type: ignore[misc]  # isal's stub has an instance
        return None
    return text if stream.eof and not stream.unused_data else None


def _is_regular(text: bytes) -> bool:
    """Return whether a text consists of complete lines, of which none concerns the others."""
    return text.endswith(b"\n") and HEADER not in text and not find_runtime(text[:HEAD_SIZE])
