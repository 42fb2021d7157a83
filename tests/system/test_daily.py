"""The commands of every day, as a user types them."""

import gzip
import subprocess
import sys

import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.tables.host_table import SCHEMA_VERSION
from findrobots.tables.hosts import HOSTS
from support.samples import lines

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/access.log").write_bytes(lines(0, 100))
    return tmp_path


def test_a_table_is_updated_where_it_stands(run_command, folder):
    for number, more in enumerate((0, 10, 0)):
        with (folder / "logs/access.log").open("ab") as log:
            log.write(lines(1000 * number, more))
        done = run_command("scan", "logs", "-o", "t", "--update")
        assert done.returncode == 0
    added, total = done.stderr.splitlines()[:2]
    assert added.startswith("added: 0 hosts, 0 requests for /robots.txt (")
    assert total == "total: 25 hosts, 55 requests for /robots.txt"
    run_command("scan", "logs", "-o", "u")
    assert (folder / "t").read_bytes() == (folder / "u").read_bytes()


@pytest.mark.usefixtures("folder")
def test_the_ledger_is_shown(run_command):
    run_command("scan", "logs", "-o", "t")
    shown = run_command("show", "t", "--sources").stdout.splitlines()
    assert shown[0].split() == [
        *("source", "bytes_stored", "bytes_text", "matched_lines", "rejects", "damage")
    ]
    size = str(len(lines(0, 100)))
    assert shown[1].split() == ["logs/access.log", size, size, "50", "0"]
    as_csv = run_command("show", "t", "--sources", "--csv").stdout.splitlines()
    assert as_csv[1] == f"logs/access.log,{size},{size},50,0,"
    done = run_command("show", "t", "--sources", "--sort", "host")
    assert "'host' is not a sortable column. Choose one of source, " in done.stderr


def test_tables_of_several_machines_are_merged(run_command, folder):
    (folder / "b").mkdir()
    (folder / "b/access.log").write_bytes(lines(500, 100))
    run_command("scan", "logs", "-o", "a.parquet")
    run_command("scan", "b", "-o", "b.parquet")
    done = run_command("merge", "a.parquet", "b.parquet", "-o", "c.parquet")
    assert (done.returncode, done.stderr) == (0, "25 hosts of 2 logs\nc.parquet written\n")
    run_command("merge", "b.parquet", "a.parquet", "-o", "d.parquet")
    assert (folder / "c.parquet").read_bytes() == (folder / "d.parquet").read_bytes()
    done = run_command("merge", "c.parquet", "a.parquet", "-o", "e.parquet")
    assert done.returncode == 1
    assert done.stderr == (
        "findrobots: c.parquet and a.parquet overlap: logs/access.log and logs/access.log are the "
        "same log. Merge tables of different logs, or count it twice with --allow-overlap.\n"
    )
    assert not (folder / "e.parquet").exists()
    done = run_command("merge", "c.parquet", "a.parquet", "-o", "e.parquet", "--allow-overlap")
    assert done.returncode == 0
    done = run_command("scan", "logs", "-o", "c.parquet", "--update")
    assert "1 log unchanged since the last update" in done.stderr


def test_a_merged_table_may_take_the_place_of_one_of_its_parts(run_command, folder):
    run_command("scan", "logs", "-o", "a.parquet")
    done = run_command("merge", "a.parquet", "-o", "a.parquet")
    assert done.returncode == 0
    assert findrobots.read_hosts(folder / "a.parquet").num_rows == 25


def test_requests_are_bounded_in_time(run_command, folder):
    arguments = ["--since", "2026-09-01T00:00:10", "--until", "2026-09-01T00:00:20"]
    done = run_command("scan", "logs", "-o", "t", *arguments)
    assert done.stderr.startswith(
        "5 hosts, 5 requests for /robots.txt since 2026-09-01 00:00:10 until 2026-09-01 00:0"
    )
    metadata = pq.read_schema(folder / "t").metadata
    assert metadata[b"findrobots.since"] == b"2026-09-01T00:00:10+00:00"
    done = run_command("scan", "logs", "-o", "t", "--update", *arguments)
    assert done.returncode == 0
    before = (folder / "t").read_bytes()
    done = run_command("scan", "logs", "-o", "t", "--update")
    assert done.returncode == 1
    assert "t was built for /robots.txt since 2026-09-01 00:00:10 until" in done.stderr
    assert "this scan for /robots.txt. Use a separate table" in done.stderr
    assert (folder / "t").read_bytes() == before


def test_a_table_without_a_ledger_is_shown_and_not_updated(run_command, folder):
    hosts = findrobots.find_robots(folder / "logs")
    pq.write_table(hosts.replace_schema_metadata({"findrobots.version": "0.0.9"}), folder / "t")
    assert run_command("show", "t").returncode == 0
    for command in (
        ["scan", "logs", "-o", "t", "--update"],
        ["merge", "t", "-o", "u"],
        ["show", "t", "--sources"],
    ):
        done = run_command(*command)
        assert done.returncode == 1
        assert done.stderr == (
            "findrobots: t: This table, written by findrobots 0.0.9, has no ledger of its logs. "
            "Rescan the logs with findrobots scan -o.\n"
        )


def test_a_table_of_a_later_version_is_refused(run_command, folder):
    hosts = findrobots.find_robots(folder / "logs")
    later = {"findrobots.version": "9.0", "findrobots.schema_version": str(SCHEMA_VERSION + 1)}
    pq.write_table(hosts.replace_schema_metadata(later), folder / "t")
    for command in (["show", "t"], ["scan", "logs", "-o", "t", "--update"]):
        done = run_command(*command)
        assert done.returncode == 1
        assert "written by findrobots 9.0, a later version: install that" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"findrobots.ledger_bytes": "99999999"},
        {"findrobots.ledger_bytes": "12"},
        {"findrobots.ledger_bytes": "-5"},
        {"findrobots.ledger_bytes": "x"},
        {"findrobots.paths": "["},
        {"findrobots.paths": "5"},
        {"findrobots.paths": '["no path"]'},
        {"findrobots.vhosts": "[[]]"},
        {"findrobots.since": "never"},
        {"findrobots.schema_version": "x"},
        {"findrobots.version": b"\xff"},
    ],
    ids=str,
)
def test_a_ledger_that_is_none_is_one_line(run_command, folder, change):
    run_command("scan", "logs", "-o", "t")
    stored = (folder / "t").read_bytes()
    metadata = pq.read_metadata(folder / "t").metadata
    hosts = pq.read_table(folder / "t").replace_schema_metadata(None).cast(HOSTS)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, HOSTS) as writer:
        sink.write(stored[4 : 4 + int(metadata[b"findrobots.ledger_bytes"])])
        writer.write_table(hosts)
        kept = {name: value for name, value in metadata.items() if name.startswith(b"findrobots")}
        writer.add_key_value_metadata(
            kept | {name.encode(): value for name, value in change.items()}
        )
    (folder / "t").write_bytes(sink.getvalue())
    done = run_command("scan", "logs", "-o", "t", "--update")
    if done.returncode == 0:
        assert change == {"findrobots.version": b"\xff"}
        return
    assert done.returncode == 1
    assert done.stderr.startswith("findrobots: t: ")
    assert done.stderr.count("\n") == 1


def test_a_damaged_log_is_named_and_the_rest_counts(run_command, folder):
    (folder / "logs/cut.gz").write_bytes(gzip.compress(lines(500, 100))[:-9])
    done = run_command("scan", "logs", "-o", "t")
    assert done.returncode == 3
    assert "read completely:\n  logs/cut.gz: unexpected end of gzip stream" in done.stderr
    assert findrobots.read_hosts(folder / "t").num_rows == 25
    before = (folder / "t").read_bytes()
    done = run_command("scan", "logs", "-o", "t", "--strict", "--path", "/index.html")
    assert done.returncode == 1
    assert done.stderr.startswith(
        "findrobots: 1 log could not be read completely (logs/cut.gz: unexpected end"
    )
    assert (folder / "t").read_bytes() == before
    assert "unexpected end of gzip" in run_command("show", "t", "--sources").stdout
    assert run_command("scan", "logs", "-o", "t", "--update").returncode == 0


def test_two_updates_at_once_lose_nothing(folder):
    for number in range(4):
        (folder / f"{number}.log").write_bytes(lines(1000 * number, 100))
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "findrobots", "scan", f"{number}.log", "-qo", "t", "--update"],
            cwd=folder,
        )
        for number in range(4)
    ]
    assert [run.wait(timeout=60) for run in runs] == [0] * 4
    hosts = findrobots.read_hosts(folder / "t")
    assert sum(hosts["requests"].to_pylist()) == 200
    assert {path.name for path in folder.iterdir()} == {
        "logs",
        "t",
        *(f"{n}.log" for n in range(4)),
    }


def test_a_table_in_a_bucket_is_updated_there(run_command, folder, s3):
    for more in (0, 10):
        with (folder / "logs/access.log").open("ab") as log:
            log.write(lines(1000, more))
        done = run_command("scan", "logs", "-o", "s3://logs/robots.parquet", "--update")
        assert (done.returncode, done.stderr.splitlines()[-1]) == (
            0,
            "s3://logs/robots.parquet written",
        )
    run_command("scan", "logs", "-o", "u")
    assert s3.cat_file("logs/robots.parquet") == (folder / "u").read_bytes()
