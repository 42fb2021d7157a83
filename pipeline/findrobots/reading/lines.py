"""Split text into complete lines, and find those that contain a path."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import stringzilla

from findrobots.formats.padding import PADDING
from findrobots.reading.decompress import Damage

__all__ = [
    "MAX_LINE",
    "Block",
    "PartialLine",
    "align_to_lines",
    "count_lines",
    "end_of_line",
    "find_lines",
    "find_long_lines",
    "has_padding",
    "skip_first_line",
]

# The longest line in bytes, without its newline. Servers limit a request line to about 8 KiB
# (nginx's large_client_header_buffers, Apache's LimitRequestLine).
MAX_LINE = 1024 * 1024


PADDED_LINE = b"\n" + PADDING


class Block(NamedTuple):
    """Some complete lines, and their offset in the text."""

    offset: int
    text: memoryview


class PartialLine(NamedTuple):
    """An incomplete or over-long line: its offset, its first 1 MiB, and its full size in bytes.

    It has no newline if the text ends or is damaged there. Zeros without a line have no ``text``.
    """

    offset: int
    text: memoryview
    size: int
    ended: bool  # whether it ends with a newline


def align_to_lines(
    pieces: Iterable[bytes | Damage], offset: int = 0, *, max_line: int = MAX_LINE
) -> Iterator[Block | PartialLine | Damage]:
    """Re-chunk text so that every block ends at a newline; pass damages through.

    Only lines that cross the end of a piece are copied, and at most one of them is held. Zeros
    before a line are skipped where a piece begins or a newline is the last of its piece, since
    they may be more than a line may be long; ``skip_padding`` skips the others.

    Parameters
    ----------
    pieces
        Text, in pieces no longer than a line may be, and damages.
    offset
        The offset of the first piece in the text.
    max_line
        The longest line, in bytes without its newline.
    """
    cut: list[bytes] = []  # the pieces of a line whose newline has not come yet
    size, padding = 0, 0  # of that line, or of the zeros before it
    for piece in pieces:
        if isinstance(piece, Damage):
            if size or padding:
                yield PartialLine(offset, memoryview(b"".join(cut)), size or padding, ended=False)
            offset, cut, size, padding = offset + size + padding, [], 0, 0
            yield piece
            continue
        begin, end = 0, stringzilla.rfind(piece, b"\n") + 1
        if end and size:
            begin = stringzilla.find(piece, b"\n") + 1
            size += begin
            if size <= max_line + 1:
                yield Block(offset, memoryview(b"".join([*cut, piece[:begin]])))
            else:
                yield PartialLine(offset, memoryview(b"".join(cut)), size, ended=True)
            offset, cut, size = offset + size, [], 0
        else:
            begin = 0 if size else _end_of_padding(piece, 0)
            padding, end = padding + begin, max(begin, end)
        if begin < end:
            offset += padding
            yield Block(offset, memoryview(piece)[begin:end])
            offset, padding = offset + end - begin, 0
        rest = end if size else _end_of_padding(piece, end)
        padding += rest - end
        if rest < len(piece):
            offset, padding = offset + padding, 0
            if size <= max_line:
                cut.append(piece[rest:])
            size += len(piece) - rest
    if size or padding:
        yield PartialLine(offset, memoryview(b"".join(cut)), size or padding, ended=False)


def _end_of_padding(piece: bytes, at: int) -> int:
    """Return where the zeros end that begin at a position, if any do."""
    if not piece.startswith(PADDING, at):
        return at
    return len(piece) - len(piece[at:].lstrip(PADDING))


def skip_first_line(
    blocks: Iterator[Block | PartialLine | Damage],
) -> Iterator[Block | PartialLine | Damage]:
    """Skip the rest of a line whose beginning an earlier run has already counted."""
    for block in blocks:
        if isinstance(block, Block):
            begin = stringzilla.find(block.text, b"\n") + 1
            yield Block(block.offset + begin, block.text[begin:])
            break
        if isinstance(block, Damage):
            yield block
            break
        if block.ended:
            yield Block(block.offset + block.size, block.text[:0])
            break
    yield from blocks


def find_lines(block: memoryview, needles: tuple[bytes, ...]) -> list[tuple[int, int]]:
    r"""Find the lines that contain any of the needles; return where each begins and ends.

    >>> find_lines(memoryview(b"one\ntwo\nthree\n"), (b"t", b"re"))
    [(4, 7), (8, 13)]
    """
    if len(needles) == 1:
        return _lines_around(block, needles[0])
    return sorted({line for needle in needles for line in _lines_around(block, needle)})


def _lines_around(block: memoryview, needle: bytes) -> list[tuple[int, int]]:
    """Return where each line that contains the needle begins and ends, without its newline."""
    found: list[tuple[int, int]] = []
    text, size = stringzilla.Str(block), len(block)
    find, rfind = text.find, text.rfind
    at = find(needle)
    while at >= 0:
        end = find(b"\n", at)
        if end < 0:
            end = size
        found.append((rfind(b"\n", 0, at) + 1, end))
        at = find(needle, end)
    return found


def end_of_line(block: memoryview, at: int) -> int:
    """Return where the line at an offset ends, without its newline."""
    end: int = stringzilla.find(block, b"\n", at)
    return len(block) if end < 0 else end


def find_long_lines(block: memoryview, size: int) -> list[tuple[int, int]]:
    r"""Find the lines of at least ``size`` bytes; return where each begins and ends.

    A long line has no newline in some step, so that short lines are not looked at one by one.

    >>> find_long_lines(memoryview(b"one\nthree\nfour\n"), 4)
    [(4, 9), (10, 14)]
    """
    found: list[tuple[int, int]] = []
    find, at, step = stringzilla.find, 0, (size + 1) // 2
    while at + step <= len(block):
        if find(block, b"\n", at, at + step) >= 0:
            at += step
            continue
        begin, end = stringzilla.rfind(block, b"\n", 0, at) + 1, end_of_line(block, at)
        if end - begin >= size:
            found.append((begin, end))
        at = end + 1
    return found


def count_lines(text: bytes | memoryview) -> int:
    """Return how many lines a text has; the last one may lack its newline."""
    return int(stringzilla.count(text, b"\n")) + (text[-1:] != b"\n")


def has_padding(text: bytes) -> bool:
    """Return whether a line of a text begins with zeros."""
    return text.startswith(PADDING) or stringzilla.find(text, PADDED_LINE) >= 0
