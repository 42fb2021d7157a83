"""Parse the logs of a partition, and recognize which of them are access logs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from findrobots.formats.coded import RobotRequests
from findrobots.formats.format import Format
from findrobots.formats.parse import parse_lines
from findrobots.formats.registry import Dialect, choose_formats
from findrobots.records import (
    Lines,
    Overview,
    RangeStatus,
    Reject,
    Requests,
    Sample,
    SourceStatus,
    Unrecognized,
)

__all__ = ["parse_logs"]

# Complete lines that are looked at, of each end of a log. Servers such as Caddy write other lines
# to the same log when they start; at its end there are requests.
SAMPLE_LINES = 4
# One of these is in any known log, whatever its format (RFC 9110, section 9; RFC 4918). Text
# without any of them, as in most other logs, is not compared with the formats.
METHODS = (
    *(b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"CONNECT", b"PATCH"),
    *(b"PROPFIND", b"REPORT", b"TRACE"),
)
AUTO = Dialect().format
# What is between the time and the target in lines of Apache and nginx.
NCSA_REQUESTS = (b'] "GET /', b'] "POST /', b'] "HEAD /')
# What a line without text consists of: a log may be padded with zeros.
BLANK = b"\0 \t\r"
REQUESTS = (Requests, RobotRequests)
# Characters of a line that are kept, to show what the log is like.
LINE_LENGTH = 300


def parse_logs(
    items: Iterable[Lines | Reject | Sample | SourceStatus | RangeStatus],
    dialect: Dialect,
    *,
    detailed: bool,
    parse: Callable[[Lines, Dialect], Sequence[Any]] = parse_lines,
) -> Iterator[
    Requests | RobotRequests | Reject | SourceStatus | RangeStatus | Overview | Unrecognized
]:
    """Parse the lines of a partition; yield also its unrecognized logs, and at last an overview.

    A log is recognized if one of its lines was parsed, or else if a line of its sample has a
    known format. A log without text, or one that could not be read completely, is neither
    recognized nor unrecognized. A log that is read in ranges is recognized when all are read.

    Parameters
    ----------
    items
        The items of each log in order; its sample and its status are the last ones.
    dialect
        What is known of the logs.
    detailed
        Note virtual hosts and times too, which is of use only if they are filtered.

    parse
        Parses lines: ``parse_lines`` keeps their order, ``parse_found`` is faster.

    Yields
    ------
    Requests or RobotRequests or Reject or SourceStatus or RangeStatus or Overview or Unrecognized
        What ``parse`` returns, each status, and what was found out about the logs.
    """
    overview, requests, known_logs = Overview(), 0, 0
    parsed, rejected, sample = False, None, None
    # Few calls: there may be a hundred thousand tiny logs.
    for item in items:
        if isinstance(item, Lines):
            results = parse(item, dialect)
            if found := [result for result in results if isinstance(result, REQUESTS)]:
                parsed, requests = True, requests + sum(len(each.time) for each in found)
                overview = _extend(overview, found) if detailed else overview
            else:
                rejected = rejected or _first_reject(results)
            yield from results
        elif isinstance(item, Sample):
            sample = item
        elif isinstance(item, SourceStatus):
            quick = known_logs > 0 and not rejected
            if parsed or (sample and _is_known(sample, dialect, quick=quick)):
                known_logs += 1
            elif not item.damage and (line := _first_line(rejected, sample)):
                yield Unrecognized(item.source, line)
            parsed, rejected, sample = False, None, None
            yield item
        elif isinstance(item, RangeStatus):
            yield item._replace(has_requests=parsed, has_rejects=rejected is not None)
            parsed, rejected = False, None
        else:
            rejected = rejected or item
            yield item
    yield overview._replace(requests=requests, known_logs=known_logs)


def _first_reject(results: Sequence[object]) -> Reject | None:
    return next((each for each in results if isinstance(each, Reject)), None)


def _extend(overview: Overview, found: Iterable[Requests | RobotRequests]) -> Overview:
    """Add the virtual hosts and times of some requests to an overview."""
    times, vhosts = list[int](), set[str]()
    for each in found:
        if isinstance(each, RobotRequests):
            times += (int(each.time.min()), int(each.time.max()))
            vhosts.update(each.vhost.values)
        else:
            times += each.time
            vhosts.update(each.vhost)
    return overview._replace(
        has_vhosts=overview.has_vhosts or any(vhosts),
        first_time=min(overview.first_time, *times),
        last_time=max(overview.last_time, *times),
    )


def _is_known(sample: Sample, dialect: Dialect, *, quick: bool) -> bool:
    """Return whether some line of a sample has a known format.

    With ``quick``, what looks like a log of Apache or nginx is not compared with the formats.
    """
    if quick and _has_any(NCSA_REQUESTS, sample.head):
        return True
    formats, first = choose_formats(dialect), sample.head[: sample.head.find(b"\n")]
    if b"GET" in first and _has_format(first, formats):
        return True
    if dialect.format == AUTO and not (
        _has_any(METHODS, sample.head) or _has_any(METHODS, sample.tail)
    ):
        return False
    lines = [*_lines(sample)]
    if sample.header is None and any(_has_format(line, formats) for line in lines):
        return True
    # The parser removes prefixes and takes JSON objects apart, which takes longer.
    text = Lines(sample.source, [0] * len(lines), b"\n".join(lines), sample.header)
    return bool(lines) and any(isinstance(each, Requests) for each in parse_lines(text, dialect))


def _has_any(parts: Iterable[bytes], text: bytes) -> bool:
    for part in parts:  # noqa: SIM110 (any takes twice as long)
        if part in text:
            return True
    return False


def _has_format(line: bytes, formats: Sequence[Format]) -> bool:
    """Return whether a line of plain text matches a format and has a client, a quick look."""
    for row in formats:
        if match := row.pattern.match(line):
            try:
                return row.host(match["host"]) is not None
            except IndexError:  # the pattern does not take a JSON object apart
                return False
    return False


def _lines(sample: Sample) -> Iterator[bytes]:
    """Yield some complete lines of a sample that are neither blank nor comments."""
    begin = sample.head.split(b"\n", 2 * SAMPLE_LINES)[:-1]
    yield from filter(_is_text, begin)
    # The first of these may lack its beginning, the last one its end.
    end = (sample.tail or sample.head).rsplit(b"\n", SAMPLE_LINES + 1)[1:-1]
    yield from filter(_is_text, end)


def _is_text(line: bytes) -> bool:
    return bool(line.strip(BLANK)) and not line.startswith(b"#")


def _first_line(rejected: Reject | None, sample: Sample | None) -> str:
    """Return the beginning of a line to show, empty if the log has none."""
    if rejected and rejected.text.strip(BLANK.decode()):
        return rejected.text[:LINE_LENGTH]
    line = next(_lines(sample), b"") if sample else b""
    return line[:LINE_LENGTH].decode("utf-8", "backslashreplace")
