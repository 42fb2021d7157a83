"""Logs of a site on the disk, and an oracle that knows where each line of them is."""

import bz2
import gzip
import lzma
import os
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from pathlib import Path

from support.traffic import Line, Traffic

STORES = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress, ".bz2": bz2.compress}
UNSTORES = {"": bytes, ".gz": gzip.decompress, ".xz": lzma.decompress, ".bz2": bz2.decompress}
CHUNKS = 3


class Stream:
    """All text that was ever written to one log, whatever files hold parts of it now."""

    def __init__(self, number):
        self.number, self.size = number, 0
        self.begins, self.ends, self.hosts = [], [], []
        self.pending = b""  # the rest of a line that the server has begun

    def lines_between(self, begin, end):
        """Return the numbers of the lines that lie completely between two offsets."""
        return range(bisect_left(self.begins, begin), bisect_right(self.ends, end))


class Piece:
    """The part of a stream that one file holds: what an inode is to a file system."""

    def __init__(self, stream, begin, end):
        self.stream, self.begin, self.end = stream, begin, end

    @property
    def size(self):
        return self.end - self.begin

    def identities(self):
        number = self.stream.number
        return {(number, line) for line in self.stream.lines_between(self.begin, self.end)}


class Log:
    """A log that a server writes to: it has a file open, which may have another name by now."""

    def __init__(self, site, path):
        self.site, self.path, self.file = site, path, None
        self.stream = site.new_stream()
        self.create()
        self.reopen()

    def create(self):
        """Make an empty file under the log's name, as ``create`` does after a rename."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        self.site.files[self.path] = Piece(self.stream, self.stream.size, self.stream.size)

    def reopen(self):
        """Finish the line that is begun, and open the file that has the log's name now."""
        self.finish_line()
        if self.file is not None:
            os.close(self.file)
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self.piece = self.site.files[self.path]
        self.piece.begin = self.piece.end = self.stream.size

    def truncate(self):
        os.truncate(self.path, 0)
        self.piece.begin = self.piece.end = self.stream.size

    def append(self, line: Line, cut=None):
        """Write a line, or its beginning up to ``cut``."""
        self.finish_line()
        self.stream.begins.append(self.stream.size)
        self.stream.ends.append(self.stream.size + len(line.text))
        self.stream.hosts.append(line.host)
        self._write(line.text[:cut])
        self.stream.pending = line.text[cut:] if cut else b""

    def finish_line(self):
        if self.stream.pending:
            self._write(self.stream.pending)
            self.stream.pending = b""

    def _write(self, text):
        os.write(self.file, text)
        self.stream.size += len(text)
        self.piece.end += len(text)


class Site:
    """A site's logs, and what of them is on the disk and was counted.

    Parameters
    ----------
    folder
        An empty folder, in which ``logs`` is made.
    seed
        Of all that is random about the site.
    traffic
        The kind of its lines.
    logs
        How many logs there are; each second one lies in a folder of its own.
    """

    def __init__(self, folder, seed, traffic, logs=3):
        self.folder, self.luck = folder / "logs", random.Random(seed)  # noqa: S311 (no secret)
        self.streams, self.files = [], {}
        self.counted, self.perhaps = set(), set()
        self.traffic, self.day = Traffic(traffic, self.luck), 0
        self.logs = [Log(self, self.folder / name) for name in self._names(logs)]

    def _names(self, number):
        for n in range(number):
            yield f"v{n}/access.log" if n % 2 or self.traffic.kind == "equal_logs" else f"s{n}.log"

    def new_stream(self):
        self.streams.append(Stream(len(self.streams)))
        return self.streams[-1]

    def close(self):
        for log in self.logs:
            os.close(log.file)

    # What happens to logs

    def write(self):
        """Have each log sent what comes now; end some of it amid a line."""
        sent = self.traffic.send([log.piece.size for log in self.logs])
        for log, lines in zip(self.logs, sent, strict=True):
            for line in lines:
                log.append(line)
            if lines and self.luck.random() < 0.2 and (last := self.traffic.last_line(lines, log)):
                log.append(last, cut=last.cut(self.luck))

    def rename(self, path, new):
        new.parent.mkdir(parents=True, exist_ok=True)
        path.rename(new)
        self.files[new] = self.files.pop(path)

    def remove(self, path):
        path.unlink()
        del self.files[path]

    def compress(self, path, ending):
        """Store a log compressed beside itself, then remove it, step by step."""
        stem = path.with_suffix("") if path.suffix in UNSTORES else path
        new = stem.with_name(stem.name + ending)
        text = UNSTORES["" if stem == path else path.suffix](path.read_bytes())
        times = path.stat()
        for _ in write_in_chunks(new, STORES[ending](text)):
            yield
        self.files[new] = self.files[path]
        os.utime(new, ns=(times.st_atime_ns, times.st_mtime_ns))  # as gzip and logrotate do
        yield
        self.remove(path)
        yield

    def copy_and_truncate(self, log, new):
        """Copy a log until its end is read, then empty it; between both, lines are lost."""
        copy = self.files[new] = Piece(log.stream, log.piece.begin, log.piece.begin)
        chunk = log.piece.size // CHUNKS + 1
        with log.path.open("rb", buffering=0) as file, new.open("xb", buffering=0) as output:
            # In the end faster than the server writes.
            while stored := file.read(chunk if copy.size < CHUNKS * chunk else -1):
                output.write(stored)
                copy.end += len(stored)
                yield
        yield
        log.truncate()
        yield

    def edit(self, path):
        """Replace the whole text of a log: by law another log, of which every line counts."""
        stream = self.new_stream()
        lines = self.traffic.unique(len(self.files[path].identities()) + 1)
        for line in lines:
            stream.begins.append(stream.size)
            stream.size += len(line.text)
            stream.ends.append(stream.size)
            stream.hosts.append(line.host)
        text = b"".join(line.text for line in lines)
        if self.luck.random() < 0.5:  # as sed -i does
            (path.parent / "sed.tmp").write_bytes(text)
            (path.parent / "sed.tmp").replace(path)
        else:
            path.write_bytes(text)
        self.files[path] = Piece(stream, 0, stream.size)

    # The oracle

    def on_disk(self):
        """Return each line that some file holds completely now."""
        return set().union(*(piece.identities() for piece in self.files.values()))

    def count_all(self):
        """Note that an update counts all that is on the disk now."""
        self.counted |= self.on_disk()

    def count_perhaps(self):
        """Note that an update that was killed may have counted all that is on the disk now."""
        self.perhaps |= self.on_disk()

    def requests(self, identities=None):
        """Count the requests of each host; by default, of all lines that were counted."""
        hosts = (
            self.streams[stream].hosts[line]
            for stream, line in (self.counted if identities is None else identities)
        )
        return Counter(filter(None, hosts))


def write_in_chunks(path: Path, stored):
    """Write a file in a few pieces, and yield after each."""
    chunk = len(stored) // CHUNKS + 1
    with path.open("xb", buffering=0) as file:
        for at in range(0, len(stored), chunk):
            file.write(stored[at : at + chunk])
            yield
