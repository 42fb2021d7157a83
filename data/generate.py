"""A seed to sample logs: a week of one web site's visitors, with the robots among them.

``python data/generate.py [FOLDER]`` writes them; by default to ``logs`` beside this script.
Addresses are from the ranges set aside for documentation (RFC 5737, RFC 3849).
"""

import gzip
import random
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from visitors import BROWSERS, DAYLIGHT, PROBES, RARE, REFERRERS, ROBOTS, TOOLS, Hit

SEED = 9309  # the RFC of robots.txt
DAY = 24 * 60 * 60
NOT_MODIFIED, BAD_REQUEST = 304, 400


class Server(NamedTuple):
    """What tells one server's lines from another's."""

    escapes: dict[int, str]  # of the bytes that cannot stand in quotes
    no_request: str  # of a connection closed before its request came
    no_body: str
    sizes: dict[int, int]  # of its error pages


class Log(NamedTuple):
    """A file, and when it begins and ends; a copy made during a write lacks its last letters."""

    path: str
    begin: datetime
    hours: int
    server: Server
    missing: int = 0


class Site(NamedTuple):
    """A host name's content and how its visits are logged."""

    pages: tuple[str, ...]
    feeds: tuple[str, ...]  # what only robots read
    assets: tuple[str, ...]
    robots_txt: tuple[int, ...]  # the statuses it answers with
    visits: int  # of people, in a day
    combined: bool  # or common
    spells_out: bool  # IPv6 in full, as the proxy in front of this one hands it on
    logs: tuple[Log, ...]


UNPRINTABLE = (*range(32), *range(127, 256))
# ap_escape_logitem writes quotes and backslashes as C does, nginx writes them in hexadecimal.
APACHE = Server(
    {byte: f"\\x{byte:02x}" for byte in UNPRINTABLE} | {34: '\\"', 92: "\\\\"},
    *("-", "-", {BAD_REQUEST: 226, 404: 196, 503: 299}),
)
NGINX = Server(
    {byte: f"\\x{byte:02X}" for byte in (*UNPRINTABLE, 34, 92)},
    *("", "0", {BAD_REQUEST: 150, 404: 146, 503: 190}),
)


def _at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 9, day, hour, minute, tzinfo=UTC)


BIRDS = "avocet bittern curlew dunlin egret fulmar gadwall hobby kestrel lapwing merlin osprey"
WWW = Site(
    pages=(
        *("/", "/about/", "/contact/", "/blog/", "/birds/"),
        *(f"/birds/{bird}/" for bird in BIRDS.split()),
        *(f"/blog/2026/{month:02}/news-from-the-hide/" for month in range(1, 9)),
        *("/birds/?page=2", "/birds/?page=3", "/search?q=grey+heron", "/blog/2019/ringing/"),
    ),
    feeds=("/blog/feed.xml", "/sitemap.xml"),
    assets=("/css/site.css", "/js/menu.js", "/images/logo.svg", "/favicon.ico"),
    robots_txt=(200, 200, 200, 304),
    visits=42,
    combined=True,
    spells_out=False,
    # The site moves from Apache to nginx on the fourth. logrotate names the days so with
    # dateext and dateyesterday.
    logs=(
        *(Log(f"access.log-2026090{day}.gz", _at(day), 24, APACHE) for day in (1, 2, 3)),
        *(Log(f"access.log-2026090{day}.gz", _at(day), 24, NGINX) for day in (4, 5, 6)),
        Log("access.log", _at(7), 5, NGINX, missing=45),
    ),
)
DOWN = (_at(5, 2), _at(5, 2, 40))  # for maintenance: it answers 503
SUMMER = timezone(timedelta(hours=2))
STATIC = Site(
    pages=tuple(f"/photos/{bird}-{size}.jpg" for bird in BIRDS.split() for size in (640, 1920)),
    feeds=(),
    assets=("/fonts/sans.woff2", "/fonts/serif.woff2"),
    robots_txt=(404,),
    visits=30,
    combined=False,
    spells_out=True,
    logs=(Log("static/access_log-20260903.gz", datetime(2026, 9, 3, tzinfo=SUMMER), 24, APACHE),),
)
GONE = ("/blog/2019/ringing/",)


def _robots(rng: random.Random, site: Site, midnight: datetime) -> Iterator[Hit]:
    """Yield a day of robots: most visits begin with robots.txt, each crawls some pages."""
    for robot in ROBOTS:
        for _ in range(robot.visits):
            client = str(ip_address(robot.address) + rng.randrange(robot.addresses))
            time = midnight + timedelta(seconds=rng.randrange(DAY))
            if rng.choice((True, True, False)):  # or it remembers what the file says
                first = f"{robot.first} HTTP/1.1"
                yield Hit(time, client, first, rng.choice(site.robots_txt), robot.agent)
            for _ in range(rng.randrange(8)):
                time += timedelta(seconds=rng.randrange(2, 90))
                path = rng.choice(site.pages + site.feeds)
                yield Hit(time, client, f"GET {path} HTTP/1.1", _status(rng, path), robot.agent)


def _people(rng: random.Random, site: Site, midnight: datetime) -> Iterator[Hit]:
    """Yield a day of people: a page and its assets, then perhaps more pages from there."""
    for _ in range(site.visits):
        number = rng.randrange(1, 250)  # of the person, who keeps an address and a browser
        client = f"2001:db8:{number:x}::{number:x}" if number % 5 == 0 else f"203.0.113.{number}"
        agent = BROWSERS[number % len(BROWSERS)]
        (hour,) = rng.choices(range(24), DAYLIGHT)
        time = midnight + timedelta(hours=hour, seconds=rng.randrange(3600))
        referrer = rng.choice(REFERRERS)
        for assets in (site.assets, (), (), ())[: rng.randrange(1, 5)]:
            page = rng.choice(site.pages)
            for path in (page, *assets):
                request = f"GET {path} HTTP/2.0"
                yield Hit(time, client, request, _status(rng, path), agent, referrer)
                referrer = f"https://www.example.org{page}"
                time += timedelta(seconds=rng.randrange(2))
            time += timedelta(seconds=rng.randrange(8, 200))


def _scanners(rng: random.Random, site: Site, midnight: datetime) -> Iterator[Hit]:
    """Yield a day of scanners; a request too bad to be read to its end shows no user agent."""
    for _ in range(site.visits // 5):
        client, agent = f"198.51.100.{rng.randrange(100, 140)}", rng.choice(TOOLS)
        time = midnight + timedelta(seconds=rng.randrange(DAY))
        for request, status in rng.choices(PROBES, k=rng.randrange(1, 5)):
            time += timedelta(seconds=rng.randrange(3))
            yield Hit(time, client, request, status, "-" if status == BAD_REQUEST else agent)


def _status(rng: random.Random, path: str) -> int:
    return 404 if path in GONE else rng.choice((*(200,) * 9, NOT_MODIFIED))


def _line(hit: Hit, site: Site, server: Server) -> str:
    """Write a request as a server would."""
    client = ip_address(hit.client).exploded if site.spells_out else hit.client
    down = DOWN[0] <= hit.time < DOWN[1] and hit.status != BAD_REQUEST
    status = 503 if down else hit.status
    has_body = hit.request and status != NOT_MODIFIED and not hit.request.startswith("HEAD ")
    path = hit.request.partition(" ")[2].rpartition(" ")[0]
    size = 436 if "/robots.txt" in path else 700 + crc32(path.encode()) % 40_000
    request, referrer, agent = (
        text.encode().decode("latin-1").translate(server.escapes)
        for text in (hit.request or server.no_request, hit.referrer, hit.agent)
    )
    sent = server.sizes.get(status, size) if has_body else server.no_body
    line = f'{client} - - [{hit.time:%d/%b/%Y:%H:%M:%S %z}] "{request}" {status} {sent}'
    return f'{line} "{referrer}" "{agent}"\n' if site.combined else f"{line}\n"


def _texts(rng: random.Random, site: Site, rare: Iterable[Hit]) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each of a site's logs."""
    first = site.logs[0].begin
    days = [first + timedelta(days=day) for day in range(len(site.logs))]
    visitors = (_robots, _people, _scanners)
    hits = [hit for day in days for visit in visitors for hit in visit(rng, site, day)]
    hits = sorted([*hits, *rare], key=lambda hit: hit.time)
    for log in site.logs:
        end = log.begin + timedelta(hours=log.hours)
        text = "".join(_line(hit, site, log.server) for hit in hits if log.begin <= hit.time < end)
        yield log.path, text[: len(text) - log.missing]


def main() -> None:
    """Write the logs into the folder named on the command line, or into ``logs`` here."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).with_name("logs")
    rng = random.Random(SEED)
    for path, text in (*_texts(rng, WWW, RARE), *_texts(rng, STATIC, ())):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        # No time and no name in the header: the same text makes the same file.
        packed = gzip.compress(text.encode(), mtime=0) if file.suffix == ".gz" else text.encode()
        file.write_bytes(packed)
        print(f"{file}: {text.count(chr(10)):,} lines, {len(packed):,} bytes")


if __name__ == "__main__":
    main()
