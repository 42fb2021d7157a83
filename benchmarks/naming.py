"""Measure how long it takes to name the robot of a user agent.

``python -m benchmarks.naming`` names 100,000 distinct user agents, made from the real ones of
``tests/data/user-agents.tsv`` and of crawler-user-agents by other versions, and from random
words. It prints microseconds per user agent, the best of some rounds.
"""

import random
import re
import string
import time
from collections.abc import Iterable
from pathlib import Path

from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from findrobots.formats.field_cache import clear_caches
from findrobots.robots.agents import name_agent
from findrobots.running.gc_tuning import reduce_gc

PROJECT = Path(__file__).parents[1]
REAL = PROJECT / "tests" / "data" / "user-agents.tsv"

COUNT = 100_000
ROUNDS = 5
NUMBER = re.compile(r"\d+")


def main() -> None:
    """Measure each kind of user agents, then all kinds together."""
    luck = random.Random(1)
    known = [line.split("\t")[:2] for line in REAL.read_text().splitlines()[1:]]
    examples = [text for entry in CRAWLER_USER_AGENTS_DATA for text in entry["instances"]]
    kinds = {
        "browsers": _versions([text for text, name in known if not name], luck),
        "robots of the table": _versions([text for text, name in known if name], luck),
        "examples of crawler-user-agents": _versions(examples, luck),
        "random words": _random_texts(luck),
    }
    reduce_gc()  # as the command does
    name_agent("")  # loads the table and the patterns
    for kind, texts in kinds.items():
        print(f"{kind:34}{_measure(texts):6.2f} µs")
    share = COUNT // len(kinds)
    mixed = [text for texts in kinds.values() for text in texts[:share]]
    luck.shuffle(mixed)
    print(f"{'all, in equal parts':34}{_measure(mixed):6.2f} µs")


def _versions(texts: list[str], luck: random.Random) -> list[str]:
    """Return distinct user agents that are the given ones with other numbers."""
    made = dict.fromkeys(texts)
    while len(made) < COUNT:
        text = luck.choice(texts)
        made[NUMBER.sub(lambda _: str(luck.randrange(10_000)), text) + _tail(text, luck)] = None
    return list(made)[:COUNT]


def _tail(text: str, luck: random.Random) -> str:
    """Return a version, for a user agent that has none."""
    return "" if NUMBER.search(text) else f" {luck.randrange(1_000_000)}"


def _random_texts(luck: random.Random) -> list[str]:
    letters = string.ascii_letters + string.digits + " ./;()-+"
    return ["".join(luck.choices(letters, k=luck.randrange(10, 200))) for _ in range(COUNT)]


def _measure(texts: Iterable[str]) -> float:
    """Return the microseconds of processor time per user agent, each named for the first time."""
    # Copies, which are next to one another in memory, as those that are read from a log.
    texts = "\n".join(texts).split("\n")
    best = float("inf")
    for _ in range(ROUNDS):
        clear_caches()
        start = time.process_time()
        for text in texts:
            name_agent(text)
        best = min(best, time.process_time() - start)
    return best / len(texts) * 1e6


if __name__ == "__main__":
    main()
