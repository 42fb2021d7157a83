import gzip
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from findrobots.cli.progress_bar import progress_bar
from support.processes import COMMAND, group_of, start
from support.project import PROJECT
from support.samples import combined
from support.terminal import on_a_terminal

SAMPLE_HOSTS = "192.0.2.1\n192.0.2.2\n192.0.2.3\n2001:db8::1\n"


def test_hosts_go_to_standard_output_and_the_summary_to_standard_error(run_command, logs):
    done = run_command("scan", logs)
    assert (done.returncode, done.stdout) == (0, SAMPLE_HOSTS)
    assert done.stderr.startswith("4 hosts, 6 requests for /robots.txt (5 logs, ")
    assert "1 unparsed line, " in done.stderr


def test_quiet_silences_the_summary(run_command, logs):
    done = run_command("scan", logs, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, SAMPLE_HOSTS, "")


def test_with_an_output_the_table_is_written_and_nothing_printed(run_command, logs, tmp_path):
    done = run_command("scan", logs, "-o", "robots.parquet", "--rejects", "rejects.parquet")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("robots.parquet written\nrejects.parquet written\n")
    assert pq.read_table(tmp_path / "robots.parquet").num_rows == 4
    rejects = pq.read_table(tmp_path / "rejects.parquet")
    assert rejects.column_names == ["source", "offset", "reason", "text"]
    assert rejects.num_rows == 1


def test_the_same_scan_writes_the_same_bytes(run_command, logs, tmp_path):
    for name, more in {"a": [], "b": ["--scheduler=threads"], "c": ["--workers=1"]}.items():
        assert run_command("scan", logs, "-o", name, *more).returncode == 0
    assert len({(tmp_path / name).read_bytes() for name in "abc"}) == 1


@pytest.mark.parametrize("store", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "scheduler",
    ["auto", *(pytest.param(name, marks=pytest.mark.slow) for name in ("threads", "processes"))],
)
def test_a_dash_reads_standard_input(logs, tmp_path, store, scheduler):
    stored = store(gzip.decompress((logs / "a.log.gz").read_bytes()))
    with subprocess.Popen(
        [sys.executable, "-m", "findrobots", "scan", "-", "-o", "x", "--scheduler", scheduler],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.write(process.stdin.fileno(), stored[:1])
        time.sleep(0.01)
        process.stdin.write(stored[1:])
    assert process.returncode == 0
    assert set(pq.read_table(tmp_path / "x")["source"].to_pylist()) == {"-"}


@pytest.mark.slow
def test_standard_input_that_is_closed_is_named(logs):
    script = f"cd {logs.parent}; {sys.executable} -m findrobots scan - logs -q <&-"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 3
    assert "192.0.2.1\n" in done.stdout
    done = subprocess.run(
        ["bash", "-c", script.replace("-q", "")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "1 log could not be opened:\n  -: Bad file descriptor" in done.stderr


def test_rejects_are_all_written_however_many(run_command, tmp_path):
    (tmp_path / "a.log").write_bytes(b"junk /robots.txt\n" * 100 + combined() + b"\n")
    assert run_command("scan", "a.log", "--rejects", "r.parquet").returncode == 0
    assert pq.read_table(tmp_path / "r.parquet")["offset"].to_pylist() == list(range(0, 1700, 17))


def test_show_prints_what_scan_wrote(run_command, logs):
    run_command("scan", logs, "-o", "robots.parquet")
    done = run_command("show", "robots.parquet", "--limit", "2", "--sort", "last_seen")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "host",
        "2001:db8::1",
        "192.0.2.2",
    ]
    assert done.stderr.splitlines() == [
        "in every row: methods GET",
        "2 of 4 hosts; --all prints all",
        "4 hosts: other 3, undeclared 1",
    ]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--debug"], 2, "Missing command. See findrobots --help"),
        (["scan"], 2, "Missing argument 'LOG...'. See findrobots scan --help"),
        (
            ["scan", "logs", "--scheduler", "x"],
            2,
            "--scheduler: Unknown scheduler 'x'. Choose one",
        ),
        (["scan", "logs", "--workers", "0"], 2, "Invalid value for '--workers'"),
        (
            ["show", "x", "--sort", "methods"],
            2,
            "--sort: 'methods' is not a sortable column.",
        ),
        (
            ["scan", "logs", "--format", "x"],
            2,
            "--format: 'x': unknown format; findrobots",
        ),
        (["scan", "logs", "--timezone", "x"], 2, "--timezone: Unknown time zone 'x'. Use a"),
        (["scan", "nowhere"], 1, "nowhere: No such file or directory. Quote globs"),
        (["scan", "empty"], 1, "empty: No logs found (looked for *.log"),
        (["scan", "logs", "--path", "x"], 2, "--path: 'x': a request path begins with /"),
        (
            ["scan", "logs", "-o", "no/x"],
            1,
            "Cannot write no/x: its directory does not exist.",
        ),
        (
            ["scan", "logs", "-o", "logs"],
            1,
            "Cannot write logs: it is a directory of the logs. Name",
        ),
        (["scan", "logs", "-o", "logs/d.log"], 1, "Cannot write logs/d.log: it is one of"),
        (["scan", "logs", "-o", "x", "--rejects", "./x"], 1, "it is named for two outputs"),
        (
            ["scan", "cut.log.gz", "--strict", "-o", "x"],
            1,
            "1 log could not be read completely (",
        ),
        (
            ["scan", "logs", "--since", "x"],
            2,
            "--since: Invalid time 'x'. Write it like ",
        ),
        (
            ["scan", "logs", "--update"],
            2,
            "--update: Needs a table to write. Give its path",
        ),
        (
            ["scan", "-", "-o", "x", "--update"],
            2,
            "--update: '-': an update cannot read from a",
        ),
        (
            ["scan", "logs", "--since", "2026-09-01", "--path=/a", "--path=/b", "--since", "x"],
            2,
            "--since was given 2 times; it takes one value. See findrobots scan --help",
        ),
        (["scan", "logs", "-o", "a", "--output=b"], 2, "--output was given 2 times"),
        (["show", "x", "--limit", "1", "--limit", "2"], 2, "--limit was given 2 times"),
        (["merge", "x", "-o", "a", "-o", "b", "-o", "c"], 2, "--output was given 3 times"),
        (
            ["scan", "logs", "-o", "robots.cvs"],
            1,
            "Cannot write robots.cvs: .cvs is not the suffix of a table. Use a name that ends in",
        ),
        (["scan", "logs", "--rejects", "r.JSON"], 1, "the output is Parquet, not .json"),
        (["scan", "logs", "-o", "s3://logs/a.gz"], 1, ".gz is not the suffix of a table"),
        (["scan", "logs", "-o", "x.html"], 1, ".html is not the suffix of a table"),
        (["scan", "logs", "-o", "x.csv", "--json"], 1, "the output is JSON, not .csv"),
        (["scan", "logs", "-o", "x.csv", "--update"], 1, "only a Parquet table can be updated"),
        (["scan", "logs", "-o", "x", "--csv", "--update"], 1, "only a Parquet table can be"),
        (["scan", "logs", "-o", "-", "--update"], 2, "--update: Needs a table to write."),
        (["scan", "logs", "-o", "x", "--shards", "2", "--csv"], 1, "shards are Parquet. Name a"),
        (["scan", "logs", "--csv", "--ndjson"], 2, "--ndjson: it cannot be used with --csv"),
        (["scan", "logs/d.log", "-o", "logs/d.log", "--csv"], 1, "it is one of the logs"),
        (["show", "t.parquet", "-o", "./t.parquet"], 1, "it would replace a part of the table"),
        (["audit", "logs", "-o", "x.csv", "--update"], 1, "only the directory of an audit can"),
        (["audit", "logs/d.log", "-o", "logs/d.log", "--csv"], 1, "it is one of the logs"),
        (["merge", "logs/d.log", "-o", "x.xlsx"], 1, "the output is Parquet, not .xlsx"),
        (["scan", "logs/d.log", "-o", "logs"], 1, "it is a directory of the logs. Name a file"),
        (["scan", "logs/c/*", "-o", "./logs/"], 1, "it is a directory of the logs. Name a file"),
        (["scan", "cut.log.gz", "-o", "empty"], 1, "it is a directory. Name a file in it, or use"),
        (["show", "nowhere"], 1, "nowhere: Not a findrobots table (No such file"),
        (["show", "logs/d.log"], 1, "logs/d.log: Not a findrobots table (not a Parquet"),
    ],
)
def test_an_error_is_one_line_that_names_the_thing(run_command, logs, arguments, status, message):
    tmp_path = logs.parent
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.log.gz").write_bytes(gzip.compress(b"x" * 999)[:-3])
    before = sorted(tmp_path.rglob("*"))
    done = run_command(*arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("findrobots: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("program", ["cat logs/a.log.gz | {} scan", "{} scan < logs/d.log"])
@pytest.mark.usefixtures("logs")
def test_a_pipe_without_a_log_argument_says_how_to_read_it(tmp_path, program):
    command = program.format(f"{sys.executable} -m findrobots")
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "findrobots: Missing argument 'LOG...'. To read standard input, write - in place of LOG: "
        "findrobots scan -. See findrobots scan --help\n"
    )


def test_flags_and_repeatable_options_may_be_repeated(run_command, logs):
    done = run_command("scan", logs, "-q", "-q", "--path", "/robots.txt", "--path", "/a/robots.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, SAMPLE_HOSTS, "")


@pytest.mark.parametrize("quiet", [[], ["--quiet"]])
def test_damage_is_a_warning_that_is_always_printed(run_command, tmp_path, quiet):
    for number in range(4):
        (tmp_path / f"cut{number}.gz").write_bytes(gzip.compress(b"%d\n" % number * 99)[:-9])
    done = run_command("scan", ".", *quiet)
    assert (done.returncode, done.stdout) == (3, "")
    first, *entries = done.stderr[done.stderr.index("findrobots: warning: ") :].splitlines()
    assert first == "findrobots: warning: 4 logs could not be read completely:"
    assert [entry[:11] for entry in entries] == [
        "  cut0.gz: ",
        "  cut1.gz: ",
        "  cut2.gz: ",
        "  and 1 more"[:11],
    ]
    assert bool(quiet) == (done.stderr.startswith(first))


def test_debug_shows_where_an_error_comes_from(run_command):
    done = run_command("scan", "--debug", "nowhere")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "LogNotFoundError" in done.stderr


@pytest.mark.slow
def test_an_unforeseen_error_is_one_line_too(run_command, logs):
    # What no scan does, but the name of a class that Dask lets the environment replace.
    done = run_command("scan", logs, env={"DASK_MULTIPROCESSING__CONTEXT": "x"}, input="")
    assert done.returncode == 0
    done = run_command(
        "scan", logs, "--scheduler=processes", env={"DASK_MULTIPROCESSING__CONTEXT": "x"}
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == "findrobots: ValueError: cannot find context for 'x'; use --debug for the traceback\n"
    )


def test_a_current_directory_that_was_deleted_is_named(logs, tmp_path):
    (tmp_path / "gone").mkdir()
    shell = ["sh", "-c", 'rmdir ../gone; exec "$@"', "sh", *COMMAND, "scan", f"../{logs.name}"]
    done = subprocess.run(shell, cwd=tmp_path / "gone", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "findrobots: The current directory was deleted. Change to another one (cd).\n"
    )


def without_proc(*arguments):
    """Run the command where /proc is hidden."""
    shell = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc || exit 77; exec "$@"', "sh"]
    done = subprocess.run(
        [*shell, *COMMAND, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("only root can hide /proc")
    return done


@pytest.mark.slow
def test_a_scan_needs_no_proc(logs):
    done = without_proc("scan", str(logs), "--scheduler", "processes")
    assert (done.returncode, done.stdout[:10]) == (0, "192.0.2.1\n")


@pytest.mark.cluster
def test_a_system_without_proc_is_told_to_mount_it(logs):
    done = without_proc("scan", str(logs), "--scheduler", "local-cluster")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "findrobots: /proc is not there. Mount it: mount -t proc proc /proc\n"


def test_version_and_help_are_printed(run_command):
    assert re.fullmatch(r"findrobots \d+\.\d+\.\d+\n", run_command("--version").stdout)
    for arguments in (["--help"], ["scan", "-h"], ["show", "--help"]):
        done = run_command(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: findrobots")


def test_formats_lists_each_with_an_example(run_command):
    done = run_command("formats")
    assert done.returncode == 0
    assert "haproxy\n  192.0.2.1:33317 [" in done.stdout


@pytest.mark.usefixtures("logs")
def test_a_format_may_be_named(run_command):
    done = run_command("scan", "logs", "--format", "combined", "--scheduler", "sync")
    assert (done.returncode, done.stdout) == (0, SAMPLE_HOSTS)
    other = run_command("scan", "logs", "--format", "common", "--scheduler", "sync")
    assert (other.returncode, other.stdout) == (1, "")
    assert "Drop --format: the format of the line is detected without it" in other.stderr
    refused = run_command("scan", "logs", "--format", "commn")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--format: 'commn': unknown format" in refused.stderr


def test_the_summary_counts_the_formats_found(run_command, tmp_path):
    line = '192.0.2.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 70\n'
    (tmp_path / "a.log").write_text(f"{line}a.example {line}b.example:80 {line}")
    done = run_command("scan", "a.log")
    assert "\nrequests by format: common 1, vhost common 2\n" in done.stderr
    done = run_command("scan", "a.log", "--vhost", "A.EXAMPLE")
    assert "\nrequests by format: vhost common 1\n" in done.stderr


def test_the_help_names_the_files_that_count_as_logs(run_command):
    text = run_command("scan", "--help").stdout
    assert all(name in text for name in ("*.log-*", "*access_log*", "*.gz", "*error.log*"))


@pytest.mark.parametrize("command", ["head -n 1", "true"])
def test_a_closed_pipe_ends_the_command_in_silence(logs, command):
    many = logs / "many.log"
    line = '10.{}.{}.1 - - [01/Sep/2026:10:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 1\n'
    many.write_text("".join(line.format(n // 250, n % 250) for n in range(30_000)))
    script = f"{sys.executable} -m findrobots scan {many} -q | {command}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


def test_a_full_standard_output_is_an_error(logs):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "findrobots", "scan", str(logs), "-q"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("findrobots: Cannot write stdout: No space left")


# A log that is a pipe nobody writes to keeps a scan waiting for as long as a test likes


@pytest.mark.timing
@pytest.mark.parametrize(("scheduler", "workers"), [("sync", 0), ("threads", 0), ("processes", 1)])
def test_ctrl_c_stops_at_once_and_leaves_nothing(endless, tmp_path, scheduler, workers):
    process = start(endless, tmp_path, "--scheduler", scheduler, workers=workers)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    try:
        _, stderr = process.communicate(timeout=2)
    except subprocess.TimeoutExpired:
        # Between Python's last look for signals and the read that blocks, one is not seen.
        os.killpg(process.pid, signal.SIGINT)
        _, stderr = process.communicate(timeout=2)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert stderr == "\nfindrobots: interrupted, nothing was written\n"
    assert group_of(process) == []
    assert {path.name for path in tmp_path.iterdir()} == {"endless"}


@pytest.mark.slow
def test_a_request_to_end_ends_the_workers_too(endless, tmp_path):
    process = start(endless, tmp_path, "--scheduler", "processes", workers=1)
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 143
    assert group_of(process) == []


@pytest.mark.slow
def test_workers_end_when_the_command_is_killed(endless, tmp_path):
    process = start(endless, tmp_path, "--scheduler", "processes", workers=1)
    process.kill()
    process.communicate(timeout=10)
    deadline = time.monotonic() + 10
    while group_of(process):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_progress_is_shown_on_a_terminal_and_gone_at_the_end(tmp_path, scheduler):
    line = combined(request="GET / HTTP/1.1") + b"\n"
    (tmp_path / "a.log").write_bytes(line * (1_000_000 // len(line)))
    os.mkfifo(tmp_path / "b.log")
    held = os.open(tmp_path / "b.log", os.O_RDWR)

    def end_the_second_log_when_progress_shows(text):
        nonlocal held
        if b"%|" in text and held:
            os.write(held, b"y\n")
            os.close(held)
            held = 0

    arguments = ["scan", tmp_path / "a.log", tmp_path / "b.log", "--scheduler", scheduler]
    text = on_a_terminal(arguments, 80, tmp_path, end_the_second_log_when_progress_shows)
    drawn = [line for line in text.split("\r") if "%|" in line]
    assert drawn
    assert all(len(line) <= 80 for line in drawn)
    assert "1.00M/1.00M" in drawn[-1]
    last = text.rindex("%|")
    assert re.search(r"\r +\r", text[last:])
    assert "0 hosts, 0 requests" in text[last:]


def test_no_progress_is_shown_where_none_is_wanted(monkeypatch, capsys):
    with progress_bar(9, shown=True) as meter:
        assert meter is None  # standard error is no terminal here
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar(9, shown=False) as meter:
        assert meter is None
    with progress_bar(9, shown=True) as meter:
        assert Path(meter.path).exists()
    assert not Path(meter.path).exists()


@pytest.mark.parametrize("columns", [30, 80, 200])
def test_show_fits_the_terminal(run_command, logs, tmp_path, columns):
    run_command("scan", logs, "-o", "robots.parquet")
    lines = on_a_terminal(["show", "robots.parquet"], columns, tmp_path).splitlines()
    assert [line.split()[0] for line in lines[:5]] == [
        *("host", "192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3")
    ]
    assert all(len(line) <= columns for line in lines)
    assert "undeclared 1" in lines[-1]


# Modules that --help imports: 136 in Python 3.11 with click 8. A count does not vary as times do.
MAX_MODULES = 136
COUNT_MODULES = """
import sys
before = set(sys.modules)
from findrobots.cli.main import _run
_run(["--help"])
print(len(set(sys.modules) - before), file=sys.stderr)
"""


def test_help_imports_few_modules():
    done = subprocess.run(
        [sys.executable, "-c", COUNT_MODULES], capture_output=True, text=True, check=True
    )
    assert int(done.stderr) <= MAX_MODULES


@pytest.mark.parametrize("program", [["-m", "findrobots"], [str(PROJECT / "pipeline")]])
def test_all_ways_to_start_the_command_are_the_same_program(program):
    command = [sys.executable, *program]
    done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: findrobots [OPTIONS] COMMAND")
    done = subprocess.run([*command, "scan"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "findrobots: Missing argument 'LOG...'. See findrobots scan --help\n"
