"""Parse all lines of a text, in blocks and one by one, and change lines at random."""

from itertools import chain, pairwise

from findrobots.formats import Dialect
from findrobots.formats.columns import parse_block
from findrobots.formats.parse import parse_lines
from findrobots.records import Block, Lines, Reject

SOURCE, BEGIN = "a.log", 1000
HOSTS = frozenset({"192.0.2.4", "2001:db8::1", "crawl.example.org"})
# What mutations put into lines: all that means something in some format.
ESCAPES = [*(rb"\x%02x" % octet for octet in b'\n\r "\\a%\xe9'), rb"\x", rb"\x2", rb"\n", rb"\""]
MEANINGFUL = b'"\\ []-+0139Z/:.,\t\0\xff\xe9\r*{}|<'


def is_robot(user_agent):
    """Return whether a user agent is one of a robot, for the tests."""
    return "bot" in user_agent


def parse_blocks(blocks, dialect=None, *, declares=is_robot, hosts=HOSTS, **options):
    """Return the rows of robots, the rejects, and the numbers of other and of blank lines."""
    rows, rejects, others, blank = [], [], 0, 0
    for block in blocks:
        options |= {"is_robot": declares, "robot_hosts": hosts}
        parsed = parse_block(block, dialect or Dialect(), **options)
        parts = [part.decode() for part in parsed.requests]
        count = sum(len(part.offset) for part in parts)
        assert all({*map(len, part)} == {len(part.offset)} for part in parts)
        assert parsed.lines == count + len(parsed.rejects) + parsed.other_lines + parsed.blank_lines
        assert parsed.lines == block.text.count(b"\n") + (not block.text.endswith(b"\n"))
        rows += chain.from_iterable(zip(*part, strict=True) for part in parts)
        rejects += parsed.rejects
        others += parsed.other_lines
        blank += parsed.blank_lines
    return sorted(rows, key=lambda row: row[-1]), sorted(rejects), others, blank


def parse_each(text, dialect=None, *, declares=is_robot, hosts=HOSTS, begin=BEGIN):
    """Return the same as ``parse_blocks``, by the exact parser, line by line."""
    rows, rejects, others, blank = [], [], 0, 0
    for line in text.removesuffix(b"\n").split(b"\n"):
        bare = line.lstrip(b"\0")
        if not bare.strip(b"\0 \t\r") or bare.startswith(b"#"):
            blank += 1
        else:
            place = begin + len(line) - len(bare)
            (item,) = parse_lines(Lines(SOURCE, [place], bare), dialect or Dialect())
            if isinstance(item, Reject):
                rejects.append(item)
            elif declares(item.user_agent[0]) or item.host[0] in hosts:
                rows += zip(*item, strict=True)
            else:
                others += 1
        begin += len(line) + 1
    return rows, sorted(rejects), others, blank


def block_of(text, begin=BEGIN, header=None):
    """Return a text as one block."""
    return Block(SOURCE, begin, [text], header)


def cut_into_blocks(text, numbers):
    """Return a text in blocks that end after lines of some numbers, and at last the rest."""
    lines = text.splitlines(keepends=True) if b"\r" not in text else split_lines(text)
    places = [0, *sorted({number % len(lines) for number in numbers} - {0}), len(lines)]
    offset = BEGIN
    for first, last in pairwise(places):
        part = b"".join(lines[first:last])
        yield block_of(part, offset)
        offset += len(part)


def split_lines(text):
    """Return the lines of a text, which only newlines end, with their ends."""
    lines = [line + b"\n" for line in text.split(b"\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def mutate(line, chance):
    """Change a few bytes of a line at random: replace, insert, delete, cut off, append."""
    changed = bytearray(line)
    for _ in range(chance.randint(1, 3)):
        kind, at = chance.randrange(7), chance.randrange(len(changed) + 1)
        some = bytes([chance.choice(MEANINGFUL)])
        if kind == 0:
            changed[at : at + 1] = some
        elif kind == 1:
            changed[at:at] = some
        elif kind == 2:
            del changed[at : at + chance.randint(1, 3)]
        elif kind == 3:
            end = chance.choice([b' "x"', b" 12", b' "a" "b"', b"\r", b" -", b' 1 "a" "b" 2ms'])
            changed += end
        elif kind == 4 and chance.random() < 0.3:
            del changed[at:]
        elif kind == 5:
            changed[at:at] = chance.choice(ESCAPES)
        else:
            changed[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(changed).replace(b"\n", b"")
