"""Write logs as container runtimes do, which split lines."""

import json
from itertools import count
from typing import NamedTuple


def kubernetes(number, stream, part, *, last):
    """Write a part of a line as containerd and CRI-O do."""
    time = b"2026-09-01T10:00:00.%09dZ" % number
    return b"%b %b %b %b" % (time, stream, b"F" if last else b"P", part)


def docker(number, stream, part, *, last):
    """Write a part of a line as Docker does, in JSON."""
    text = part.decode("ascii") + "\n" * last
    entry = {"log": text, "stream": stream.decode(), "time": f"2026-09-01T10:00:00.{number:09}Z"}
    return json.dumps(entry, separators=(",", ":")).encode()


class Begun(NamedTuple):
    """A line of which some parts are written."""

    offset: int
    number: int
    texts: list[bytes]


def write_container_log(runtime, streams, luck, sizes):
    """Write the lines of some streams, split where luck has it, and interleaved.

    Returns the text of the log, and for each line the offset of its first part, and the entry
    that it would be if it were not split, with the time that is before all of its text, or after.
    """
    queues = [
        (stream, [(line, part) for line in lines for part in split(line, luck, sizes)])
        for stream, lines in streams.items()
    ]
    numbers, text, whole, begun = count(), b"", [], {}
    while queues := [queue for queue in queues if queue[1]]:
        stream, parts = luck.choice(queues)
        line, part = parts.pop(0)
        number = next(numbers)
        offset, first, texts = begun.setdefault(stream, Begun(len(text), number, []))
        texts.append(part)
        last = sum(map(len, texts)) == len(line)
        text += runtime(number, stream, part, last=last) + b"\n"
        if last:
            number = first if runtime is kubernetes else number
            whole.append((offset, runtime(number, stream, line, last=True)))
            del begun[stream]
    return text, sorted(whole)


def split(line, luck, sizes):
    """Split a line, which is not empty, into parts of some sizes."""
    parts = []
    while line:
        size = luck.choice(sizes)
        parts.append(line[:size])
        line = line[size:]
    return parts
