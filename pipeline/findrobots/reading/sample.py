"""Take a sample of a log's text, from what was held while it was read."""

from findrobots.reading.collector import Collector
from findrobots.reading.fingerprint import TextWindow
from findrobots.records import Sample

__all__ = ["take_sample"]

# Bytes of each end of the text: some lines. Holding more would keep memory from being reused.
SAMPLE_SIZE = 8 * 1024


def take_sample(lines: Collector[object], window: TextWindow) -> Sample:
    """Return the beginning and the end of a log's text, without reading anything.

    Parameters
    ----------
    lines
        The lines that were found in the log.
    window
        The window of all text that was read.
    """
    head = window.head[:SAMPLE_SIZE]
    tail = window.tail()[-SAMPLE_SIZE:] if window.size > len(head) else b""
    return Sample(lines.source, head, tail, lines.header)
