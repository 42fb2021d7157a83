"""Show a progress bar of the bytes read, on a terminal."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from findrobots.running.progress import COUNT_SIZE, ByteCounter
from findrobots.running.shared_file import shared_file

__all__ = ["progress_bar"]


REFRESH_SECONDS = 0.1


def _added(file: BinaryIO) -> int:
    """Return how many bytes were reported since the last call."""
    counts = file.read()
    return sum(
        int.from_bytes(counts[start : start + COUNT_SIZE], "little")
        for start in range(0, len(counts), COUNT_SIZE)
    )


@contextmanager
def progress_bar(total: int, *, shown: bool) -> Iterator[ByteCounter | None]:
    """Show how many of ``total`` bytes are reported to the yielded meter.

    Yields ``None`` if it is not to be ``shown``, or if standard error is not a terminal. A
    timer's signal draws the bar, not a thread: forking is not safe beside threads. Call it
    in the main thread.
    """
    if not (shown and sys.stderr.isatty()):
        yield None
        return
    from tqdm import tqdm

    tqdm.monitor_interval = 0
    with (
        shared_file() as path,
        Path(path).open("rb") as file,
        tqdm(total=total, unit="B", unit_scale=True, leave=False, delay=0.2) as bar,
    ):
        former = signal.signal(signal.SIGALRM, lambda *_: bar.update(_added(file)))
        signal.setitimer(signal.ITIMER_REAL, REFRESH_SECONDS, REFRESH_SECONDS)
        try:
            yield ByteCounter(path)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, former)
