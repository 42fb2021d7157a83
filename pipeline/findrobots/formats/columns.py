"""Parse all lines of a log, and return the requests of robots in columns.

Most lines are of people, and only count. So lines of the NCSA formats are read many at once, and
each distinct user agent and client of a block is judged once. The exact parser, ``parse_lines``,
reads the lines of other formats, and each line that is not quite regular, so that the result is the
same as if it read all.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice, starmap
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from findrobots.formats.coded import Coded, RobotRequests, code_requests
from findrobots.formats.field_cache import clear_caches
from findrobots.formats.in_arrays import ArrayReader
from findrobots.formats.padding import skip_padding
from findrobots.formats.parse import LONG_LINE, parse_lines
from findrobots.formats.registry import Dialect
from findrobots.formats.visitors import DIALECTS, IsRobot, Visitors
from findrobots.records import HEADER, Block, Lines, Reject, Requests, concat_requests, select

if TYPE_CHECKING:
    from findrobots.formats.compiled.reader import CompiledReader

__all__ = ["Coded", "ParsedBlock", "RobotRequests", "choose_reader", "parse_block", "parse_blocks"]

Other = TypeVar("Other")


class ParsedBlock(NamedTuple):
    """What the lines of a block are.

    ``requests`` are those of robots, in parts. ``lines`` is the sum of the numbers of requests, of
    rejects, of ``other_lines``, which are requests of no robot, and of ``blank_lines``, which have
    no text or are comments.
    """

    requests: list[RobotRequests]
    rejects: list[Reject]
    lines: int
    other_lines: int
    blank_lines: int


def parse_block(
    block: Block,
    dialect: Dialect,
    *,
    is_robot: IsRobot,
    robot_hosts: frozenset[str],
    compiled: bool = False,
) -> ParsedBlock:
    """Parse all lines of a block; return the requests of robots, and count the others.

    A request is of a robot if its user agent is one of a robot, or if its host is in a set.

    Parameters
    ----------
    block
        Complete lines of a log.
    dialect
        What is known of the logs.
    is_robot
        Returns whether a user agent, empty if the log has none, is one of a robot. The answers are
        remembered if it is the same function for all blocks.
    robot_hosts
        The canonical hosts all whose requests are of robots.
    compiled
        Whether to read lines by loops that numba compiles, if it is installed. This is twice as
        fast, but takes half a second to begin with, and nine the first time ever.
    """
    return _parser(dialect, is_robot, robot_hosts, compiled=compiled).parse(block)


def parse_blocks(
    items: Iterable[Block | Lines | Other],
    dialect: Dialect,
    *,
    is_robot: IsRobot,
    robot_hosts: frozenset[str],
    compiled: bool = False,
) -> Iterator[ParsedBlock | Other]:
    """Parse the blocks and lines among some items as ``parse_block`` does.

    Other items are yielded unchanged.
    """
    parser = _parser(dialect, is_robot, robot_hosts, compiled=compiled)
    for item in items:
        if isinstance(item, Block):
            yield parser.parse(item)
        elif isinstance(item, Lines):
            yield parser.parse_lines(item)
        else:
            yield item


# Lines that the exact parser reads at a time, so that memory is bounded.
BATCH_LINES = 4096
# What a line without text consists of, and how a comment begins.
BLANK, COMMENT = b"\0 \t\r", b"#"


@lru_cache(maxsize=1)
def _parser(
    dialect: Dialect, is_robot: IsRobot, robot_hosts: frozenset[str], *, compiled: bool
) -> "_BlockParser":
    return _BlockParser(dialect, is_robot, robot_hosts, compiled=compiled)


def choose_reader(visitors: Visitors, *, compiled: bool) -> "ArrayReader | CompiledReader":
    """Return what reads lines: compiled loops if they are wanted, and numba is there."""
    if compiled:
        try:
            from findrobots.formats.compiled.reader import CompiledReader  # noqa: PLC0415 (an extra)

            reader = CompiledReader(visitors)
            reader.read(Block("", 0, [b"\n"]))  # now they are compiled
        except Exception:  # noqa: BLE001 (numba may fail in any way; arrays read the same)
            return ArrayReader(visitors)
        return reader
    return ArrayReader(visitors)


class _BlockParser:
    """Parses blocks, and remembers what their clients and user agents are."""

    def __init__(
        self, dialect: Dialect, is_robot: IsRobot, robot_hosts: frozenset[str], *, compiled: bool
    ) -> None:
        self._dialect, self._is_robot, self._robot_hosts = dialect, is_robot, robot_hosts
        visitors = Visitors(dialect, is_robot, robot_hosts)
        self._reader = choose_reader(visitors, compiled=compiled)

    def parse(self, block: Block) -> ParsedBlock:
        """Parse the lines of a block."""
        if block.header is not None or self._dialect.format not in DIALECTS:
            return self._parse_exactly(block, _split(block))
        read = self._reader.read(block)
        if sum(map(len, block.pieces)) > LONG_LINE * read.lines:
            clear_caches()
        rest = self._parse_exactly(
            block, ((block.offset + begin, line) for begin, line in read.left)
        )
        robots = sum(len(part.offset) for part in read.requests)
        return rest._replace(
            requests=[*read.requests, *rest.requests],
            lines=read.lines,
            other_lines=rest.other_lines + read.lines - len(read.left) - robots,
        )

    def parse_lines(self, lines: Lines) -> ParsedBlock:
        """Parse lines that do not follow one another in the text, by the exact parser."""
        block = Block(lines.source, 0, [], lines.header)
        numbered = zip(lines.offsets, lines.text.split(b"\n"), strict=True)
        return self._parse_exactly(block, numbered)

    def _parse_exactly(self, block: Block, numbered: Iterator[tuple[int, bytes]]) -> ParsedBlock:
        """Parse lines, each with its offset, by the exact parser."""
        rejects, requests = list[Reject](), list[Requests]()
        total = others = 0
        blank, header = 0, block.header
        while batch := [*starmap(skip_padding, islice(numbered, BATCH_LINES))]:
            total += len(batch)
            lines = [line for line in batch if _is_line(line[1])]
            blank += len(batch) - len(lines)
            if header is not None:  # the parser needs the headers among the lines
                lines = [line for line in batch if _is_line(line[1]) or line[1].startswith(HEADER)]
            if not lines:
                continue
            offsets, texts = map(list, zip(*lines, strict=True))
            for item in parse_lines(
                Lines(block.source, offsets, b"\n".join(texts), header), self._dialect
            ):
                if isinstance(item, Reject):
                    rejects.append(item)
                    continue
                robots = self._are_robots(item)
                others += len(robots) - sum(robots)
                if any(robots):
                    requests.append(select(item, robots))
            if header is not None:
                header = next((text for text in reversed(texts) if text.startswith(HEADER)), header)
        parts = [code_requests(concat_requests(requests))] if requests else []
        return ParsedBlock(parts, rejects, total, others, blank)

    def _are_robots(self, requests: Requests) -> list[bool]:
        """Return of each request whether it is of a robot."""
        declared = {agent: self._is_robot(agent) for agent in {*requests.user_agent}}
        hosts = self._robot_hosts
        return [
            declared[agent] or host in hosts
            for agent, host in zip(requests.user_agent, requests.host, strict=True)
        ]


def _split(block: Block) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a block with their offsets in the log's text."""
    offset = block.offset
    for line in block.text.removesuffix(b"\n").split(b"\n"):
        yield offset, line
        offset += len(line) + 1


def _is_line(text: bytes) -> bool:
    return bool(text.strip(BLANK)) and not text.startswith(COMMENT)
