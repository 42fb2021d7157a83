"""Facts to log lines and files, for the tests."""

import gzip
import io
from pathlib import Path

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


def write_logs(folder: Path, logs=None) -> Path:
    """Write logs into a folder, gzip where their names say so, and return it."""
    for name, rows in (LOGS if logs is None else logs).items():
        text = b"".join(combined(*row) + b"\n" for row in rows)
        if name == "d.log":
            text = BROKEN
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text, mtime=0) if name.endswith(".gz") else text)
    return folder


def filled(file, content=b"new"):
    """Write some bytes into a file, as an output is filled."""
    file.write(content)
