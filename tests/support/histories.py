"""Play random histories of a site's logs, with updates amid them, and compare with the oracle.

As a script, it plays many and prints a table::

    cd tests && python -m support.histories --histories 3000 --seed 1
"""

import argparse
import random
import re
import signal
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import findrobots
from click.testing import CliRunner
from findrobots.cli.main import cli
from support.rotation import STYLES, rotate
from support.site import Site
from support.traffic import KINDS, UNDECIDABLE

# Notes of a run that name logs without a doubt about which log it is.
PLAIN_NOTES = re.compile(r"unparsed lines|within a line|not be read completely")
DONE, DAMAGED = 0, 3
DEADLINE = 10


class UpdateFailedError(AssertionError):
    """An update of sound logs ended with another status than 0 or 3."""


@contextmanager
def at_most(seconds):
    """Raise if an update does not end: its loop over what is not known yet must get shorter.

    The time is that of the processor, so that a busy machine makes no test fail.
    """

    def give_up(*_):
        message = f"still at work after {seconds} s"
        raise UpdateFailedError(message)

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def update(logs, table):
    """Run the command with ``--update`` in this process; return the logs that its notes name."""
    arguments = ["scan", str(logs), "-o", str(table), "--update", "--scheduler", "sync"]
    with at_most(DEADLINE):
        done = CliRunner().invoke(cli, arguments)
    if done.exit_code not in {DONE, DAMAGED}:
        raise UpdateFailedError(done.stderr, done.exception) from done.exception
    return named_logs(done.stderr)


def named_logs(summary):
    """Return the logs that a summary names for a doubt: an indented list under a note."""
    named, note = set(), ""
    for line in summary.splitlines():
        if not line.startswith("  "):
            note = line
        elif not PLAIN_NOTES.search(note):
            named.add(line.strip())
    return named


def host_requests(hosts):
    """Count the requests of each host of a host table."""
    return Counter(dict(zip(*hosts.select(["host", "requests"]).to_pydict().values(), strict=True)))


def differences(expected, counted):
    """Return how many requests were lost, and how many counted twice."""
    return (expected - counted).total(), (counted - expected).total()


@dataclass
class History:
    """A history that was played: the site as it is now, its table, and what updates named."""

    site: Site
    table: Path
    updates: int = 0
    named: set[str] = field(default_factory=set)

    def update(self):
        self.named |= update(self.site.folder, self.table)
        self.site.count_all()
        self.updates += 1

    def counted(self):
        return host_requests(findrobots.read_hosts(self.table))

    def differences(self):
        return differences(self.site.requests(), self.counted())


def steps(site, style, luck, days):
    """Have logs written and rotated, and yield when an update may come.

    Yields True between rotations, and False amid one.
    """
    for _ in range(days):
        for _ in range(luck.randint(1, 3)):
            site.write()
            yield True
        for _ in rotate(site, style):
            if luck.random() < 0.2:
                site.write()
            yield False


def play(folder, style, traffic, seed, days=None):
    """Play a history with updates at random moments; its last update comes when all is quiet."""
    luck = random.Random(seed)  # noqa: S311 (no secret)
    site = Site(folder, seed, traffic, logs=luck.randint(1, 4))
    history = History(site, folder / "table")
    often, amid = luck.choice([(0.3, 0.02), (0.6, 0.1), (0.9, 0.3)])
    try:
        for likely in steps(site, STYLES[style], luck, days or luck.randint(2, 4)):
            if luck.random() < (often if likely else amid):
                history.update()
        for log in site.logs:
            log.finish_line()
        history.update()
    finally:
        site.close()
    return history


def main():
    """Play many histories and print what was lost and doubled, per style and traffic."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--histories", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--style", choices=STYLES, action="append")
    parser.add_argument("--traffic", choices=KINDS, action="append")
    parser.add_argument("--wrong", action="store_true", help="print the seeds that went wrong")
    chosen = parser.parse_args()
    kinds = [(s, t) for s in chosen.style or STYLES for t in chosen.traffic or KINDS]
    rows, wrong = {}, []
    for number in range(chosen.histories):
        style, traffic = kinds[number % len(kinds)]
        row = rows.setdefault((style, traffic), Counter())
        result = _play_once(style, traffic, chosen.seed * 1_000_000 + number)
        row.update(result)
        if any(result[name] for name in ("lost", "doubled", "failed")):
            wrong.append((style, traffic, chosen.seed * 1_000_000 + number, dict(result)))
    _print(rows)
    if chosen.wrong:
        for each in wrong:
            print(*each)  # noqa: T201 (a script)
    silent = sum(row["lost"] + row["doubled"] + row["failed"] for row in rows.values())
    sys.exit(bool(silent))


def _play_once(style, traffic, seed):
    with tempfile.TemporaryDirectory() as folder:
        try:
            history = play(Path(folder), style, traffic, seed)
        except UpdateFailedError as error:
            print(style, traffic, seed, *map(repr, error.args))  # noqa: T201
            return Counter(histories=1, failed=1)
        lost, doubled = history.differences()
        if (lost or doubled) and traffic in UNDECIDABLE and history.named:
            found = {"lost, named": lost, "doubled, named": doubled}
        else:
            found = {"lost": lost, "doubled": doubled}
        requests = history.site.requests().total()
        return Counter(histories=1, updates=history.updates, requests=requests, **found)


def _print(rows):
    columns = ["histories", "updates", "requests", "lost", "doubled", "lost, named"]
    columns += ["doubled, named", "failed"]
    print("|".join([f"{'style':32}", f"{'traffic':14}", *(f"{name:>14}" for name in columns)]))  # noqa: T201
    total = sum(rows.values(), Counter())
    for (style, traffic), row in [*rows.items(), (("all", ""), total)]:
        values = (f"{row[name]:14,}" for name in columns)
        print("|".join([f"{style:32}", f"{traffic:14}", *values]))  # noqa: T201


if __name__ == "__main__":
    main()
