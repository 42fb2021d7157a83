"""Describe how much of a log was read, and what was wrong with it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from findrobots.reading.collector import Collector
from findrobots.reading.compression import detect_compression
from findrobots.reading.fingerprint import PREFIX_SIZES, WINDOW, checksum_prefixes, digest
from findrobots.reading.log_file import LogFile
from findrobots.reading.recovery import Damage
from findrobots.reading.resume import NewText
from findrobots.records import INTERRUPTED, NO_TEXT, READ, SHRUNK, SourceStatus

__all__ = ["LineSearch", "describe_damages", "describe_source", "may_grow"]

# Damages of one log that are described one by one.
MAX_DAMAGES = 3


class LineSearch(NamedTuple):
    """Where the last complete line of a text ends, and what was found before and after it."""

    end: int
    unfinished_rejects: int
    damages: tuple[tuple[Damage, int], ...]  # each with its offset in the text


def may_grow(file: LogFile) -> bool:
    """Return whether a log is a plain file or object, to which a server may be appending."""
    return file.rereadable and detect_compression(file.head) is None


def describe_source(
    file: LogFile, path: bytes, text: NewText, lines: Collector[object], searched: LineSearch
) -> SourceStatus:
    """Return the status of a log: how much was read, its fingerprint, and its damages."""
    end, damages, window = searched.end, searched.damages, text.window
    head_end, checksum, tail = end, window.checksum_at(end), window.tail_digest(end)
    if any(damage.corrupt or at < window.size for damage, at in damages):
        # It is unknown how much of the text is correct, except perhaps how it begins.
        head_end, checksum, tail = min(end, PREFIX_SIZES[0]), 0, NO_TEXT
    elif tail == NO_TEXT and may_grow(file):
        with suppress(OSError):
            tail = digest(file.read_at(max(0, end - WINDOW), min(end, WINDOW)))
    return SourceStatus(
        lines.source,
        path,
        _outcome(file, damages),
        begin=text.begin,
        bytes_stored=file.bytes_read,
        file_digest=file.digest(),
        bytes_text=end,
        unfinished_bytes=window.size - end,
        prefix_checksums=checksum_prefixes(window.head[:head_end]),
        checksum=checksum or 0,
        tail_digest=NO_TEXT if checksum is None else tail,
        w3c_header=lines.header or b"",
        matched_lines=lines.count,
        unfinished_rejects=searched.unfinished_rejects,
        equal_lines=window.equal_lines(end),
        damage=describe_damages(damages),
    )


def _outcome(file: LogFile, damages: Sequence[tuple[Damage, int]]) -> str:
    if damages and any(damage.unread for damage, _ in damages):
        return INTERRUPTED
    return SHRUNK if may_grow(file) and file.has_shrunk else READ


def describe_damages(damages: Sequence[tuple[Damage, int]]) -> str:
    """Return the first damages of a log as text, and how many more; empty for none."""
    described = [
        f"{damage.reason} at byte {damage.offset} ({size:,} bytes decompressed)"
        for damage, size in damages[:MAX_DAMAGES]
    ]
    if len(damages) > MAX_DAMAGES:
        described.append(f"and {len(damages) - MAX_DAMAGES} more")
    return ", ".join(described)
