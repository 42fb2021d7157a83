"""Read the plainest YAML, such as the defaults of Dask, without a parser of all of it."""

import re
from typing import NamedTuple

__all__ = ["read_plain_yaml"]

# Words that YAML (version 1.1) takes for other values than text.
WORDS = {"null": None, "true": True, "false": False, ".inf": float("inf")}
# A key, unless YAML takes it for another value, or the mark of an item; perhaps a value, and a
# comment. A value in no quotes that is text has a character that no other value has.
LINE = re.compile(
    r"""(?P<indent>\ *)(?:
    (?:-|(?!(?:y|n|yes|no|on|off|true|false|null):)(?P<key>[a-z]+(?:-[a-z]+)*):)
    (?:\ +(?P<value>
        null|true|false|\.inf|0|[1-9]\d*|\d+\.\d+|"[^"\\]*"|(?=\S*[\\_/])[A-Za-z][^\s\#:]*
    ))?
    (?=\ |$))?
    \ *(?:\#.*)?""",
    re.VERBOSE | re.ASCII,
)


class _Entry(NamedTuple):
    """A line with a key, or else an item: how far it is indented, and its value, if it has one."""

    indent: int
    key: str | None
    value: str | None


def read_plain_yaml(text: str) -> object:
    r"""Read YAML (version 1.1) that has nothing but mappings, lists and plain values.

    Raises
    ------
    ValueError
        The text may have more than that.

    Examples
    --------
    >>> read_plain_yaml("# sizes\nchunk:\n  size: 1.5\n  paths:\n    - some/path\n  unit: null\n")
    {'chunk': {'size': 1.5, 'paths': ['some/path'], 'unit': None}}
    """
    lines = text.split("\n")
    found = [LINE.fullmatch(line) for line in lines if line.isascii() and line.isprintable()]
    entries = [
        _Entry(len(line["indent"]), line["key"], line["value"])
        for line in reversed(found)
        if line and line[0].strip()[:1] not in ("", "#")
    ]
    if len(found) < len(lines) or None in found or not entries:
        raise ValueError(text)
    read = _read_block(entries)
    if entries:
        raise ValueError(text)
    return read


def _read_block(left: list[_Entry]) -> object:
    """Take the next entries of one indentation, and those that are below them, from the end."""
    indent, first_key, _ = left[-1]
    pairs = list[tuple[str | None, object]]()
    while left and left[-1].indent == indent:
        entry = left.pop()
        is_above = bool(left) and left[-1].indent > indent
        if (entry.key is None) != (first_key is None) or (is_above and entry.value is not None):
            raise ValueError(entry)
        pairs.append((entry.key, _read_block(left) if is_above else _as_value(entry.value)))
    return [value for _, value in pairs] if first_key is None else dict(pairs)


def _as_value(text: str | None) -> object:
    if text is None or text in WORDS:
        return WORDS[text or "null"]
    if text.startswith('"'):
        return text[1:-1]
    if text[0].isdigit():
        return float(text) if "." in text else int(text)
    return text
