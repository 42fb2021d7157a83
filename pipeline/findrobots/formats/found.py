"""Parse the lines of a log that contain a path, in columns if they are many and regular."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from findrobots.arrow import Integers
from findrobots.formats.coded import RobotRequests, concat
from findrobots.formats.parse import parse_lines
from findrobots.formats.registry import Dialect, choose_formats
from findrobots.records import Block, Lines, Reject, Requests

__all__ = ["parse_found"]

Other = TypeVar("Other")
# What may be made of some lines, in any order.
Parsed = RobotRequests | Requests | Reject

AUTO = Dialect()
# Fewer lines than these take longer in columns, whose modules must be imported first.
MANY_LINES = 500
NEWLINE = ord("\n")


def parse_found(
    lines: Lines | Other, dialect: Dialect = AUTO, *, many: int = MANY_LINES
) -> Sequence[Parsed | Other]:
    """Parse lines, with the same result as ``parse_lines``: requests may be in columns of codes.

    Parameters
    ----------
    lines
        Lines of one log, or an item that is passed through.
    dialect
        What is known of the logs; by default, formats are detected.
    many
        Fewer lines than these are not parsed in columns.
    """
    if not isinstance(lines, Lines) or len(lines.offsets) < many or not _is_regular(lines, dialect):
        return parse_lines(lines, dialect)
    # A comment is no request in a block, but here it may be one. One byte is found much faster.
    if b"#" in lines.text and b"\n#" in lines.text:
        return parse_lines(lines, dialect)
    # Imported only now: a scan of few requests does not wait for it.
    from findrobots.formats.columns import parse_block  # noqa: PLC0415

    block = Block(lines.source, 0, [lines.text])
    parsed = parse_block(block, dialect, is_robot=_is_wanted, robot_hosts=frozenset())
    # In a block, lines follow one another: here each has an offset of its own.
    numbers = _line_numbers(lines, np.array([each.offset for each in parsed.rejects], np.int64))
    items: list[Parsed | Other] = [
        each._replace(offset=lines.offsets[number])
        for each, number in zip(parsed.rejects, numbers.tolist(), strict=True)
    ]
    if parsed.requests:
        requests = concat(parsed.requests)
        numbers = _line_numbers(lines, requests.offset)
        items.append(requests._replace(offset=np.array(lines.offsets, np.int64)[numbers]))
    return items


def _line_numbers(lines: Lines, begins: Integers) -> Integers:
    """Return the numbers of the lines that begin at some places of the text."""
    count = len(lines.offsets)
    if len(begins) == count and (begins[1:] > begins[:-1]).all():  # all lines, in their order
        return np.arange(count)
    ends = np.flatnonzero(np.frombuffer(lines.text, np.uint8) == NEWLINE)
    return np.searchsorted(ends, begins)


def _is_wanted(_: str) -> bool:
    """Return True: each request is wanted, whatever its user agent."""
    return True


def _is_regular(lines: Lines, dialect: Dialect) -> bool:
    """Return whether lines may be parsed in columns, judging by the format of the first one."""
    from findrobots.formats.visitors import DIALECTS, STRUCTURED  # noqa: PLC0415 (as above)

    if lines.header is not None or dialect.format not in DIALECTS:
        return False
    row = next((row for row in choose_formats(dialect) if row.pattern.match(lines.text)), None)
    return row is not None and row.name in STRUCTURED
