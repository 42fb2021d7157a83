"""Find where the members of a gzip log begin, so that several tasks decompress one log.

A gzip log is one member after the other (RFC 1952, section 2.2): one that bgzip or nginx wrote, or
the logs of several days in one file. Each ends with the size of its text.
"""

import re
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from findrobots.reading.recovery import GZIP_BITS, SIZE_SIZE, StoredLog, find_candidates

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


class Member(NamedTuple):
    """Where a member of a gzip log begins: in the log as it is stored, and in its text."""

    stored: int
    text: int


def find_members(log: StoredLog) -> list[Member]:
    """Find the members of a gzip log, without decompressing it.

    The size of a member's text is its last four bytes (RFC 1952, section 2.3.1), modulo 4 GiB. So
    where the text of a later one begins is wrong after a longer one, after zeros, or after bytes
    that only look like a member: who reads a log from a member on compares it with where the text
    before it ends.

    Returns
    -------
    list of Member
        The members in their order, at least the first one; not all, if there are too many.
    """
    begins = _follow_blocks if BLOCK.match(log.read(0, BLOCK_HEADER_SIZE)) else _search
    members = [Member(0, 0)]
    for stored in islice(begins(log), MAX_MEMBERS):
        text = int.from_bytes(log.read(stored - SIZE_SIZE, SIZE_SIZE), "little")
        members.append(Member(stored, members[-1].text + text))
    return members


def _follow_blocks(log: StoredLog) -> Iterator[int]:
    """Yield where each block of bgzip begins after the first one, as long as they follow."""
    at = 0
    while found := BLOCK.match(log.read(at, BLOCK_HEADER_SIZE)):
        at += int.from_bytes(found[1], "little") + 1
        if at >= log.size:
            break
        yield at


def _search(log: StoredLog) -> Iterator[int]:
    """Yield where each member begins after the first one, as its first bytes show."""
    tries = iter(range(MAX_TRIED))
    for second in _begins(log._replace(size=min(log.size, FIRST_MEMBER_SIZE)), 1, tries):
        yield second
        yield from _begins(log, second + 1, tries)
        break


def _begins(log: StoredLog, at: int, tries: Iterator[int]) -> Iterator[int]:
    """Yield where members begin from an offset on; stop when there are no tries left."""
    first = _without_time(log.read(0, HEADER_SIZE))
    for begin in find_candidates(log, at, STEP):
        stored = log.read(begin, TRIED_SIZE)
        if _without_time(stored[:HEADER_SIZE]) != first:
            if next(tries, None) is None:
                break
            if not _begins_member(stored):
                continue
        yield begin


def _without_time(header: bytes) -> bytes:
    return header[: TIME.start] + header[TIME.stop :]


def _begins_member(stored: bytes) -> bool:
    stream = zlib.decompressobj(GZIP_BITS)
    try:
        # Of bytes that only look like a member, all may be taken for a long name of the file.
        return bool(stream.decompress(stored)) or stream.eof
    except zlib.error:
        return False
