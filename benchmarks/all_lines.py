"""Measure the parsing of all lines: ``python -m benchmarks.all_lines``.

Of a log in the combined format and one in the common format, it prints the processor time of
reading and parsing all lines as a multiple of that of decompressing the log in the same process.
"""

import argparse
import gzip
import re
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache, partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from findrobots.formats import Dialect
from findrobots.formats.columns import parse_block
from findrobots.reading.blocks import read_blocks
from findrobots.reading.decompress import decompress_log
from findrobots.reading.log_file import LogFile
from findrobots.records import Block

from benchmarks.logs import ROBOTS_TXT, make_combined, make_days
from benchmarks.peers import ROOT

REAL_LOGS = ROOT.parent / "shared" / "real-logs"
CACHE = Path(tempfile.gettempdir(), "findrobots-benchmarks")
MEGABYTE = 10**6
FIRST_DAY = date(2015, 5, 1)
DAYS = 28
ADDRESS = re.compile(rb"\d+\.\d+\.\d+\.\d+")
TIME = re.compile(rb"\[(\d\d)/[A-Z][a-z][a-z]/\d{4}:")
# Most robots have one of these in their user agents.
ROBOT = re.compile(
    r"(?i)bot\b|bot/|crawl|spider|slurp|feed|archiver|fetch|https?://|@|python|curl|wget"
)


class Log(NamedTuple):
    """A log that is measured, and the hosts in it that asked for robots.txt."""

    name: str
    path: Path
    size: int
    hosts: frozenset[str]


@lru_cache(1 << 12)
def is_robot(user_agent: str) -> bool:
    """Return whether a user agent looks like one of a robot."""
    return bool(ROBOT.search(user_agent))


def main() -> None:
    """Measure both logs, and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.all_lines", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300, help="the text of each log")
    parser.add_argument("--repetitions", type=int, default=5, help="how many runs count")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    for name in ("combined", "common"):
        log = make_log(name, options.megabytes * MEGABYTE)
        print("\n".join(measure(log, options.repetitions)))


def measure(log: Log, repetitions: int) -> Iterator[str]:
    """Measure a log, and yield lines with the results."""
    ways: dict[str, Callable[[Log], object]] = {
        "decompress": decompress,
        "read": read,
        "parse": partial(parse, compiled=False),
        "parse, compiled": partial(parse, compiled=True),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repetitions):
        for way, function in ways.items():
            began = time.process_time()
            result = function(log)
            seconds[way].append(time.process_time() - began)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    yield f"{log.name}: {log.size / MEGABYTE:.0f} MB, {result}, at most {memory} MiB"
    base = seconds["decompress"]
    for way in ("read", "parse", "parse, compiled"):
        ratios = [own / of for own, of in zip(seconds[way], base, strict=True)]
        least = min(seconds[way]) / min(base)
        yield (
            f"  {way} {min(seconds[way]):.3f} s = {least:.2f} x decompress "
            f"({min(base):.3f} s); median {statistics.median(ratios):.2f} x"
        )


def decompress(log: Log) -> int:
    """Decompress a log; return the size of its text."""
    file = LogFile(str(log.path))
    size = sum(len(piece) for piece in decompress_log(file) if isinstance(piece, bytes))
    file.close()
    return size


def read(log: Log) -> int:
    """Read a log in blocks; return how many there are."""
    return sum(isinstance(item, Block) for item in read_blocks(str(log.path)))


def parse(log: Log, *, compiled: bool) -> str:
    """Parse all lines of a log; describe what was found."""
    lines = requests = rejects = 0
    for item in read_blocks(str(log.path)):
        if isinstance(item, Block):
            parsed = parse_block(
                item, Dialect(), is_robot=is_robot, robot_hosts=log.hosts, compiled=compiled
            )
            lines += parsed.lines
            requests += sum(len(part.offset) for part in parsed.requests)
            rejects += len(parsed.rejects)
    return f"{lines:,} lines, {requests:,} of robots, {rejects:,} rejected"


def make_log(name: str, size: int) -> Log:
    """Make a log from real lines if they are there, with hosts and days that vary."""
    path, hosts = CACHE / f"all-lines-{name}-{size}.log.gz", set[bytes]()
    lines, written = read_lines(name), 0
    with tempfile.NamedTemporaryFile(dir=CACHE, delete=False) as unfinished:
        with gzip.open(unfinished, "wb", compresslevel=6) as file:
            number = 0
            while written < size:
                text = b"\n".join(vary(lines, number)) + b"\n"
                hosts |= {
                    line.split(b" ", 1)[0] for line in text.split(b"\n") if ROBOTS_TXT in line
                }
                written += file.write(text)
                number += 1
        Path(unfinished.name).replace(path)
    return Log(name, path, written, frozenset(host.decode() for host in hosts))


def read_lines(name: str) -> list[bytes]:
    """Return real lines of a format, or made ones."""
    folder = REAL_LOGS / {"combined": "combined", "common": "recipe"}[name]
    if folder.is_dir():
        texts = [gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*.gz"))]
        return b"".join(texts).splitlines()
    days = [make_combined()] if name == "combined" else make_days(0.1)
    return b"".join(day.text for day in days).splitlines()


def vary(lines: list[bytes], number: int) -> Iterator[bytes]:
    """Yield lines with other addresses and on other days, the same for the same number."""
    octets = [*range(256)]
    Random(number).shuffle(octets)
    changed = dict[bytes, bytes]()
    for line in lines:
        host, _, rest = line.partition(b" ")
        if host not in changed:
            changed[host] = host
            if ADDRESS.fullmatch(host):
                changed[host] = b".".join(b"%d" % octets[int(part)] for part in host.split(b"."))
        if found := TIME.search(rest):
            day = FIRST_DAY + timedelta(days=4 * number + int(found[1]) % DAYS)
            rest = b"%b%b%b" % (
                rest[: found.start()],
                f"[{day:%d/%b/%Y}:".encode(),
                rest[found.end() :],
            )
        yield b"%b %b" % (changed[host], rest)


if __name__ == "__main__":
    main()
