"""What is no sound log, and what comes of it: each has one outcome, told in one line."""

import gzip
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.reading.search import LINE_TRUNCATED
from findrobots.tables.parquet import read_hosts
from support.processes import COMMAND
from support.samples import combined, lines

pytestmark = pytest.mark.slow

ROBOT = combined() + b"\n"


def empty(folder):
    (folder / "a.log").touch()


def zeros(folder):
    (folder / "a.log").write_bytes(bytes(5000))


def zeros_in_gzip(folder):
    (folder / "a.log.gz").write_bytes(gzip.compress(bytes(5000)))


def gzip_of_zeros_behind(folder):
    (folder / "a.log.gz").write_bytes(gzip.compress(ROBOT) + bytes(5000))


def unreadable(folder):
    (folder / "a.log").symlink_to("/proc/self/mem")


def dangling(folder):
    (folder / "a.log").symlink_to("nowhere")


def a_loop(folder):
    (folder / "a.log").symlink_to("a.log")


def a_pipe(folder):
    os.mkfifo(folder / "a.log")


def a_socket(folder):
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # its name may be 107 bytes long
        server.bind("a.log")
        os.chdir(here)


def a_device(folder):
    (folder / "a.log").symlink_to("/dev/zero")


def a_directory(folder):
    (folder / "a.log").mkdir()


def not_utf8(folder):
    Path(os.fsdecode(bytes(folder) + b"/\xff\x1b.log")).write_bytes(ROBOT)


def too_long(folder):
    (folder / "a.log").write_bytes(b"x" * 2_000_000 + b"/robots.txt\n" + ROBOT)


def cut_line(folder):
    (folder / "a.log.gz").write_bytes(gzip.compress(lines(0, 2, every=1), 0)[:180])


PASSED_OVER = (1, "logs: No logs found (looked for *.log")


@pytest.mark.parametrize(
    ("make", "status", "told"),
    [
        (empty, 0, "0 hosts, 0 requests"),
        (zeros, 0, "5.0 kB, 0 unparsed lines"),
        (zeros_in_gzip, 0, "5.0 kB of text, 0 unparsed lines"),
        (gzip_of_zeros_behind, 0, "1 host, 1 request"),
        (unreadable, 3, "  logs/a.log: Input/output error at byte 0 (0 bytes decompressed)"),
        (dangling, 3, "  logs/a.log: No such file or directory"),
        (a_loop, 3, "  logs/a.log: Too many levels of symbolic links"),
        (a_pipe, *PASSED_OVER),
        (a_socket, *PASSED_OVER),
        (a_device, *PASSED_OVER),
        (a_directory, *PASSED_OVER),
        (not_utf8, 0, "1 host, 1 request"),
        (too_long, 0, "  logs/a.log, byte 0: line longer than 1,048,576 bytes: xxxxx"),
        (
            cut_line,
            3,
            f"  logs/a.log.gz, byte {len(lines(0, 1))}: {LINE_TRUNCATED}: 192.0.2.1 - - [",
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_no_sound_log_has_an_outcome(run_command, tmp_path, make, status, told):
    (tmp_path / "logs").mkdir()
    make(tmp_path / "logs")
    done = run_command("scan", "logs", "-o", "t")
    assert (done.returncode, done.stdout) == (status, "")
    (line,) = [line for line in done.stderr.splitlines() if told in line]
    assert line.isprintable()
    assert (tmp_path / "t").exists() == (status != 1)
    again = run_command("scan", "logs", "-o", "u", "--update")
    assert again.returncode == status
    if status != 1 and make != unreadable:  # it is another file to each process
        assert (tmp_path / "t").read_bytes() == (tmp_path / "u").read_bytes()


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/urandom"])
def test_a_device_that_is_named_is_not_read(run_command, path):
    done = run_command("scan", path)
    assert done.returncode == 3
    assert f"  {path}: is a device, not a log file" in done.stderr


def test_the_null_device_and_an_empty_pipe_are_empty_logs(run_command, tmp_path):
    for scan in ("scan /dev/null", "scan - </dev/null", "scan - < <(:)", "scan <(:)"):
        done = subprocess.run(
            ["bash", "-c", f"{' '.join(COMMAND)} {scan}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")
        assert "0 hosts, 0 requests for /robots.txt (1 log, 0 B, " in done.stderr
        assert "warning" not in done.stderr
    assert run_command("scan", "/dev/null", "-o", "t", "--update").returncode == 0


def test_a_pipe_that_is_named_is_read(tmp_path):
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(ROBOT[:-1]))
    pipes = f"<(cat {tmp_path}/a.log.gz) <(printf %s '{combined().decode()}')"
    scan = f"{' '.join(COMMAND)} scan {pipes}"
    done = subprocess.run(["bash", "-c", scan], capture_output=True, text=True, check=False)
    assert done.stdout == "192.0.2.1\n"
    assert "1 host, 2 requests" in done.stderr


def test_a_log_that_is_removed_while_it_is_read_counts_whole(run_command, tmp_path):
    os.mkfifo(tmp_path / "wait")
    log = tmp_path / "b.log"
    log.write_bytes(ROBOT)

    def remove_then_let_go():
        with (tmp_path / "wait").open("wb") as pipe:  # once it is opened
            log.unlink()
            pipe.write(ROBOT)

    thread = threading.Thread(target=remove_then_let_go)
    thread.start()
    done = run_command("scan", "b.log", "wait")
    thread.join()
    # Sources are read in any order: what was there when it was opened counts.
    assert (done.returncode, done.stdout) in {(0, "192.0.2.1\n"), (3, "192.0.2.1\n")}
    assert done.returncode == 0 or "b.log: No such file or directory" in done.stderr


def test_a_log_that_grows_while_it_is_read_adds_up(run_command, tmp_path):
    log, done = tmp_path / "a.log", threading.Event()
    log.write_bytes(lines(0, 2))

    def grow():
        for number in range(400):
            with log.open("ab", buffering=0) as file:
                text = lines(10 + 2 * number, 2)
                file.write(text[:30])
                time.sleep(0.002)
                file.write(text[30:])
        done.set()

    thread = threading.Thread(target=grow)
    thread.start()
    while not done.is_set():
        assert run_command("scan", "a.log", "-o", "t", "--update").returncode == 0
    thread.join()
    run_command("scan", "a.log", "-o", "t", "--update")
    run_command("scan", "a.log", "-o", "u")
    assert sum(findrobots.read_hosts(tmp_path / "t")["requests"].to_pylist()) == 401
    assert (tmp_path / "t").read_bytes() == (tmp_path / "u").read_bytes()


# Bombs

# Each line another user agent: a table keeps a few of a host's, whatever there are.
LONG_FIELDS = b"".join(
    combined(user_agent=f"{number}{'x' * 500_000}") + b"\n" for number in range(400, 0, -1)
)
BOMBS = {
    "zeros": bytes(1 << 20),
    "one letter": b"x" * (1 << 20),
    "short lines": b"\n" * (1 << 20),
    "lines of a robot": ROBOT * 200,
    "lines of no format": b"x" * 900_000 + b"/robots.txt\n",
    "long fields of a robot": None,
    "the path without end": b"/robots.txt" * 90_000,
}


def limited(size):
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_in_bounded_memory(tmp_path, name):
    text = BOMBS[name]
    count = 40 if "lines of" in name else 500
    stored = gzip.compress(text, 1) * count if text else gzip.compress(LONG_FIELDS, 1)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(ROBOT) + stored)
    output = tmp_path / "r"
    peak = peak_of("scan", tmp_path / "bomb.gz", "-qo", output, "--rejects", f"{output}.rejects")
    assert peak < (200_000 if text else 300_000)


def test_a_table_of_many_equal_rows_is_shown_in_bounded_memory(tmp_path, logs):
    path = tmp_path / "bomb.parquet"
    findrobots.scan(logs, output=path)
    hosts = read_hosts(path)
    row = hosts.slice(0, 1)
    rows = pa.concat_tables([pa.concat_tables([row] * 1000).combine_chunks()] * 2000)
    pq.write_table(rows.cast(hosts.schema), path, row_group_size=2_000_000, compression="zstd")
    assert path.stat().st_size < 1_000_000
    assert peak_of("show", path, "--limit", 3) < 300_000


def peak_of(*arguments):
    """Run the command, and return how many KiB it took at once."""
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURED, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=partial(limited, 1 << 30),  # noqa: PLW1509 (it takes no lock)
    )
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return int(printed.split()[-1])


# The command in this process, which then tells its own peak. (What getrusage tells is at least the
# peak of the process that started it.)
MEASURED = r"""
import re, sys
from pathlib import Path
from findrobots.cli.main import cli
cli(sys.argv[1:], standalone_mode=False)
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""
