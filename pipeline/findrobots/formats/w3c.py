"""Define the formats of W3C extended logs by the names of their fields."""

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from findrobots.errors import FormatError
from findrobots.formats.client_address import listed_host
from findrobots.formats.field_cache import cached
from findrobots.formats.fields import plain_request, plain_text
from findrobots.formats.format import Format
from findrobots.formats.timestamps import Columns, read_stamp, stamp_times

__all__ = ["W3C", "utc_times", "w3c_format"]

# "Extended Log File Format", W3C working draft WD-logfile-960323: names of fields; the first one
# that a log has is used. In CloudFront's logs cs(Host) is the name of the distribution.
PLACES = {
    "host": ("c-ip",),
    "vhost": ("x-host-header", "cs-host", "cs(host)"),
    "date": ("date", "date-local"),
    "clock": ("time", "time-local"),
    "method": ("cs-method",),
    "target": ("cs-uri-stem", "cs-uri"),
    "status": ("sc-status",),
    "bytes_sent": ("sc-bytes",),
    "user_agent": ("cs(user-agent)",),
}
# Untrusted logs name their own fields, and compiling a pattern takes time. IIS has 25 fields,
# CloudFront 33.
MAX_FIELDS = 100
NEEDED = ("host", "date", "clock", "method", "target")

# Quotes within a quoted text are doubled.
QUOTED = rb'"[^"\n]*+(?>(?:""[^"\n]*+)*)"'
VALUE = rb"(?:" + QUOTED + rb'|[^\s"]\S*+)'
PATTERNS = {
    "host": rb'"?(?P<host>[^\s",]++(?>(?:,[ +]?[^\s",]++)*))"?',
    "date": rb"(?P<date>\d{4}-\d\d-\d\d)",
    "clock": rb"(?P<clock>\d\d:\d\d:\d\d(?>(?:\.\d++)?))",
    "method": rb"(?P<method>[A-Za-z_-]{1,64})",
    "status": rb"(?P<status>\d{3}|-)",
    "bytes_sent": rb"(?P<bytes_sent>\d{1,15}|-)",
    "user_agent": rb"(?P<user_agent>" + VALUE + rb")",
}


def w3c_format(
    name: str, example: str, fields: str, *, more: bytes = b"", host: str = "c-ip"
) -> Format:
    """Return the format of lines with the fields of a ``#Fields:`` header.

    Parameters
    ----------
    name, example
        Its name, and a line of it.
    fields
        The names of the fields, separated by spaces.
    more
        The pattern of further fields at the end of a line.
    host
        The name of the field with the client address.

    Raises
    ------
    FormatError
        A needed field is missing, or there are too many fields.
    """
    names = fields.lower().split()
    if len(names) > MAX_FIELDS:
        raise FormatError(name, f"there are more than {MAX_FIELDS} fields")
    places = {**PLACES, "host": (host.lower(),)}
    pattern = rb"^" + rb"[ \t]++".join(_patterns(name, names, places)) + more + rb"[ \t]*+\r?$"
    return Format(
        *(name, example, pattern),
        times=utc_times if {"date", "time"} <= {*names} else _local_times,
        host=listed_host,
        request=plain_request,
        text=_text,
        with_host_field=lambda field: w3c_format(name, example, fields, more=more, host=field),
    )


def _patterns(
    row: str, names: Sequence[str], wanted: Mapping[str, Sequence[str]]
) -> Iterator[bytes]:
    """Yield the pattern of each field, in the order of the names."""
    taken = dict[int, str]()
    for field, places in wanted.items():
        free = {*names} - {names[number] for number in taken}
        place = next((place for place in places if place in free), None)
        if place:
            taken[names.index(place)] = field
        elif field in NEEDED:
            raise FormatError(row, f"a field {places[0]} is needed")
    for number in range(len(names)):
        field = taken.get(number, "")
        group = rb'"?(?P<%b>[^\s"]++)"?' % field.encode() if field else VALUE
        yield PATTERNS.get(field, group)


def utc_times(columns: Columns) -> list[int | None]:
    """Convert dates and times in UTC, which the W3C draft prescribes."""
    return [*map(read_stamp, map(b"%b %bZ".__mod__, _stamps(columns)))]


def _local_times(columns: Columns, timezone: str = "UTC") -> list[int | None]:
    return stamp_times({"time": [*map(b"%b %b".__mod__, _stamps(columns))]}, timezone)


def _stamps(columns: Columns) -> Iterator[tuple[bytes, bytes]]:
    return zip(columns["date"], columns["clock"], strict=True)


@cached(1 << 10)
def _text(field: bytes) -> str:
    """Decode a text; IIS writes spaces as +, CloudFront as %20, others use quotes."""
    if field.startswith(b'"'):
        return plain_text(field[1:-1].replace(b'""', b'"'))
    if b"%20" in field or b"%2520" in field:
        return plain_text(unquote_to_bytes(field.replace(b"%25", b"%")))
    return plain_text(re.sub(rb"\+(\+?)", rb" \1", field))


IIS = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "{}sc-status sc-substatus sc-win32-status time-taken"
)
CLOUDFRONT = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header "
    "cs-protocol cs-bytes time-taken"
)
IIS_EXAMPLE = "2026-09-01 10:00:00 192.0.2.7 GET /robots.txt - 80 - 192.0.2.1 Abot/1 {}200 0 0 70"

W3C = (
    # "W3C Logging" in Microsoft's documentation of IIS: the fields of its default.
    w3c_format("iis", IIS_EXAMPLE.format("- "), IIS.format("cs(Referer) ")),
    # The default of IIS 7 and earlier.
    w3c_format("iis 7", IIS_EXAMPLE.format(""), IIS.format("")),
    # "Log file fields" of standard logging in the developer guide of CloudFront. New fields were
    # added at the end.
    w3c_format(
        "cloudfront",
        "2026-09-01\t10:00:00\tFRA56-P2\t70\t192.0.2.1\tGET\td111111abcdef8.cloudfront.net\t"
        "/robots.txt\t200\t-\tAbot/1\t-\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLi"
        "NIQ==\twww.example.org\thttps\t62\t0.113",
        CLOUDFRONT,
        more=rb"(?>(?:\t[^\r\n]*+)?)",
    ),
)
