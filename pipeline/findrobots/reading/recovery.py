"""A broken gzip log to the text before each damage, and the damages."""

import re
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import NamedTuple

__all__ = ["CUT", "Damage", "looks_like_member", "recover_gzip"]

# RFC 1952, 2.3.1: two bytes that identify gzip, and the one method there is. Of the flags
# behind them three bits must be zero.
MAGIC = b"\x1f\x8b\x08"
MEMBER = re.compile(MAGIC + rb"(?=[\0-\x1f])")
FIRST_SIZE = len(MAGIC) + 1
# zlib's manual, inflateInit2: 16 more than the window's bits is for gzip.
GZIP_BITS = 16 + zlib.MAX_WBITS
# RFC 1952, 2.3.1: the four bytes of the text's size stand behind those of its checksum.
SIZE_SIZE = 4

# Bytes that a stream is fed at a time. Deflate makes at most 1032 bytes of one (zlib's
# technical details), so that this bounds memory whatever a bomb holds.
STEP = 4 * 1024
SEARCH_SIZE = 256 * 1024

# What is read of members that turn out to be broken is in all at most so many times what
# is stored, and so many members are tried. Random bytes begin as a member does once in
# 128 MiB, so that what is no attack needs little of either.
MAX_WASTED = 4
MAX_TRIES = 10_000

CUT = "it ends before its compressed stream does"
# What zlib says of a member's last bytes, and how many bytes behind the byte at which it
# says so a next member may begin.
CHECKS = {"incorrect data check": 1 + SIZE_SIZE, "incorrect length check": 1}


class Damage(NamedTuple):
    """Where a stored log breaks: the byte as stored, and why, in plain words.

    What is corrupt may have given text before it that was never stored.
    """

    offset: int
    reason: str
    corrupt: bool = False


class _Log(NamedTuple):
    """What a stored log is read by, an offset and a number of bytes, and its size."""

    read_at: Callable[[int, int], bytes]
    size: int

    def read(self, offset: int, count: int) -> bytes:
        """Read so many bytes from an offset on, or what there is of them."""
        return self.read_at(offset, max(0, min(count, self.size - offset)))


class _End(NamedTuple):
    """How a member ends: what breaks it, if anything does, and the byte behind it."""

    damage: Damage | None
    behind: int


def looks_like_member(stored: bytes) -> bool:
    r"""Tell what begins as a gzip member does, though one byte be wrong, or some missing.

    >>> [looks_like_member(each) for each in (b"\x1f\x8b\x08", b"\x1f\xff\x08", b"\x1f", b"\x1fx")]
    [True, True, True, False]
    """
    right = sum(byte == known for byte, known in zip(stored, MAGIC, strict=False))
    # A wrong byte that is zero is taken for padding.
    return right >= min(2, len(stored)) > 0 or stored.startswith(MAGIC[1:])


def recover_gzip(
    read_at: Callable[[int, int], bytes], size: int, begin: int, given: int
) -> Iterator[bytes | Damage]:
    """Yield the text of a gzip log from a broken member on, and each damage behind its text.

    ``read_at`` reads of the log as stored, from an offset on, so many bytes; ``size`` are
    there. The member begins at ``begin``; so many bytes of its text as were ``given``
    already are left out. It is followed by the next member that is whole, sought from its
    own first bytes on: a broken one may have run into others. Garbage in which there is
    none is passed over. Time is linear in the sizes of what is stored and of its text.
    """
    log, budget = _Log(read_at, size), 1.0
    at = _behind_zeros(log, begin)
    while at < size:
        end = yield from _member(log, at, given)
        given = 0
        if end.damage is None:
            at = _behind_zeros(log, end.behind)
            continue
        begins = looks_like_member(log.read(at, FIRST_SIZE))
        following, budget = _next_member(log, at, end, budget - _cost(log, at, end.damage))
        if begins or following < size:
            yield end.damage
        at = following


def _member(log: _Log, begin: int, given: int = 0) -> Generator[bytes, None, _End]:
    """Yield the text of a member up to the byte that breaks it, if any; return its end.

    Where zlib fails its output is lost, so that it goes back, and on in smaller steps.
    """
    stream, at, step = zlib.decompressobj(GZIP_BITS), begin, STEP
    while stored := log.read(at, step):
        before = stream.copy()
        try:
            text = stream.decompress(stored)
        except zlib.error as error:
            if step == 1:
                return _broken(at, str(error))
            stream, step = before, step // 2
            continue
        yield text[given:]
        given = max(0, given - len(text))
        at += len(stored) - len(stream.unused_data)
        if stream.eof:
            return _End(None, at)
    return _End(Damage(at, CUT), at)


def _broken(at: int, message: str) -> _End:
    """Return the end of a member in whose byte zlib finds a fault."""
    words = message.rpartition(": ")[2]
    if words in CHECKS:
        return _End(Damage(at, "its checksum does not match", corrupt=True), at + CHECKS[words])
    reason = f"its compressed stream is broken ({words})"
    return _End(Damage(at, reason, corrupt=True), at)


def _behind_zeros(log: _Log, at: int) -> int:
    """Return where something else than zeros begins."""
    while stored := log.read(at, STEP):
        if rest := stored.lstrip(b"\0"):
            return at + len(stored) - len(rest)
        at += len(stored)
    return log.size


def _next_member(log: _Log, begin: int, end: _End, budget: float) -> tuple[int, float]:
    """Return where the member behind a broken one begins, the log's size if there is none.

    Right behind a checksum any member is taken, elsewhere only a whole one.
    """
    if budget > 0 and MEMBER.match(log.read(end.behind, FIRST_SIZE)):
        return end.behind, budget
    for at in _candidates(log, begin + 1):
        if budget <= 0:
            break
        damage = _end(_member(log, at)).damage
        if damage is None:
            return at, budget
        budget -= _cost(log, at, damage)
    return log.size, budget


def _candidates(log: _Log, at: int) -> Iterator[int]:
    """Yield where something begins as a member does, from a byte on."""
    while len(stored := log.read(at, SEARCH_SIZE)) >= FIRST_SIZE:
        for found in MEMBER.finditer(stored):
            yield at + found.start()
        at += len(stored) - FIRST_SIZE + 1


def _end(member: Generator[bytes, None, _End]) -> _End:
    """Return how a member ends, whose text is not wanted."""
    while True:
        try:
            next(member)
        except StopIteration as stop:
            end: _End = stop.value
            return end


def _cost(log: _Log, begin: int, damage: Damage) -> float:
    """Return the part that a broken member takes of what may be read in vain."""
    return max((damage.offset - begin) / (MAX_WASTED * log.size), 1 / MAX_TRIES)
