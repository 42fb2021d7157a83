"""What users see, held to the letter: RENEW_GOLDEN=1 writes the files anew, to be looked at."""

import os
import re
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from support.project import PROJECT
from support.terminal import on_a_terminal

DATA = PROJECT / "tests/data"
GOLDEN = DATA / "golden"
TABLE_0_1 = DATA / "robots-0.1.parquet"
LOGS = "data/logs"
SCREEN = {"COLUMNS": "100"}
# Requests of 20 October 2026, and lists of addresses from before and after that day.
ROBOTS_LOG = "tests/data/robots.log"
LISTS = DATA / "lists"

SEEN = {
    "help.txt": ["--help"],
    "help-scan.txt": ["scan", "--help"],
    "help-audit.txt": ["audit", "--help"],
    "help-doctor.txt": ["doctor", "--help"],
    "help-show.txt": ["show", "--help"],
    "help-merge.txt": ["merge", "--help"],
    "help-policies.txt": ["policies", "--help"],
    "help-formats.txt": ["formats", "--help"],
    "help-robots.txt": ["robots", "--help"],
    "help-lists.txt": ["lists", "--help"],
    "help-config.txt": ["config", "--help"],
    "help-completion.txt": ["completion", "--help"],
    "help-lists-update.txt": ["lists", "update", "--help"],
    "help-block.txt": ["block", "--help"],
    "formats.txt": ["formats"],
    "hosts.txt": ["scan", LOGS, "--quiet"],
    "show.txt": ["show", TABLE_0_1],
    "show-by-robot.txt": ["show", TABLE_0_1, "--by", "robot"],
    "hosts.csv": ["show", TABLE_0_1, "--csv"],
    "hosts.json": ["show", TABLE_0_1, "--json", "--limit", "3"],
    "hosts.ndjson": ["show", TABLE_0_1, "--ndjson", "--limit", "3"],
    "scan.csv": ["scan", LOGS, "--csv", "--since", "2026-09-06", "--quiet"],
    "audit.txt": ["audit", LOGS, "--robots", "data/policies", "--quiet"],
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


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("name", ["help", "help-scan", "help-audit"])
def test_a_help_is_known_at_each_width(name, columns, run_command):
    screen = {"COLUMNS": str(columns)}
    done = run_command(*SEEN[f"{name}.txt"], cwd=PROJECT, env=screen)
    assert max(map(len, done.stdout.splitlines())) <= columns
    check(f"{name}-{columns}.txt", done.stdout)


@pytest.fixture(scope="module")
def robots_table(tmp_path_factory):
    table = tmp_path_factory.mktemp("golden") / "robots.parquet"
    command = [sys.executable, "-m", "findrobots", "scan", ROBOTS_LOG, "-o", table, "--quiet"]
    subprocess.run(command, cwd=PROJECT, check=True)
    return table


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize("more", [[], ["--by", "robot"]], ids=["hosts", "robots"])
def test_what_a_terminal_shows_is_known(robots_table, columns, more):
    arguments = ["show", robots_table, "--lists", LISTS, *more]
    shown = on_a_terminal(arguments, columns, PROJECT).replace("\r\n", "\n")
    assert max(map(len, shown.splitlines())) <= columns
    check(f"terminal-{'robots' if more else 'hosts'}-{columns}.txt", shown)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_what_doctor_shows_on_a_terminal_is_known(columns):
    shown = on_a_terminal(["doctor", LOGS, "--quiet"], columns, PROJECT).replace("\r\n", "\n")
    assert max(map(len, shown.splitlines())) <= columns
    check(f"terminal-doctor-{columns}.txt", shown)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_what_is_selected_is_shown_in_colour(robots_table, columns):
    arguments = ["show", robots_table, "--lists", LISTS, "--verdict", "impostor"]
    arguments += ["--verdict", "verified", "--since", "2026-10-20"]
    shown = on_a_terminal(arguments, columns, PROJECT, NO_COLOR="", TERM="xterm")
    plain = re.sub(r"\x1b\[\d*m", "", shown)
    assert max(map(len, plain.splitlines())) <= columns
    check(f"terminal-selected-{columns}.txt", shown.replace("\r\n", "\n"))


def test_robots_and_their_verdicts_are_known_in_csv(robots_table, run_command):
    done = run_command("show", robots_table, "--lists", LISTS, "--csv", cwd=PROJECT)
    check("verdicts.csv", done.stdout)


def test_the_summary_is_known(run_command, tmp_path):
    done = run_command("scan", LOGS, "-o", tmp_path / "robots.parquet", cwd=PROJECT)
    text = re.sub(r"\d+\.\d\d s", "0.00 s", done.stderr).replace(f"{tmp_path}/", "")
    check("summary.txt", text)


def test_the_hosts_of_a_scan_are_those_of_the_first_table(run_command, tmp_path):
    run_command("scan", LOGS, "-o", tmp_path / "robots.parquet", cwd=PROJECT)
    now, then = (pq.read_table(path) for path in (tmp_path / "robots.parquet", TABLE_0_1))
    assert now.schema.equals(then.schema)
    assert now.equals(then)
