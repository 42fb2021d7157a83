"""Read all lines of a log in blocks, and report how much of the log was read."""

from collections.abc import Iterator

from findrobots.reading.collector import BlockCollector
from findrobots.reading.decompress import BLOCK_SIZE
from findrobots.reading.monitor import UNMONITORED, Monitor
from findrobots.reading.search import read_log
from findrobots.records import (
    Block,
    ByteRange,
    Checkpoint,
    Lines,
    RangeStatus,
    Reject,
    Sample,
    SourceStatus,
)
from findrobots.storage.remote import Log

__all__ = ["Block", "read_blocks"]

# Bytes of text that are parsed at a time: twenty thousand lines. Smaller blocks cost more calls of
# numpy, larger ones leave the processor's cache.
PARSED_SIZE = 4 * 1024 * 1024


def read_blocks(  # noqa: PLR0913 (options all but the first)
    source: Log,
    inode: int = 0,
    checkpoint: Checkpoint | None = None,
    part: ByteRange | None = None,
    *,
    growing: bool = False,
    monitor: Monitor = UNMONITORED,
    block_size: int = PARSED_SIZE,
) -> Iterator[Block | Lines | Reject | Sample | SourceStatus | RangeStatus]:
    """Yield all lines of a log in blocks, then a sample of its text and its status.

    The status is the one of ``read_lines``, as if all lines with text matched: the same
    checkpoints, damages and incomplete lines, so that an update resumes in the same way. Of
    lines that are truncated or too long a reject is yielded. Memory is bounded by a block, or by
    the longest line.

    Parameters
    ----------
    source
        A path, a URL, or a log that is being opened.
    inode
        The inode that a local file must have; 0 for any.
    checkpoint
        Where the text of this log that is already counted ends. If it does not belong to the
        log's text, no lines are yielded.
    part
        Read only the lines that begin in this range, of a log of which other tasks read the others.
    growing
        The log may still be growing: a last line without a newline is left for a later run, if
        the log is not compressed.
    monitor
        Where the source and the bytes read are reported.
    block_size
        Bytes of text after which a block is yielded.

    Yields
    ------
    Block or Lines or Reject or Sample or SourceStatus or RangeStatus
        Blocks in the order of the text, which is all text but rejected lines, and at the end one
        without text; lines in place of blocks for the log of a container runtime, which splits
        them. ``matched_lines`` of the status counts the lines. Of a range, only its status
        comes last.
    """
    # Decompression is fastest in pieces that stay in the cache; joining them costs little.
    pieces = min(block_size, BLOCK_SIZE)

    def collect(name: str, header: bytes | None, head: bytes) -> BlockCollector:
        return BlockCollector(name, header, head=head, size=block_size)

    yield from read_log(
        *(source, inode, checkpoint, part, collect),
        growing=growing,
        monitor=monitor,
        block_size=pieces,
    )
