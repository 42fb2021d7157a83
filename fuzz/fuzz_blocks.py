"""Fuzz the parser of blocks, in arrays and in compiled loops, against the exact parser."""

from collections.abc import Iterator

from findrobots.formats import FORMATS, Dialect
from findrobots.formats.columns import parse_block
from findrobots.formats.parse import parse_lines
from findrobots.records import Block, Lines, Reject, Requests

# Regular lines before and after those of the input: blocks of few lines are not read in arrays.
REGULAR = b'192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 70 "-" "Chrome"\n'
AROUND = REGULAR * 10
HOSTS = frozenset({"192.0.2.4", "2001:db8::1"})
BLANK = b"\0 \t\r"


def seeds() -> Iterator[bytes]:
    """Yield lines: each format's, and lines that differ in a part that is compared."""
    for row in FORMATS:
        yield row.example.encode()
    for old, new in (
        (b"192.0.2.1", b"192.0.2.4"),
        (b"192.0.2.1", b"2001:db8::1"),
        (b"- -", b"- Frank van [x]"),
        (b"192.0.2.1", b"www.example.org:80 192.0.2.1"),
        (b"GET /", b"OPTIONS *"),
        (b"70", b"-"),
        (b"70", b"12345678"),
        (b"Chrome", b'Abot" "192.0.2.7'),
        (b"10:00:00 +0000", b"23:59:60 -1130"),
    ):
        yield REGULAR.replace(old, new) + REGULAR[:-1]


def check(text: bytes) -> None:
    """Check that a block gives what the exact parser says of each of its lines."""
    text = AROUND + text + b"\n" + AROUND
    expected = _parse_each(text)
    for compiled in (False, True):
        parsed = parse_block(
            Block("a.log", 0, [text]),
            Dialect(),
            is_robot=_is_robot,
            robot_hosts=HOSTS,
            compiled=compiled,
        )
        rows = [row for part in parsed.requests for row in zip(*part.decode(), strict=True)]
        count = len(rows)
        assert parsed.lines == text.count(b"\n")
        assert parsed.lines == count + len(parsed.rejects) + parsed.other_lines + parsed.blank_lines
        found = {*rows, *parsed.rejects}
        assert len(found) == count + len(parsed.rejects)
        assert found == expected


def _parse_each(text: bytes) -> set[tuple[object, ...]]:
    """Return the rejects and the requests of robots that the exact parser finds in each line."""
    offset, expected = 0, set[tuple[object, ...]]()
    for line in text.split(b"\n")[:-1]:
        bare = line.lstrip(b"\0")  # zeros before a line are no part of it
        if bare.strip(BLANK) and not bare.startswith(b"#"):
            begin = offset + len(line) - len(bare)
            for item in parse_lines(Lines("a.log", [begin], bare)):
                expected |= _rows(item)
        offset += len(line) + 1
    return expected


def _is_robot(user_agent: str) -> bool:
    return "bot" in user_agent


def _rows(item: Requests | Reject | object) -> set[tuple[object, ...]]:
    """Return a reject, or the requests of robots as rows."""
    if isinstance(item, Reject):
        return {item}
    assert isinstance(item, Requests)
    return {
        row
        for row in zip(*item, strict=True)
        if _is_robot(row[item._fields.index("user_agent")]) or row[0] in HOSTS
    }
