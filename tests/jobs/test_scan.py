import gzip
import pickle
import random
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import findrobots
import pytest
from findrobots import find_robots
from findrobots.errors import (
    DamagedLogsError,
    DamagedLogsWarning,
    InvalidPathError,
    MissingResultsError,
    SchedulerError,
)
from findrobots.flow import ScanOptions, scan_flow
from findrobots.jobs.scan import raise_for_damage
from findrobots.running.partitions import Partition, pack
from findrobots.running.schedulers import connect
from findrobots.storage.discovery import find_sources
from findrobots.tables.hosts import merge_hosts
from findrobots.tables.parquet import write_hosts
from support.project import PROJECT
from support.samples import BROKEN, LOGS
from support.scans import scan


def test_the_table_of_the_sample_logs_is_this(logs):
    a, b, c = (str(logs / name) for name in ("a.log.gz", "b.log.gz", "c/access.log.1"))

    def utc(*fields):
        return datetime(2026, *fields, tzinfo=UTC)

    names = ["host", "requests", "first_seen", "last_seen", "user_agents", "source", "offset"]
    offset = len(gzip.decompress((logs / "b.log.gz").read_bytes()).splitlines(keepends=True)[0])
    c_offset = len((logs / "c/access.log.1").read_bytes().splitlines(keepends=True)[0])
    assert find_robots(logs).select(names).to_pylist() == [
        dict(zip(names, row, strict=True))
        for row in [
            ("192.0.2.1", 2, utc(9, 1, 9), utc(9, 1, 10), ["Abot/1", "Abot/2"], b, 0),
            ("192.0.2.2", 1, utc(9, 1, 11), utc(9, 1, 11), ["Bbot"], a, 90),
            ("192.0.2.3", 1, utc(9, 1, 1), utc(9, 1, 1), ["Cbot"], c, c_offset),
            ("2001:db8::1", 2, utc(9, 1, 7, 30), utc(9, 2, 7, 30), ["Six/1"], b, offset),
        ]
    ]


def test_every_row_can_be_defended_from_its_source_and_offset(logs):
    for row in find_robots(logs).to_pylist():
        stored = Path(row["source"]).read_bytes()
        text = gzip.decompress(stored) if row["source"].endswith(".gz") else stored
        line = text[row["offset"] :].splitlines()[0].decode().lower()
        assert line.startswith((row["host"], "2001:db8:0::1", "2001:db8::1"))
        assert "/robots.txt" in line


def test_a_broken_line_is_a_reject_and_what_was_read_is_told(logs):
    found = scan(find_sources(logs))
    assert found.reject_count == 1
    assert found.rejects.to_pylist() == [
        {
            "source": str(logs / "d.log"),
            "offset": 0,
            "reason": "unknown format",
            "text": BROKEN.decode(),
        }
    ]
    assert found.sources.num_rows == len(LOGS)


def partitionings(sources):
    """Yield ways to lay out the sources: all in one, each alone, shuffled, among empty ones."""
    paths = [source.path for source in sources]
    shuffled = paths[:]
    random.Random(1).shuffle(shuffled)  # noqa: S311 (it is no secret)
    for parts in (
        [paths],
        [[path] for path in reversed(paths)],
        [shuffled[:2], shuffled[2:]],
        [[path] for path in shuffled] + [[]] * 30,
    ):
        yield [Partition(tuple(part)) for part in parts]


@pytest.mark.parametrize(
    "scheduler", ["sync", "threads", pytest.param("processes", marks=pytest.mark.slow)]
)
def test_any_scheduler_partitioning_and_order_gives_equal_bytes(logs, tmp_path, scheduler):
    once, again = tmp_path / "once.parquet", tmp_path / "again.parquet"
    table = find_robots(logs)
    write_hosts(table, once)
    for partitions in partitionings(find_sources(logs)):
        with connect(scheduler, 2) as runner:
            found = runner.compute(partial(scan_flow, options=ScanOptions()), partitions)
        hosts = merge_hosts([found.hosts])
        write_hosts(hosts.replace_schema_metadata(table.schema.metadata), again)
        assert again.read_bytes() == once.read_bytes()
        assert found.reject_count == 1


def test_a_damaged_log_is_named_and_what_can_be_read_counts(logs):
    whole = find_robots(logs).to_pylist()
    stored = (logs / "a.log.gz").read_bytes()
    (logs / "a.log.gz").write_bytes(stored[:-9])
    (logs / "gone.log").symlink_to("nowhere")
    with pytest.warns(DamagedLogsWarning) as caught:
        found = find_robots(logs)
    assert found.to_pylist() == whole
    named = str(caught[0].message)
    assert f"{logs}/a.log.gz: unexpected end of gzip stream at byte " in named
    assert f"{logs}/gone.log: No such file or directory" in named
    with pytest.raises(DamagedLogsError, match=r"^2 logs could not be read completely \("):
        raise_for_damage(scan(find_sources(logs)).sources)


def test_other_paths_are_looked_for_and_stand_in_the_metadata(logs):
    table = find_robots(logs, path=["/robots.txt", "/index.html"])
    assert "192.0.2.9" in table["host"].to_pylist()
    assert table.schema.metadata[b"findrobots.paths"] == b'["/index.html", "/robots.txt"]'


def test_wrong_arguments_are_named(logs):
    with pytest.raises(InvalidPathError, match=r"^\'robots\.txt\': a request path"):
        find_robots(logs, path="robots.txt")
    with pytest.raises(SchedulerError, match="Unknown scheduler 'slurm'"):
        find_robots(logs, scheduler="slurm")


def test_all_that_is_shipped_to_workers_survives_pickle(logs):
    flow = scan_flow(pack(find_sources(logs), 2), ScanOptions(max_rejects=3))
    for task in dict(flow.__dask_graph__()).values():
        pickle.loads(pickle.dumps(task))  # noqa: S301 (it is our own) (our own)
    found = scan(find_sources(logs))
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 (it is our own)


def test_an_iterator_that_ends_early_cannot_cut_a_partition_short(logs, monkeypatch):
    def ends_early(*_, **__):
        raise StopIteration

    monkeypatch.setattr("findrobots.flow.filter_columns", ends_early)
    with pytest.raises(MissingResultsError, match=r"(\d) of \1 logs have no result from"):
        find_robots(logs, scheduler="sync")


def test_the_package_gives_what_it_promises():
    assert [getattr(findrobots, name) for name in findrobots.__all__]
    with pytest.raises(AttributeError, match="no attribute 'robots_txt'"):
        findrobots.robots_txt  # noqa: B018 (that it raises is the fact)


def modules_after(code):
    script = f"{code}\nimport sys; print(*sys.modules)"
    return subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=PROJECT
    ).stdout.split()


@pytest.mark.slow
def test_a_scan_imports_neither_pandas_nor_distributed(logs):
    code = f"import findrobots; findrobots.find_robots({str(logs)!r}, scheduler='processes')"
    assert not {"pandas", "distributed", "tqdm"} & set(modules_after(code))


@pytest.mark.slow
def test_neither_do_an_update_and_its_summary(logs, tmp_path):
    arguments = ["scan", str(logs), "-o", str(tmp_path / "x"), "--update"]
    code = f"from findrobots.cli.main import cli; cli({arguments}, standalone_mode=False)\n"
    assert not {"pandas", "distributed", "tqdm"} & set(modules_after(code))
    with (logs / "c/access.log").open("ab") as file:
        file.write((logs / "c/access.log.1").read_bytes())
    assert not {"pandas", "distributed", "tqdm"} & set(modules_after(code))


def test_help_waits_for_neither_dask_nor_arrow():
    assert not {"dask", "pyarrow"} & set(modules_after("import findrobots.cli.main"))


# Real logs, with the answers counted by other means


def recipe_hosts(folder):
    """Find the hosts as the Cookbook's recipe does: every line split, field by field."""
    hosts, requests = set(), 0
    for path in folder.glob("*.gz"):
        with gzip.open(path, "rt", encoding="latin-1") as file:
            for line in file:
                fields = line.split()
                if fields[6] == "/robots.txt":
                    hosts.add(fields[0])
                    requests += 1
    return hosts, requests


@pytest.mark.parametrize(
    ("name", "hosts", "requests"), [("recipe", 378, 1272), ("combined", 121, 180)]
)
def test_real_logs_hold_the_hosts_that_the_recipe_finds(real_logs, name, hosts, requests):
    table = find_robots(real_logs / name)
    found, counted = recipe_hosts(real_logs / name)
    assert (len(found), counted) == (hosts, requests)
    assert set(table["host"].to_pylist()) == found
    assert sum(table["requests"].to_pylist()) == counted


def test_the_evidence_of_the_recipe_logs_is_what_awk_counts(real_logs):
    table = find_robots(real_logs / "recipe")
    totals = {name: sum(table[name].to_pylist()) for name in table.column_names if "status" in name}
    assert totals == {"status_2xx": 1271, "status_3xx": 1, "status_4xx": 0, "status_5xx": 0}
    assert sum("HEAD" in methods for methods in table["methods"].to_pylist()) == 1


@pytest.mark.parametrize(("name", "lines"), [("crlf.log", 27), ("latin1.log", 12)])
def test_awkward_real_logs_lose_no_line_that_mentions_the_path(real_logs, name, lines):
    path = real_logs / "awkward" / name
    containing = [line for line in path.read_bytes().splitlines() if b"/robots.txt" in line]
    asking = [line for line in containing if line.split()[6].partition(b"?")[0] == b"/robots.txt"]
    found = scan(find_sources(path))
    assert len(containing) == lines
    assert found.reject_count == 0
    assert sum(found.hosts["requests"].to_pylist()) == len(asking)


@pytest.mark.slow
def test_all_real_logs_are_scanned_in_one_command(real_logs, run_command):
    # Counted with awk, folder by folder: recipe, combined, crlf.log, latin1.log; and with
    # grep: aws-alb.log, nginx-proxy-manager.log.
    requests = 1272 + 180 + 27 + 12 + 2 + 1
    done = run_command("scan", real_logs)
    assert done.returncode == 0
    assert f"hosts, {requests:,} requests for /robots.txt (32 logs, " in done.stderr
    assert " 0 unparsed lines, " in done.stderr
    assert "aws-alb 2, combined 192, common 1,299, nginx-proxy-manager 1" in done.stderr


@pytest.mark.slow
def test_the_samples_of_formats_are_scanned_for_paths_that_they_hold(real_logs, run_command):
    # Each path with the lines that ask for it, counted with grep.
    held = {"/foo.php": 1, "/testseb": 2, "/xxx/xxx": 1, "/sdfdsf": 1, "/Products/theProduct": 1}
    for path, requests in held.items():
        done = run_command("scan", real_logs / "formats", "--path", path)
        assert re.search(rf", {requests} requests? for {path} \(", done.stderr), done.stderr
