"""Bytes read, by whatever process, to one progress bar."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pipeline.memory import shared_file

__all__ = ["Meter", "progress_bar"]

COUNT_SIZE = 8
REFRESH_SECONDS = 0.1


class Meter(NamedTuple):
    """A count that any process of this machine can add to: a file that only grows.

    Short appends to a file are atomic (POSIX ``write`` with ``O_APPEND``), so workers
    share it by its path, without a lock, a queue or a thread.
    """

    path: str

    def add(self, count: int) -> None:
        """Add a number of bytes."""
        with open(self.path, "ab", buffering=0) as file:  # noqa: PTH123 (its path is a string)
            file.write(count.to_bytes(COUNT_SIZE, "little"))


def _added(file: BinaryIO) -> int:
    """Return the sum of what was added since the last call."""
    counts = file.read()
    return sum(
        int.from_bytes(counts[start : start + COUNT_SIZE], "little")
        for start in range(0, len(counts), COUNT_SIZE)
    )


@contextmanager
def progress_bar(total: int, *, shown: bool) -> Iterator[Meter | None]:
    """Show how many of ``total`` bytes the yielded meter was told, on a terminal only.

    The bar is drawn from a timer's signal and not from a thread, so that processes may
    still be forked; call it in the main thread.
    """
    if not (shown and sys.stderr.isatty()):
        yield None
        return
    from tqdm import tqdm  # noqa: PLC0415 (only a terminal pays for it)

    tqdm.monitor_interval = 0
    with (
        shared_file() as path,
        Path(path).open("rb") as file,
        tqdm(total=total, unit="B", unit_scale=True, leave=False, delay=0.2) as bar,
    ):
        former = signal.signal(signal.SIGALRM, lambda *_: bar.update(_added(file)))
        signal.setitimer(signal.ITIMER_REAL, REFRESH_SECONDS, REFRESH_SECONDS)
        try:
            yield Meter(path)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, former)
