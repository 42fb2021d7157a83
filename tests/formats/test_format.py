import pytest
from findrobots.formats import FORMATS
from findrobots.formats.parse import parse_lines
from findrobots.formats.prefixes import remove_prefix
from findrobots.records import Lines
from support.parsing import parse
from support.project import PROJECT

WITH_VHOST = {
    *("vhost combined", "vhost common", "aws-alb", "aws-elb", "nginx-proxy-manager", "envoy"),
    *("caddy", "traefik json", "envoy json", "cloudflare", "google cloud", "akamai"),
    *("azure front door", "heroku"),
    "cloudfront",
}
SEPTEMBER = 1788256800_000000  # 2026-09-01 10:00 UTC


def names(line):
    return [row.name for row in FORMATS if row.pattern.match(line)]


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_each_example_is_parsed_by_exactly_one_row(row):
    line = row.example.encode()
    assert names(line) == names(line + b"\r") == [row.name]


@pytest.mark.parametrize("row", FORMATS, ids=lambda row: row.name)
def test_each_example_gives_the_same_request(row):
    request = parse(row.example.encode())
    assert request.host == "192.0.2.1"
    assert request.time - SEPTEMBER in {0, 123000, 123456}
    assert request.method == "GET"
    assert request.target.endswith(b"/robots.txt")
    assert request.status == 200
    assert request.user_agent in {"Abot/1", ""}
    assert request.vhost == ("www.example.org" if row.name in WITH_VHOST else "")
    assert request.format == row.name


def test_each_format_is_in_the_docs():
    page = (PROJECT / "docs/reference/formats.md").read_text()
    for row in FORMATS:
        assert f"`{row.name}`" in page
        assert row.example in page


# Number of lines of each format in a sample; the other lines are those of other programs.
SAMPLES = {
    "awkward/apache-malformed.log": {"combined": 11},
    "awkward/crlf.log": {"common": 1406},
    "awkward/nginx-malformed.log": {"combined": 12},
    "formats/aws-alb.log": {"aws-alb": 14},
    "formats/aws-cloudfront.log": {"cloudfront": 2},
    "formats/aws-s3.log": {"aws-s3": 5},
    "formats/caddy.json.log": {"caddy": 10},
    "formats/envoy.log": {"envoy json": 6, "envoy": 4},
    "formats/haproxy.log": {"haproxy": 2},
    "formats/litespeed.log": {"combined": 1},
    "formats/nginx-proxy-manager.log": {"nginx-proxy-manager": 11, "combined": 1},
    "formats/traefik-clf.log": {"traefik": 7},
    "formats/traefik.json.log": {"traefik json": 6},
}


@pytest.mark.parametrize("sample", SAMPLES)
def test_each_real_line_is_parsed_by_exactly_one_row(sample, real_logs):
    lines = (real_logs / sample).read_bytes().split(b"\n")
    found = [names(line) or names(remove_prefix(line) or b"") for line in lines]
    assert max(map(len, found)) == 1
    seen = [name for one in found for name in one]
    assert {name: seen.count(name) for name in seen} == SAMPLES[sample]


@pytest.mark.parametrize(
    ("sample", "row", "expected"),
    [
        (
            *("formats/aws-alb.log", 1),
            ("192.168.1.11", 1682511780_186641, "GET", 200, 57, "curl/7.46.0"),
        ),
        (
            *("formats/envoy.log", 9),
            ("fd00:1234:5678::5a24", 1769218680_000000, "POST", 201, 1024, "curl/8.10.1"),
        ),
        (
            *("formats/caddy.json.log", 9),
            ("127.0.0.1", 1711741864_947103, "GET", 200, 18630, "curl/7.88.1"),
        ),
        (
            *("formats/traefik.json.log", 6),
            ("192.168.1.100", 1764321715_645779, "OPTIONS", 204, 0, ""),
        ),
        (
            *("formats/aws-cloudfront.log", 0),
            ("1.2.3.4", 1710256948_000000, "GET", 400, 703, "curl/7.81.0"),
        ),
        (
            *("formats/haproxy.log", 0),
            ("117.136.40.129", 1421239737_127000, "GET", 200, 739, ""),
        ),
    ],
)
def test_real_lines_give_their_values(sample, row, expected, real_logs):
    request = parse((real_logs / sample).read_bytes().split(b"\n")[row])
    fields = ("host", "time", "method", "status", "bytes_sent", "user_agent")
    assert tuple(getattr(request, name) for name in fields) == expected


def test_lines_of_several_formats_are_parsed_in_one_file():
    examples = [row.example.encode() for row in FORMATS]
    found = parse_lines(Lines("a.log", list(range(len(examples))), b"\n".join(examples)))
    assert sum(len(item.host) for item in found) == len(FORMATS)
