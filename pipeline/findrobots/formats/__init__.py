"""Parse log lines of many formats into requests."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

# Where each public name is defined: it is imported when it is first used, so that
# ``findrobots --help``, which suggests words by a module of this package, loads no formats.
_MODULES = {
    "format": ("Format",),
    "parse": ("parse_lines",),
    "prefixes": ("PREFIXES", "Prefix"),
    "registry": ("FORMATS", "Dialect", "choose_formats"),
    "timestamps": ("find_zone",),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
