"""Sum up what all lines of logs are: their formats, times, virtual hosts, and what they lack."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import reduce
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from findrobots.arrow import empty_table, table_of_rows
from findrobots.formats.coded import Coded, concat
from findrobots.formats.columns import ParsedBlock
from findrobots.records import Reject, Sample, SourceStatus
from findrobots.robots.filter import ROBOTS_TXT, request_path
from findrobots.robots.public_addresses import NOT_PUBLIC, why_not_public
from findrobots.tables.ledger import SOURCES

__all__ = ["NO_LINES", "Diagnosis", "every_agent", "merge_diagnoses", "tabulate_diagnosis"]

# Rejected lines that are kept of each reason.
SAMPLES = 3
# Virtual hosts that are counted one by one: a client may invent any number of them.
MAX_VHOSTS = 10_000
ROBOTS_PATH = ROBOTS_TXT.encode()
NO_COUNTS = Counter[str]()

Item = ParsedBlock | Reject | Sample | SourceStatus


class Diagnosis(NamedTuple):
    """What the lines of logs are.

    Attributes
    ----------
    requests
        Lines that were parsed.
    blank_lines
        Lines without text, and comments.
    formats, vhosts
        Number of requests by format, and by virtual host.
    first_time, last_time
        In microseconds since 1970-01-01 UTC; the first is later than the last if no line was
        parsed.
    robots_txt
        Requests for ``/robots.txt``.
    private
        Requests whose host is no public address, such as one of a private network.
    without_agent
        Requests whose line has no user agent.
    reasons
        Number of rejected lines by reason.
    samples
        The first rejected lines of each reason, sorted.
    sources
        The status of each log.
    """

    requests: int = 0
    blank_lines: int = 0
    formats: Counter[str] = NO_COUNTS
    vhosts: Counter[str] = NO_COUNTS
    first_time: int = sys.maxsize
    last_time: int = -sys.maxsize
    robots_txt: int = 0
    private: int = 0
    without_agent: int = 0
    reasons: Counter[str] = NO_COUNTS
    samples: tuple[Reject, ...] = ()
    sources: pa.Table = empty_table(SOURCES)

    @property
    def lines(self) -> int:
        """Lines that have text."""
        return self.requests + self.rejected

    @property
    def rejected(self) -> int:
        """Lines that could not be parsed."""
        return self.reasons.total()


NO_LINES = Diagnosis()


def every_agent(_: str) -> bool:
    """Return that a request is to be read, whatever its user agent."""
    return True


def tabulate_diagnosis(items: Iterable[Item]) -> Diagnosis:
    """Sum up the parsed blocks, rejected lines and statuses of a partition.

    The memory in use does not depend on the number of lines.
    """
    result, statuses = NO_LINES, list[SourceStatus]()
    for item in items:
        if isinstance(item, ParsedBlock):
            result = merge_diagnoses([result, _diagnose(item)])
        elif isinstance(item, Reject):
            result = merge_diagnoses([result, _count_rejects([item])])
        elif isinstance(item, SourceStatus):
            statuses.append(item)
    return result._replace(sources=table_of_rows(statuses, SOURCES))


def merge_diagnoses(parts: Iterable[Diagnosis]) -> Diagnosis:
    """Merge what parts of logs are: associative and commutative, but for the order of sources."""
    return reduce(_merge, parts, NO_LINES)


def _merge(one: Diagnosis, other: Diagnosis) -> Diagnosis:
    return Diagnosis(
        requests=one.requests + other.requests,
        blank_lines=one.blank_lines + other.blank_lines,
        formats=one.formats + other.formats,
        vhosts=_bounded(one.vhosts + other.vhosts),
        first_time=min(one.first_time, other.first_time),
        last_time=max(one.last_time, other.last_time),
        robots_txt=one.robots_txt + other.robots_txt,
        private=one.private + other.private,
        without_agent=one.without_agent + other.without_agent,
        reasons=one.reasons + other.reasons,
        samples=tuple(_first_of_each([*one.samples, *other.samples])),
        sources=pa.concat_tables(each.sources for each in (one, other)),
    )


def _bounded(vhosts: Counter[str]) -> Counter[str]:
    """Return the most frequent virtual hosts, if there are too many."""
    return Counter(dict(vhosts.most_common(MAX_VHOSTS))) if len(vhosts) > MAX_VHOSTS else vhosts


def _first_of_each(rejects: Iterable[Reject]) -> Iterator[Reject]:
    """Yield the first rejected lines of each reason, sorted by source and offset."""
    kept = Counter[str]()
    for each in sorted(rejects):
        kept[each.reason] += 1
        if kept[each.reason] <= SAMPLES:
            yield each


def _diagnose(block: ParsedBlock) -> Diagnosis:
    """Return what the lines of a block are."""
    found = _count_rejects(block.rejects)._replace(blank_lines=block.blank_lines)
    if not block.requests:
        return found
    requests = concat(block.requests)
    targets = map(request_path, requests.target.values)
    return found._replace(
        requests=len(requests.time),
        formats=_counts(requests.format),
        vhosts=_bounded(_counts(requests.vhost)),
        first_time=int(requests.time.min()),
        last_time=int(requests.time.max()),
        robots_txt=_count_where(requests.target, [path == ROBOTS_PATH for path in targets]),
        private=_count_where(
            requests.host, [why_not_public(host) == NOT_PUBLIC for host in requests.host.values]
        ),
        without_agent=_count_where(
            requests.user_agent, [not agent for agent in requests.user_agent.values]
        ),
    )


def _counts(column: Coded[str]) -> Counter[str]:
    """Return how many rows have each text; the empty text is left out."""
    counts = Counter[str]()
    numbers = np.bincount(column.codes, minlength=len(column.values)).tolist()
    for value, number in zip(column.values, numbers, strict=True):
        if value:
            counts[value] += number
    return counts


def _count_where(column: Coded[str] | Coded[bytes], wanted: list[bool]) -> int:
    """Return how many rows have a wanted value."""
    return int(np.array(wanted, np.bool_)[column.codes].sum())


def _count_rejects(rejects: list[Reject]) -> Diagnosis:
    reasons = Counter(each.reason for each in rejects)
    return NO_LINES._replace(reasons=reasons, samples=tuple(_first_of_each(rejects)))
