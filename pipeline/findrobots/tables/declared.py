"""Add to a host table the robots that its hosts declare; count hosts by robot and purpose."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from findrobots.arrow import Integers, empty_table, encode, integers, joined, numbers, texts
from findrobots.robots.agents import Agent, name_agent
from findrobots.tables.grouping import INSTANT
from findrobots.tables.hosts import HOSTS

__all__ = [
    "IDENTIFIED_HOSTS",
    "NO_ROBOT",
    "OTHER",
    "PROGRAMS",
    "ROBOTS",
    "SEPARATOR",
    "VERDICTS",
    "VERIFIED_HOSTS",
    "Declared",
    "add_robots",
    "count_purposes",
    "find_declared",
    "identify_hosts",
    "merge_robots",
    "tabulate_robots",
]

# What is shown for a host that declares no robot, by whether it had a user agent.
NO_ROBOT = {True: "(undeclared)", False: "(no user agent)"}
SEPARATOR = ", "
# The purpose of robots of which it is not known.
OTHER = "other"


def _with_texts(schema: pa.Schema, *names: str) -> pa.Schema:
    return pa.schema([*schema, *(pa.field(name, pa.string(), nullable=False) for name in names)])


IDENTIFIED_HOSTS = _with_texts(HOSTS, "robot", "operator", "purpose", "declared_by")
VERIFIED_HOSTS = _with_texts(IDENTIFIED_HOSTS, "verdict", "reason")
VERDICTS = ("verified", "impostor", "unknown")
ROBOTS = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("robot", "operator", "purpose")),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("hosts", "requests", *VERDICTS)),
        *(pa.field(name, INSTANT, nullable=False) for name in ("first_seen", "last_seen")),
    ]
)

SEEN = ("first_seen", "last_seen")
FOLDS = {
    **dict.fromkeys(("hosts", "requests", *VERDICTS), np.add),
    "first_seen": np.minimum,
    "last_seen": np.maximum,
}

# How well a robot is known: the best known is the first one of a host that declares several.
DECLARED = ("table", "pattern", "itself", "none")
# A program with which a robot is written says less than the robot's own name.
PROGRAMS = frozenset({"tool", "library"})


class Declared(NamedTuple):
    """The robots that the hosts of a table declare: pairs of host and robot, sorted.

    Attributes
    ----------
    hosts, robots
        The number of the row of the host table, and that of the robot in ``agents``.
    agents
        The robots, the best known first.
    has_user_agent
        For each row of the host table, 1 if it has any user agent.
    """

    hosts: Integers
    robots: Integers
    agents: Sequence[Agent]
    has_user_agent: Integers

    def first(self) -> tuple[Integers, Integers]:
        """Return the rows of hosts with a robot, and the best known robot of each."""
        firsts = np.flatnonzero(np.diff(self.hosts, prepend=-1))
        return self.hosts[firsts], self.robots[firsts]


def find_declared(hosts: pa.Table) -> Declared:
    """Name the robots in the user agents of a host table; each distinct one is named once."""
    user_agents = joined(hosts["user_agents"])
    encoded = encode(user_agents.flatten())
    owners = numbers(user_agents.value_parent_indices())
    named = [*map(name_agent, encoded.dictionary.to_pylist())]
    best = dict[str, Agent]()
    for agent in sorted(set(named), key=_rank):
        best.setdefault(agent.name, agent)
    best.pop("", None)
    agents = [*best.values()]
    codes = {name: code for code, name in enumerate(best)}
    code_of_text = np.fromiter((codes.get(agent.name, -1) for agent in named), np.int64, len(named))
    robots = code_of_text[numbers(encoded.indices)]
    known = robots >= 0
    pairs = _distinct(owners[known], robots[known], len(agents))
    has_user_agent = np.zeros(hosts.num_rows, np.int64)
    has_user_agent[owners] = 1
    return Declared(*pairs, agents, has_user_agent)


def _rank(agent: Agent) -> tuple[object, ...]:
    known = DECLARED.index(agent.declared_by)
    return agent.purpose in PROGRAMS, known, agent.name.lower(), agent


def _distinct(owners: Integers, codes: Integers, count: int) -> tuple[Integers, Integers]:
    """Return the distinct pairs of two numbers, of which the second is below ``count``."""
    pairs = np.sort(owners * max(count, 1) + codes)
    rows, kept = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], max(count, 1))
    return rows, kept


def identify_hosts(hosts: pa.Table) -> pa.Table:
    """Return a host table with the robots that its hosts declare, as ``IDENTIFIED_HOSTS``."""
    return add_robots(hosts, find_declared(hosts))


def add_robots(hosts: pa.Table, declared: Declared) -> pa.Table:
    """Add the columns of ``IDENTIFIED_HOSTS`` to a host table whose robots are known."""
    rows, robots = declared.first()
    best_known = np.full(hosts.num_rows, len(declared.agents), np.int64)
    best_known[rows] = robots
    declared_by = texts([*(agent.declared_by for agent in declared.agents), "none"], pa.string())
    added = {
        **{
            name: _join(declared, [getattr(agent, field) for agent in declared.agents])
            for name, field in (("robot", "name"), ("operator", "operator"), ("purpose", "purpose"))
        },
        "declared_by": declared_by.take(integers(best_known, pa.int64())),
    }
    for name, values in added.items():
        hosts = hosts.append_column(IDENTIFIED_HOSTS.field(name), values)
    return hosts


def _join(declared: Declared, values: Sequence[str]) -> pa.Array:
    """Join for each host the distinct values of its robots, in the order of the robots."""
    codes = {text: code for code, text in enumerate(dict.fromkeys(filter(None, values)))}
    code_of_robot = np.fromiter((codes.get(text, -1) for text in values), np.int64, len(values))
    found = code_of_robot[declared.robots]
    rows, kept = _distinct(declared.hosts[found >= 0], found[found >= 0], len(codes))
    offsets = np.searchsorted(rows, np.arange(len(declared.has_user_agent) + 1))
    distinct = texts([*codes], pa.string()).take(integers(kept, pa.int64()))
    lists = pa.ListArray.from_arrays(integers(offsets, pa.int32()), distinct)
    # Made without pa.scalar, which imports pandas.
    separator = texts([SEPARATOR], pa.string())[0]
    return pc.binary_join(lists, separator)


def count_purposes(declared: Declared) -> Counter[str]:
    """Count the hosts by the purpose of the best known robot of each."""
    _, robots = declared.first()
    counts = Counter[str]()
    hosts = np.bincount(robots, minlength=len(declared.agents)).tolist()
    for agent, count in zip(declared.agents, hosts, strict=True):
        counts[agent.purpose or OTHER] += count
    with_user_agent = int(declared.has_user_agent.sum())
    counts[NO_ROBOT[True]] = with_user_agent - len(robots)
    counts[NO_ROBOT[False]] = len(declared.has_user_agent) - with_user_agent
    return +counts


def tabulate_robots(
    hosts: pa.Table, declared: Declared, verdicts: Sequence[str] | None = None
) -> pa.Table:
    """Return a table with one row per robot, as ``ROBOTS``.

    A host that declares several robots counts in each of them, with all its requests: a host
    table does not say under which user agent a request was made. Hosts without a robot are
    two rows: with and without a user agent.

    Parameters
    ----------
    hosts
        A host table.
    declared
        The robots that its hosts declare.
    verdicts
        The verdict of each of them; by default all are unknown.
    """
    silent = np.ones(hosts.num_rows, np.bool_)
    silent[declared.hosts] = False
    others = np.flatnonzero(silent)
    rows = np.concatenate((declared.hosts, others))
    if not len(rows):
        return empty_table(ROBOTS)
    missing = [Agent(NO_ROBOT[known], "", "", "none") for known in (False, True)]
    agents = [*declared.agents, *missing]
    codes = np.concatenate(
        (declared.robots, len(declared.agents) + declared.has_user_agent[others])
    )
    given = [*(verdicts or ["unknown"] * len(declared.hosts)), *[""] * len(others)]
    at = integers(codes, pa.int64())
    return _group(
        codes,
        {
            "robot": texts([agent.name for agent in agents], pa.string()).take(at),
            "operator": texts([agent.operator for agent in agents], pa.string()).take(at),
            "purpose": texts([agent.purpose for agent in agents], pa.string()).take(at),
        },
        {
            "hosts": np.ones(len(rows), np.int64),
            **{name: numbers(joined(hosts[name]))[rows] for name in ("requests", *SEEN)},
            **{
                each: np.array([each == verdict for verdict in given], np.int64)
                for each in VERDICTS
            },
        },
    )


def merge_robots(tables: Iterable[pa.Table]) -> pa.Table:
    """Merge tables with one row per robot into one."""
    rows = pa.concat_tables([empty_table(ROBOTS), *tables])
    if not rows.num_rows:
        return rows
    columns = {name: joined(rows[name]) for name in ROBOTS.names}
    codes = numbers(columns["robot"].dictionary_encode().indices).astype(np.int64)
    return _group(
        codes,
        {name: columns[name] for name in ("robot", "operator", "purpose")},
        {name: numbers(columns[name]) for name in FOLDS},
    )


def _group(
    codes: Integers, values: Mapping[str, pa.Array], counts: Mapping[str, Integers]
) -> pa.Table:
    """Group rows by their codes: take the first of the texts, and fold the numbers."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    firsts = integers(order[starts], pa.int64())
    arrays = [
        values[field.name].take(firsts)
        if field.name in values
        else integers(FOLDS[field.name].reduceat(counts[field.name][order], starts), field.type)
        for field in ROBOTS
    ]
    return pa.Table.from_arrays(arrays, schema=ROBOTS)
