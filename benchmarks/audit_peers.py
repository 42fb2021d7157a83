"""A name to the program that audits are compared with: the table of such peers."""

import json
import re
import sys

from benchmarks.peers import (
    OUR_PACKAGES,
    PEERS,
    SCRIPTS,
    Output,
    Peer,
    python_script,
    shell_script,
)

__all__ = ["AUDITORS"]

ROBOTS_TXT = SCRIPTS / "robots.txt"
AUDIT = ("audit", "{folder}", "-o", "{directory}", "--quiet")
OURS = (sys.executable, "-m", "findrobots", *AUDIT)
WITHOUT_NUMBA = (
    "import sys; sys.modules['numba'] = None; from findrobots.__main__ import main; main()"
)
PARSED = re.compile(r"· ([\d,]+) parsed")
REQUESTS = re.compile(r"(\d+) request\(s\)")


def _audited_lines(output: Output) -> int:
    from pyarrow import parquet  # noqa: PLC0415 (only where ours runs)

    metadata = parquet.read_schema(output.directory / "visits.parquet").metadata
    counts = json.loads(metadata[b"findrobots.counts"])
    return int(counts["lines"]) - int(counts["rejects"])


def _grouped_lines(output: Output) -> int:
    from pyarrow import compute, parquet  # noqa: PLC0415 (only where a peer wrote Parquet)

    table = parquet.read_table(output.table, columns=["requests"])
    return int(compute.sum(table["requests"]).as_py() or 0)


def _goaccess_lines(output: Output) -> int:
    return int(json.loads(output.table.read_bytes())["general"]["valid_requests"])


def _census_lines(output: Output) -> int:
    return _number_in(output, PARSED)


def _crawler_lines(output: Output) -> int:
    return _number_in(output, REQUESTS)


def _number_in(output: Output, pattern: re.Pattern[str]) -> int:
    """Return the first number that a pattern finds in what was printed; 0 if there is none."""
    found = pattern.search(output.printed.read_text(errors="replace"))
    return int(found[1].replace(",", "")) if found else 0


AUDITORS = (
    *(peer for peer in PEERS if peer.key == "limit"),
    Peer(
        "audit",
        "**findrobots audit**, all tables",
        OURS,
        None,
        packages=(*OUR_PACKAGES, "numba"),
        lines=_audited_lines,
        weighed=True,
    ),
    Peer(
        "audit-arrays",
        "findrobots audit without numba",
        (sys.executable, "-c", WITHOUT_NUMBA, *AUDIT),
        None,
        packages=OUR_PACKAGES,
        lines=_audited_lines,
        weighed=True,
    ),
    Peer(
        "audit-robots",
        "**findrobots audit `--robots FILE`**",
        (*OURS, "--robots", str(ROBOTS_TXT)),
        None,
        packages=(*OUR_PACKAGES, "numba"),
        lines=_audited_lines,
        weighed=True,
    ),
    Peer(
        "chdb-agents",
        "ClickHouse (chdb), by host and user agent",
        python_script("clickhouse_agents.py", "{table}"),
        None,
        packages=("chdb",),
        lines=_grouped_lines,
    ),
    Peer(
        "duckdb-agents",
        "DuckDB, by host and user agent",
        python_script("duckdb_agents.py", "{table}"),
        None,
        packages=("duckdb",),
        lines=_grouped_lines,
    ),
    Peer(
        "goaccess",
        "GoAccess",
        shell_script("goaccess.sh", "{table}"),
        None,
        programs=("find", "zcat", "goaccess"),
        lines=_goaccess_lines,
    ),
    Peer(
        "agent-census",
        "agent-census",
        shell_script("agent_census.sh", sys.executable, str(ROBOTS_TXT)),
        None,
        programs=("find", "sort", "xargs"),
        packages=("agent_census",),
        lines=_census_lines,
    ),
    Peer(
        "ai-crawler-logs",
        "ai-crawler-logs",
        shell_script("ai_crawler_logs.sh", sys.executable),
        None,
        programs=("find", "zcat"),
        packages=("ai_crawler_logs", "ai_crawler_verify"),
        lines=_crawler_lines,
    ),
)
