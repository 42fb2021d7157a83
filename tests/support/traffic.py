"""Lines of access logs, of kinds that are easy and hard to tell apart."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import NamedTuple

FIRST_SECOND = datetime(2026, 9, 1, tzinfo=UTC)
BALANCER = "10.0.0.1"
# Lines of this length fill the 64 KiB that a probe of a log may compare.
FAT_AGENT, FAT_LINES, WINDOW = "Checker/" + "x" * 4000, 18, 64 * 1024


class Line(NamedTuple):
    """A line with its newline, and its host if it is a request for robots.txt."""

    text: bytes
    host: str

    def cut(self, luck):
        """Return a place within the timestamp, so that neither part of the line is a request."""
        return luck.randint(self.text.index(b"[") + 2, self.text.index(b"]") - 1)


def make_line(host, second, agent, *, robots=True, path=""):
    """Return a line in combined format, at some second of the logs' time."""
    time = f"{FIRST_SECOND + timedelta(seconds=second):%d/%b/%Y:%H:%M:%S +0000}"
    path = path or ("/robots.txt" if robots else "/index.html")
    text = f'{host} - - [{time}] "GET {path} HTTP/1.1" 200 70 "-" "{agent}"\n'
    return Line(text.encode(), host if path == "/robots.txt" else "")


class Traffic:
    """What the logs of a site are sent.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    luck
        A seeded ``random.Random``.
    """

    def __init__(self, kind, luck):
        self.kind, self.luck, self.numbers, self.second = kind, luck, count(1), 0

    def unique(self, number=1):
        """Return lines that no others are like: each of a host of its own."""
        return [self._unique() for _ in range(number)]

    def send(self, sizes) -> Iterator[list[Line]]:
        """Yield the lines that each of some logs is sent now, given the sizes of the logs."""
        self.second += self.luck.randint(1, 5000)
        yield from getattr(self, f"_{self.kind}")(sizes)

    def last_line(self, lines, log):
        """Return a line that a log may end amid, or None."""
        if self.kind == "one_line":
            return lines[-1]
        if self.kind == "equal_logs" or (self.kind == "health_checks" and log.piece.size < WINDOW):
            return None
        return self._unique()

    def _unique(self):
        number = next(self.numbers)
        robots = self.luck.random() < 0.8
        return make_line(f"2001:db8::{number:x}", self.second, f"Bot/{number}", robots=robots)

    def _unique_lines(self, sizes):
        return [self.unique(self.luck.choice([0, 1, 3, 9])) for _ in sizes]

    def _health_checks(self, sizes):
        checks = [
            make_line(BALANCER, self.second + n, FAT_AGENT, robots=n % 4 == 0)
            for n in range(FAT_LINES if min(sizes) < WINDOW else 2)
        ]
        differ = min(sizes) > WINDOW
        return [checks + self.unique(differ * self.luck.choice([0, 1, 3])) for _ in sizes]

    def _same_robots(self, sizes):
        robots = [
            make_line(f"192.0.2.{self.luck.randint(1, 9)}", self.second + n, "Robot/1.0")
            for n in range(self.luck.choice([1, 2, 6]))
        ]
        differs = self.luck.randrange(len(sizes) * 2)
        return [robots[n == differs :] for n, _ in enumerate(sizes)]

    def _one_line(self, sizes):
        line = make_line("192.0.2.1", 0, "Repeated/1.0")
        return [[line] * self.luck.choice([0, 1, 2, 5]) for _ in sizes]

    def _tiny_logs(self, sizes):
        writes = self.luck.randrange(len(sizes) * 2)
        return [self.unique(n == writes) for n, _ in enumerate(sizes)]

    def _equal_logs(self, sizes):
        number = self.luck.choice([0, 1, 4])
        alike = [make_line("192.0.2.1", self.second + n, "Mirror/1.0") for n in range(number)]
        return [alike for _ in sizes]


KINDS = ("unique_lines", "health_checks", "same_robots", "one_line", "tiny_logs", "equal_logs")
# Logs of which the text alone cannot show which is which: a difference is allowed if it is named.
UNDECIDABLE = ("one_line", "equal_logs")
