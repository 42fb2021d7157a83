"""Read the plain part of YAML in which Dask keeps its own settings.

PyYAML takes 12 ms to be imported and to read them, a twentieth of a short scan.
"""

import json
import re
from collections import deque
from typing import Any, NamedTuple

__all__ = ["read_plain_yaml"]

# A key or the dash of an item, a value, and a comment. Of values, those that JSON writes alike,
# infinity, and regular expressions of paths, which begin as no other type of YAML 1.1 does.
LINE = re.compile(
    r"""
    (?P<indent>\ *)
    (?: (?P<key>(?!(?:null|true|false|yes|no|on|off):)[a-z][a-z-]{0,99}):
      | (?P<dash>-)(?=\ )
    )
    (?: \ +(?: (?P<json>null|true|false|(?:0|[1-9][0-9]{0,15})(?:\.[0-9]{1,15})?|"[ !#-\[\]-~]*")
             | (?P<infinity>\.inf)
             | (?P<plain>[a-z]+\[[a-z_()|.\[\]\\/]+)
    ))?
    (?:\ +\#[ -~]*)?\ *
    """,
    re.VERBOSE,
)
NOTHING = re.compile(r"\ *(?:\#[ -~]*)?")


class _Line(NamedTuple):
    """A line: the name of a key, empty for an item; and a value, if ``has_value``."""

    indent: int
    key: str
    has_value: bool
    value: object


def read_plain_yaml(text: str) -> dict[str, Any] | None:
    r"""Return the mapping that a text is in YAML; None if it is not of the plain part.

    >>> read_plain_yaml("a:\n  b: 1  # one\n  c: null\n"), read_plain_yaml("a: &b 1")
    ({'a': {'b': 1, 'c': None}}, None)
    """
    lines = deque[_Line]()
    for line in text.split("\n"):
        if found := LINE.fullmatch(line):
            lines.append(_read_line(found))
        elif not NOTHING.fullmatch(line):
            return None
    try:
        block = _read_block(lines, 0)
    except (IndexError, ValueError):
        return None
    return block if isinstance(block, dict) and not lines else None


def _read_line(found: re.Match[str]) -> _Line:
    indent, key = len(found["indent"]), found["key"] or ""
    if found["json"] is not None:
        return _Line(indent, key, has_value=True, value=json.loads(found["json"]))
    value = float("inf") if found["infinity"] else found["plain"]
    return _Line(indent, key, value is not None, value)


def _read_block(lines: deque[_Line], indent: int) -> dict[str, Any] | list[Any]:
    """Take the lines of a mapping or list that begins with this indentation.

    Raises
    ------
    IndexError, ValueError
        It is not of the plain part.
    """
    is_list = not lines[0].key
    rows = list[tuple[str, object]]()
    while lines and lines[0].indent >= indent:
        line = lines.popleft()
        has_inner = bool(lines) and lines[0].indent > indent
        if line.indent != indent or is_list == bool(line.key) or line.has_value == has_inner:
            raise ValueError
        rows.append((line.key, _read_block(lines, lines[0].indent) if has_inner else line.value))
    return [value for _, value in rows] if is_list else dict(rows)
