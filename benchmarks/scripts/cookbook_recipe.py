"""Gzip logs to the hosts that asked for robots.txt, as the Python Cookbook does it (12.8)."""

import gzip
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def find_robots(path: Path) -> set[str]:
    """Find the hosts that asked for robots.txt in one log."""
    robots = set()
    with gzip.open(path, "rt", encoding="ascii") as log:
        for line in log:
            fields = line.split()
            if fields[6] == "/robots.txt":
                robots.add(fields[0])
    return robots


def main(folder: str) -> None:
    """Print the hosts that asked for robots.txt in any log of a folder."""
    hosts: set[str] = set()
    with ProcessPoolExecutor() as pool:
        hosts.update(*pool.map(find_robots, sorted(Path(folder).glob("*.gz"))))
    print(*sorted(hosts), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
