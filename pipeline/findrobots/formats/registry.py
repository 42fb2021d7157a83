"""List the known formats, and choose those that the logs may have."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

from findrobots.errors import FormatError
from findrobots.formats.aws import AWS
from findrobots.formats.client_address import listed_host
from findrobots.formats.format import Format
from findrobots.formats.format_string import string_format
from findrobots.formats.json_lines import JSON_LINES, Places, json_format
from findrobots.formats.ncsa import NCSA
from findrobots.formats.proxies import PROXIES
from findrobots.formats.suggest import similar
from findrobots.formats.timestamps import clock_times, find_zone
from findrobots.formats.w3c import W3C, utc_times, w3c_format

__all__ = ["FORMATS", "Dialect", "choose_formats"]

# Every line matches at most one of them.
FORMATS = (*NCSA, *AWS, *PROXIES, *JSON_LINES, *W3C)


class Dialect(NamedTuple):
    """What is known of the format of the logs.

    Attributes
    ----------
    format
        ``auto``, the name of a format, a format string of Apache or nginx, the line
        ``#Fields: …`` of a W3C log, or ``json``.
    fields
        Where to find each field of ``json``: ``host=client.ip,target=request.path,time=ts``.
    timezone
        Time zone of times without an offset.
    host_field
        The field with the client address: of a list the first one, or with ``:1`` the last,
        ``:2`` the last but one.
    """

    format: str = "auto"
    fields: str = ""
    timezone: str = "UTC"
    host_field: str = ""


FIELDS = (
    *("host", "vhost", "time", "method", "target", "request"),
    *("status", "bytes_sent", "user_agent"),
)
W3C_FIELDS = "#Fields:"


@lru_cache
def choose_formats(dialect: Dialect) -> tuple[Format, ...]:
    """Return the formats that lines may have.

    Raises
    ------
    FormatError
        There is no such format, or it lacks a needed field.
    TimezoneError
        There is no such time zone.
    """
    if dialect.fields and dialect.format != "json":
        reason = "fields apply to the format json only"
        raise FormatError(dialect.fields, reason, "fields")
    named = tuple(row for row in FORMATS if row.name == dialect.format)
    rows = named or KINDS.get(dialect.format, _unnamed)(dialect)
    if dialect.host_field:
        rows = tuple(map(partial(_with_host_field, dialect), rows))
    return tuple(map(partial(_in_timezone, dialect.timezone), rows))


def _with_host_field(dialect: Dialect, row: Format) -> Format:
    """Return a format with the client address in the field that the user names."""
    if not row.with_host_field:
        reason = "a host field applies only to JSON, format strings and #Fields: lines"
        raise FormatError(dialect.host_field, reason, "host_field")
    name, colon, number = dialect.host_field.rpartition(":")
    has_position = colon and number.isdecimal()
    changed = row.with_host_field(name if has_position else dialect.host_field)
    position = -int(number) if has_position else 0
    return changed._replace(host=partial(listed_host, position=position))


def _in_timezone(timezone: str, row: Format) -> Format:
    """Return a format whose times without an offset are in a time zone."""
    if timezone == "UTC":
        return row
    find_zone(timezone)
    if row.times in {clock_times, utc_times}:
        return row
    return row._replace(times=partial(row.times, timezone=timezone))


def _unnamed(dialect: Dialect) -> tuple[Format, ...]:
    """Return the format that a format string or a ``#Fields:`` line describes."""
    if dialect.format.startswith(W3C_FIELDS):
        return (w3c_format(dialect.format, "", dialect.format.removeprefix(W3C_FIELDS)),)
    if "%" in dialect.format or "$" in dialect.format:
        return (string_format(dialect.format),)
    known = similar(dialect.format, ["auto", "json", *(row.name for row in FORMATS)])
    meant = f" (did you mean '{known}'?)" if known else ""
    reason = f"unknown format{meant}; findrobots formats lists the known ones"
    raise FormatError(dialect.format, reason)


def _all(_: Dialect) -> tuple[Format, ...]:
    return FORMATS


def _json(dialect: Dialect) -> tuple[Format, ...]:
    """Return the format of JSON lines whose fields the user names."""
    places = _places(dialect)
    request = "request" if "request" in places else "target"
    missing = [field for field in ("host", request, "time") if field not in places]
    if missing:
        reason = f"a host, a target or request, and a time are needed; add {missing[0]}="
        raise FormatError(dialect.fields, reason, "fields")
    return (json_format("json", "", places, needed=("host", request, "time")),)


def _places(dialect: Dialect) -> Places:
    """Parse where to find each field, as in ``host=client.ip|peer,time=ts``."""
    places = {}
    for item in filter(None, dialect.fields.split(",")):
        field, _, names = item.strip().partition("=")
        if field not in FIELDS or not names:
            known = ", ".join(FIELDS)
            meant = similar(field, FIELDS)
            meant = f" (did you mean '{meant}'?)" if meant not in {"", field} else ""
            reason = f"not understood{meant}; write NAME=PLACE, with NAME one of {known}"
            raise FormatError(item, reason, "fields")
        places[field] = tuple(names.split("|"))
    return places


KINDS: Mapping[str, Callable[[Dialect], tuple[Format, ...]]] = {"auto": _all, "json": _json}
