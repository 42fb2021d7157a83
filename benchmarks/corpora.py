"""Days of log to corpora: folders of gzip logs, with the hosts that are to be found in them."""

import itertools
import json
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.logs import ROBOTS_TXT, Day, compress

__all__ = ["CORPORA", "DENSE", "HOSTS", "LARGE", "LARGER", "Corpus", "Made", "Truth", "make"]

SMALL, LARGE, LARGER = "24MB", "962MB", "9.6GB"
ONE, MEMBERS, TINY = "one-file", "one-file-of-members", "tiny-files"
DENSE, HOSTS = "dense", "many-hosts"
OBJECTS, KNOWN = "tiny-objects", "known-files"

EVERYBODY = ("limit", "ours", "chdb", "polars", "duckdb", "rg", "awk", "recipe", "dask")
EVERYWHERE = ("processes-1", "processes-2", "cluster-1", "cluster-2")
# Raise it when a corpus is made in another way, so that none in a cache is taken for it.
EDITION = 2
ABOUT = "about.json"
TINY_SIZE = 1000
HOST_FILES = 4


class Truth(NamedTuple):
    """What a corpus holds: its bytes and lines, and the hosts that asked for robots.txt."""

    text: int
    lines: int
    hosts: frozenset[str]


class Corpus(NamedTuple):
    """A row of the table: what a corpus is, how it is made, and who runs on it."""

    name: str
    what: str
    make: Callable[[Path, list[Day], float], Truth]
    peers: tuple[str, ...]
    weighs: bool = False  # whether memory is measured on it, too
    plotted: bool = False


class Made(NamedTuple):
    """A corpus that is there: its folder, its files and bytes as stored, its truth."""

    corpus: Corpus
    folder: Path
    files: int
    stored: int
    truth: Truth


def make(corpus: Corpus, days: list[Day], scale: float, cache: Path) -> Made:
    """Make a corpus in a cache folder, unless it is there already."""
    home = cache / f"{corpus.name}-{EDITION}"
    folder, about = home / "logs", home / ABOUT
    if not about.exists():
        shutil.rmtree(home, ignore_errors=True)
        folder.mkdir(parents=True)
        truth = corpus.make(folder, days, scale)
        # Last: a corpus without it was not made to its end.
        about.write_text(json.dumps([truth.text, truth.lines, sorted(truth.hosts)]))
    text, lines, hosts = json.loads(about.read_text())
    sizes = [path.stat().st_size for path in folder.iterdir()]
    truth = Truth(text, lines, frozenset(hosts))
    return Made(corpus, folder, len(sizes), sum(sizes), truth)


def _as_they_are(folder: Path, days: list[Day], _: float) -> Truth:
    for day in days:
        (folder / day.name).write_bytes(day.stored)
    return _truth(days)


def _repeated(
    folder: Path, days: list[Day], _: float, *, times: int = 40, copies: int = 1
) -> Truth:
    for day in days:
        path = folder / day.name
        path.write_bytes(_compress_repeated(day.text, times))
        for number in range(1, copies):
            shutil.copyfile(path, folder / f"{number}-{day.name}")
    return _truth(days, times * copies)


def _copied(folder: Path, days: list[Day], scale: float) -> Truth:
    return _repeated(folder, days, scale, copies=10)


def _one_file(folder: Path, days: list[Day], scale: float) -> Truth:
    return _repeated(folder, [_joined(days)], scale, times=104)


def _members(folder: Path, days: list[Day], scale: float) -> Truth:
    times = max(1, round(104 * scale))
    (folder / "days.log.gz").write_bytes(b"".join(compress(day.text) for day in days) * times)
    return _truth(days, times)


def _tiny_files(folder: Path, days: list[Day], scale: float, *, files: int = 100_000) -> Truth:
    size = lines = 0
    hosts: set[str] = set()
    texts = itertools.cycle(_pieces(_joined(days).text))
    for number in range(max(1, round(files * scale))):
        text = next(texts)
        (folder / f"{number:06}.log.gz").write_bytes(compress(text))
        size += len(text)
        lines += text.count(b"\n")
        hosts |= _hosts(text)
    return Truth(size, lines, frozenset(hosts))


def _tiny_objects(folder: Path, days: list[Day], scale: float) -> Truth:
    return _tiny_files(folder, days, scale, files=20_000)


def _dense(folder: Path, days: list[Day], scale: float) -> Truth:
    return _repeated(folder, [_with_hits(day) for day in days], scale)


def _many_hosts(folder: Path, _: list[Day], scale: float) -> Truth:
    count = max(1, round(1_000_000 * scale))
    size = 0
    for number in range(HOST_FILES):
        text = "".join(_visit(host) for host in range(number, count, HOST_FILES)).encode()
        (folder / f"{number}.log.gz").write_bytes(compress(text))
        size += len(text)
    return Truth(size, count, frozenset(map(_address, range(count))))


CORPORA = (
    Corpus(SMALL, "the 14 daily logs", _as_they_are, EVERYBODY, plotted=True),
    Corpus(LARGE, "each repeated 40 times", _repeated, EVERYBODY, weighs=True, plotted=True),
    Corpus(
        LARGER,
        "ten copies of each of those",
        _copied,
        (*EVERYBODY, *EVERYWHERE),
        weighs=True,
        plotted=True,
    ),
    Corpus(ONE, "all days 104 times, in one file", _one_file, ("limit", "ours")),
    Corpus(MEMBERS, "the same, each day a gzip member", _members, ("limit", "ours")),
    Corpus(TINY, "files of 1 KB of text", _tiny_files, ("loop", "ours", *EVERYWHERE)),
    Corpus(
        KNOWN,
        "the same files, all of which a table counts",
        _tiny_files,
        ("scandir", "ours-update"),
    ),
    Corpus(
        OBJECTS,
        "objects of 1 KB of text in S3, each request delayed by 5 ms",
        _tiny_objects,
        ("s3-loop", "ours-s3"),
    ),
    Corpus(DENSE, "every tenth line is a hit", _dense, ("limit", "ours")),
    Corpus(HOSTS, "every line another host's hit", _many_hosts, ("ours",), weighs=True),
)


def _truth(days: list[Day], times: int = 1) -> Truth:
    text = _joined(days).text
    return Truth(len(text) * times, text.count(b"\n") * times, _hosts(text))


def _hosts(text: bytes) -> frozenset[str]:
    """Find the hosts the plain way: field 7 of a line is the path, field 1 the host."""
    rows = (line.split() for line in text.splitlines() if ROBOTS_TXT in line)
    return frozenset(row[0].decode() for row in rows if row[6] == ROBOTS_TXT)


def _joined(days: list[Day]) -> Day:
    return Day("all.log.gz", b"".join(day.text for day in days), b"")


def _compress_repeated(text: bytes, times: int) -> bytes:
    """Compress a text repeated, as one gzip member (RFC 1952), in the time that one takes.

    A full flush ends on a byte and makes what follows refer to nothing before it, so
    the deflated text can be repeated in place of the text; 03 00 is an empty last block.
    """
    deflate = zlib.compressobj(6, wbits=-zlib.MAX_WBITS)
    segment = deflate.compress(text) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(text, checksum)
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    trailer = struct.pack("<II", checksum, len(text) * times % 2**32)
    return header + segment * times + b"\x03\0" + trailer


def _pieces(text: bytes) -> Iterator[bytes]:
    """Cut a text into whole lines of together a little more than ``TINY_SIZE`` bytes."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + TINY_SIZE) + 1 or len(text)
        yield text[start:end]
        start = end


def _with_hits(day: Day) -> Day:
    """Turn every tenth line of a day into a request for robots.txt."""
    lines = [line.split(b" ") for line in day.text.splitlines(keepends=True)]
    for line in lines[::10]:
        line[6] = ROBOTS_TXT
    return Day(day.name, b"".join(map(b" ".join, lines)), b"")


def _visit(number: int) -> str:
    second = number % 86400
    time = f"17/Dec/2012:{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} -0600"
    agent = f"Mozilla/5.0 (compatible; robot{number % 97}/1.0)"
    return f'{_address(number)} - - [{time}] "GET /robots.txt HTTP/1.1" 200 71 "-" "{agent}"\n'


def _address(number: int) -> str:
    """Return another address for each number below 2**24, as scattered as robots are."""
    scattered = number * 0x9E3779B1 % 2**24
    return f"11.{scattered >> 16}.{scattered >> 8 & 255}.{scattered & 255}"
