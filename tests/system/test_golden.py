"""What users see, held to the letter: RENEW_GOLDEN=1 writes the files anew, to be looked at."""

import os
import re

import pyarrow.parquet as pq
import pytest
from support.project import PROJECT

DATA = PROJECT / "tests/data"
GOLDEN = DATA / "golden"
TABLE_0_1 = DATA / "robots-0.1.parquet"
LOGS = "data/logs"
SCREEN = {"COLUMNS": "100"}

SEEN = {
    "help.txt": ["--help"],
    "help-scan.txt": ["scan", "--help"],
    "help-show.txt": ["show", "--help"],
    "help-merge.txt": ["merge", "--help"],
    "help-policies.txt": ["policies", "--help"],
    "help-formats.txt": ["formats", "--help"],
    "formats.txt": ["formats"],
    "hosts.txt": ["scan", LOGS, "--quiet"],
    "show.txt": ["show", TABLE_0_1],
    "hosts.csv": ["show", TABLE_0_1, "--csv"],
}


def check(name, text):
    path = GOLDEN / name
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("name", SEEN)
def test_what_is_printed_is_known(name, run_command):
    done = run_command(*SEEN[name], cwd=PROJECT, env=SCREEN)
    assert done.returncode == 0
    check(name, done.stdout)


def test_the_summary_is_known(run_command, tmp_path):
    done = run_command("scan", LOGS, "-o", tmp_path / "robots.parquet", cwd=PROJECT)
    text = re.sub(r"\d+\.\d\d s", "0.00 s", done.stderr).replace(f"{tmp_path}/", "")
    check("summary.txt", text)


def test_the_hosts_of_a_scan_are_those_of_the_first_table(run_command, tmp_path):
    run_command("scan", LOGS, "-o", tmp_path / "robots.parquet", cwd=PROJECT)
    now, then = (pq.read_table(path) for path in (tmp_path / "robots.parquet", TABLE_0_1))
    assert now.schema.equals(then.schema)
    assert now.equals(then)
