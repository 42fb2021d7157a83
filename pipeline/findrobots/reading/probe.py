"""Probe a log: fingerprint its stored bytes and the beginning of its text."""

import os
from contextlib import closing

from findrobots.reading.decompress import Damage, decompress_log
from findrobots.reading.fingerprint import WINDOW, fingerprint_head
from findrobots.reading.log_file import LogFile, display_name
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.records import NO_TEXT, Probe
from findrobots.storage.remote import PendingLog, path_of

__all__ = ["probe"]


def probe(source: str | PendingLog, *, monitor: Monitor = UNMONITORED) -> Probe:
    """Fingerprint a log from its first and last 64 KiB.

    Parameters
    ----------
    source
        A path, a URL, or a log that is being opened.
    monitor
        Where the source is reported.

    Returns
    -------
    Probe
        Its fingerprint, or empty values if the log cannot be read.
    """
    monitor.start(display_name(source))
    try:
        with closing(LogFile(source)) as file:
            size, stored = file.stored_digest()
            first, checksums = fingerprint_head(_head(file))
    except OSError:
        size, stored, first, checksums = 0, b"", NO_TEXT, b""
    finally:
        monitor.finish()
    return Probe(os.fsencode(path_of(source)), size, stored, first, checksums)


def _head(file: LogFile) -> bytes:
    """Return the first 64 KiB of a log's text, or as much as there is."""
    head = b""
    for piece in decompress_log(file):
        if isinstance(piece, Damage):
            break
        head += piece
        if len(head) >= WINDOW:
            break
    return head[:WINDOW]
