"""Where the commands write their tables, and in which format."""

import csv
import io
import json
import re
import subprocess
import sys

import findrobots
import pyarrow.parquet as pq
import pytest
from findrobots.cli.scan import scan
from findrobots.errors import OutputError
from findrobots.tables.export import TEXT_FORMATS
from findrobots.writing.names import SUFFIXES
from support.audited_site import SITE, all_requests, write_site
from support.project import PROJECT
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


def test_every_format_has_an_option_and_a_suffix():
    assert {"parquet", *FORMATS} == {*SUFFIXES.values()} == {"parquet", *TEXT_FORMATS}
    assert [option.name for option in scan.params if option.name in TEXT_FORMATS] == FORMATS


@pytest.mark.parametrize("table_format", FORMATS)
def test_the_library_writes_what_the_command_writes(
    run_command, logs, tmp_path, monkeypatch, table_format
):
    monkeypatch.chdir(tmp_path)
    findrobots.scan(logs.name, output=tmp_path / f"robots.{table_format}")
    done = run_command("scan", logs.name, "-o", f"again.{table_format}")
    assert done.returncode == 0
    written = (tmp_path / f"robots.{table_format}").read_bytes()
    assert written == (tmp_path / f"again.{table_format}").read_bytes()
    with pytest.raises(OutputError, match="only a Parquet table can be updated"):
        findrobots.scan(logs, output=tmp_path / f"robots.{table_format}", update=True)


@pytest.mark.parametrize("command", ["audit", "show"])
@pytest.mark.usefixtures("logs")
def test_a_table_does_not_replace_a_directory(run_command, tmp_path, command):
    run_command("scan", "logs", "-o", "t.parquet")
    (tmp_path / "x.csv").mkdir()
    done = run_command(command, "t.parquet" if command == "show" else "logs", "-o", "x.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "findrobots: Cannot write x.csv: it is a directory. Name a file in it.\n"
    )


# Modules that take long to import, and of which these formats need none.
COUNT_HEAVY = """
import sys
from findrobots.cli.main import _run
_run(sys.argv[1:])
sys.exit("pandas" in sys.modules)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("logs")
def test_no_format_and_no_selection_needs_pandas(run_command, tmp_path):
    run_command("scan", "logs", "-o", "t.parquet")
    for arguments in (
        ["scan", "logs", "--csv", "--scheduler", "sync"],
        ["scan", "logs", "-o", "x.json", "--scheduler", "sync"],
        ["show", "t.parquet", "-o", "y.parquet", "--since", "7d", "--robot", "GPTBot"],
        ["show", "t.parquet", "--ndjson", "--by", "robot", "--verdict", "unknown"],
    ):
        command = [sys.executable, "-c", COUNT_HEAVY, *arguments]
        assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0, arguments


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


ROBOTS_LOG = PROJECT / "tests/data/robots.log"
LISTS = PROJECT / "tests/data/lists"


@pytest.fixture
def shown(run_command, tmp_path):
    """What show prints of a table of robots, as rows."""
    run_command("scan", ROBOTS_LOG, "-o", tmp_path / "robots.parquet")

    def rows(*options):
        done = run_command("show", "robots.parquet", "--lists", LISTS, "--json", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return rows


@pytest.mark.slow
def test_show_selects_the_hosts_that_a_reader_would(shown):
    every = shown()
    assert len({row["verdict"] for row in every}) == 4
    for options, wanted in (
        (("--verdict", "impostor"), lambda row: row["verdict"] == "impostor"),
        (("--robot", "gptbot"), lambda row: "GPTBot" in row["robot"].split(", ")),
        (("--purpose", "search"), lambda row: "search" in row["purpose"].split(", ")),
        (
            ("--since", every[-1]["last_seen"]),
            lambda row: row["last_seen"] >= every[-1]["last_seen"],
        ),
        (("--since", "1d"), lambda _: False),
    ):
        expected = [row for row in every if wanted(row)]
        assert shown(*options) == expected, options
        assert shown(*options, "--limit", "2") == expected[:2], options
        by_robot = shown("--by", "robot", *options)
        assert bool(by_robot) == bool(expected), options


@pytest.mark.slow
def test_what_is_selected_is_counted_and_nothing_is_said_to_be_nothing(run_command, tmp_path):
    run_command("scan", ROBOTS_LOG, "-o", tmp_path / "t.parquet")
    show = ("show", "t.parquet", "--lists", LISTS)
    some = run_command(*show, "--verdict", "verified", "--limit", "1")
    count = len(json.loads(run_command(*show, "--verdict", "verified", "--json").stdout))
    assert f"1 of {count} hosts; --all prints all\n{count} hosts: " in some.stderr
    every = run_command(*show, "--all")
    assert len(every.stdout.splitlines()) == pq.read_table(tmp_path / "t.parquet").num_rows + 1
    near = run_command(*show, "--robot", "Gogglebot")
    assert (near.returncode, near.stdout) == (0, "")
    assert near.stderr == "no hosts; did you mean --robot Googlebot?\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--purpose", "spam"), "--purpose: 'spam' is not a purpose. Choose one of search, "),
        (("--verdict", "unknown", "--verify", "none"), "--verdict: it cannot be used with --ver"),
        (("--sources", "--robot", "GPTBot"), "--sources: it cannot be used with --robot, "),
        (("--all", "--limit", "3"), "--all: it cannot be used with --limit"),
        (("--since", "7x"), "--since: Invalid time '7x'. Write it like 2026-09-01, "),
    ],
)
def test_a_selection_that_cannot_be_made_is_one_clear_line(run_command, options, message):
    done = run_command("show", "t.parquet", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_an_audit_is_selected_as_its_visits_are(run_command, tmp_path):
    logs, policies, lists = write_site(tmp_path, all_requests())
    site = (logs, "--robots", policies, "--lists", lists, "--vhost", SITE)
    run_command("audit", *site, "-o", "whole", "-q")

    def rows(*options):
        done = run_command("show", "whole", "--json", *options)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    gptbot = [row for row in rows() if row["robot"] == "GPTBot"]
    assert rows("--robot", "GPTBOT") == gptbot
    assert rows("--purpose", "ai-training", "--verdict", "impostor") == [
        row for row in rows() if row["purpose"] == "ai-training" and row["verdict"] == "impostor"
    ]
    violations = rows("--violations")
    names = {row["robot"] for row in rows("--violations", "--purpose", "ai-training")}
    assert names
    assert names < {row["robot"] for row in violations}
    assert rows("--hosts", "--verdict", "impostor") == rows("--impostors")
    day = max(row["last_seen"] for row in rows())[:10]
    visits = pq.read_table(tmp_path / "whole" / "visits.parquet").to_pylist()
    of_the_day = sum(each["requests"] for each in visits if str(each["day"]) >= day)
    late = rows("--since", day)
    assert sum(row["requests"] for row in late) == of_the_day
    assert sum(row["requests"] for row in rows("--hosts", "--since", day)) == of_the_day
    fetches = {(row["robot"], row["verdict"]): row["first_fetch"] for row in rows()}
    assert all(fetches[row["robot"], row["verdict"]] == row["first_fetch"] for row in late)
    assert rows("--since", "2030-01-01") == []


@pytest.mark.usefixtures("logs")
def test_an_update_refuses_a_time_that_moves(run_command):
    for command in ("scan", "audit"):
        done = run_command(command, "logs", "-o", "x", "--update", "--since", "7d")
        assert done.returncode == 2
        assert (
            "--since: Invalid time '7d'. An update needs the same time in each run" in done.stderr
        )


BOLD, RED = "\x1b[1m", "\x1b[31m"


@pytest.mark.slow
def test_terminals_have_colour_unless_the_user_wants_none(run_command, tmp_path):
    run_command("scan", ROBOTS_LOG, "-o", tmp_path / "t.parquet")
    show = ["show", "t.parquet", "--lists", LISTS]
    coloured = on_a_terminal(show, 100, tmp_path, NO_COLOR="", TERM="xterm")
    plain = on_a_terminal(show, 100, tmp_path, NO_COLOR="1", TERM="xterm")
    dumb = on_a_terminal(show, 100, tmp_path, NO_COLOR="", TERM="dumb")
    assert coloured.startswith(f"{BOLD}host ")
    assert coloured.count(f"{RED}impostor\x1b[0m") == plain.count("impostor") > 0
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain == dumb
    assert "\x1b" not in run_command(*show, env={"TERM": "xterm"}).stdout


@pytest.mark.slow
@pytest.mark.usefixtures("logs")
def test_a_long_table_is_paged_on_a_terminal_alone(run_command, tmp_path):
    run_command("scan", PROJECT / "data/logs", "-o", tmp_path / "t.parquet")
    pager = {"PAGER": "sed s/^/page:/"}

    def shown(*options, **env):
        return on_a_terminal(["show", "t.parquet", *options], 80, tmp_path, **env)

    assert shown("--all", **pager).count("page:") == 59
    assert shown(**pager).count("page:") == 0  # it fits on the screen
    assert shown("--all", PAGER="").count("page:") == 0
    assert "192.0.2.73" in shown("--all", PAGER="head -n 2")
    assert shown("--all", "--csv", **pager).count("page:") == 0
    assert "page:" not in run_command("show", "t.parquet", "--all", env=pager).stdout
