"""Facts to log lines and files, for the tests."""

import bz2
import gzip
import io
import lzma
import re
from pathlib import Path

from backports import zstd
from findrobots.records import Lines, Reject
from hypothesis import strategies as st

# The same requests in five logs: two hosts in several places, with and without a user
# agent, one line that is broken and one for another path.
LOGS = {
    "a.log.gz": [
        ("192.0.2.1", "01/Sep/2026:10:00:00 +0000", "GET /robots.txt HTTP/1.1", 200, 70, "Abot/1"),
        ("192.0.2.2", "01/Sep/2026:11:00:00 +0000", "GET /robots.txt?x HTTP/1.1", 304, 0, "Bbot"),
        ("192.0.2.9", "01/Sep/2026:11:00:01 +0000", "GET /index.html HTTP/1.1", 200, 900, "Chrome"),
    ],
    "b.log.gz": [
        ("192.0.2.1", "01/Sep/2026:09:00:00 +0000", "HEAD /robots.txt HTTP/1.1", 200, 0, "Abot/2"),
        ("2001:DB8::1", "01/Sep/2026:09:30:00 +0200", "GET /robots.txt HTTP/1.1", 404, 9, "-"),
    ],
    "c/access.log": [
        ("2001:db8:0::1", "02/Sep/2026:09:30:00 +0200", "GET /robots.txt HTTP/2", 503, 1, "Six/1"),
    ],
    "c/access.log.1": [
        ("192.0.2.3", "31/Aug/2026:23:59:60 -0100", "GET /a/robots.txt HTTP/1.1", 200, 5, "Cbot"),
        ("192.0.2.3", "31/Aug/2026:23:59:60 -0100", "GET /robots.txt HTTP/1.1", 200, 5, "Cbot"),
    ],
    "d.log": [],
}
BROKEN = b'192.0.2.4 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 70 "-" "Dbo'


class StoredBytes(io.BytesIO):
    """Bytes that are read as a stored log is; ``reread`` counts those read at an offset."""

    reread = 0

    def read_at(self, offset, size):
        stored = self.getbuffer()[offset : offset + size].tobytes()
        self.reread += len(stored)
        return stored


NEEDLE = b"/robots.txt"
STORES = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
}
TEXTS = st.lists(
    st.sampled_from([b"/robots.txt", b"/robots.tx", b"\n", b"\r\n", b" x ", b"\0\xff", b"/"]),
    max_size=40,
).map(b"".join)


def without_padding(text):
    """Return a text without the zeros before each of its lines."""
    return re.sub(rb"(?m)^\0+", b"", text)


def combined(  # noqa: PLR0913, PLR0917 (a line has so many fields)
    host="192.0.2.1",
    time="01/Sep/2026:10:00:00 +0000",
    request="GET /robots.txt HTTP/1.1",
    status=200,
    bytes_sent=70,
    user_agent="Abot/1",
):
    """Return a line in combined format, without its newline."""
    fields = f'{host} - - [{time}] "{request}" {status} {bytes_sent} "-" "{user_agent}"'
    return fields.encode("utf-8", "surrogateescape")


def lines(begin, number, every=2):
    """Return lines that no others are like, from a number on; each second one of a robot."""
    return b"".join(
        combined(
            host=f"192.0.2.{n % 50}",
            time=f"01/Sep/2026:{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} +0000",
            request=f"GET {'/robots.txt' if n % every == 0 else '/index.html'} HTTP/1.1",
            bytes_sent=n,
        )
        + b"\n"
        for n in range(begin, begin + number)
    )


def write_logs(folder: Path, logs=None) -> Path:
    """Write logs into a folder, gzip where their names say so, and return it."""
    for name, rows in (LOGS if logs is None else logs).items():
        text = b"".join(combined(*row) + b"\n" for row in rows)
        if name == "d.log":
            text = BROKEN + b"\n"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
    return folder


def filled(file, content=b"new"):
    """Write some bytes into a file, as an output is filled."""
    file.write(content)


def write_log(folder: Path, stored: bytes, name="a.log.gz") -> str:
    """Write a log as it is stored, and return its path."""
    path = folder / name
    path.write_bytes(stored)
    return str(path)


def blocks_of(text: bytes, size: int) -> list[bytes]:
    """Return a text in blocks."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def containing(text: bytes, *needles: bytes) -> list[tuple[int, bytes]]:
    """Split a text by the simplest means there is: the oracle of the fast search."""
    offset, found = 0, []
    for line in text.split(b"\n"):
        if any(needle in line for needle in needles):
            found.append((offset, line))
        offset += len(line) + 1
    return found


def lines_of(items) -> tuple:
    """Take apart what a log gave: lines with their offsets, rejects, and its reading."""
    *found, reading = items
    lines = [
        line
        for each in found
        if isinstance(each, Lines)
        for line in zip(each.offsets, each.text.split(b"\n"), strict=True)
    ]
    return lines, [each for each in found if isinstance(each, Reject)], reading
