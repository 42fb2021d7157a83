"""Check and convert the arguments of the library's functions."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from findrobots.flow import ScanOptions
from findrobots.formats import Dialect
from findrobots.robots.filter import make_filter
from findrobots.storage.discovery import NamePatterns
from findrobots.writing.atomic import StrPath

__all__ = [
    "StrPaths",
    "Strings",
    "Time",
    "choice",
    "count",
    "name_patterns",
    "optional_path",
    "paths",
    "scan_options",
    "typed",
]

T = TypeVar("T")

StrPaths = StrPath | Iterable[StrPath]
Strings = str | Iterable[str]
Time = str | datetime | None


def scan_options(  # noqa: PLR0913, PLR0917 (arguments of three functions, in one order)
    path: Strings,
    vhost: Strings,
    since: Time,
    until: Time,
    log_format: str,
    fields: str | Mapping[str, str],
    host_field: str,
    timezone: str,
    *,
    max_rejects: int,
) -> ScanOptions:
    """Check the arguments that say what to count, and return them as one value."""
    if isinstance(fields, Mapping):
        fields = ",".join(f"{name}={place}" for name, place in fields.items())
    zone, looked_for = typed("timezone", timezone, str), strings("path", path)
    if not looked_for:
        message = "path: expected at least one"
        raise ValueError(message)
    return ScanOptions(
        request_filter=make_filter(
            looked_for,
            vhosts=strings("vhost", vhost),
            since=time("since", since),
            until=time("until", until),
            timezone=zone,
        ),
        dialect=Dialect(
            typed("format", log_format, str),
            typed("fields", fields, str),
            zone,
            typed("host_field", host_field, str),
        ),
        max_rejects=max_rejects,
    )


def name_patterns(include: Strings, exclude: Strings) -> NamePatterns:
    """Return which file names in directories count as logs."""
    return NamePatterns(strings("include", include), strings("exclude", exclude))


def typed(name: str, value: T, kind: type[T]) -> T:
    """Return an argument of the right type."""
    if not isinstance(value, kind):
        raise TypeError(_wrong_type(name, kind.__name__, value))
    return value


def strings(name: str, value: Strings) -> tuple[str, ...]:
    """Return an argument that is one string or several as a tuple."""
    several = (value,) if isinstance(value, str) else value
    if isinstance(several, Iterable) and not isinstance(several, bytes | Mapping):
        several = tuple(several)
        if all(isinstance(text, str) for text in several):
            return several
    raise TypeError(_wrong_type(name, "a string or a list of strings", value))


def paths(name: str, value: StrPaths) -> tuple[str, ...]:
    """Return an argument that is one path or several as a tuple of strings."""
    several = (value,) if isinstance(value, str | os.PathLike) else value
    if isinstance(several, Iterable) and not isinstance(several, bytes | Mapping):
        several = tuple(several)
        if all(isinstance(path, str | os.PathLike) for path in several):
            return tuple(os.fspath(path) for path in several)
    raise TypeError(_wrong_type(name, "a path or a list of paths", value))


def optional_path(name: str, value: StrPath | None) -> StrPath | None:
    """Return an argument that is a path or None."""
    if value is None or isinstance(value, str | os.PathLike):
        return value
    raise TypeError(_wrong_type(name, "a path", value))


def time(name: str, value: Time) -> Time:
    """Return an argument that is a time or None."""
    if value is None or isinstance(value, str | datetime):
        return value
    raise TypeError(_wrong_type(name, "a string or a datetime", value))


def choice(name: str, value: str, choices: Sequence[str]) -> str:
    """Return an argument that is one of some words."""
    if typed(name, value, str) not in choices:
        message = f"{name}: expected {' or '.join(map(repr, choices))}, not {value!r}"
        raise ValueError(message)
    return value


def count(name: str, value: int | None) -> int | None:
    """Return an argument that is a positive number or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(_wrong_type(name, "int", value))
    if value < 1:
        message = f"{name}: expected at least 1, not {value}"
        raise ValueError(message)
    return value


def _wrong_type(name: str, expected: str, value: object) -> str:
    return f"{name}: expected {expected}, not {type(value).__name__}"
