"""Where the commands write their tables, and in which format."""

import csv
import io
import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from support.audited_site import SITE, all_requests, write_site
from support.terminal import on_a_terminal


def parsed(text, table_format):
    """Return the hosts in some text, and how many requests each made."""
    if table_format == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
    elif table_format == "json":
        rows = json.loads(text)
    else:
        rows = [*map(json.loads, text.splitlines())]
    return {row["host"]: int(row["requests"]) for row in rows}


HOSTS = {"192.0.2.1": 3, "2001:db8::1": 1, "192.0.2.2": 1, "192.0.2.3": 1}
FORMATS = ["csv", "json", "ndjson"]


@pytest.mark.parametrize("table_format", FORMATS)
def test_scan_writes_one_table_to_standard_output_and_to_a_file(run_command, logs, table_format):
    printed = run_command("scan", logs, f"--{table_format}", "-q")
    dash = run_command("scan", logs, f"--{table_format}", "-o", "-", "-q")
    written = run_command("scan", logs, "-o", f"robots.{table_format}")
    named = run_command("scan", logs, f"--{table_format}", "-o", "robots", "-q")
    assert {done.returncode for done in (printed, dash, written, named)} == {0}
    assert sum(parsed(printed.stdout, table_format).values()) == 6
    assert set(parsed(printed.stdout, table_format)) == set(HOSTS)
    assert dash.stdout == printed.stdout
    assert (written.stdout, named.stdout) == ("", "")
    assert written.stderr.endswith(f"robots.{table_format} written\n")
    for name in (f"robots.{table_format}", "robots"):
        with (logs.parent / name).open(newline="") as file:
            assert file.read() == dash.stdout.replace(
                "\n", "\r\n" if table_format == "csv" else "\n"
            )


def test_parquet_goes_to_standard_output_as_to_a_file(logs, run_command, tmp_path):
    command = [sys.executable, "-m", "findrobots", "scan", "logs", "-q", "-o", "-"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert done.stderr == b""
    (tmp_path / "piped.parquet").write_bytes(done.stdout)
    run_command("scan", logs.name, "-o", "robots.parquet")
    assert (tmp_path / "robots.parquet").read_bytes() == done.stdout
    assert run_command("scan", "logs", "--update", "-o", "piped.parquet").returncode == 0


@pytest.mark.usefixtures("logs")
def test_parquet_is_not_printed_on_a_terminal(tmp_path):
    shown = on_a_terminal(["scan", "logs", "-o", "-"], 200, tmp_path, status=2)
    assert "--output: Parquet is not printed on a terminal. Add --csv, --json" in shown
    assert "PAR1" not in shown


@pytest.mark.usefixtures("logs")
def test_a_table_of_any_name_is_still_updated(run_command, tmp_path):
    run_command("scan", "logs", "-o", "robots")
    (tmp_path / "robots").rename(tmp_path / "robots.old")
    assert run_command("scan", "logs", "-o", "robots.old", "--update").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--by", "robot"], ["--sources"]])
def test_show_writes_the_same_rows_in_every_format(run_command, logs, tmp_path, more):
    run_command("scan", logs, "-o", "t.parquet")
    rows = json.loads(run_command("show", "t.parquet", "--json", *more).stdout)
    lines = run_command("show", "t.parquet", "--ndjson", *more).stdout.splitlines()
    assert [*map(json.loads, lines)] == rows
    for name in ("x.csv", "x.json", "x.ndjson", "x.jsonl", "x.parquet"):
        done = run_command("show", "t.parquet", "-o", name, *more)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.endswith(f"{name} written\n")
    table = pq.read_table(tmp_path / "x.parquet")
    assert (table.num_rows, table.column_names) == (len(rows), [*rows[0]])
    with (tmp_path / "x.csv").open(newline="") as file:
        heading, *cells = csv.reader(file)
    assert (len(cells), heading) == (len(rows), [*rows[0]])
    assert (tmp_path / "x.jsonl").read_text().splitlines() == lines


@pytest.mark.slow
def test_audit_writes_its_robots_as_one_table(run_command, tmp_path):
    logs, policies, lists = write_site(tmp_path, all_requests())
    site = (logs, "--robots", policies, "--lists", lists, "--vhost", SITE)
    assert run_command("audit", *site, "-o", "whole", "-q").returncode == 0
    rows = json.loads(run_command("show", "whole", "--json").stdout)
    assert len(rows) > 3
    assert json.loads(run_command("audit", *site, "--json", "-q").stdout) == rows
    lines = run_command("audit", *site, "--ndjson", "-o", "-", "-q").stdout.splitlines()
    assert [*map(json.loads, lines)] == rows
    done = run_command("audit", *site, "-o", "robots.csv")
    assert done.stderr.endswith("robots.csv written\n")
    shown = run_command("show", "whole", "--csv").stdout
    assert (tmp_path / "robots.csv").read_text() == shown
    assert len(json.loads(run_command("show", "whole", "--sources", "--json").stdout)) > 1
    violations = json.loads(run_command("show", "whole", "--violations", "--json").stdout)
    assert {"verified", "unknown"} & {row["verdict"] for row in violations}
    refused = run_command("show", "whole", "-o", "whole/robots.parquet")
    assert "it would replace a part of the table" in refused.stderr
