"""Advise the user about logs that no format fits, and about filters that no request can pass."""

from collections.abc import Iterator
from datetime import timedelta

from findrobots.errors import FindrobotsError, NoKnownFormatError
from findrobots.flow import ScanOptions
from findrobots.formats import Dialect
from findrobots.robots.filter import EPOCH, RequestFilter
from findrobots.tables.results import ScanResult, describe_damage

__all__ = ["ScanWarning", "format_hint", "list_warnings", "raise_if_not_understood"]

# Characters of a line that a message shows.
LINE_LENGTH = 200


class ScanWarning(FindrobotsError, UserWarning):  # noqa: N818 (Python names warnings so)
    """What a scan found suggests that an argument is wrong; its result is complete anyway."""

    finding: str
    hint: str
    example: str = ""
    template = "{finding}. {hint}.{example}"


def raise_if_not_understood(result: ScanResult, dialect: Dialect) -> None:
    """Raise ``NoKnownFormatError`` if logs were read and no line has a known format.

    A log that could not be read may have such lines, so that nothing is raised then.
    """
    logs = result.unrecognized.num_rows
    if result.overview.known_logs or not logs or describe_damage(result.sources):
        return
    line = result.unrecognized["line"][0].as_py()
    raise NoKnownFormatError(
        "the log" if logs == 1 else f"{logs:,} logs",
        format_hint(line, dialect),
        result.unrecognized["source"][0].as_py(),
        _clipped(line),
    )


def list_warnings(result: ScanResult, options: ScanOptions) -> Iterator[ScanWarning]:
    """Yield what suggests that an argument of a scan is wrong."""
    rejects, parsed = result.reject_count, result.overview.requests
    if rejects > parsed:
        yield _unparsed(result, options, rejects, rejects + parsed)
    if parsed:
        yield from _missed(result, options.request_filter)


def _unparsed(result: ScanResult, options: ScanOptions, rejects: int, lines: int) -> ScanWarning:
    """Return the warning that most of the lines were not parsed."""
    paths = RequestFilter(options.request_filter.paths).describe()
    which = "The only line that contains" if lines == 1 else f"{lines:,} lines that contain"
    share = "" if lines == 1 else f"{rejects:,} of "
    line, example = "", ""
    for first in result.rejects.slice(0, 1).to_pylist():
        line = first["text"]
        example = (
            f" The first is at {first['source']}, byte {first['offset']} ({first['reason']}): "
            f"{_clipped(line)}"
        )
    finding = f"{share}{which} {paths} could not be parsed"
    return ScanWarning(finding, format_hint(line, options.dialect), example)


def _missed(result: ScanResult, request_filter: RequestFilter) -> Iterator[ScanWarning]:
    """Yield why no request can pass the filter, whatever its path is."""
    overview, since, until = result.overview, request_filter.since, request_filter.until
    paths = RequestFilter(request_filter.paths).describe()
    if request_filter.vhosts and not overview.has_vhosts:
        yield ScanWarning(
            "No line has a virtual host",
            "drop {argument.vhost}, or make the server log the virtual host, as Apache's %v does",
        )
    if since is not None and since > overview.last_time:
        last = f"The last line that contains {paths} is of {_written(overview.last_time)}"
        yield ScanWarning(last, "give an earlier {argument.since}")
    if until is not None and until <= overview.first_time:
        first = f"The first line that contains {paths} is of {_written(overview.first_time)}"
        yield ScanWarning(first, "give a later {argument.until}")


def _written(time: int) -> str:
    return f"{EPOCH + timedelta(microseconds=time):%Y-%m-%d %H:%M:%S} UTC"


def format_hint(line: str, dialect: Dialect) -> str:
    """Return which argument may help to parse a line."""
    # Only a message needs it: importing it takes milliseconds of each scan.
    from findrobots.formats.guess import guess_dialect, reads  # noqa: PLC0415

    detected = Dialect(timezone=dialect.timezone)
    if dialect.host_field and reads(dialect._replace(host_field=""), line):
        field = dialect.host_field
        return f"the line has no client address in {field}; check {{argument.host_field}}"
    if dialect != detected and reads(detected, line):
        return "drop {argument.format}: the format of the line is detected without it"
    guess = guess_dialect(line)
    if guess and guess.fields:
        return f"try {{argument.format}} json {{argument.fields}} '{guess.fields}'"
    if guess:
        return f"try {{argument.format}} '{guess.format}'"
    if dialect != detected:
        return "check {argument.format}"
    return (
        "if these are access logs, describe their lines with {argument.format}; otherwise skip "
        "them ({argument.exclude})"
    )


def _clipped(line: str) -> str:
    return line if len(line) <= LINE_LENGTH else f"{line[:LINE_LENGTH]}…"
