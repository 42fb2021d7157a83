"""Recover the text of a corrupt gzip log, with a value for each damage."""

import re
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

__all__ = [
    "GZIP_BITS",
    "NO_STREAM",
    "SIZE_SIZE",
    "Damage",
    "StoredLog",
    "find_candidates",
    "looks_like_member",
    "recover_gzip",
]

# RFC 1952, section 2.3.1: two bytes that identify gzip, and the only method. Three bits of the
# flags after them must be zero.
MAGIC = b"\x1f\x8b\x08"
MEMBER = re.compile(MAGIC + rb"(?=[\0-\x1f])")
FIRST_SIZE = len(MAGIC) + 1
# zlib's manual, inflateInit2: 16 more than the window bits selects gzip.
GZIP_BITS = 16 + zlib.MAX_WBITS
# RFC 1952, section 2.3.1: a member ends with a checksum and four bytes of the text's size.
SIZE_SIZE = 4

# Bytes that a stream is fed at a time. Deflate expands a byte to at most 1032 (zlib's technical
# details), so that this bounds the memory that a decompression bomb can take.
STEP = 4 * 1024
SEARCH_SIZE = 256 * 1024

# Limits on the search for complete members: the bytes read of incomplete ones, as a multiple
# of the log's size, and the number of those tried. Random bytes look like the beginning of a
# member once in 128 MiB, so that only an attack comes near these limits.
MAX_WASTED = 4
MAX_TRIES = 10_000

# What is after a complete stream, but is no stream.
NO_STREAM = "unexpected data after a"
UNEXPECTED_END = "unexpected end of gzip stream"
# zlib's messages about the checksum and size of a member, each with the number of bytes after
# the one where it is raised at which a next member may begin.
TRAILER_ERRORS = {"incorrect data check": 1 + SIZE_SIZE, "incorrect length check": 1}


class Damage(NamedTuple):
    """Where a log cannot be read: the offset in the stored bytes, and the reason.

    If the log is ``corrupt``, the text before the damage may be wrong too. If it is ``unread``,
    the system or the network failed, and the log may be sound.
    """

    offset: int
    reason: str
    corrupt: bool = False
    unread: bool = False


class StoredLog(NamedTuple):
    """A stored log: a function that reads at an offset, and the size in bytes."""

    read_at: Callable[[int, int], bytes]
    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Read ``count`` bytes at an offset, fewer at the end of the log."""
        return self.read_at(offset, max(0, min(count, self.size - offset)))


class _End(NamedTuple):
    """How a member ends: with a damage or not, and the offset after it."""

    damage: Damage | None
    after: int


def looks_like_member(stored: bytes) -> bool:
    r"""Return whether bytes look like the beginning of a gzip member.

    One of them may be wrong, and some may be missing.

    >>> [looks_like_member(each) for each in (b"\x1f\x8b\x08", b"\x1f\xff\x08", b"\x1f", b"\x1fx")]
    [True, True, True, False]
    """
    matching = sum(byte == known for byte, known in zip(stored, MAGIC, strict=False))
    # A zero in place of the first byte was skipped as padding.
    return matching >= min(2, len(stored)) > 0 or stored.startswith(MAGIC[1:])


def recover_gzip(  # noqa: PLR0913 (limits, which tests lower)
    read_at: Callable[[int, int], bytes],
    size: int,
    begin: int = 0,
    text_size: int = 0,
    *,
    max_tries: int = MAX_TRIES,
    search_size: int = SEARCH_SIZE,
) -> Iterator[bytes | Damage]:
    """Yield the text of a gzip log from a corrupt member on, and its damages.

    A damage is yielded after the text before it. After a corrupt member, reading continues
    at the next complete one, which is searched from the first bytes of the corrupt one on,
    since that may have run into others. Time is linear in the sizes of the log and of its text.

    Parameters
    ----------
    read_at
        A function of an offset and a number of bytes that reads the log as it is stored.
    size
        The size of the log in bytes.
    begin
        The offset of the corrupt member.
    text_size
        The size of its text that is known already and is not yielded again.
    max_tries
        How many incomplete members are tried.
    search_size
        Bytes searched at a time.

    Yields
    ------
    bytes or Damage
        Text, and where it is interrupted.
    """
    log, budget = StoredLog(read_at, size), 1.0

    def cost(at: int, damage: Damage) -> float:
        """Return the part of the budget that an incomplete member takes."""
        return max((damage.offset - at) / (MAX_WASTED * log.size), 1 / max_tries)

    def next_member(begin: int, after: int) -> int:
        """Return the offset of the member after a corrupt one, or the log's size."""
        nonlocal budget
        # Directly after a checksum any member is taken, elsewhere only a complete one.
        if budget > 0 and MEMBER.match(log.read(after, FIRST_SIZE)):
            return after
        for candidate in find_candidates(log, begin + 1, search_size):
            if budget <= 0:
                break
            damage = _end_of(_member(log, candidate)).damage
            if damage is None:
                return candidate
            budget -= cost(candidate, damage)
        return log.size

    at = _skip_zeros(log, begin)
    while at < size:
        end = yield from _member(log, at, text_size)
        text_size = 0
        if end.damage is None:
            at = _skip_zeros(log, end.after)
            continue
        is_member = looks_like_member(log.read(at, FIRST_SIZE))
        budget -= cost(at, end.damage)
        following = next_member(at, end.after)
        # At the end of the log, what is no member is no part of the text: that is known.
        is_inside = is_member or following < size
        yield end.damage if is_inside else Damage(at, f"{NO_STREAM} gzip stream")
        at = following


def _member(log: StoredLog, begin: int, known: int = 0) -> Generator[bytes, None, _End]:
    """Yield the text of a member after its first ``known`` bytes; return its end.

    zlib loses its output where it fails, so that the member is read again from before the
    error, in smaller and smaller steps.
    """
    stream, at, step = zlib.decompressobj(GZIP_BITS), begin, STEP
    while stored := log.read(at, step):
        before = stream.copy()
        try:
            text = stream.decompress(stored)
        except zlib.error as error:
            if step == 1:
                return _corrupt(at, str(error))
            stream, step = before, step // 2
            continue
        yield text[known:]
        known = max(0, known - len(text))
        at += len(stored) - len(stream.unused_data)
        if stream.eof:
            return _End(None, at)
    return _End(Damage(at, UNEXPECTED_END), at)


def _corrupt(at: int, message: str) -> _End:
    """Return the end of a member in which zlib reports an error at an offset."""
    error = message.rpartition(": ")[2]
    if error in TRAILER_ERRORS:
        damage = Damage(at, "gzip checksum mismatch", corrupt=True)
        return _End(damage, at + TRAILER_ERRORS[error])
    return _End(Damage(at, f"corrupt gzip stream ({error})", corrupt=True), at)


def _skip_zeros(log: StoredLog, at: int) -> int:
    """Return the offset of the next byte that is not zero, or the log's size."""
    while stored := log.read(at, STEP):
        if rest := stored.lstrip(b"\0"):
            return at + len(stored) - len(rest)
        at += len(stored)
    return log.size


def find_candidates(log: StoredLog, at: int, search_size: int) -> Iterator[int]:
    """Yield the offsets from one on of bytes that begin like a member."""
    while len(stored := log.read(at, search_size + FIRST_SIZE - 1)) >= FIRST_SIZE:
        for found in MEMBER.finditer(stored):
            yield at + found.start()
        at += search_size


def _end_of(member: Generator[bytes, None, _End]) -> _End:
    """Return the end of a member, ignoring its text."""
    while True:
        try:
            next(member)
        except StopIteration as stop:
            end: _End = stop.value
            return end
