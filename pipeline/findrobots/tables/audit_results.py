"""Tabulate the requests of robots, judged, as an audit finds them in blocks of a log."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from findrobots.arrow import table_of_rows
from findrobots.formats.coded import RobotRequests, concat
from findrobots.formats.columns import ParsedBlock
from findrobots.records import RangeStatus, Reject, Sample, SourceStatus
from findrobots.tables.audit import AuditTables, unpacked
from findrobots.tables.judge import Judge
from findrobots.tables.ledger import SOURCES
from findrobots.tables.paces import merge_paces
from findrobots.tables.results import NOTHING, REJECTS, ScanResult, count_rejects, merge
from findrobots.tables.violations import latest_time
from findrobots.tables.visits import tabulate_visits

__all__ = ["tabulate_audit"]

# Requests that are judged at once: enough for arrays to pay, few enough for memory.
BATCH_ROWS = 1 << 17
# Bytes of their targets and user agents, any of which may be as long as a line.
BATCH_BYTES = 1 << 25
# Visits that are collected before they are merged with those found so far.
MERGE_ROWS = 1 << 16

Item = ParsedBlock | Reject | Sample | SourceStatus | RangeStatus


def tabulate_audit(
    items: Iterable[Item],
    judge: Judge,
    *,
    max_rejects: int | None = None,
    batch_rows: int = BATCH_ROWS,
    merge_rows: int = MERGE_ROWS,
) -> ScanResult:
    """Collect the items of a partition into one result.

    The memory in use depends on the number of visits, not on that of requests.

    Parameters
    ----------
    items
        The parsed blocks of logs, rejected lines, and the status of each log.
    judge
        Judges each request.
    max_rejects
        Number of rejected lines to keep; all by default.
    batch_rows
        Requests that are judged at once.
    merge_rows
        Visits that are collected before they are merged.
    """
    result, parts = NOTHING, list[ScanResult]()
    for batch in _batches(items, batch_rows):
        parts.append(_tabulate_batch(batch, judge, latest_time(unpacked(result.audit).violations)))
        if _rows(parts) > max(merge_rows, _rows([result])):
            result, parts = merge([result, *parts], max_rejects=max_rejects), []
    return merge([result, *parts], max_rejects=max_rejects)


def _rows(results: Iterable[ScanResult]) -> int:
    audits = [unpacked(result.audit) for result in results]
    return sum(audit.visits.num_rows + audit.violations.num_rows for audit in audits)


def _batches(items: Iterable[Item], batch_rows: int) -> Iterator[list[Item]]:
    """Group items into batches of a number of requests, or of bytes."""
    batch, rows, size, counted = list[Item](), 0, 0, dict[int, int]()
    for item in items:
        batch.append(item)
        if isinstance(item, ParsedBlock):
            rows += sum(len(part.time) for part in item.requests)
            size += sum(_new_size(part, counted) for part in item.requests)
        else:
            rows += 1
        if rows >= batch_rows or size >= BATCH_BYTES:
            yield batch
            batch, rows, size, counted = [], 0, 0, {}
    yield batch


def _new_size(requests: RobotRequests, counted: dict[int, int]) -> int:
    """Return the bytes of values that are not counted yet; several parts may have the same list."""
    size = 0
    for values in (requests.target.values, requests.user_agent.values):
        known = counted.get(id(values), 0)
        counted[id(values)] = len(values)
        size += sum(map(len, islice(values, known, None)))
    return size


def _tabulate_batch(items: list[Item], judge: Judge, until: int | None) -> ScanResult:
    blocks = [item for item in items if isinstance(item, ParsedBlock)]
    rejects = [item for item in items if isinstance(item, Reject)]
    rejects += chain.from_iterable(block.rejects for block in blocks)
    statuses = [item for item in items if isinstance(item, SourceStatus)]
    requests = [part for block in blocks for part in block.requests]
    audit = AuditTables(
        lines=sum(block.lines for block in blocks),
        other_lines=sum(block.other_lines for block in blocks),
        blank_lines=sum(block.blank_lines for block in blocks),
    )
    if requests:
        judged, violations, paces = judge.judge(concat(requests), until)
        audit = audit._replace(
            visits=tabulate_visits(judged), violations=violations, paces=merge_paces([paces])
        )
    return NOTHING._replace(
        reject_counts=count_rejects(rejects),
        rejects=table_of_rows(rejects, REJECTS),
        sources=table_of_rows(statuses, SOURCES),
        audit=audit,
        ranges=tuple(item for item in items if isinstance(item, RangeStatus)),
    )
