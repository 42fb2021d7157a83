"""Define the formats of HAProxy, Nginx Proxy Manager, Envoy and Heroku's router."""

from functools import partial

from findrobots.formats.client_address import listed_host
from findrobots.formats.fields import FIELD, MORE, QUOTED, fields, quoted
from findrobots.formats.format import Format
from findrobots.formats.ncsa import HOST
from findrobots.formats.timestamps import CLOCK, stamp_times

__all__ = ["PROXIES"]

HAPROXY = fields(
    rb"^" + HOST,
    rb"\[(?P<time>\d\d/[A-Z][a-z][a-z]/\d{4}:[\d:.]++)\]",
    FIELD,  # frontend
    FIELD,  # backend and server
    rb"(?:[+-]?\d++/){4}[+-]?\d++",  # durations
    rb"(?P<status>\d{3}|-1)",
    rb"\+?(?P<bytes_sent>\d{1,15})",
    *(FIELD, FIELD, FIELD),  # cookies, termination state
    rb"(?:\d++/){4}\+?\d++ \d++/\d++",  # connections, queues
    rb"(?>(?:\{[^}\n]*+\} ){0,2})" + quoted("request") + MORE,  # captured headers
)
NGINX_PROXY_MANAGER = fields(
    rb"^\[" + CLOCK + rb"\]",
    rb"(?>(?:[A-Z-]++ [\d-]++(?>(?:(?:,| :) [\d-]++)*) )?)(?P<status>\d{3})",  # cache, upstreams
    rb"- (?P<method>\S++)",
    FIELD,  # scheme
    rb"(?P<vhost>\S++)",
    quoted("target"),
    rb"\[Client (?P<host>[^]\s]++)\]",
    rb"\[Length (?P<bytes_sent>\d{1,15})\]",
    rb"\[Gzip [^]\s]++\]",
    rb"(?>(?:\[Sent-to [^]\n]*+\] )?)" + quoted("user_agent"),
    QUOTED + rb"\r?$",  # referrer
)
ENVOY = fields(
    rb"^\[(?P<time>\d{4}-\d\d-\d\dT[\d:.]++Z)\]",
    quoted("request"),
    rb"(?P<status>\d{1,3})",
    FIELD,  # flags
    rb'(?>(?:[^"\s\d]\S*+ \S++ ' + QUOTED + rb" )?)\d++",  # details; bytes received
    rb"(?P<bytes_sent>\d{1,15})",
    *(FIELD, FIELD),  # durations
    rb'"(?P<host>[^"\n]*+)"',  # X-Forwarded-For
    quoted("user_agent"),
    QUOTED,  # request ID
    quoted("vhost"),
    QUOTED + MORE,  # upstream
)
# The time is in the header: that of syslog in a log drain, else that of "heroku logs".
HEROKU = fields(
    rb"^(?>(?:(?:\d{1,7} )?<\d{1,3}>1 )?)(?P<time>\d{4}-\d\d-\d\dT[\d:.]++[+-]\d\d:\d\d)",
    rb"(?:\S++ heroku router -|heroku\[router\]:)",
    rb'at=[a-z]++ (?>(?:code=\S++ desc="[^"\n]*+" )?)method=(?P<method>\S++)',
    rb'path="?(?P<target>[^\s"]++)"?',
    rb"host=(?P<vhost>\S++) (?>(?:request_id=\S*+ )?)" + rb'fwd="(?P<host>[^"\n]*+)"',
    rb"dyno=\S*+ connect=\S*+ service=\S*+",
    rb"status=(?P<status>\d{3}) bytes=(?P<bytes_sent>\d{0,15})(?: [^\n]*+)?$",
)

PROXIES = (
    # Section 8.2.3, "HTTP log format", in the configuration manual of HAProxy; 8.2.4 adds
    # fields for HTTPS. Times are local and have no offset.
    Format(
        "haproxy",
        "192.0.2.1:33317 [01/Sep/2026:10:00:00.123] http-in static/srv1 10/0/30/69/109 200 70 "
        '- - ---- 1/1/1/1/0 0/0 {www.example.org} {} "GET /robots.txt HTTP/1.1"',
        HAPROXY,
        stamp_times,
    ),
    # The formats "proxy" and "standard" of Nginx Proxy Manager, in the log-proxy.conf and
    # log-stream.conf that it writes for nginx.
    Format(
        "nginx-proxy-manager",
        '[01/Sep/2026:10:00:00 +0000] - 200 200 - GET https www.example.org "/robots.txt" '
        '[Client 192.0.2.1] [Length 70] [Gzip -] [Sent-to 192.0.2.7] "Abot/1" "-"',
        NGINX_PROXY_MANAGER,
    ),
    # "Default format string" under "Access logging" in the manual of Envoy, and of Istio,
    # with more fields. The client is the first address of X-Forwarded-For.
    Format(
        "envoy",
        '[2026-09-01T10:00:00.123Z] "GET /robots.txt HTTP/2" 200 - 0 70 50 25 "192.0.2.1" '
        '"Abot/1" "cc21d9b0" "www.example.org" "192.0.2.7:80"',
        ENVOY,
        stamp_times,
        listed_host,
    ),
    # "Heroku router log format" under "HTTP routing" in Heroku's Dev Center. The router appends its
    # client to X-Forwarded-For, which is fwd here; any client can write the addresses before.
    Format(
        "heroku",
        "2026-09-01T10:00:00.123456+00:00 heroku[router]: at=info method=GET "
        'path="/robots.txt" host=www.example.org request_id=8601b555 fwd="192.0.2.1" '
        "dyno=web.1 connect=1ms service=18ms status=200 bytes=70 protocol=https",
        HEROKU,
        stamp_times,
        partial(listed_host, position=-1),
    ),
)
