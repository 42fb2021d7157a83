"""Find where the members of a gzip log begin, so that several tasks decompress one log.

A gzip log is one member after the other (RFC 1952, section 2.2): one that bgzip wrote, or the logs
of several days in one file. Each ends with the size of its text.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import stringzilla

from findrobots.reading.recovery import GZIP_BITS, MAGIC, SIZE_SIZE

__all__ = ["Member", "find_members"]

# A block of bgzip, a member that says how long it is, less one (SAM specification, section 4.1).
BLOCK = re.compile(rb"(?s:\x1f\x8b\x08\x04.{6}\x06\0BC\x02\0(..))")
BLOCK_HEADER_SIZE = 18

# RFC 1952, section 2.3: the header of a member, in which the time follows the flags.
HEADER_SIZE, TIME = 10, slice(4, 8)

# Bytes that are searched at a time.
STEP = 1024 * 1024
# Bytes that are decompressed to see whether a member begins, if it has not the header of the first
# one. Random bytes look like the beginning of one once in 128 MiB.
TRIED_SIZE = 1024
# Bytes after which a log in which no second member begins is taken for one that has one.
FIRST_MEMBER_SIZE = 32 * 1024 * 1024
# Members that are found, and places that are tried, at most, so that time is bounded.
MAX_MEMBERS, MAX_TRIED = 1 << 20, 10_000

ReadAt = Callable[[int, int], bytes]


class Member(NamedTuple):
    """Where a member of a gzip log begins: in the log as it is stored, and in its text."""

    stored: int
    text: int


def find_members(read_at: ReadAt, size: int) -> list[Member]:
    """Find the members of a gzip log, without decompressing it.

    The size of a member's text is its last four bytes (RFC 1952, section 2.3.1), modulo 4 GiB. So
    where the text of a later one begins is wrong after a longer one, after zeros, or after bytes
    that only look like a member: who reads a log from a member on compares it with where the text
    before it ends.

    Parameters
    ----------
    read_at
        A function of an offset and a number of bytes that reads the log as it is stored.
    size
        The size of the log in bytes.

    Returns
    -------
    list of Member
        The members in their order, at least the first one; not all, if there are too many.
    """
    begins = _follow_blocks if BLOCK.match(read_at(0, BLOCK_HEADER_SIZE)) else _search
    members = [Member(0, 0)]
    for stored in islice(begins(read_at, size), MAX_MEMBERS):
        text = int.from_bytes(read_at(stored - SIZE_SIZE, SIZE_SIZE), "little")
        members.append(Member(stored, members[-1].text + text))
    return members


def _follow_blocks(read_at: ReadAt, size: int) -> Iterator[int]:
    """Yield where each block of bgzip begins after the first one, as long as they follow."""
    at = 0
    while found := BLOCK.match(read_at(at, BLOCK_HEADER_SIZE)):
        at += int.from_bytes(found[1], "little") + 1
        if at >= size:
            break
        yield at


def _search(read_at: ReadAt, size: int) -> Iterator[int]:
    """Yield where each member begins after the first one, as its first bytes show."""
    first = _without_time(read_at(0, HEADER_SIZE))
    begin, end, tried = 1, min(size, FIRST_MEMBER_SIZE), 0
    while begin < end:
        stored = read_at(begin, STEP + HEADER_SIZE)
        at = stringzilla.find(stored, MAGIC)
        while 0 <= at < STEP and tried < MAX_TRIED:
            is_member = _without_time(stored[at : at + HEADER_SIZE]) == first
            if not is_member:
                tried += 1
                is_member = _begins_member(read_at(begin + at, TRIED_SIZE))
            if is_member:
                end = size
                yield begin + at
            at = stringzilla.find(stored, MAGIC, at + 1)
        begin += STEP if tried < MAX_TRIED else size


def _without_time(header: bytes) -> bytes:
    return header[: TIME.start] + header[TIME.stop :]


def _begins_member(stored: bytes) -> bool:
    stream = zlib.decompressobj(GZIP_BITS)
    try:
        # Of bytes that only look like a member, all may be taken for a long name of the file.
        return bool(stream.decompress(stored)) or stream.eof
    except zlib.error:
        return False
