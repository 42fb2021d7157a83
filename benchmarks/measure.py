"""A command to what it takes: seconds, and memory."""

import subprocess
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

__all__ = ["PROC", "Memory", "RunError", "measure_memory", "measure_seconds", "peak"]

POLL_SECONDS = 0.01
PROC = Path("/proc")


class RunError(Exception):
    """A command failed; the message is the last that it said."""


class Memory(NamedTuple):
    """The most memory that a process held at once, and each of its descendants: bytes."""

    parent: int
    workers: tuple[int, ...]


def measure_seconds(
    arguments: list[str],
    folder: Path,
    printed: Path,
    environment: Mapping[str, str] | None = None,
) -> float:
    """Run a command in a folder, its output into a file; return the seconds it took.

    Raises
    ------
    RunError
        It failed.
    """
    with printed.open("wb") as output:
        began = time.perf_counter()
        done = subprocess.run(
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            check=False,
        )
        took = time.perf_counter() - began
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [""]
        message = f"exit status {done.returncode}: {said[-1]}"
        raise RunError(message)
    return took


def measure_memory(arguments: list[str], folder: Path) -> Memory | None:
    """Run a command and watch its memory, as Linux counts it; None elsewhere, or if it fails.

    The kernel keeps each process's peak (VmHWM in proc_pid_status(5)); what is read last
    before a process ends misses its last hundredth of a second at most. Pages that a
    forked worker shares with its parent count for both.
    """
    if not (PROC / "self" / "status").exists():
        return None
    peaks: dict[int, int] = {}
    with subprocess.Popen(
        arguments,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            for pid in _descent(process.pid):
                peaks[pid] = max(peaks.get(pid, 0), peak(pid))
            time.sleep(POLL_SECONDS)
    if process.returncode:
        return None
    parent = peaks.pop(process.pid, 0)
    return Memory(parent, tuple(sorted(peak for peak in peaks.values() if peak)))


def _descent(ancestor: int) -> list[int]:
    """List a process and all its descendants."""
    children = defaultdict(list)
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything; the state and the parent follow it.
            parent = stat.read_text(errors="replace").rpartition(")")[2].split()[1]
        except (OSError, IndexError):  # it has ended
            continue
        children[int(parent)].append(int(stat.parent.name))
    family = [ancestor]
    for pid in family:  # grows as it goes
        family.extend(children[pid])
    return family


def peak(pid: int) -> int:
    """Return the most memory a process has held so far, in bytes; 0 where it has ended."""
    try:
        status = (PROC / str(pid) / "status").read_text(errors="replace")
    except OSError:
        return 0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0]) * 1024 if peaks else 0
