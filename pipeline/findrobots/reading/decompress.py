"""A log as it is stored to the blocks of its text."""

from collections.abc import Generator, Iterator
from typing import NamedTuple, Protocol

from findrobots.reading.compression import (
    DECOMPRESSION_ERRORS,
    MAGIC_SIZE,
    Compression,
    Decompressor,
    describe_decompression_error,
    detect_compression,
)
from findrobots.reading.recovery import CUT, Damage, recover_gzip

__all__ = ["BLOCK_SIZE", "Damage", "decompress_log", "read_plain"]

# Bytes read at a time, and bytes of text searched at a time. A block stays in the processor's
# cache between decompression and search, and below 128 KiB, from which on glibc's malloc maps
# each anew: it learns not to, but not in the workers of a cluster, where Dask sets
# MALLOC_TRIM_THRESHOLD_ (mallopt(3)).
READ_SIZE = 64 * 1024
BLOCK_SIZE = 120 * 1024


class Readable(Protocol):
    """What bytes can be read of; at an offset only where a gzip stream breaks."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many bytes; none at the end."""

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most so many bytes from an offset on; what ``read`` gives stays the same."""


class _Counted:
    """A stored log, and how many bytes were read of it."""

    __slots__ = ("bytes_read", "file")

    def __init__(self, file: Readable) -> None:
        self.file, self.bytes_read = file, 0

    def read(self, size: int) -> bytes:
        stored = self.file.read(size)
        self.bytes_read += len(stored)
        return stored


class _Break(NamedTuple):
    """A stream that breaks: its first byte as stored, its text so far, what breaks it.

    Garbage is a stream of no text, and no damage yet.
    """

    begin: int
    given: int
    damage: Damage | None


def decompress_log(file: Readable, block_size: int = BLOCK_SIZE) -> Iterator[bytes | Damage]:
    """Yield the text of a stored log in blocks of at most so many bytes, and its damages.

    A log may be several compressed streams, one behind the other, with zeros between,
    and with garbage behind them. Nothing is raised on account of the log: a damage comes
    behind the text before it, and before that of a gzip log's next whole member.
    """
    counted = _Counted(file)
    try:
        stored = _begin(counted.read(READ_SIZE), counted)
        if compression := detect_compression(stored):
            yield from _decompressed(stored, counted, compression, block_size)
        elif stored:
            yield stored
            yield from read_plain(file, block_size, begin=counted.bytes_read)
    except OSError as error:
        yield Damage(counted.bytes_read, _words(error))


def read_plain(
    file: Readable, block_size: int = BLOCK_SIZE, *, begin: int = 0
) -> Iterator[bytes | Damage]:
    """Yield the rest of a log that is stored as it is, from a byte on, and its damage."""
    try:
        while stored := file.read(block_size):
            begin += len(stored)
            yield stored
    except OSError as error:
        yield Damage(begin, _words(error))


def _decompressed(
    stored: bytes, file: _Counted, compression: Compression, block_size: int
) -> Iterator[bytes | Damage]:
    """Yield the text of compressed streams, and what can be had of those behind a break."""
    broken = yield from _streams(stored, file, compression, block_size)
    if broken is None:
        return
    if broken.damage and not compression.resyncs:
        yield broken.damage
        return
    fault = _read_out(file)
    if compression.resyncs:
        read_at, size = file.file.read_at, file.bytes_read
        for part in recover_gzip(read_at, size, broken.begin, broken.given):
            yield from [part] if isinstance(part, Damage) else _blocks(part, block_size)
    if fault:
        yield Damage(file.bytes_read, _words(fault))


def _streams(
    stored: bytes, file: _Counted, compression: Compression, block_size: int
) -> Generator[bytes, None, _Break | None]:
    """Yield the text of streams, one behind the other; return where they break, if at all."""
    new_stream, begin = compression.decompressor, 0
    if new_stream is None:
        reason = f"{compression.name} is not read here, decompress it first"
        return _Break(0, 0, Damage(0, reason))
    while stored:
        stream, given = new_stream(), 0
        while stored and not stream.eof:
            try:
                for text in _texts(stream, stored, block_size):
                    given += len(text)
                    yield text
            except DECOMPRESSION_ERRORS as error:  # type: ignore[misc]  # isal's stub has an instance
                fed = file.bytes_read - len(stored)
                return _Break(
                    begin, given, Damage(fed, describe_decompression_error(error), corrupt=True)
                )
            if not stream.eof:
                stored = file.read(READ_SIZE)
        if not stream.eof:
            return _Break(begin, given, Damage(file.bytes_read, CUT))
        stored = _next_stream(stream.unused_data, file)
        begin = file.bytes_read - len(stored)
        if (
            stored
            and compression.ignores_trailing_garbage
            and detect_compression(stored) is not compression
        ):
            return _Break(begin, 0, None)
    return None


def _texts(stream: Decompressor, stored: bytes, block_size: int) -> Iterator[bytes]:
    """Feed a stream, and yield what it gives for that."""
    yield stream.decompress(stored, block_size)
    while not (stream.eof or stream.needs_input):
        yield stream.decompress(b"", block_size)


def _blocks(text: bytes, block_size: int) -> Iterator[bytes]:
    return (text[at : at + block_size] for at in range(0, len(text), block_size))


def _read_out(file: _Counted) -> OSError | None:
    """Read to the end of what is stored, or to a fault, and return that."""
    try:
        while file.read(READ_SIZE):
            pass
    except OSError as error:
        return error
    return None


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def _begin(stored: bytes, file: _Counted) -> bytes:
    """Read on until there are enough bytes to tell a compression, or no more."""
    while len(stored) < MAGIC_SIZE and (more := file.read(READ_SIZE)):
        stored += more
    return stored


def _next_stream(stored: bytes, file: _Counted) -> bytes:
    """Return what follows a stream behind its padding; nothing at the end."""
    while not (stored := stored.lstrip(b"\0")) and (stored := file.read(READ_SIZE)):
        pass
    return _begin(stored, file) if stored else stored
