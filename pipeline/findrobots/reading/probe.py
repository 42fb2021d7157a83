"""Look at a log before it is read: at its beginning, or at all of its text."""

import os
from contextlib import closing
from functools import lru_cache

from findrobots.reading.compression import detect_compression
from findrobots.reading.decompress import Damage, decompress_log, read_head
from findrobots.reading.fingerprint import WINDOW, TextWindow, checksum_prefixes
from findrobots.reading.log_file import LogFile, display_name, outcome_of
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.resume import split_at
from findrobots.records import NO_TEXT, READ, UNREADABLE, Probe, Survey, TextKey
from findrobots.storage.remote import Log, path_of

__all__ = ["probe", "survey"]


def probe(source: Log, inode: int = 0, *, monitor: Monitor = UNMONITORED) -> Probe:
    """Fingerprint the first 64 KiB of a log's text, and the two ends of its stored bytes.

    Parameters
    ----------
    source
        A local path, an object, or one that is being opened.
    inode
        The inode that a local file must have; 0 for any.
    monitor
        Where the source is reported.

    Returns
    -------
    Probe
        The fingerprint; if the log cannot be read, the reason.
    """
    path = os.fsencode(path_of(source))
    monitor.start(display_name(source))
    try:
        with closing(LogFile(source, inode=inode)) as file:
            stored = file.stored_digest() if file.rereadable else NO_TEXT
            head, damage = read_head(file, WINDOW)
            if damage and damage.unread:
                return Probe(path, UNREADABLE, damage.reason)
            compression = detect_compression(file.head)
            return Probe(path, READ, "", stored, checksum_prefixes(head), bool(compression))
    except OSError as error:
        return Probe(path, outcome_of(error, inode), error.strerror or str(error))
    finally:
        monitor.finish()


def survey(
    source: Log,
    inode: int = 0,
    texts: frozenset[TextKey] = frozenset(),
    *,
    monitor: Monitor = UNMONITORED,
) -> Survey:
    """Read all of a log's text for its checksum, and compare it with others in the same pass.

    Parameters
    ----------
    source
        A local path, an object, or one that is being opened.
    inode
        The inode that a local file must have; 0 for any.
    texts
        The texts with which this one may begin.
    monitor
        Where the source and the bytes read are reported.

    Returns
    -------
    Survey
        The end of the text, or of the text before a damage, and the texts with which it begins.
    """
    path = os.fsencode(path_of(source))
    monitor.start(display_name(source))
    window, matched, damage = TextWindow(), list[TextKey](), None
    offsets, checksums = _ends(texts)
    try:
        with closing(LogFile(source, monitor, inode=inode)) as file:
            for piece in split_at(decompress_log(file, window=window), offsets):
                if isinstance(piece, Damage):
                    damage = piece
                    break
                window.add(piece)
                if (window.size, window.checksum) in checksums:
                    text = _text_key(window)
                    matched += [text] if text in texts else []
    except OSError as error:
        return Survey(path, outcome_of(error, inode), damage=error.strerror or str(error))
    finally:
        monitor.finish()
    return Survey(
        path,
        UNREADABLE if damage and damage.unread else READ,
        *_text_key(window),
        tuple(matched),
        damage.reason if damage else "",
        is_cut_short=bool(damage and offsets and offsets[-1] > window.size),
    )


@lru_cache(maxsize=2)
def _ends(texts: frozenset[TextKey]) -> tuple[tuple[int, ...], frozenset[tuple[int, int]]]:
    """Return the sizes of some texts in ascending order, and their sizes with checksums."""
    ends = frozenset((size, checksum) for size, checksum, _ in texts)
    return tuple(sorted({size for size, _ in ends})), ends


def _text_key(window: TextWindow) -> TextKey:
    return window.size, window.checksum, window.tail_digest(window.size)
