"""What was read of a log to what is told of it."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from findrobots.reading.compression import detect_compression
from findrobots.reading.fingerprint import WINDOW, TextWindow, digest, fingerprint_head
from findrobots.reading.log_file import LogFile
from findrobots.reading.recovery import Damage
from findrobots.records import NO_TEXT, SourceStatus

__all__ = ["LineSearch", "describe_source", "may_grow"]

# Damages of one log that are told one by one.
DAMAGES_TOLD = 3


class LineSearch(NamedTuple):
    """Where the last line of a text ends, and what was met up to there and behind."""

    end: int
    unfinished_rejects: int
    damages: tuple[tuple[Damage, int], ...]  # each with the byte of the text where it breaks


def may_grow(file: LogFile) -> bool:
    """Tell what is stored as it is from what is compressed, or comes through a pipe."""
    return file.rereadable and detect_compression(file.first) is None


def describe_source(file: LogFile, passed: TextWindow, searched: LineSearch) -> SourceStatus:
    """Say how much was read, up to which end of its text, and what tells that from others."""
    end, damages = searched.end, searched.damages
    first, marks = fingerprint_head(passed.head[:end])
    last = passed.tail_digest(end)
    if any(damage.corrupt or at < passed.size for damage, at in damages):
        # Nobody knows how much of it is the text that was stored; its beginning may be.
        marks, last = b"", NO_TEXT
    elif not first:
        last = NO_TEXT
    elif last == NO_TEXT and may_grow(file):
        with suppress(OSError):
            last = digest(file.read_at(max(0, end - WINDOW), min(end, WINDOW)))
    return SourceStatus(
        "",
        bytes_stored=file.bytes_read,
        file_digest=file.digest(),
        bytes_text=end,
        unfinished_bytes=passed.size - end,
        first_line_digest=first,
        prefix_checksums=marks,
        tail_digest=last,
        unfinished_rejects=searched.unfinished_rejects,
        damage=_tell(damages),
    )


def _tell(damages: Sequence[tuple[Damage, int]]) -> str:
    """Tell the first damages of a log, and how many there are more."""
    told = [
        f"{damage.reason} (at byte {damage.offset}, {size} of its text)"
        for damage, size in damages[:DAMAGES_TOLD]
    ]
    if len(damages) > DAMAGES_TOLD:
        told.append(f"and {len(damages) - DAMAGES_TOLD} more")
    return ", ".join(told)
