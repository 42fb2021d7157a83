"""Runs that are killed, kept from writing, or not alone: the output is the old one or the new."""

import ctypes
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress

import pyarrow.parquet as pq
import pytest
from support.processes import COMMAND, UNMEASURED, group_of, readers, start, unmeasured, until

pytestmark = pytest.mark.slow

# Write two outputs, and be killed at the n-th event that Python tells of (PEP 578): before
# a file is opened, locked, emptied, renamed or removed, here also after each byte of an
# output, and before and behind an fsync.
WRITER = """
import os, signal, sys
from findrobots.writing.atomic import reserve_outputs

paths, left = sys.argv[1:3], int(sys.argv[3])

def count(event, _):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

def fill(file):
    for letter in (b"n", b"e", b"w"):
        file.write(letter)
        file.flush()
        sys.audit("a letter is written")

def audited(deed):
    def audit(*arguments):
        sys.audit("it begins")
        deed(*arguments)
        sys.audit("it is done")
    return audit

os.fsync = audited(os.fsync)
sys.addaudithook(count)
with reserve_outputs(paths) as outputs:
    outputs.write(dict.fromkeys(paths, fill))
left = -1
print("done")
"""
INSTANTS = 30
CAP_DAC_OVERRIDE, PR_CAPBSET_DROP = 1, 24


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_run_killed_at_any_event_of_its_writing_leaves_the_old_or_the_new(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"

    def write(event):
        arguments = [sys.executable, "-c", WRITER, a, b, str(event)]
        return subprocess.run(arguments, env=UNMEASURED, capture_output=True, check=False)

    found = Counter()
    for event in itertools.count(1):
        a.write_bytes(b"old")
        b.write_bytes(b"old")
        done = write(event)
        if done.returncode != -signal.SIGKILL:
            break
        found[a.read_bytes(), b.read_bytes(), len(names(tmp_path)) - 2] += 1
        assert write(0).stdout == b"done\n"
        assert names(tmp_path) == {"a", "b"}
    assert done.stdout == b"done\n"
    # The last figure: how many files in the making were left, for the next run to clear.
    old, new = b"old", b"new"
    assert set(found) == {
        *((old, old, 0), (old, old, 1), (old, old, 2)),
        *((old, new, 1), (new, new, 0)),
    }
    assert found.total() >= 26


def test_a_command_killed_at_any_instant_leaves_the_old_table_or_the_new(logs, tmp_path):
    arguments = ["scan", logs, "-o", "x", "--scheduler", "processes"]
    began = time.monotonic()
    assert unmeasured(*arguments, cwd=tmp_path).returncode == 0
    seconds = time.monotonic() - began
    new, found = (tmp_path / "x").read_bytes(), Counter()
    for instant in range(INSTANTS):
        (tmp_path / "x").write_bytes(b"old")
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=tmp_path, env=UNMEASURED, stderr=subprocess.DEVNULL
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds * 1.5 * instant / INSTANTS)
        process.kill()
        process.wait()
        found[(tmp_path / "x").read_bytes()] += 1
        assert names(tmp_path) <= {"logs", "x", ".x.tmp"}
    assert set(found) == {b"old", new}
    assert unmeasured(*arguments, cwd=tmp_path).returncode == 0
    assert (tmp_path / "x").read_bytes() == new
    assert names(tmp_path) == {"logs", "x"}


# Two runs at once


def test_a_second_run_waits_for_the_first_and_says_so(logs, tmp_path):
    os.mkfifo(tmp_path / "slow.log")
    held = os.open(tmp_path / "slow.log", os.O_RDWR)
    runs = []
    for log, more in (("slow.log", []), (logs, []), (logs, ["--quiet"])):
        runs.append(
            subprocess.Popen(
                [*COMMAND, "scan", log, "-o", "x", *more],
                cwd=tmp_path,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        )
        until(lambda: readers(runs[-1], "/slow.log" if len(runs) == 1 else "/.x.tmp"), runs[-1])
    assert runs[1].stderr.readline() == b"findrobots: waiting for another run that writes x\n"
    assert not (tmp_path / "x").exists()
    os.close(held)
    told = [run.communicate(timeout=30)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert b"waiting" not in told[0]
    assert told[2] == b""
    assert pq.read_table(tmp_path / "x").num_rows == 4
    assert names(tmp_path) == {"logs", "slow.log", "x"}


def test_many_runs_at_once_end_with_one_whole_table(logs, tmp_path):
    arguments = [*COMMAND, "scan", logs, "-o", "x", "-q"]
    runs = [subprocess.Popen(arguments, cwd=tmp_path) for _ in range(8)]
    assert [run.wait(60) for run in runs] == [0] * 8
    assert pq.read_table(tmp_path / "x").num_rows == 4
    assert names(tmp_path) == {"logs", "x"}


def test_a_run_that_is_killed_with_its_workers_at_work_holds_up_no_other(
    run_command, logs, endless, tmp_path
):
    process = start(endless, tmp_path, "--scheduler", "processes", workers=1)
    process.kill()
    process.communicate(timeout=10)
    done = run_command("scan", logs, "-o", "x.parquet")
    assert done.returncode == 0
    assert names(tmp_path) == {"endless", "logs", "x.parquet"}


# Runs that may not write


def test_a_disk_that_is_full_leaves_the_old_table(logs, tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    done = unmeasured(
        *("scan", logs, "-o", "x"),
        cwd=tmp_path,
        # To the same calls as a full disk: write(2) takes a part, then fails.
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr == "findrobots: Cannot write x: File too large. Write to another directory.\n"
    )
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == {"logs", "x"}


def test_a_directory_that_may_not_be_written_keeps_the_old_table(logs, tmp_path):
    (tmp_path / "x").write_bytes(b"old")
    libc = ctypes.CDLL(None)
    tmp_path.chmod(0o555)
    try:
        # Root writes where it may not, unless it gives that up (capabilities(7)).
        done = unmeasured(
            *("scan", logs, "-o", "x"),
            cwd=tmp_path,
            preexec_fn=lambda: libc.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE),
        )
    finally:
        tmp_path.chmod(0o755)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "findrobots: Cannot write x: permission denied for its directory. "
        "Write to another directory.\n"
    )
    assert (tmp_path / "x").read_bytes() == b"old"
    assert names(tmp_path) == {"logs", "x"}


@pytest.fixture
def sighup_not_ignored():
    """Let the command be killed by SIGHUP, also where the tests run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.cluster
@pytest.mark.usefixtures("sighup_not_ignored")
@pytest.mark.parametrize("whole_group", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_killed_run_with_a_cluster_of_its_own_prints_nothing_of_pythons(
    endless, tmp_path, number, whole_group
):
    for seconds in (0, 0.7, 2):
        process = subprocess.Popen(
            [*COMMAND, "scan", f"{endless}/*.log", "--scheduler=local-cluster", "--workers=2"],
            cwd=tmp_path, env=UNMEASURED, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (it takes no lock)
        )  # fmt: skip
        # The resource tracker, then workers.
        until(lambda process=process: len(group_of(process)) > 1, process)
        time.sleep(seconds)
        (os.killpg if whole_group else os.kill)(process.pid, number)
        _, stderr = process.communicate(timeout=60)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        interrupted = number == signal.SIGINT
        assert stderr == "\nfindrobots: interrupted, nothing was written\n" * interrupted
