"""A seed, or real logs, to fourteen days of access log: what all corpora are made of."""

import gzip
import random
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "ROBOTS_TXT",
    "Day",
    "compress",
    "make_combined",
    "make_days",
    "read_days",
    "shorten",
]

ROBOTS_TXT = b"/robots.txt"

# Lines on each day from 17 to 30 December 2012 in the logs of recipe 12.8 of the Python
# Cookbook, and how many of its hosts asked for robots.txt in how many of the lines.
LINES = (
    *(20628, 21068, 20793, 21736, 20303, 17884, 18120),
    *(18430, 18580, 19409, 19813, 19555, 18520, 18570),
)
FIRST_DAY = datetime(2012, 12, 17, tzinfo=UTC)
ROBOTS = 378
HIT_SHARE = 0.0047
VISITORS = 9000
PAGES = 600
MOST_VISITED = 60  # lines in a row from one visitor, who fetches a page and its images
WORDS = ("python", "generators", "blog", "ply", "images", "talks", "coroutines", "cookbook", "swig")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
# A quarter of the hosts are robots, as in a real log.
AGENTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Abot/1.0 (+https://example.org/abot)",
    *[BROWSER] * 12,
)


class Day(NamedTuple):
    """A day's log: its name, its text, and how it is stored, as gzip."""

    name: str
    text: bytes
    stored: bytes


def compress(text: bytes) -> bytes:
    """Compress a text, at gzip's own default level, to the same bytes each time."""
    return gzip.compress(text, 6, mtime=0)


def read_days(folder: Path) -> list[Day]:
    """Read the real logs in a folder."""
    paths = sorted(folder.glob("*.log.gz"))
    return [Day(path.name, gzip.decompress(path.read_bytes()), path.read_bytes()) for path in paths]


def make_days(scale: float) -> list[Day]:
    """Make logs in the common format, of the shape of the recipe's, the same each time.

    They hold as many lines and hits, and are about as long and as easy to compress.
    """
    chance = random.Random(12_8)
    lines = _lines(chance)
    texts = [b"".join(next(lines) for _ in range(_scaled(count, scale))) for count in LINES]
    dates = [FIRST_DAY + timedelta(days=number) for number in range(len(LINES))]
    return [
        Day(f"{date:%Y%m%d}.log.gz", dated, compress(dated))
        for date, text in zip(dates, texts, strict=True)
        for dated in [text.replace(b"DATE", f"{date:%d/%b/%Y}".encode())]
    ]


def make_combined() -> Day:
    """Make a log in the combined format: lines of ``make_days``, and a user agent per host."""
    lines = b"".join(day.text for day in make_days(0.1)).splitlines()
    text = b"".join(b'%b "-" "%b"\n' % (line, _agent(line.split(b" ", 1)[0])) for line in lines)
    return Day("combined.log.gz", text, compress(text))


def shorten(day: Day, scale: float) -> Day:
    """Keep a fraction of a day's lines, its first; the whole day stays as it is stored."""
    if scale == 1:
        return day
    lines = day.text.splitlines(keepends=True)
    text = b"".join(lines[: _scaled(len(lines), scale)])
    return Day(day.name, text, compress(text))


def _scaled(count: int, scale: float) -> int:
    return max(1, round(count * scale))


def _lines(chance: random.Random) -> Iterator[bytes]:
    """Yield lines without end, in which ``DATE`` stands for the day."""
    visitors = [_address(chance) for _ in range(VISITORS)]
    robots = [_address(chance) for _ in range(ROBOTS)]
    pages = [_page(chance) for _ in range(PAGES)]
    second = hits = left = 0
    host = ""
    while True:
        second = (second + chance.randrange(9)) % 86400
        time = f"DATE:{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} -0600"
        if chance.random() < HIT_SHARE:
            hits += 1
            yield _line(robots[hits % ROBOTS], time, ROBOTS_TXT.decode(), 71)
            continue
        if not left:
            host, left = chance.choice(visitors), chance.randrange(1, MOST_VISITED)
        left -= 1
        # The fourth power makes a few pages much liked, as they are everywhere.
        yield _line(host, time, *pages[int(PAGES * chance.random() ** 4)])


def _line(host: str, time: str, path: str, size: int) -> bytes:
    return f'{host} - - [{time}] "GET {path} HTTP/1.1" 200 {size}\n'.encode()


def _agent(host: bytes) -> bytes:
    return AGENTS[zlib.crc32(host) % len(AGENTS)].encode()


def _address(chance: random.Random) -> str:
    return ".".join(str(chance.randrange(1, 255)) for _ in range(4))


def _page(chance: random.Random) -> tuple[str, int]:
    words = "/".join(chance.choices(WORDS, k=chance.randrange(1, 3)))
    return f"/{words}/{chance.randrange(1000)}.html", chance.randrange(100, 100_000)
