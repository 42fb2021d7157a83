"""The peers to the versions of all that they run."""

import platform
import subprocess
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version

from benchmarks.rounds import Comparison

__all__ = ["find_versions"]

# What every system has, and what no result depends on.
UNTOLD = ("find", "xargs", "sort")
ARGUMENTS = {"mawk": ("-W", "version")}


def find_versions(comparisons: Iterable[Comparison]) -> list[str]:
    """List the versions of Python, of this project, and of what the peers that ran need."""
    results = [result for each in comparisons for result in each.results]
    peers = [result.peer for result in results if result.seconds]
    programs = dict.fromkeys(name for peer in peers for name in peer.programs)
    packages = dict.fromkeys(name for peer in peers for name in peer.packages)
    return [
        f"Python {platform.python_version()}",
        *_package_versions(["findrobots", *packages]),
        *(_program_version(name) for name in programs if name not in UNTOLD),
    ]


def _package_versions(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} of no known version"


def _program_version(name: str) -> str:
    """Return the first line a program says about its version, its own name in front."""
    arguments = ARGUMENTS.get(name, ("--version",))
    told = subprocess.run(
        [name, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout
    first = (told.splitlines() or ["of no known version"])[0].strip().rstrip(",")
    return first if name in first else f"{name}: {first}"
