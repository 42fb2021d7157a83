"""Define how the tables of an audit are shown: robots, hosts, violations."""

import json
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import joined, numbers, texts
from findrobots.cli.layouts import LEDGER_LAYOUT, Layout
from findrobots.cli.text_width import listed
from findrobots.sanitize import printable
from findrobots.tables.audit_files import Audit
from findrobots.tables.own_names import MAX_OWN_NAMES, OTHERS
from findrobots.tables.robot_table import ROBOTS
from findrobots.tables.selection import EVERYTHING, Selection, select_audit, select_rows
from findrobots.tables.violations import VIOLATIONS
from findrobots.tables.visitors import VISITORS, sum_up_visitors

__all__ = ["VIEWS", "View", "audit_notes", "select_view"]

UNDECLARED = "(undeclared)"
IN_THE_NAME = "in the name of "
# Robots that a note names.
NAMED = 8

SHARE = pa.field("share", pa.string(), nullable=False)
SHARED_ROBOTS = pa.schema([*ROBOTS, SHARE])


class View(NamedTuple):
    """A table of an audit as it is shown.

    Attributes
    ----------
    noun
        What its rows are.
    layout
        Which columns are shown, and how.
    rows
        Returns the rows of an audit.
    """

    noun: str
    layout: Layout
    rows: Callable[[Audit], pa.Table]


def _robots(audit: Audit) -> pa.Table:
    """Return the robots, each with its share of all requests."""
    robots = _with_names(audit.robots, {"": UNDECLARED})
    counts, request_filter = json.loads(audit.basis.get("counts", "{}")), audit.request_filter
    requests = numbers(joined(robots["requests"]))
    total = int(requests.sum()) + counts.get("other_lines", 0)
    # Of the requests that no robot made, the virtual hosts and times are not known.
    is_filtered = request_filter.vhosts or request_filter.since or request_filter.until
    known = total and not is_filtered
    shares = [f"{count / total:.1%}" if known else "" for count in requests.tolist()]
    return robots.append_column(SHARE, texts(shares, pa.string()))


def _hosts(audit: Audit) -> pa.Table:
    return _with_names(sum_up_visitors(audit.visits), {"": UNDECLARED})


def _impostors(audit: Audit) -> pa.Table:
    visits = audit.visits.filter(pc.equal(audit.visits["verdict"], "impostor"))
    return sum_up_visitors(visits)


def _undeclared(audit: Audit) -> pa.Table:
    visits = audit.visits.filter(pc.equal(audit.visits["robot"], ""))
    return _with_names(sum_up_visitors(visits), {"": UNDECLARED})


def _violations(audit: Audit) -> pa.Table:
    """Return the violations: who could not be verified acted in the name of a robot."""
    rows = audit.violations
    names = [
        robot if verdict == "verified" else f"{IN_THE_NAME}{robot}"
        for robot, verdict in zip(
            rows["robot"].to_pylist(), rows["verdict"].to_pylist(), strict=True
        )
    ]
    place = rows.schema.get_field_index("robot")
    return rows.set_column(place, rows.schema.field(place), texts(names, pa.string()))


def _with_names(rows: pa.Table, names: dict[str, str]) -> pa.Table:
    place = rows.schema.get_field_index("robot")
    shown = [names.get(name, name) for name in rows["robot"].to_pylist()]
    return rows.set_column(place, rows.schema.field(place), texts(shown, pa.string()))


ROBOT_VIEW = Layout(
    SHARED_ROBOTS,
    key="robot",
    sort="requests",
    ties=("verdict", "vhost"),
    order=(
        *("robot", "vhost", "operator", "purpose", "verdict", "hosts", "requests", "share"),
        *("bytes_sent", "robots_txt_requests", "violations", "disallowed", "unread", "grace"),
        *("exempt", "unknown_policy", "unreachable", "stale", "violating_hosts", "days"),
        *("gaps", "gaps_below_crawl_delay", "first_seen", "last_seen", "first_fetch"),
        *("last_fetch", "longest_fetch_pause", "says"),
    ),
    priority=(
        *("robot", "requests", "violations", "verdict", "hosts", "purpose", "share"),
        *("robots_txt_requests", "operator", "bytes_sent", "vhost", "disallowed", "unread"),
        *("grace", "exempt", "unknown_policy", "unreachable", "last_seen", "says"),
        *("last_fetch", "first_seen", "first_fetch", "longest_fetch_pause", "stale"),
        *("violating_hosts", "days", "gaps_below_crawl_delay", "gaps"),
    ),
    min_width={"robot": 12, "operator": 8, "says": 16},
    usual_width={"robot": 24, "operator": 16, "says": 40},
    kept=frozenset({"robot", "requests", "hosts", "violations"}),
)
HOST_VIEW = Layout(
    VISITORS,
    key="host",
    sort="requests",
    ties=("robot", "verdict", "vhost"),
    order=(
        *("host", "robot", "verdict", "requests", "robots_txt_requests", "violations"),
        *("days", "first_seen", "last_seen", "purpose", "operator", "vhost", "bytes_sent"),
        *("disallowed", "reason", "user_agents", "source", "offset"),
    ),
    priority=(
        *("host", "robot", "requests", "verdict", "violations", "robots_txt_requests"),
        *("last_seen", "reason", "user_agents", "first_seen", "vhost", "days", "disallowed"),
        *("purpose", "operator", "bytes_sent", "source", "offset"),
    ),
    min_width={"robot": 12, "user_agents": 20, "reason": 20},
    usual_width={"robot": 24, "user_agents": 28, "reason": 28},
    kept=frozenset({"host", "robot", "requests"}),
    together={"offset": "source"},
    naming={"user_agents": "robot"},
)
VIOLATION_VIEW = Layout(
    VIOLATIONS,
    key="source",
    sort="time",
    ties=("offset",),
    order=tuple(name for name in VIOLATIONS.names if name != "verdict"),
    priority=(
        *("time", "robot", "target", "rule", "rule_line", "host", "fetched", "policy"),
        *("status", "source", "offset", "method", "vhost", "verdict"),
    ),
    min_width={"robot": 14, "target": 12, "rule": 8, "policy": 10},
    usual_width={"robot": 26, "target": 30, "rule": 20, "policy": 20},
    kept=frozenset({"time", "robot", "target", "rule", "rule_line", "host"}),
    together={"offset": "source"},
)

VIEWS = {
    "robots": View("robots", ROBOT_VIEW, _robots),
    "hosts": View("hosts", HOST_VIEW, _hosts),
    "violations": View("violations", VIOLATION_VIEW, _violations),
    "impostors": View("impostors", HOST_VIEW, _impostors),
    "undeclared": View("undeclared robots", HOST_VIEW, _undeclared),
    "logs": View("logs", LEDGER_LAYOUT, attrgetter("ledger")),
}


def select_view(audit: Audit, what: str, selection: Selection | None) -> tuple[pa.Table, Audit]:
    """Return the rows of a table of an audit that are wanted, and the audit with them alone.

    Parameters
    ----------
    audit
        The audit.
    what
        Which table: a key of ``VIEWS``.
    selection
        Which rows are wanted; by default all.
    """
    wanted = selection or EVERYTHING
    selected = select_audit(audit, wanted)
    rows = VIEWS[what].rows(selected)
    if what != "robots":
        return rows, selected
    return select_rows(rows, wanted), selected._replace(robots=select_rows(selected.robots, wanted))


def audit_notes(audit: Audit, width: int | None) -> Iterator[str]:
    """Yield what the table of robots does not say."""
    robots = audit.robots
    asked = numbers(joined(robots["robots_txt_requests"])) > 0
    columns = (robots["robot"].to_pylist(), asked.tolist())
    did = {robot for robot, has_asked in zip(*columns, strict=True) if has_asked}
    never = sorted({*robots["robot"].to_pylist()} - did - {"", OTHERS}, key=str.lower)
    if never:
        more = [f"{len(never) - NAMED} more"] if len(never) > NAMED else []
        names = [*map(printable, never[:NAMED]), *more]
        yield from listed("never asked for robots.txt in these logs: ", names, width)
    if OTHERS in robots["robot"].to_pylist():
        yield (
            f"of the names that robots gave themselves, the shortest {MAX_OWN_NAMES:,} have "
            f"rows; {OTHERS} are all others"
        )
