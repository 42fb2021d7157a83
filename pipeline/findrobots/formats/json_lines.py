"""Define the formats of JSON lines by the names of their fields."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import unquote_to_bytes

from findrobots.formats.client_address import listed_host
from findrobots.formats.fields import plain_request, plain_text
from findrobots.formats.format import Format
from findrobots.formats.timestamps import Columns, stamp_times

__all__ = ["JSON_LINES", "Places", "decode_json", "encode_text", "json_format"]

# Where to find each field: names, nested with dots. The first name that a line has is used. A
# space separates names whose values are joined to one field.
Places = Mapping[str, Sequence[str]]

# Numbers are kept as text: a float cannot represent the nanoseconds of a timestamp.
DECODER = json.JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=str)
NUMBER = re.compile(rb"\d{1,15}")
NUMBERS = ("status", "bytes_sent")


def json_format(
    name: str,
    example: str,
    places: Places,
    needed: Sequence[str] = ("host", "target", "time"),
    *,
    text: Callable[[bytes], str] = plain_text,
) -> Format:
    """Return the format of JSON lines that have the needed fields.

    Parameters
    ----------
    name, example
        Its name, and a line of it.
    places
        Where to find each field.
    needed
        The fields that every line of the format has.
    text
        Decodes a text.
    """
    keys = (
        b"|".join(re.escape(encode_text(re.split(r"[. ]", place)[-1])) for place in places[field])
        for field in needed
    )
    has_all = b"".join(rb'(?=[^\n]*"(?:%b)"[ \t]*+:)' % alternatives for alternatives in keys)
    pattern = rb"^(?P<object>\{" + has_all + rb"[^\n]*\})\s*?$"
    return Format(
        *(name, example, pattern),
        times=stamp_times,
        host=listed_host,
        request=plain_request,
        text=text,
        with_host_field=lambda field: json_format(
            name, example, {**places, "host": (field,)}, needed, text=text
        ),
        extract=partial(_extract_fields, places),
    )


def _extract_fields(places: Places, pattern: re.Pattern[bytes], text: bytes) -> Columns:
    """Return the fields of lines that contain one JSON object each."""
    objects = [*map(decode_json, pattern.findall(text))]
    return {
        field: [_value(each, field, names) for each in objects] for field, names in places.items()
    }


def decode_json(line: bytes) -> object:
    """Return the value of a line of JSON, numbers as text; None if the line is invalid."""
    try:
        return DECODER.decode(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None


def _value(line: object, field: str, names: Sequence[str]) -> bytes:
    """Return the value of a field; empty if it is missing or invalid."""
    value = next(filter(None, (_joined(line, name) for name in names)), b"")
    return value if field not in NUMBERS or NUMBER.fullmatch(value) else b""


def _joined(line: object, names: str) -> bytes:
    texts = [_text_at(line, name) for name in names.split(" ")]
    return b" ".join(texts) if all(texts) else b""


def _text_at(value: object, name: str) -> bytes:
    """Return the text at a name like ``request.uri``, the first one of a list."""
    # A loop and no recursion: untrusted lists may be nested as deep as Python's stack.
    while name or isinstance(value, list):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, Mapping) and name in value:
            value, name = value[name], ""
        elif isinstance(value, Mapping) and "." in name:
            outer, _, name = name.partition(".")
            value = value.get(outer)
        else:
            return b""
    return encode_text(value) if isinstance(value, str) else b""


def encode_text(text: str) -> bytes:
    """Return the bytes of a text in JSON."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, written as \ud83d
        return text.encode("utf-8", "backslashreplace")


def _encoded_text(field: bytes) -> str:
    """Decode a text that is encoded as in the query of a URL."""
    return plain_text(unquote_to_bytes(field.replace(b"+", b" ")))


JSON_LINES = (
    # "Log" under "Access logs" in the manual of Caddy. The requests in its error log have no
    # size.
    json_format(
        "caddy",
        '{"level":"info","ts":1788256800.123456,"logger":"http.log.access","msg":"handled request",'
        '"request":{"remote_ip":"192.0.2.1","client_ip":"192.0.2.1","method":"GET","host":'
        '"www.example.org","uri":"/robots.txt","headers":{"User-Agent":["Abot/1"]}},"size":70,'
        '"status":200}',
        {
            "host": ("request.client_ip", "request.remote_ip", "request.remote_addr"),
            "vhost": ("request.host",),
            "time": ("ts",),
            "method": ("request.method",),
            "target": ("request.uri",),
            "status": ("status",),
            "bytes_sent": ("size",),
            "user_agent": ("request.headers.User-Agent",),
        },
        needed=("host", "target", "time", "bytes_sent"),
    ),
    # "JSON Access Log Fields" under "Access Logs" in the manual of Traefik.
    json_format(
        "traefik json",
        '{"ClientHost":"192.0.2.1","DownstreamContentSize":70,"DownstreamStatus":200,"RequestHost":'
        '"www.example.org","RequestMethod":"GET","RequestPath":"/robots.txt","StartUTC":'
        '"2026-09-01T10:00:00.123456789Z","request_User-Agent":"Abot/1"}',
        {
            "host": ("ClientHost", "ClientAddr"),
            "vhost": ("RequestHost", "RequestAddr"),
            "time": ("StartUTC", "StartLocal", "time"),
            "method": ("RequestMethod",),
            "target": ("RequestPath",),
            "status": ("DownstreamStatus", "OriginStatus"),
            "bytes_sent": ("DownstreamContentSize", "OriginContentSize"),
            "user_agent": ("request_User-Agent",),
        },
    ),
    # "Access logging" in the manuals of Envoy, of Envoy Gateway (the names with hyphens) and of
    # Istio (those with underscores).
    json_format(
        "envoy json",
        '{":authority":"www.example.org","bytes_sent":70,"downstream_remote_address":'
        '"192.0.2.1:59292","method":"GET","response_code":200,"start_time":'
        '"2026-09-01T10:00:00.123Z","user-agent":"Abot/1","x-envoy-origin-path":"/robots.txt"}',
        {
            "host": ("downstream_remote_address",),
            "vhost": (":authority", "authority"),
            "time": ("start_time",),
            "method": ("method",),
            "target": ("x-envoy-origin-path", "x-envoy-original-path", "path"),
            "status": ("response_code",),
            "bytes_sent": ("bytes_sent",),
            "user_agent": ("user-agent", "user_agent"),
        },
    ),
    # "HTTP requests" under "Logpush", "Datasets", in the manual of Cloudflare.
    json_format(
        "cloudflare",
        '{"ClientIP":"192.0.2.1","ClientRequestHost":"www.example.org","ClientRequestMethod":"GET",'
        '"ClientRequestURI":"/robots.txt","ClientRequestUserAgent":"Abot/1","EdgeResponseBytes":70,'
        '"EdgeResponseStatus":200,"EdgeStartTimestamp":"2026-09-01T10:00:00Z"}',
        {
            "host": ("ClientIP",),
            "vhost": ("ClientRequestHost",),
            "time": ("EdgeStartTimestamp", "EdgeEndTimestamp"),
            "method": ("ClientRequestMethod",),
            "target": ("ClientRequestURI", "ClientRequestPath"),
            "status": ("EdgeResponseStatus",),
            "bytes_sent": ("EdgeResponseBytes",),
            "user_agent": ("ClientRequestUserAgent",),
        },
    ),
    # "HttpRequest" under "LogEntry" in the reference of Google Cloud Logging.
    json_format(
        "google cloud",
        '{"httpRequest":{"remoteIp":"192.0.2.1","requestMethod":"GET","requestUrl":'
        '"https://www.example.org/robots.txt","responseSize":"70","status":200,"userAgent":'
        '"Abot/1"},"timestamp":"2026-09-01T10:00:00.123456Z"}',
        {
            "host": ("httpRequest.remoteIp",),
            "vhost": ("httpRequest.requestUrl",),
            "time": ("timestamp",),
            "method": ("httpRequest.requestMethod",),
            "target": ("httpRequest.requestUrl",),
            "status": ("httpRequest.status",),
            "bytes_sent": ("httpRequest.responseSize",),
            "user_agent": ("httpRequest.userAgent",),
        },
    ),
    # "Monitoring and logging" in the documentation of Azure Front Door's firewall shows
    # an entry of the access log.
    json_format(
        "azure front door",
        '{"time":"2026-09-01T10:00:00.123456Z","category":"FrontDoorAccessLog","properties":'
        '{"httpMethod":"GET","requestUri":"https://www.example.org:443/robots.txt","responseBytes":'
        '"70","userAgent":"Abot/1","clientIp":"192.0.2.1","httpStatusCode":"200"}}',
        {
            "host": ("properties.clientIp",),
            "vhost": ("properties.requestUri",),
            "time": ("time",),
            "method": ("properties.httpMethod",),
            "target": ("properties.requestUri",),
            "status": ("properties.httpStatusCode",),
            "bytes_sent": ("properties.responseBytes",),
            "user_agent": ("properties.userAgent",),
        },
    ),
    # "Log format" of DataStream 2 in Akamai's documentation. User agents are encoded as in URLs.
    json_format(
        "akamai",
        '{"version":1,"reqId":"1239f220","reqTimeSec":"1788256800","bytes":"70","cliIP":'
        '"192.0.2.1","statusCode":"200","reqHost":"www.example.org","reqMethod":"GET","reqPath":'
        '"/robots.txt","UA":"Abot%2F1"}',
        {
            "host": ("cliIP",),
            "vhost": ("reqHost",),
            "time": ("reqTimeSec",),
            "method": ("reqMethod",),
            "target": ("reqPath",),
            "status": ("statusCode",),
            "bytes_sent": ("bytes",),
            "user_agent": ("UA",),
        },
        text=_encoded_text,
    ),
    # log_format with escape=json in ngx_http_log_module, where each key is a variable's name.
    json_format(
        "nginx json",
        '{"time_iso8601":"2026-09-01T10:00:00+00:00","remote_addr":"192.0.2.1","request":'
        '"GET /robots.txt HTTP/1.1","status":"200","body_bytes_sent":"70","http_user_agent":'
        '"Abot/1"}',
        {
            "host": ("remote_addr",),
            "vhost": ("host", "http_host", "server_name"),
            "time": ("time_iso8601", "time_local", "msec"),
            "request": ("request", "request_method request_uri", "request_method uri"),
            "status": ("status",),
            "bytes_sent": ("body_bytes_sent", "bytes_sent"),
            "user_agent": ("http_user_agent",),
        },
        needed=("host", "request", "time"),
    ),
)
