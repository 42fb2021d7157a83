"""Write rules that keep robots out, from an audit or from a host table."""

import os
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from findrobots.errors import OutputError
from findrobots.exports.block_list import BlockList, Choice
from findrobots.exports.errors import NoViolationsError
from findrobots.exports.formats import EXPORTS, write_rules
from findrobots.exports.selection import choose
from findrobots.exports.sightings import Sightings, sight_hosts, sight_visits
from findrobots.jobs.robots import gather_evidence
from findrobots.robots.errors import PolicyReadError
from findrobots.robots.verify import UNKNOWN, Verdict
from findrobots.storage.urls import is_url
from findrobots.tables.audit_files import is_audit, read_audit
from findrobots.tables.declared import Declared, find_declared
from findrobots.tables.parquet import read_pieces
from findrobots.tables.shards import list_shards
from findrobots.tables.verdicts import Evidence, judge_declared
from findrobots.writing.atomic import StrPath, check_parent, os_errors_as, write_file

__all__ = ["BlockJob", "BlockOutcome", "make_rules", "write_rules_file"]

UNVERIFIED = Verdict(UNKNOWN, "not verified", None)


class BlockJob(NamedTuple):
    """What to block, and how to write it.

    Attributes
    ----------
    table
        The directory of an audit, or a host table in a file, a URL or a directory of shards.
    form
        One of ``EXPORTS``.
    choice
        What the user wants to block.
    robots_txt
        The robots.txt to extend, if the format is robots.txt; empty for none.
    verify, lists
        How to verify the hosts of a host table; see ``gather_evidence``. An audit has verdicts.
    """

    table: str
    form: str
    choice: Choice
    robots_txt: str = ""
    verify: str = "ranges"
    lists: Path | None = None


class BlockOutcome(NamedTuple):
    """The rules, what they block, the sightings they are made from, and notes for the user."""

    content: bytes
    rules: BlockList
    sightings: Sightings
    notes: tuple[str, ...]


def make_rules(job: BlockJob) -> BlockOutcome:
    """Choose what to block and write it in a format.

    Raises
    ------
    NoChoiceError, UnknownRobotError, InvalidHostError, NoViolationsError
        The choice is not one that can be made.
    RobotsTxtMergeError, PolicyReadError
        The robots.txt cannot be extended, or not be read.
    FindrobotsError
        The table cannot be read.
    """
    notes = list[str]()
    existing = _read_robots_txt(job.robots_txt) if job.robots_txt else b""
    if is_audit(job.table):
        sightings = sight_visits(read_audit(job.table))
    else:
        if job.choice.violators:
            raise NoViolationsError(job.table)
        evidence = gather_evidence(job.verify, job.lists, notes.append)
        sightings = sight_hosts(_judged_pieces(job.table, evidence))
    chosen = choose(sightings, job.choice, EXPORTS[job.form].kinds)
    content, rules = write_rules(job.form, chosen, existing)
    return BlockOutcome(content, rules, sightings, tuple(notes))


def _judged_pieces(
    table: StrPath, evidence: Evidence | None
) -> Iterator[tuple[pa.Table, Declared, list[Verdict]]]:
    for piece in chain.from_iterable(map(read_pieces, list_shards(table))):
        declared = find_declared(piece)
        verdicts = [UNVERIFIED] * len(declared.hosts)
        if evidence is not None:
            verdicts = judge_declared(piece, declared, evidence)
        yield piece, declared, verdicts


def _read_robots_txt(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise PolicyReadError(
            path, error.strerror or str(error), "Name a file that can be read"
        ) from error


def write_rules_file(
    content: bytes, path: str, *, waiting: Callable[[], object] = lambda: None
) -> None:
    """Write rules to a file atomically: a server never reads half of them.

    Parameters
    ----------
    content
        The rules.
    path
        The file.
    waiting
        Called before waiting for another run that writes it.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    if is_url(path):
        raise OutputError(path, "rules are written to files only", "name a file")
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise OutputError(path, "it is a directory", "name a file in it")
    check_parent(path, target.parent)
    with os_errors_as(path):
        write_file(target, content, waiting)
