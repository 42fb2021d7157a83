"""What a user says of the logs to the rows of the table that they may have."""

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
from findrobots.formats.timestamps import clock_times, find_zone
from findrobots.formats.w3c import W3C, utc_times, w3c_format

__all__ = ["FORMATS", "Dialect", "choose_formats"]

# Each line is parsed by the one row that matches it.
FORMATS = (*NCSA, *AWS, *PROXIES, *JSON_LINES, *W3C)


class Dialect(NamedTuple):
    """What a user says of the logs.

    ``format`` is ``auto``, the name of a row, a format string of Apache or nginx, the line
    ``#Fields: …`` of a W3C log, or ``json``, whose ``fields`` are like
    ``host=client.ip,target=request.path,time=ts``.

    ``timezone`` is that of times without an offset, ``host_field`` the field in which the
    host stands: of several clients there the first, or with ``:1`` the last, ``:2`` the one
    before it.
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
    """Return the rows that lines may be of.

    Raises
    ------
    FormatError, TimezoneError
        There is no such format, or it lacks a field; there is no such time zone.
    """
    if dialect.fields and dialect.format != "json":
        reason = "fields apply to the format json only"
        raise FormatError(dialect.fields, reason, "fields")
    named = tuple(row for row in FORMATS if row.name == dialect.format)
    rows = named or KINDS.get(dialect.format, _unnamed)(dialect)
    if dialect.host_field:
        rows = tuple(map(partial(_hosted, dialect), rows))
    return tuple(map(partial(_in_timezone, dialect.timezone), rows))


def _hosted(dialect: Dialect, row: Format) -> Format:
    """Return a row whose host stands in the field that the user names."""
    if not row.hosted:
        reason = "a host field applies only to JSON, format strings and #Fields: lines"
        raise FormatError(dialect.host_field, reason, "host_field")
    name, colon, number = dialect.host_field.rpartition(":")
    counted = colon and number.isdecimal()
    hosted = row.hosted(name if counted else dialect.host_field)
    return hosted._replace(host=partial(listed_host, position=-int(number) if counted else 0))


def _in_timezone(timezone: str, row: Format) -> Format:
    """Return a row whose times without an offset are those of a time zone."""
    if timezone == "UTC":
        return row
    find_zone(timezone)
    if row.times in {clock_times, utc_times}:
        return row
    return row._replace(times=partial(row.times, timezone=timezone))


def _unnamed(dialect: Dialect) -> tuple[Format, ...]:
    """Return the row of a format string, or of what a W3C log has in front."""
    if dialect.format.startswith(W3C_FIELDS):
        return (w3c_format(dialect.format, "", dialect.format.removeprefix(W3C_FIELDS)),)
    if "%" in dialect.format or "$" in dialect.format:
        return (string_format(dialect.format),)
    reason = "unknown format; findrobots formats lists the known ones"
    raise FormatError(dialect.format, reason)


def _all(_: Dialect) -> tuple[Format, ...]:
    return FORMATS


def _json(dialect: Dialect) -> tuple[Format, ...]:
    """Return the row of JSON lines whose fields the user names."""
    places = _places(dialect)
    asked = "request" if "request" in places else "target"
    missing = [field for field in ("host", asked, "time") if field not in places]
    if missing:
        reason = f"its fields need a host, a target or request, and a time; add {missing[0]}="
        raise FormatError(dialect.format, reason, "fields")
    return (json_format("json", "", places, needed=("host", asked, "time")),)


def _places(dialect: Dialect) -> Places:
    """Read where fields stand, as ``host=client.ip|peer,time=ts`` says it."""
    places = {}
    for item in filter(None, dialect.fields.split(",")):
        field, _, names = item.strip().partition("=")
        if field not in FIELDS or not names:
            known = ", ".join(FIELDS)
            reason = f"not understood; write NAME=PLACE, with NAME one of {known}"
            raise FormatError(item, reason, "fields")
        places[field] = tuple(names.split("|"))
    return places


KINDS: Mapping[str, Callable[[Dialect], tuple[Format, ...]]] = {"auto": _all, "json": _json}
