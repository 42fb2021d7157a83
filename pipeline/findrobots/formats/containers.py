"""Recognise the parts of lines that a container runtime split, and join them."""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

__all__ = ["HEAD_SIZE", "RUNTIMES", "Part", "Runtime", "find_runtime", "join_parts", "parse_part"]

# Bytes of a log by which its container runtime is recognised.
HEAD_SIZE = 64
# The tags of a whole line and of the last part of one: of Kubernetes, and of Docker, the newline.
LAST = (b"F", rb"\n")


class Runtime(NamedTuple):
    r"""How a container runtime writes the lines of a server, or parts of them, to its log.

    Attributes
    ----------
    name
        The name of its prefix in ``PREFIXES``.
    sign
        A text near the beginning of all its logs.
    beginning
        The regular expression of the first bytes of its logs.
    entry
        The regular expression of a line of its logs, which contains a line or a part of one. Its
        groups are those of ``Part``, and ``tag``.
    marks
        Each entry that is not the last part of a line contains one of them.
    min_size
        The smallest size in bytes of an entry with the first part of a line.
    """

    name: str
    sign: bytes
    beginning: bytes
    entry: bytes
    marks: tuple[bytes, ...] = ()
    min_size: int = 0


class Part(NamedTuple):
    """A line in the log of a container runtime, taken apart."""

    stream: bytes
    front: bytes  # what is before the tag or the text
    opening: bytes  # between that and the text, with the tag
    text: bytes
    closing: bytes  # after the text, with the tag
    is_last: bool  # whether the server's line ends with it


CRI_FRONT = rb"\d{4}-\d\d-\d\dT\S++ (?P<stream>std(?:out|err)) "

RUNTIMES = (
    # "CRI logging format" in Kubernetes' design proposals, node/kubelet-cri-logging.md. containerd
    # splits after 16 KiB (max_container_log_line_size in its manual, docs/cri/config.md), conmon,
    # which CRI-O uses, where a read of 8 KiB ends: in any line (STDIO_BUF_SIZE in its source).
    Runtime(
        "kubernetes",
        b" std",
        CRI_FRONT + rb"[FP]",
        rb"(?P<front>" + CRI_FRONT + rb")(?P<opening>(?P<tag>[FP])(?>(?::\S*+)?) )(?P<text>.*+)"
        rb"(?P<closing>)",
        marks=(b" stdout P", b" stderr P"),
    ),
    # "JSON File logging driver" in Docker's manual. It splits after 16 KiB (defaultBufSize in
    # daemon/logger/copier.go), and leaves out the newline of all parts but the last one. Shorter
    # entries without a newline are what a server wrote at last.
    Runtime(
        "docker json-file",
        b'{"log":"',
        rb'\{"log":"',
        rb'(?P<front>\{"log":")(?P<opening>)(?P<text>(?>[^"\\]++|\\.)*?)'
        rb'(?P<closing>(?P<tag>(?:\\n)?)","stream":"(?P<stream>[^"\\]*+)".*+)',
        min_size=16 * 1024,
    ),
)


def find_runtime(head: bytes) -> Runtime | None:
    """Return the container runtime that wrote a log, given its first bytes; None for others.

    >>> find_runtime(b"2026-09-01T10:00:00.123456789Z stdout F 192.0.2.1 - -").name
    'kubernetes'
    >>> find_runtime(b"192.0.2.1 - -")
    """
    for row in RUNTIMES:
        if row.sign in head and re.match(row.beginning, head):
            return row
    return None


def parse_part(runtime: Runtime, line: bytes) -> Part | None:
    """Take a line of a runtime's log apart; return None if the runtime did not write it."""
    match = _entry(runtime).match(line)
    if match is None:
        return None
    stream, front, opening, text, closing = map(match.__getitem__, Part._fields[:-1])
    return Part(stream, front, opening, text, closing, match["tag"] in LAST)


@cache
def _entry(runtime: Runtime) -> re.Pattern[bytes]:
    return re.compile(runtime.entry)


def join_parts(parts: Sequence[Part]) -> bytes:
    """Return the parts of a line as one line of the runtime's log, tagged as the last of them.

    >>> lines = b"2026-09-01T10:00Z stdout P 192.0.2", b"2026-09-01T10:01Z stdout F .1 - -"
    >>> join_parts([parse_part(RUNTIMES[0], line) for line in lines])
    b'2026-09-01T10:00Z stdout F 192.0.2.1 - -'
    """
    first, last = parts[0], parts[-1]
    return b"".join([first.front, last.opening, *(part.text for part in parts), last.closing])
