"""Decompress a log into blocks of text, with a value for each damage."""

from collections.abc import Generator, Iterator
from typing import NamedTuple, Protocol

from findrobots.reading.compression import (
    DECOMPRESSION_ERRORS,
    MAGIC_SIZE,
    Compression,
    Decompressor,
    describe_decompression_error,
    detect_compression,
    detect_magic,
)
from findrobots.reading.fingerprint import TextWindow
from findrobots.reading.recovery import NO_STREAM, Damage, recover_gzip

__all__ = ["BLOCK_SIZE", "Damage", "decompress_log", "read_plain"]

# Bytes read at a time, and bytes of text searched at a time. A block stays in the processor's
# second cache between decompression and search, and a compressed log of ordinary lines has one or
# two of each piece that is read; of smaller ones, each costs as many calls.
READ_SIZE = 128 * 1024
BLOCK_SIZE = 720 * 1024
# Of a stream that breaks within a block, the text of the block is lost, unless it is recovered.
MAX_LOST = 120 * 1024


class Readable(Protocol):
    """A log that can be read; at an offset only if a gzip stream is corrupt."""

    def read(self, size: int, /) -> bytes:
        """Read at most ``size`` bytes; return none at the end."""

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Read at most ``size`` bytes at an offset, without moving the position of ``read``."""


class _Input:
    """A stored log that is read in pieces of one size, and where it is read next."""

    __slots__ = ("file", "offset", "read_size")

    def __init__(self, file: Readable, read_size: int, begin: int) -> None:
        self.file, self.read_size, self.offset = file, read_size, begin

    def read(self) -> bytes:
        stored = self.file.read(self.read_size)
        self.offset += len(stored)
        return stored


class _Failure(NamedTuple):
    """A stream that cannot be decompressed: its offset, the size of its text so far, and why."""

    begin: int
    text_size: int
    damage: Damage


def decompress_log(
    file: Readable,
    block_size: int = BLOCK_SIZE,
    *,
    read_size: int = READ_SIZE,
    begin: int = 0,
    window: TextWindow | None = None,
) -> Iterator[bytes | Damage]:
    """Yield the text of a log in blocks, and its damages.

    A log may consist of several compressed streams, with zeros between and after them; anything
    else there is a damage, of which gzip(1) and bzip2(1) warn. Nothing is raised because of the
    log: a damage is yielded after the text before it and, for gzip, before the text of the next
    complete member.

    Parameters
    ----------
    file
        The log as it is stored.
    block_size
        The largest size of a block.
    read_size
        Bytes read at a time.
    begin
        The offset at which the log is read next, where a stream begins.
    window
        To which all text is added, from the first byte of the log on. It is given the checksums
        that the decompressor computes anyway, which saves a thirtieth of the time.

    Yields
    ------
    bytes or Damage
        Text, and where it is interrupted.
    """
    source = _Input(file, read_size, begin)
    try:
        stored = _read_magic(source.read(), source)
        if compression := detect_compression(stored):
            yield from _refuse_compressed(
                _decompress(stored, source, compression, block_size, window)
            )
        elif stored:
            yield stored
            yield from read_plain(file, block_size, begin=source.offset)
    except OSError as error:
        yield _unread(source.offset, error)


def read_head(file: Readable, size: int) -> tuple[bytes, Damage | None]:
    """Return the first bytes of a log's text, or as many as there are before a damage."""
    head = b""
    for piece in decompress_log(file, size):
        if isinstance(piece, Damage):
            return head, piece
        head += piece
        if len(head) >= size:
            break
    return head[:size], None


def _refuse_compressed(pieces: Iterator[bytes | Damage]) -> Iterator[bytes | Damage]:
    """Yield the text of a log, unless it is compressed again."""
    for piece in pieces:
        if piece and isinstance(piece, bytes) and (inner := detect_magic(piece)):
            yield Damage(0, f"compressed twice: {inner.name} inside (decompress the log first)")
            return
        yield piece
        if piece:
            break
    yield from pieces


def read_plain(
    file: Readable, block_size: int = BLOCK_SIZE, *, begin: int = 0
) -> Iterator[bytes | Damage]:
    """Yield the rest of an uncompressed log from offset ``begin`` on, and its damage if any."""
    try:
        while stored := file.read(block_size):
            begin += len(stored)
            yield stored
    except OSError as error:
        yield _unread(begin, error)


def _decompress(
    stored: bytes,
    source: _Input,
    compression: Compression,
    block_size: int,
    window: TextWindow | None,
) -> Iterator[bytes | Damage]:
    """Yield the text of compressed streams, and what can be recovered after a failure."""
    if not compression.resyncs:
        block_size = min(block_size, MAX_LOST)
    failure = yield from _decompress_streams(stored, source, compression, block_size, window)
    if failure is None:
        return
    if not compression.resyncs:
        yield failure.damage
        return
    error = _read_to_end(source)
    read_at, size = source.file.read_at, source.offset
    for part in recover_gzip(read_at, size, failure.begin, failure.text_size):
        yield from [part] if isinstance(part, Damage) else _blocks(part, block_size)
    if error:
        yield _unread(source.offset, error)


def _decompress_streams(
    stored: bytes,
    source: _Input,
    compression: Compression,
    block_size: int,
    window: TextWindow | None,
) -> Generator[bytes, None, _Failure | None]:
    """Yield the text of one stream after another; return the failure that ends it, if any."""
    new_stream, begin = compression.decompressor, source.offset - len(stored)
    if new_stream is None:
        reason = f"unsupported compression {compression.name} (decompress the log first)"
        return _Failure(0, 0, Damage(0, reason))
    while stored:
        stream, text_size = new_stream(), 0
        while stored and not stream.eof:
            try:
                for text in _feed(stream, stored, block_size):
                    text_size += len(text)
                    if window and compression.checksum:  # of the first stream: others end elsewhere
                        window.expect(text_size, compression.checksum(stream))
                    yield text
            except DECOMPRESSION_ERRORS as error:  # type: ignore[misc]  # isal's stub has an instance
                at = source.offset - len(stored)
                reason = describe_decompression_error(compression, error)
                return _Failure(begin, text_size, Damage(at, reason, corrupt=True))
            if not stream.eof:
                stored = source.read()
        if not stream.eof:
            reason = f"unexpected end of {compression.name} stream"
            return _Failure(begin, text_size, Damage(source.offset, reason))
        stored = _next_stream(stream.unused_data, source, compression)
        begin = source.offset - len(stored)
        if stored and detect_compression(stored) is not compression:
            return _Failure(begin, 0, Damage(begin, f"{NO_STREAM} {compression.name} stream"))
    return None


def _feed(stream: Decompressor, stored: bytes, block_size: int) -> Iterator[bytes]:
    """Feed data to a decompressor, and yield its text."""
    yield stream.decompress(stored, block_size)
    while not (stream.eof or stream.needs_input):
        yield stream.decompress(b"", block_size)


def _blocks(text: bytes, block_size: int) -> Iterator[bytes]:
    return (text[at : at + block_size] for at in range(0, len(text), block_size))


def _read_to_end(source: _Input) -> OSError | None:
    """Read to the end of the log, or to an error, and return the error."""
    try:
        while source.read():
            pass
    except OSError as error:
        return error
    return None


def _unread(offset: int, error: OSError) -> Damage:
    reason = error.strerror or str(error) or type(error).__name__
    return Damage(offset, reason, unread=True)


def _read_magic(stored: bytes, source: _Input) -> bytes:
    """Read on until there are enough bytes to detect a compression, or no more."""
    while len(stored) < MAGIC_SIZE and (more := source.read()):
        stored += more
    return stored


def _next_stream(stored: bytes, source: _Input, compression: Compression) -> bytes:
    """Return the data after a stream, its zero padding and empty streams, empty at the end."""
    while True:
        while not (stored := stored.lstrip(b"\0")) and (stored := source.read()):
            pass
        stored = _read_magic(stored, source) if stored else stored
        empty = compression.empty and compression.empty.match(stored)
        if not empty:
            return stored
        stored = stored[empty.end() :]
