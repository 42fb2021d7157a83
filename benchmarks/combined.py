"""Make corpora for audits: logs of real lines in the combined format, with other hosts and days."""

import os
import re
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.corpora import CORPORA, LARGER, Corpus, Truth
from benchmarks.logs import ROBOTS_TXT, Day

__all__ = ["AUDITED", "COMBINED", "COMMON", "SAMPLE"]

COMBINED, COMMON, SAMPLE = "combined", "common", "sample"

TEXT_SIZE = 5_000_000_000
FILES = 40
# Peers that take a hundred times as long read this; ai-crawler-logs stops at 200,000 lines.
SAMPLE_LINES = 170_000
DAYS = 28
# What varies in a line: the last number of its address, and its day.
LINE = re.compile(rb"(\d+\.\d+\.\d+\.)(\d+)( .*? \[)\d\d/[A-Z][a-z][a-z]/\d{4}(:.*)", re.DOTALL)


class Piece(NamedTuple):
    """A line that varies, or that does not, as its ``head`` alone."""

    head: bytes
    octet: int = 0
    middle: bytes = b""
    tail: bytes = b""


class Copies(NamedTuple):
    """Which copies of the lines a file has, of how many there are in all files."""

    number: int
    copies: range
    total: int


def _make_combined(folder: Path, days: list[Day], scale: float) -> Truth:
    text = b"".join(day.text for day in days)
    copies = max(1, round(TEXT_SIZE * scale / len(text)))
    files = min(FILES, copies)
    return _write(folder, text, files, copies // files)


def _make_sample(folder: Path, days: list[Day], scale: float) -> Truth:
    text = b"".join(day.text for day in days)
    return _write(folder, text, 1, max(1, round(SAMPLE_LINES * scale / text.count(b"\n"))))


def _write(folder: Path, text: bytes, files: int, copies: int) -> Truth:
    """Write files, each with some copies of a text, no two alike; the same at any time."""
    parts = [
        Copies(number, range(number * copies, (number + 1) * copies), files * copies)
        for number in range(files)
    ]
    with ProcessPoolExecutor(min(files, os.cpu_count() or 1)) as pool:
        truths = [*pool.map(partial(_write_file, folder, text), parts)]
    sizes, lines, hosts = zip(*truths, strict=True)
    return Truth(sum(sizes), sum(lines), frozenset[str]().union(*hosts))


def _write_file(folder: Path, text: bytes, part: Copies) -> Truth:
    pieces = [*map(_cut, text.splitlines(keepends=True))]
    size = lines = 0
    hosts = set[bytes]()
    luck = Random(part.number)
    gzip = zlib.compressobj(6, wbits=zlib.MAX_WBITS + 16)  # with gzip's header and trailer
    with (folder / f"access.{part.number:03}.log.gz").open("wb") as file:
        for copy in part.copies:
            # Days in the order of the copies, as logs are rotated.
            varied = [*_vary(pieces, luck.randrange(256), 1 + copy * DAYS // part.total)]
            hosts |= {line.split(b" ", 1)[0] for line in varied if _asks(line)}
            copied = b"".join(varied)
            size += len(copied)
            lines += len(varied)
            file.write(gzip.compress(copied))
        file.write(gzip.flush())
    return Truth(size, lines, frozenset(host.decode() for host in hosts))


def _asks(line: bytes) -> bool:
    """Return whether a line is a request for robots.txt."""
    return ROBOTS_TXT in line and line.split(b" ", 7)[6].partition(b"?")[0] == ROBOTS_TXT


def _cut(line: bytes) -> Piece:
    if found := LINE.fullmatch(line):
        head, octet, middle, tail = found.groups()
        return Piece(head, int(octet), middle, tail)
    return Piece(line)


def _vary(pieces: list[Piece], salt: int, day: int) -> Iterator[bytes]:
    """Yield lines on a day, their hosts shifted within their networks."""
    date = b"%02d/Sep/2026" % day
    for head, octet, middle, tail in pieces:
        if tail:
            yield b"%b%d%b%b%b" % (head, (octet + salt) % 256, middle, date, tail)
        else:
            yield head


AUDITS = ("audit", "audit-robots", "audit-arrays")
EVERYBODY = ("limit", *AUDITS, "chdb-agents", "duckdb-agents")
SLOW = ("goaccess", "agent-census", "ai-crawler-logs")
AUDITED = (
    Corpus(
        COMBINED,
        "a real log in the combined format, hosts and days varied",
        _make_combined,
        EVERYBODY,
        weighs=True,
    ),
    *(
        corpus._replace(
            name=COMMON, what="the common format, " + corpus.what, peers=("limit", *AUDITS)
        )
        for corpus in CORPORA
        if corpus.name == LARGER
    ),
    Corpus(SAMPLE, "a small part of the combined format", _make_sample, (*EVERYBODY, *SLOW)),
)
