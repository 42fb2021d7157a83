"""Parse log lines of many formats into requests."""

from findrobots.formats.format import Format
from findrobots.formats.parse import parse_lines
from findrobots.formats.prefixes import PREFIXES, Prefix
from findrobots.formats.registry import FORMATS, Dialect, choose_formats
from findrobots.formats.timestamps import find_zone

__all__ = [
    "FORMATS",
    "PREFIXES",
    "Dialect",
    "Format",
    "Prefix",
    "choose_formats",
    "find_zone",
    "parse_lines",
]
