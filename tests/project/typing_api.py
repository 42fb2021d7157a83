"""Use every public name as a typed program does; test_typing.py only type-checks this."""

from pathlib import Path
from typing import assert_type

import findrobots
import pandas as pd
import pyarrow as pa


def use_scan() -> None:
    outcome = findrobots.scan(["a.log", Path("b.log")], output="t.parquet", update=True, workers=2)
    assert_type(outcome, findrobots.ScanOutcome)
    assert_type(outcome.hosts, pa.Table)
    assert_type(outcome.rejects, pa.Table)
    assert_type(outcome.sources, pa.Table)
    assert_type(outcome.reject_count, int)
    assert_type(outcome.unrecognized, pa.Table)
    assert_type(outcome.to_pandas(), pd.DataFrame)
    outcome.save(Path("hosts.parquet"))
    findrobots.scan("a.log", path=["/robots.txt"], since="2026-09-01", scheduler="threads")
    findrobots.scan(42)  # type: ignore[arg-type]
    findrobots.scan("a.log", sheduler="threads")  # type: ignore[call-arg]


def use_audit() -> None:
    outcome = findrobots.audit("logs", robots=[Path("robots.txt")], verify="none", output="site")
    assert_type(outcome, findrobots.AuditOutcome)
    assert_type(outcome.robots, pa.Table)
    assert_type(outcome.visits, pa.Table)
    assert_type(outcome.violations, pa.Table)
    assert_type(outcome.rejects, pa.Table)
    assert_type(outcome.reject_count, int)
    assert_type(outcome.to_pandas(), pd.DataFrame)
    assert_type(outcome.to_pandas("violations"), pd.DataFrame)
    outcome.save(Path("site"))
    outcome.to_pandas("hosts")  # type: ignore[arg-type]
    findrobots.audit("logs", robots=42)  # type: ignore[arg-type]
    findrobots.audit("logs", verfiy="dns")  # type: ignore[call-arg]


def use_tables() -> None:
    hosts = findrobots.find_robots("a.log", format="combined", timezone="Europe/Berlin")
    assert_type(hosts, pa.Table)
    assert_type(findrobots.merge_hosts([hosts, hosts]), pa.Table)
    assert_type(findrobots.HOSTS, pa.Schema)
    findrobots.write_hosts(hosts, "hosts.parquet")
    assert_type(findrobots.read_hosts("hosts.parquet"), pa.Table)
    table = findrobots.read_table("hosts.parquet")
    assert_type(table, findrobots.HostTable)
    findrobots.write_hosts(table, Path("hosts.parquet"))
    findrobots.merge(["a.parquet", "b.parquet"], output="all.parquet", allow_overlap=True)
    findrobots.read_requests("a.log", path="/robots.txt")


def use_robots() -> None:
    hosts = findrobots.find_robots("a.log")
    assert_type(findrobots.identify(hosts), pa.Table)
    assert_type(findrobots.identify(findrobots.read_table("hosts.parquet")), pa.Table)
    assert_type(findrobots.verify(Path("hosts.parquet"), "lists", dns=True), pa.Table)
    findrobots.verify(hosts, lists=42)  # type: ignore[arg-type]


def use_errors() -> None:
    assert_type(findrobots.__version__, str)
    try:
        findrobots.scan("a.log", strict=True)
    except findrobots.FindrobotsError as error:
        assert_type(error, findrobots.FindrobotsError)
    for category in (findrobots.DamagedLogsWarning, findrobots.ScanWarning):
        assert issubclass(category, UserWarning)
