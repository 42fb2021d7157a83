"""Define the formats of Amazon's load balancers and of S3."""

from findrobots.formats.fields import FIELD, MORE, QUOTED, fields, quoted
from findrobots.formats.format import Format
from findrobots.formats.timestamps import CLOCK, stamp_times

__all__ = ["AWS"]

STAMP = rb"(?P<time>\d{4}-\d\d-\d\dT[\d:.]++Z)"
BALANCER = fields(
    STAMP,
    FIELD,  # load balancer
    rb"(?P<host>\S++)",
    FIELD,  # target
    rb"-?[\d.]++ -?[\d.]++ -?[\d.]++",  # durations
    rb"(?P<status>\d{3}|-)",
    rb"(?:\d{3}|-)",  # status of the target
    rb"\d++",  # bytes received
    rb"(?P<bytes_sent>\d{1,15})",
    # The request line contains the full URL, and so the virtual host.
    rb'(?="(?>(?:[^\s"]++ [a-z]++://(?P<vhost>[^/?\s"]++))?))' + quoted("request"),
)
AGENT_AND_TLS = fields(quoted("user_agent"), FIELD, FIELD)
S3 = fields(
    rb"^\S++ \S++",  # owner, bucket
    rb"\[" + CLOCK + rb"\]",
    rb"(?P<host>\S++)",
    *(FIELD, FIELD),  # requester, request ID
    rb"[A-Z]\S++",  # operation
    FIELD,  # key
    rb"(?:" + quoted("request") + rb"|-)",
    rb"(?P<status>\d{3}|-)",
    FIELD,  # error
    rb"(?P<bytes_sent>\d{1,15}|-)",
    *(FIELD, FIELD, FIELD),  # the object's size, durations
    rb"(?:" + QUOTED + rb"|-)",  # referrer
    rb"(?:" + quoted("user_agent") + rb"|-)" + MORE,
)

BALANCED = (
    "2026-09-01T10:00:00.123456Z {} 192.0.2.1:2817 192.0.2.7:80 0.000 0.001 0.000 200 200 34 366 "
    '"GET http://www.example.org:80/robots.txt HTTP/1.1" "Abot/1" - -'
)

AWS = (
    # "Access log entries" in the user guide of Application Load Balancers.
    Format(
        "aws-alb",
        f'http {BALANCED.format("app/web/50dc6c495c0c9188")} arn:aws:x "Root=1-58337262" "-" "-"',
        fields(rb"^(?:https?|h2|grpcs|wss?)", BALANCER, AGENT_AND_TLS) + MORE,
        stamp_times,
    ),
    # "Access log entries" in the user guide of Classic Load Balancers. Old lines end after
    # the request.
    Format(
        "aws-elb",
        BALANCED.format("web"),
        rb"^" + BALANCER + rb"(?>(?: " + AGENT_AND_TLS + rb")?)" + MORE,
        stamp_times,
    ),
    # "Amazon S3 server access log format" in the user guide of S3. The target
    # begins with the bucket if the host name of the URL does not contain it.
    Format(
        "aws-s3",
        "79a59df900b949e5 www.example.org [01/Sep/2026:10:00:00 +0000] 192.0.2.1 - 3E57427F3 "
        'REST.GET.OBJECT robots.txt "GET /robots.txt HTTP/1.1" 200 - 70 70 42 41 "-" "Abot/1" -',
        S3,
    ),
)
