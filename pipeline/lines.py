"""A log to its lines that mention a path."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import stringzilla

from pipeline.credentials import without_credentials
from pipeline.decompression import BLOCK_SIZE, Damage, decompressed
from pipeline.places import is_url
from pipeline.progress import Meter
from pipeline.whereabouts import forget, note

__all__ = ["HEADER", "Lines", "Reading", "mentions", "read_lines", "whole_lines"]

# Bytes of lines handed on at a time. Whatever is done to lines is done to so many of
# them in one call, which is what a line costs least in.
BATCH_SIZE = 1024 * 1024


# "Extended Log File Format", W3C working draft WD-logfile-960323: the directive that names
# the fields of the lines behind it. It mentions no path, but decides how lines are parsed.
HEADER = b"#Fields:"


class Lines(NamedTuple):
    """Some lines of a log: a newline between two, and the byte of its text each begins at.

    In a W3C extended log they may be headers too, and ``header`` is the last one before
    them, empty where there is none; in other logs it is None.
    """

    source: str
    offsets: list[int]
    text: bytes
    header: bytes | None = None


class Reading(NamedTuple):
    """How much of a source was read: bytes as stored, bytes of text, and why not all."""

    source: str
    bytes_stored: int
    bytes_text: int
    damage: str


def read_lines(
    path: str,
    *,
    mentioning: tuple[bytes, ...],
    meter: Meter | None = None,
    block_size: int = BLOCK_SIZE,
) -> Iterator[Lines | Reading]:
    """Yield a log's lines that mention any of some byte strings, then its reading.

    Nothing is raised on account of the log: one that cannot be opened, or breaks off,
    yields what stands before the break, and its reading says why it ended there. Memory
    is a block and a batch of lines, or the longest line.
    """
    source, stored, size, damage = _name(path), 0, 0, ""
    note(source)
    offsets: list[int] = []
    texts: list[bytes] = []
    gathered, header = 0, None
    try:
        file = Stored(path, meter)
        try:
            for offset, block in whole_lines(_whole(decompressed(file, block_size))):
                size = offset + len(block)
                if not offset and stringzilla.find(block, HEADER) >= 0:
                    header, mentioning = b"", (*mentioning, HEADER)
                if found := mentions(block, mentioning):
                    offsets += [offset + begin for begin, _ in found]
                    texts.append(b"\n".join([block[begin:end] for begin, end in found]))
                    gathered += len(texts[-1])
                if gathered > BATCH_SIZE:
                    yield (batch := Lines(source, offsets, b"\n".join(texts), header))
                    offsets, texts, gathered, header = [], [], 0, _last_header(batch)
        finally:
            stored = file.close()
    except OSError as error:
        damage = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if offsets:
        yield Lines(source, offsets, b"\n".join(texts), header)
    yield Reading(source, stored, size, damage)
    forget()


def _whole(blocks: Iterable[bytes | Damage]) -> Iterator[bytes]:
    """Yield blocks up to a damage, and raise that."""
    for block in blocks:
        if isinstance(block, Damage):
            raise OSError(block.reason)
        yield block


def _last_header(lines: Lines) -> bytes | None:
    """Return the header that holds behind some lines of a W3C extended log."""
    if lines.header is None:
        return None
    _, found, behind = (b"\n" + lines.text).rpartition(b"\n" + HEADER)
    return HEADER + behind.partition(b"\n")[0] if found else lines.header


def _name(path: str) -> str:
    r"""Return a path or URL as text that can be stored.

    Bytes that are no UTF-8 stand as ``\xNN``; credentials are left out.
    """
    if is_url(path):
        path = without_credentials(path)
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def whole_lines(blocks: Iterable[bytes]) -> Iterator[tuple[int, memoryview]]:
    """Yield a text's blocks anew, so that each ends where a line does, with its offset.

    Only the last may lack its newline. Nothing is copied but the lines that the end of
    a block cuts through.
    """
    offset = 0
    cut: list[bytes] = []
    for block in blocks:
        begin, end = 0, stringzilla.rfind(block, b"\n") + 1
        if end and cut:
            begin = stringzilla.find(block, b"\n") + 1
            line = b"".join([*cut, block[:begin]])
            yield offset, memoryview(line)
            offset += len(line)
            cut = []
        if begin < end:
            yield offset, memoryview(block)[begin:end]
            offset += end - begin
        if end < len(block):
            cut.append(block[end:])
    if line := b"".join(cut):
        yield offset, memoryview(line)


def mentions(block: memoryview, needles: tuple[bytes, ...]) -> list[tuple[int, int]]:
    r"""Find the lines of a block that hold any of the needles: where each begins and ends.

    >>> mentions(memoryview(b"one\ntwo\nthree\n"), (b"t", b"re"))
    [(4, 7), (8, 13)]
    """
    if len(needles) == 1:
        return _lines_around(block, needles[0])
    return sorted({line for needle in needles for line in _lines_around(block, needle)})


def _lines_around(block: memoryview, needle: bytes) -> list[tuple[int, int]]:
    """Return where each line that holds the needle begins and ends, its newline left out."""
    found: list[tuple[int, int]] = []
    at = stringzilla.find(block, needle)
    if at < 0:
        return found
    find, rfind, size = stringzilla.find, stringzilla.rfind, len(block)
    while at >= 0:
        begin = rfind(block, b"\n", 0, at) + 1
        end = find(block, b"\n", at)
        if end < 0:
            end = size
        found.append((begin, end))
        at = find(block, needle, end)
    return found
