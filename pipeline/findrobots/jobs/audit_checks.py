"""Check what an audit is given, and warn of what it could not know."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from findrobots.arrow import joined, numbers
from findrobots.formats.coded import Coded
from findrobots.jobs.advice import ScanWarning
from findrobots.jobs.errors import MissingLogsError, SeveralVhostsError
from findrobots.robots.agents import find_robot, name_agent
from findrobots.robots.ranges import ListHistory
from findrobots.tables.audit_files import Audit
from findrobots.tables.ledger import Entry, entries_of, same_prefix
from findrobots.tables.requesters import coded_column, unified

__all__ = [
    "advise",
    "check_complete",
    "check_one_vhost",
    "find_judged_too_early",
    "rejudge_warning",
]

# Virtual hosts that an error names.
VHOSTS_SHOWN = 3
LATEST = np.iinfo(np.int64).max


def check_complete(before: pa.Table, now: pa.Table) -> None:
    """Check that no log that was counted before is missing now.

    Raises
    ------
    MissingLogsError
        A log is missing.
    """
    known = defaultdict[str, list[Entry]](list)
    for entry in entries_of(now):
        known[entry.family].append(entry)
    missing = [
        entry.source
        for entry in entries_of(before)
        if entry.bytes_text
        and not entry.copy_of
        and not any(
            same_prefix(entry.prefix_checksums, other.prefix_checksums)
            and entry.bytes_text <= other.bytes_text
            for other in known[entry.family]
        )
    ]
    if missing:
        raise MissingLogsError(len(missing), missing[0])


def check_one_vhost(fetches: pa.Table) -> None:
    """Check that a robots.txt is not taken for that of several virtual hosts.

    Raises
    ------
    SeveralVhostsError
        Robots requested robots.txt of several.
    """
    vhosts = sorted({*fetches["vhost"].unique().to_pylist()} - {""})
    if len(vhosts) > 1:
        raise SeveralVhostsError(", ".join(vhosts[:VHOSTS_SHOWN]))


def find_judged_too_early(visits: pa.Table, fetches: pa.Table) -> dict[str, int]:
    """Return the robots that were judged before an earlier request for robots.txt was known.

    Returns
    -------
    How many requests of each, by its name, may have to be judged otherwise.
    """
    if not (fetches.num_rows and visits.num_rows):
        return {}
    user_agent = coded_column(fetches["user_agent"])
    declared = unified(
        Coded(user_agent.codes, [name_agent(value).name for value in user_agent.values])
    )
    earliest = np.full(len(declared.values), LATEST)
    np.minimum.at(earliest, declared.codes, numbers(joined(fetches["time"])))
    first = dict(zip(declared.values, earliest.tolist(), strict=True))
    early = Counter[str]()
    last_seen = numbers(joined(visits["last_seen"])).tolist()
    columns = (visits[name].to_pylist() for name in ("robot", "disallowed"))
    for robot, disallowed, time in zip(*columns, last_seen, strict=True):
        row = find_robot(robot)
        names = (robot, *row.shares_with) if row else (robot,)
        if disallowed and any(first.get(name, time) < time for name in names):
            early[robot] += disallowed
    return dict(early)


def rejudge_warning(requests: Mapping[str, int]) -> ScanWarning:
    """Return the warning that requests were judged too early: how many, by robot."""
    return ScanWarning(
        f"{sum(requests.values()):,} requests of {', '.join(sorted(requests))} were judged before "
        "an earlier request for robots.txt was known",
        "judge them again with {argument.rejudge}, naming all logs",
    )


def advise(audit: Audit, lists: ListHistory | None) -> Iterator[ScanWarning]:
    """Yield what may be wrong with an argument, or is missing."""
    robots = [row for name in set(audit.robots["robot"].to_pylist()) if (row := find_robot(name))]
    missing = sorted({name for row in robots for name in row.lists})
    missing = [name for name in missing if lists and not lists.has_any(name)]
    if missing:
        yield ScanWarning(
            f"There is no list of addresses named {', '.join(missing)}",
            "run findrobots lists update, so that the robots of later logs can be verified",
        )
    visits = audit.visits
    if visits.num_rows and not len(joined(visits["user_agents"]).flatten()):
        yield ScanWarning(
            "The logs have no user agents, so that robots are known by their requests for "
            "robots.txt alone, and not by name",
            "make the server log the user agent, as the combined format does",
        )
