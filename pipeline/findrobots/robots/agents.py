"""Name the robot that a user agent declares, and read what its operator says of it."""

import csv
import io
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from findrobots.formats.field_cache import cached
from findrobots.robots.errors import RobotTableError
from findrobots.robots.matcher import Haystack, build_haystack, find_declaration

__all__ = ["PURPOSES", "Agent", "Robot", "find_robot", "load_robots", "name_agent", "read_robots"]

TABLE = "agents.csv"

PURPOSES = (
    *("search", "ai-training", "ai-search", "ai-user", "dataset", "research", "seo", "archive"),
    *("preview", "feed", "monitor", "ads", "security", "scanner", "tool", "library"),
)

# Letters of a user agent that are read. The longest of crawler-user-agents' 2,123 examples has
# 386; the header of a request may have 8 KiB, all of it untrusted.
MAX_LETTERS = 1 << 10


class Robot(NamedTuple):
    """A robot, as its operator describes it: a row of ``agents.csv``.

    Attributes
    ----------
    name
        The token by which its user agent names it.
    operator
        The company or organization that runs it.
    purpose
        One of ``PURPOSES``.
    robots_tokens
        The product tokens that it looks for in robots.txt, in lower case, in order; none if
        it does not follow robots.txt.
    obeys_star
        Whether it follows the group ``*``.
    user_triggered
        Whether it fetches a page because a user asked for it.
    cache_hours
        How long it may use its copy of robots.txt: 24 hours (RFC 9309, section 2.4) unless its
        operator says more.
    crawl_delay
        Whether its operator says that it follows ``Crawl-delay``.
    lists
        Names of the lists of addresses that its operator publishes.
    rdns_suffixes
        Domains of its hosts' names, if its operator documents reverse DNS.
    shares_with
        Names of the robots with which it shares its copies of robots.txt.
    says
        What its operator says that it obeys.
    docs
        The operator's page.
    checked
        The day on which the row was compared with the operator's own words; ``None`` if they
        could not be had.
    """

    name: str
    operator: str
    purpose: str
    robots_tokens: tuple[str, ...]
    obeys_star: bool
    user_triggered: bool
    cache_hours: int
    crawl_delay: bool
    lists: tuple[str, ...]
    rdns_suffixes: tuple[str, ...]
    shares_with: tuple[str, ...]
    says: str
    docs: str
    checked: date | None


class Agent(NamedTuple):
    """What a user agent declares.

    Attributes
    ----------
    name
        The robot's name; empty for people's browsers and for an empty user agent.
    operator
        Who runs the robot; empty if that is not known.
    purpose
        One of ``PURPOSES``; empty if it is not known.
    declared_by
        What names the robot: ``table`` (of this package), ``pattern`` (of
        crawler-user-agents), ``itself`` or ``none``.
    """

    name: str
    operator: str
    purpose: str
    declared_by: str


NO_AGENT = Agent("", "", "", "none")


def name_agent(user_agent: str) -> Agent:
    """Name the robot that a user agent declares.

    The user agent may be in any case, quoted or URL-encoded. The longest name of this package's
    table wins, then that of crawler-user-agents; then a user agent names itself, with a word
    such as bot, with ``+http`` or a mail address. "like X" does not declare X.

    >>> name_agent("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    Agent(name='Googlebot', operator='Google', purpose='search', declared_by='table')
    >>> name_agent("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").name
    ''
    """
    return _name(user_agent[:MAX_LETTERS])


@cached(1 << 15)
def _name(user_agent: str) -> Agent:
    declaration = find_declaration(user_agent, _haystack())
    if declaration is None:
        return NO_AGENT
    if declaration.declared_by == "table":
        return _agents()[declaration.name]
    return Agent(declaration.name, "", declaration.purpose, declaration.declared_by)


@cache
def load_robots() -> tuple[Robot, ...]:
    """Return the package's table of robots, in order of operator and name.

    Raises
    ------
    RobotTableError
        A row is not valid.
    """
    # Not by importlib.resources, which imports zipfile and takes longer than reading the table.
    table = pkgutil.get_data(__package__, TABLE) or b""
    return read_robots(table.decode())


def find_robot(name: str) -> Robot | None:
    """Return the robot of this name, in any case; ``None`` if the table does not have it."""
    return _by_name().get(name.lower())


@cache
def _by_name() -> dict[str, Robot]:
    return {robot.name.lower(): robot for robot in load_robots()}


@cache
def _agents() -> dict[str, Agent]:
    return {
        robot.name: Agent(robot.name, robot.operator, robot.purpose, "table")
        for robot in load_robots()
    }


@cache
def _haystack() -> Haystack:
    return build_haystack(tuple(robot.name for robot in load_robots()))


def read_robots(text: str) -> tuple[Robot, ...]:
    """Read and validate a table of robots.

    Parameters
    ----------
    text
        CSV whose columns are the fields of ``Robot``. Several values in a cell are separated by
        spaces; yes and no are written as such; a day is in ISO 8601.

    Raises
    ------
    RobotTableError
        A row is not valid; the first such row is named.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    heading = tuple(next(reader, ()))
    if heading != Robot._fields:
        raise RobotTableError(1, "", f"the columns are not {', '.join(Robot._fields)}")
    rows = [(reader.line_num, row) for row in reader]
    robots = [_read_robot(line, row) for line, row in rows]
    names = {robot.name for robot in robots}
    seen = set[str]()
    for (line, _), robot in zip(rows, robots, strict=True):
        for reason in (*_faults(robot), *_faults_among(robot, names, seen)):
            raise RobotTableError(line, robot.name, reason)
        seen.add(robot.name.lower())
    return tuple(robots)


def _read_robot(line: int, row: list[str]) -> Robot:
    """Convert the cells of a row."""
    name = row[0] if row else ""
    if len(row) != len(Robot._fields):
        raise RobotTableError(line, name, f"it has {len(row)} cells, not {len(Robot._fields)}")
    values = []
    for column, cell in zip(Robot._fields, row, strict=True):
        try:
            values.append(READERS.get(column, str)(cell))
        except (KeyError, ValueError) as error:
            raise RobotTableError(line, name, f"'{cell}' is no value of {column}") from error
    return Robot(*values)  # type: ignore[arg-type]  # READERS has a function for each type


def _texts(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(" ")) if cell else ()


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


READERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("robots_tokens", "lists", "rdns_suffixes", "shares_with"), _texts),
    **dict.fromkeys(
        ("obeys_star", "user_triggered", "crawl_delay"), {"yes": True, "no": False}.__getitem__
    ),
    "cache_hours": int,
    "checked": _day,
}

NAME = re.compile(r"[A-Za-z0-9][\w.-]*+", re.ASCII)
# RFC 9309, section 2.2.1: a product token has only letters, "_" and "-". Operators use others.
TOKEN = re.compile(r"[a-z0-9][a-z0-9._-]*+")
LIST_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
URL = re.compile(r"(?:https://[^\s]+)?")
# Domains in which anybody may rent a machine: a name there proves nothing.
RENTED = frozenset({"amazonaws.com", "googleusercontent.com", "cloudapp.azure.com"})
# Forms of the values of a column that are texts.
FORMS = {
    "name": NAME,
    "robots_tokens": TOKEN,
    "lists": LIST_NAME,
    "rdns_suffixes": DOMAIN,
    "docs": URL,
}


def _faults(robot: Robot) -> Iterator[str]:
    """Yield what is wrong in a row by itself."""
    for column, form in FORMS.items():
        value = getattr(robot, column)
        for text in (value,) if isinstance(value, str) else value:
            if not form.fullmatch(text):
                yield f"'{text}' is no value of {column}"
    if not robot.operator:
        yield "it has no operator"
    if robot.purpose not in PURPOSES:
        yield f"'{robot.purpose}' is not one of the purposes {', '.join(PURPOSES)}"
    if robot.cache_hours <= 0:
        yield "cache_hours is not above 0"
    for suffix in robot.rdns_suffixes:
        if suffix in RENTED:
            yield f"anybody may have a host in {suffix}"
    if (robot.obeys_star or robot.crawl_delay) and not robot.robots_tokens:
        yield "it obeys robots.txt but has no robots_tokens"


def _faults_among(robot: Robot, names: set[str], seen: set[str]) -> Iterator[str]:
    """Yield what is wrong in a row next to the others."""
    if robot.name.lower() in seen:
        yield "there is another row of this name"
    for other in robot.shares_with:
        if other == robot.name or other not in names:
            yield f"shares_with names '{other}', which is no other robot of the table"
