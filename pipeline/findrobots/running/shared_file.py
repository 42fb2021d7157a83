"""Make a temporary file that other processes of this machine open by its path."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["shared_file"]


@contextmanager
def shared_file() -> Iterator[str]:
    """Make an empty file, and yield a path by which this machine's processes open it.

    On Linux it has no name in any directory (memfd_create(2)), so that nothing is left of
    it however this process ends. On other systems it is a temporary file.
    """
    if sys.platform == "linux" and Path("/proc/self/fd").is_dir():
        file = os.memfd_create("findrobots")
        try:
            yield f"/proc/{os.getpid()}/fd/{file}"
        finally:
            os.close(file)
    else:
        with tempfile.NamedTemporaryFile(prefix="findrobots-") as named:
            yield named.name
