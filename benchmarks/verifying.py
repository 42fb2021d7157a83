"""Measure what a verdict costs per address: ``python -m benchmarks.verifying``."""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import Path

from findrobots.robots.agents import Robot, find_robot
from findrobots.robots.ranges import SNAPSHOT, ListHistory, load_lists
from findrobots.robots.verify import judge

# Half a year from the day of the snapshot, so that its lists are not in the way.
DAY = date(2026, 3, 2)
ROBOTS = ("Googlebot", "bingbot", "GPTBot", "AhrefsBot", "FeedFetcher-Google")


def main() -> None:
    """Print the processor time per verdict, for lists of several days."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verifying", description=__doc__)
    parser.add_argument("--addresses", type=int, default=20_000, help="distinct addresses")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the best counts")
    options = parser.parse_args()
    robots = [robot for robot in map(find_robot, ROBOTS) if robot is not None]
    print("| lists | µs per verdict | verified | impostor | unknown |")
    print("|---|---|---|---|---|")
    for title, distances, day in (
        ("of the day", [0], DAY),
        ("of five days before and after", [-5, 5], DAY),
        ("of every day of a year", list(range(-180, 180)), DAY),
        ("of another year", [0], date(2015, 5, 18)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            lists = make_lists(robots, distances, Path(folder))
            claims = list(islice(make_claims(robots, lists), options.addresses))
            seconds, verdicts = measure(claims, day, lists, options.rounds)
        counts = " | ".join(f"{verdicts[each]:,}" for each in ("verified", "impostor", "unknown"))
        print(f"| {title} | {seconds / len(claims) * 1e6:.1f} | {counts} |")


def make_lists(robots: list[Robot], distances: list[int], folder: Path) -> ListHistory:
    """Write the snapshot's lists of some robots for several days, and nothing else."""
    for name in {name for robot in robots for name in robot.lists}:
        (content,) = (SNAPSHOT / name).iterdir()
        (folder / name).mkdir()
        for distance in distances:
            day = DAY + timedelta(days=distance)
            (folder / name / f"{day}{content.suffix}").write_bytes(content.read_bytes())
    history = load_lists(folder)
    for name in history.names():
        for day in history.days(name):
            history.read(name, day)
    return history


def make_claims(robots: list[Robot], lists: ListHistory) -> Iterator[tuple[Robot, str]]:
    """Yield robots and distinct addresses: half of these in a list, one in eight IPv6."""
    luck = random.Random(1)
    seen = set()
    while True:
        robot = luck.choice(robots)
        address = _any_address(luck)
        if luck.random() < 0.5:
            name = luck.choice(robot.lists)
            prefixes = lists.read(name, lists.days(name)[0]).prefixes
            address = _address_in(luck.choice(prefixes), luck)
        if address not in seen:
            seen.add(address)
            yield robot, address


def _any_address(luck: random.Random) -> str:
    if luck.random() < 0.125:
        return str(IPv6Address((0x2A00 << 112) + luck.getrandbits(112)))
    return str(IPv4Address(luck.randrange(1 << 24, 224 << 24)))


def _address_in(prefix: str, luck: random.Random) -> str:
    network, _, length = prefix.partition("/")
    first = IPv6Address(network) if ":" in network else IPv4Address(network)
    return str(first + luck.getrandbits(first.max_prefixlen - int(length) or 1))


def measure(
    claims: list[tuple[Robot, str]], day: date, lists: ListHistory, rounds: int
) -> tuple[float, Counter[str]]:
    """Return the seconds of the best round, and the verdicts."""
    seconds = []
    for _ in range(rounds):
        begin = time.process_time()
        verdicts = [judge(robot, address, day, lists) for robot, address in claims]
        seconds.append(time.process_time() - begin)
    return min(seconds), Counter(verdict.verdict for verdict in verdicts)


if __name__ == "__main__":
    main()
