"""A folder to objects in S3: a server on the loopback that is slow by a network's delay.

It answers what readers ask of S3: list a bucket (ListObjectsV2), HEAD and GET of an object, with a
range. Servers for tests take longer for an answer than the client that is to be measured.
"""

import asyncio
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

__all__ = ["BUCKET", "ENVIRONMENT", "serve_objects"]

BUCKET = "logs"
# What botocore takes from the environment; the keys are not checked.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_DEFAULT_REGION": "us-east-1",
}
DELAY_SECONDS = 0.005
PAGE_SIZE = 1000  # keys in an answer, as of S3
RANGE = re.compile(r"bytes=(\d+)-(\d*)")
MODIFIED = "2026-01-01T00:00:00.000Z"


@contextmanager
def serve_objects(folder: Path) -> Iterator[dict[str, str]]:
    """Serve a folder's files as the objects of a bucket; yield the client's environment."""
    program = (sys.executable, "-m", "benchmarks.object_server", str(folder))
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            address = process.stdout.readline().strip() if process.stdout else ""
            yield {**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": address}
        finally:
            process.terminate()


class _Bucket:
    """The objects of a folder, all of which are held in memory."""

    def __init__(self, folder: Path) -> None:
        self.objects = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        self.keys = [*self.objects]

    def answer(self, method: str, target: str, content_range: str) -> bytes:
        """Return the answer to a request, as it is sent."""
        url = urlsplit(target)
        key = unquote(url.path).removeprefix(f"/{BUCKET}").removeprefix("/")
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if not key:
            listed = self._list(query).encode()
            return _message("200 OK", listed, "application/xml", is_head=method == "HEAD")
        stored = self.objects.get(key)
        if stored is None:
            return _message("404 Not Found", b"", "application/xml")
        size, status, more = len(stored), "200 OK", ""
        if found := RANGE.fullmatch(content_range):
            begin, end = int(found[1]), min(size, int(found[2] or size) + 1)
            stored, status = stored[begin:end], "206 Partial Content"
            more = f"Content-Range: bytes {begin}-{end - 1}/{size}\r\n"
        more += f'ETag: "{_digest(self.objects[key])}"\r\n'
        more += f"Last-Modified: {formatdate(0, usegmt=True)}\r\n"
        return _message(status, stored, "binary/octet-stream", more, is_head=method == "HEAD")

    def _list(self, query: dict[str, str]) -> str:
        """Return a page of the keys that begin with a prefix."""
        prefix, page = query.get("prefix", ""), int(query.get("max-keys", PAGE_SIZE))
        first = int(query.get("continuation-token", 0))
        keys = [key for key in self.keys if key.startswith(prefix)]
        shown, is_cut = keys[first : first + page], first + page < len(keys)
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{MODIFIED}</LastModified>"
            f"<ETag>&quot;{_digest(self.objects[key])}&quot;</ETag>"
            f"<Size>{len(self.objects[key])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key in shown
        )
        following = f"<NextContinuationToken>{first + page}</NextContinuationToken>"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(shown)}</KeyCount>"
            f"<MaxKeys>{page}</MaxKeys><IsTruncated>{str(is_cut).lower()}</IsTruncated>"
            f"{following if is_cut else ''}{rows}</ListBucketResult>"
        )


def _digest(stored: bytes) -> str:
    return hashlib.md5(stored, usedforsecurity=False).hexdigest()


def _message(
    status: str, body: bytes, kind: str, more: str = "", *, is_head: bool = False
) -> bytes:
    """Return an answer of HTTP (RFC 9112)."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + (b"" if is_head else body)


class _Connection(asyncio.Protocol):
    """A client's connection: answers one request after another, each after a delay."""

    def __init__(self, bucket: _Bucket) -> None:
        self.bucket, self.received = bucket, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are sent to."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (TCP's transport is one)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when all of a request's head has arrived; such requests have no body."""
        self.received += data
        if self.received.endswith(b"\r\n\r\n"):
            request, *fields = self.received[:-4].decode("latin-1").split("\r\n")
            method, target, _ = request.split(" ")
            values = dict(field.split(": ", 1) for field in fields)
            ranges = next((values[name] for name in values if name.lower() == "range"), "")
            answer = self.bucket.answer(method, target, ranges)
            self.received = b""
            asyncio.get_running_loop().call_later(DELAY_SECONDS, self.transport.write, answer)


async def _serve(folder: Path) -> None:
    bucket = _Bucket(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(bucket), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
