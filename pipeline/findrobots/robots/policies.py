"""Find out which robots.txt was in force when.

A server's log says when robots.txt was requested, but not what it contained. This is known from
dated files, from the history of a git repository, or from the site itself. It gives intervals in
which the content is known, and gaps between them in which it is not.
"""

import os
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from findrobots.robots.errors import PolicyDateError, PolicyOverlapError, PolicyReadError
from findrobots.robots.filter import EPOCH
from findrobots.robots.git_history import read_history
from findrobots.robots.rules import PARSING_LIMIT, RobotsTxt, parse_robots_txt
from findrobots.sanitize import without_credentials
from findrobots.storage.download import download

__all__ = [
    "MAX",
    "MIN",
    "UNKNOWN_SUFFIX",
    "Policies",
    "Policy",
    "date_text",
    "dated_name",
    "load_policies",
    "read_date",
]

SECOND = 1_000_000
# The bounds of time: before and after all times that a log can contain.
MIN, MAX = -(1 << 62), 1 << 62

# Dated names and specifications begin like this; the seconds and the colons may be left out.
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}):?(\d{2})(?::?(\d{2}))?)?Z?(?![0-9A-Za-z:])")
BEGINS_AS_DATE = re.compile(r"\d{4}-\d{2}")
DATED_FILE = re.compile(r"(\d{4}-\d{2}[^=/]*)=(.*)", re.DOTALL)
# A file of this suffix in a directory says from when on the content is not known.
UNKNOWN_SUFFIX = ".unknown"
GIT = "git:"
URLS = ("https://", "http://")
COMMIT_LETTERS = 12
CHECK_PATH = "name a file, a directory of dated files, git:REPOSITORY:PATH or https://…/robots.txt"


class Policy(NamedTuple):
    """A robots.txt and the time in which it was in force.

    Attributes
    ----------
    begin, end
        Microseconds since 1970-01-01 UTC; the end is excluded, and ``MAX`` if it is open.
    content
        The robots.txt.
    label
        The date, commit, file or URL by which it is known.
    """

    begin: int
    end: int
    content: RobotsTxt
    label: str


class _Start(NamedTuple):
    """A robots.txt from a time on, up to the next one or until ``end``; None if not known.

    ``name`` is what the user calls it, for errors.
    """

    begin: int
    content: RobotsTxt | None
    label: str
    name: str
    end: int = MAX


class Policies:
    """The robots.txt files of a site, in order of time.

    Parameters
    ----------
    policies
        Intervals that do not overlap, in any order.
    vhost
        The virtual host whose they are; empty for all.
    notes
        Sentences on what is assumed of these files, for the reader of a result.

    Raises
    ------
    PolicyOverlapError
        Two intervals overlap.
    """

    __slots__ = ("_begins", "notes", "policies", "vhost")

    def __init__(
        self, policies: Iterable[Policy] = (), *, vhost: str = "", notes: Iterable[str] = ()
    ) -> None:
        self.policies = tuple(sorted(policies, key=lambda each: (each.begin, each.end)))
        self._begins = [policy.begin for policy in self.policies]
        self.vhost, self.notes = vhost, tuple(notes)
        for before, after in pairwise(self.policies):
            if before.end > after.begin:
                raise PolicyOverlapError(before.label, after.label, _since(after.begin))

    def __len__(self) -> int:
        return len(self.policies)

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.policies)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Policies):
            return NotImplemented
        return (self.policies, self.vhost) == (other.policies, other.vhost)

    def __hash__(self) -> int:
        return hash((self.policies, self.vhost))

    def __repr__(self) -> str:
        return f"<Policies: {', '.join(policy.label for policy in self.policies)}>"

    def __reduce__(self) -> tuple[Callable[..., "Policies"], tuple[object, ...]]:
        return _rebuild, (self.policies, self.vhost, self.notes)

    def at(self, time: int) -> Policy | None:
        """Return the policy in force at a time, in microseconds; None if it is not known."""
        number = bisect_right(self._begins, time) - 1
        if number < 0 or self.policies[number].end <= time:
            return None
        return self.policies[number]

    def between(self, begin: int, end: int) -> tuple[list[Policy], bool]:
        """Return the policies in force at any time of a span, and whether all of it is known.

        Parameters
        ----------
        begin, end
            The first and the last microsecond of the span.
        """
        first = max(bisect_right(self._begins, begin) - 1, 0)
        found = [
            policy
            for policy in self.policies[first : bisect_right(self._begins, end)]
            if policy.end > begin
        ]
        known = bool(found) and found[0].begin <= begin and found[-1].end > end
        return found, known and all(a.end == b.begin for a, b in pairwise(found))

    def edges(self) -> list[tuple[int, Policy | None]]:
        """Return the times at which something changes, each with what is in force from then on.

        The first edge is at ``MIN``; None is a gap.
        """
        found: list[tuple[int, Policy | None]] = [(MIN, None)]
        for policy in self.policies:
            found += [(policy.begin, policy), (policy.end, None)]
        # Of edges at the same time, the last one counts: a gap of no length is none.
        return [*dict(found).items()]


def _rebuild(policies: Iterable[Policy], vhost: str, notes: Iterable[str]) -> Policies:
    return Policies(policies, vhost=vhost, notes=notes)


def load_policies(specs: Sequence[str], *, vhost: str = "") -> Policies:
    """Read robots.txt files and the times in which they were in force.

    Parameters
    ----------
    specs
        Each is ``FILE`` (in force at all times), ``DATE=FILE`` (from a date on, up to the next
        one), a directory of files whose names begin with such a date, ``git:REPOSITORY:PATH``
        or ``https://HOST/robots.txt`` (from its ``Last-Modified`` until now). Dates are UTC.
    vhost
        The virtual host whose they are; by default they are taken for those of all.

    Raises
    ------
    PolicyDateError
        A date is not valid, or no file of a directory has one.
    PolicyOverlapError
        Two files would be in force at the same time.
    PolicyReadError
        A file, a repository or a URL cannot be read.
    """
    notes: list[str] = []
    starts = [start for spec in specs for start in _read(spec, notes)]
    return Policies(_intervals(starts), vhost=vhost, notes=notes)


def read_date(text: str) -> tuple[int, str] | None:
    """Return the time with which a text begins, in microseconds, and the rest of the text.

    >>> read_date("2025-04-24T1200.txt")
    (1745496000000000, '.txt')

    Returns
    -------
    tuple of (int, str) or None
        None if the text does not begin as a date does.

    Raises
    ------
    ValueError
        The text begins as a date does, but there is no such time.
    """
    if not BEGINS_AS_DATE.match(text):
        return None
    found = DATE.match(text)
    if not found:
        message = f"'{text}' does not begin with a date"
        raise ValueError(message)
    day, hour, minute, second = found.groups(default="00")
    instant = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second}").replace(tzinfo=UTC)
    return (instant - EPOCH) // timedelta(microseconds=1), text[found.end() :]


def date_text(time: int) -> str:
    """Return a time as a date, with the time of the day unless it is midnight.

    >>> date_text(1745496000000000), date_text(1745452800000000)
    ('2025-04-24T12:00:00', '2025-04-24')
    """
    instant = EPOCH + timedelta(microseconds=time)
    return f"{instant:%Y-%m-%d}" if time % (86400 * SECOND) == 0 else f"{instant:%Y-%m-%dT%H:%M:%S}"


def dated_name(time: int, suffix: str = ".txt") -> str:
    """Return the name of a file that was in force from a time on.

    >>> dated_name(1745496000000000)
    '2025-04-24T120000.txt'
    """
    return f"{EPOCH + timedelta(microseconds=time):%Y-%m-%dT%H%M%S}{suffix}"


def _read(spec: str, notes: list[str]) -> list[_Start]:
    """Return what a specification names; add to the notes what is assumed."""
    if spec.startswith(GIT):
        repository, _, path = spec.removeprefix(GIT).rpartition(":")
        notes.append(f"{spec} is dated by its commits, not by when these reached the server")
        return _read_git(repository, path)
    if spec.startswith(URLS):
        return [_read_url(spec, notes)]
    if dated := DATED_FILE.fullmatch(spec):
        begin = _checked_date(dated[1], spec)
        return [_Start(begin, _read_file(dated[2]), date_text(begin), spec)]
    if Path(spec).is_dir():
        return _read_directory(spec)
    notes.append(f"{spec} is taken to have been in force at all times")
    return [_Start(MIN, _read_file(spec), spec, spec)]


def _checked_date(text: str, policy: str) -> int:
    """Return the time of a date without anything after it."""
    try:
        dated = read_date(text)
    except ValueError:
        dated = None
    if not dated or dated[1]:
        raise PolicyDateError(policy, f"'{text}' is not a valid date")
    return dated[0]


def _read_file(path: str) -> RobotsTxt:
    try:
        # Not a pipe or a device, which may never end.
        if Path(path).exists() and not Path(path).is_file():
            raise PolicyReadError(path, "it is not a regular file", CHECK_PATH)
        with Path(path).open("rb") as file:
            return parse_robots_txt(file.read(PARSING_LIMIT + 1))
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = getattr(error, "strerror", None) or error
        raise PolicyReadError(path, str(reason), CHECK_PATH) from error


def _read_directory(path: str) -> list[_Start]:
    """Read the dated files of a directory; others in it are ignored."""
    starts = []
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208 (names, not paths)
    except OSError as error:
        raise PolicyReadError(path, str(error.strerror), CHECK_PATH) from error
    for name in names:
        file = str(Path(path, name))
        try:
            dated = read_date(name)
        except ValueError as error:
            raise PolicyDateError(file, "its name does not begin with a valid date") from error
        if dated:
            begin, rest = dated
            content = None if rest == UNKNOWN_SUFFIX else _read_file(file)
            starts.append(_Start(begin, content, date_text(begin), file))
    if not starts:
        raise PolicyDateError(path, "no file in this directory has a name that begins with a date")
    return starts


def _read_git(repository: str, path: str) -> list[_Start]:
    """Read the versions of a file in a git repository, each from the time of its commit on.

    Where a clock was wrong, a commit is older than the one before it. Which of the two was in
    force between their times cannot be known, so that there is a gap.
    """
    starts: list[_Start] = []
    name, latest = f"{GIT}{repository}:{path}", MIN
    for version in read_history(repository, path):
        begin = version.time * SECOND
        gap_needed = begin < latest
        while starts and starts[-1].begin >= begin:
            starts.pop()
        if gap_needed:
            starts.append(_Start(begin, None, "", name))
        latest = max(latest, begin)
        content = None if version.content is None else parse_robots_txt(version.content)
        label = f"{date_text(latest)} (commit {version.commit[:COMMIT_LETTERS]})"
        starts.append(_Start(latest, content, label, name))
    return starts


def _read_url(url: str, notes: list[str]) -> _Start:
    """Read the robots.txt of a site, in force from its ``Last-Modified`` until now."""
    answer = download(url, PARSING_LIMIT + 1)
    now = int(time.time())
    label, begin = without_credentials(url), answer.last_modified
    if begin is None or begin > now:
        notes.append(f"{label} has no valid Last-Modified, so that it is known only as of now")
        begin = now
    # The second in which it was fetched belongs to it.
    end = (now + 1) * SECOND
    return _Start(begin * SECOND, parse_robots_txt(answer.content), label, label, end)


def _intervals(starts: list[_Start]) -> Iterator[Policy]:
    """Yield the intervals between starts; what has no date overlaps with all others."""
    # A start that says nothing comes before one that does, at the same time.
    starts = sorted(starts, key=lambda each: (each.begin, each.content is not None))
    following = [*starts[1:], _Start(MAX, None, "", "")]
    for start, after in zip(starts, following, strict=False):
        overlap = after.begin == start.begin or after.begin < start.end < MAX
        if start.begin == MIN and after.begin < MAX:
            overlap = True
        if overlap and start.content and after.content and start.content != after.content:
            raise PolicyOverlapError(start.name, after.name, _since(after.begin))
        if start.content and start.begin < after.begin:
            yield Policy(start.begin, min(start.end, after.begin), start.content, start.label)


def _since(time: int) -> str:
    return "at all times" if time <= MIN else f"from {date_text(time)} on"
