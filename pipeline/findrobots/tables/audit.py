"""Collect what an audit finds: visits, violations, fetches of robots.txt, and counts of lines."""

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

from findrobots.arrow import empty_table, pack, unpack
from findrobots.tables.fetches import CODED_FETCHES, merge_fetches
from findrobots.tables.paces import PACES, merge_paces
from findrobots.tables.violations import CODED_VIOLATIONS, merge_violations
from findrobots.tables.visits import VISITS, merge_visits

__all__ = ["NOTHING_AUDITED", "AuditTables", "PackedAudit", "merge_audits", "unpacked"]


class AuditTables(NamedTuple):
    """What an audit finds, or a part of it.

    Attributes
    ----------
    fetches
        Who requested robots.txt, and when.
    visits
        What each robot did from each host, per day and virtual host.
    violations
        The first violations, each with its evidence; all are counted in ``visits``.
    paces
        In which seconds robots made requests whose operators say that they keep crawl delays.
    lines
        How many lines were read: requests of robots, whatever their virtual host and time,
        those of others, rejected lines and blank ones.
    other_lines
        How many requests no robot made.
    blank_lines
        How many lines have no text, or are comments.
    """

    fetches: pa.Table = empty_table(CODED_FETCHES)
    visits: pa.Table = empty_table(VISITS)
    violations: pa.Table = empty_table(CODED_VIOLATIONS)
    paces: pa.Table = empty_table(PACES)
    lines: int = 0
    other_lines: int = 0
    blank_lines: int = 0

    def __reduce__(self) -> tuple[object, ...]:
        if self.is_empty:  # as that of a scan is
            return AuditTables, ()
        fields = (pack(each) if isinstance(each, pa.Table) else each for each in self)
        return PackedAudit, tuple(fields)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was found, not even a line."""
        tables = (self.fetches, self.visits, self.violations, self.paces)
        return not self.lines and not any(table.num_rows for table in tables)


class PackedAudit(NamedTuple):
    """What an audit finds as it goes from process to process, some of which only pass it on."""

    fetches: bytes
    visits: bytes
    violations: bytes
    paces: bytes
    lines: int
    other_lines: int
    blank_lines: int


def unpacked(audit: AuditTables | PackedAudit) -> AuditTables:
    """Return what an audit finds, with its tables."""
    if isinstance(audit, AuditTables):
        return audit
    tables = (unpack(each) if isinstance(each, bytes) else each for each in audit)
    return AuditTables._make(tables)


NOTHING_AUDITED = AuditTables()


def merge_audits(audits: Iterable[AuditTables | PackedAudit]) -> AuditTables:
    """Merge the tables of several audits, or of parts of one.

    Associative and commutative, with ``NOTHING_AUDITED`` as identity.
    """
    found = [audit for audit in map(unpacked, audits) if not audit.is_empty]
    if not found:
        return NOTHING_AUDITED
    fetches, visits, violations, paces, *counts = zip(*found, strict=True)
    return AuditTables(
        merge_fetches(fetches),
        merge_visits(visits),
        merge_violations(violations),
        merge_paces(paces),
        *map(sum, counts),
    )
