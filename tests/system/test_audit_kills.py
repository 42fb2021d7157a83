"""Audits that are killed, or lose a worker: the directory is the old one or the new one."""

import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from random import Random
from shutil import copytree, rmtree

import pytest
from support.processes import COMMAND, UNMEASURED, group_of, unmeasured, until
from support.samples import combined

pytestmark = pytest.mark.slow

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
# Kills by each signal, for a new directory and for an update.
ROUNDS = 6
# What a killed run leaves beside the directory: docs/explanation/reliability.md names both.
LEFT_BY_KILL = {".site.tmp", ".site.new"}


def requests(begin, end):
    """Return lines of robots that read robots.txt and break its rule, each on its own host."""
    line = partial(combined, user_agent="Abot/1.0 (+https://abot.example)")
    return b"".join(
        line(
            host=f"192.0.2.{number % 250}",
            time=f"01/Sep/2026:{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02} +0000",
            request=f"GET {'/private/a' if number % 3 else '/robots.txt'} HTTP/1.1",
        )
        + b"\n"
        for number in range(begin, end)
    )


@pytest.fixture
def site(tmp_path):
    """Logs, a robots.txt, and the directory of an earlier audit of a part of the logs."""
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n")
    (tmp_path / "logs").mkdir()
    for name in ("a.log", "b.log"):
        (tmp_path / "logs" / name).write_bytes(requests(0, 3000))
    assert audit(tmp_path).returncode == 0
    (tmp_path / "site").rename(tmp_path / "old")
    for number, name in enumerate(("a.log", "b.log")):
        with (tmp_path / "logs" / name).open("ab") as log:
            log.write(requests(20_000 + 20_000 * number, 40_000 + 20_000 * number))
    return tmp_path


def arguments(*more):
    given = ("audit", "logs", "--robots", "robots.txt", "-o", "site", "--workers", "2", *more)
    return [*given, "--scheduler", "processes"]


def audit(folder, *more):
    return unmeasured(*arguments(*more), cwd=folder)


def started(folder, *more):
    """Start an audit in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *arguments(*more)],
        cwd=folder,
        env=UNMEASURED,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # Whoever runs the tests in the background has the signal ignored, and so their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (it takes no lock)
    )


def content(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def restore(folder):
    for name in ("site", ".site.new"):
        rmtree(folder / name, ignore_errors=True)
    (folder / ".site.tmp").unlink(missing_ok=True)
    copytree(folder / "old", folder / "site")


@pytest.mark.parametrize("more", [(), ("--update",)], ids=["whole", "update"])
def test_an_audit_killed_at_any_instant_leaves_the_old_tables_or_the_new(site, more):
    restore(site)
    began = time.monotonic()
    assert audit(site, *more).returncode == 0
    seconds = time.monotonic() - began
    old, new = content(site / "old"), content(site / "site")
    assert old != new
    names = {"logs", "robots.txt", "old", "site"}
    luck = Random(1)  # noqa: S311 (no secret)
    for number in range(ROUNDS):
        for chosen in SIGNALS:
            restore(site)
            process = started(site, *more)
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds * 1.2 * (number + luck.random()) / ROUNDS)
            process.send_signal(chosen)
            _, printed = process.communicate(timeout=60)
            until(lambda process=process: group_of(process) == [])
            found = content(site / "site")
            assert found in (old, new), f"{chosen.name} in round {number}"
            assert found == new or process.returncode != 0
            # Python itself prints one for a Ctrl-C that comes before the command has begun.
            assert process.returncode == -signal.SIGINT or "Traceback" not in printed
            left = {path.name for path in site.iterdir()} - names
            assert left <= (LEFT_BY_KILL if chosen == signal.SIGKILL else set()), chosen.name
    restore(site)
    assert audit(site, *more).returncode == 0
    assert content(site / "site") == new
    assert {path.name for path in site.iterdir()} == names


# A worker of the second pass, the only one that judges, dies as if the kernel had killed it.
LOSES_A_WORKER = """
import os, signal, sys
from findrobots.cli.main import main
from findrobots.tables.judge import Judge

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

Judge.judge = die
main()
"""


def test_an_audit_that_loses_a_worker_in_its_second_pass_says_so_and_keeps_the_old_tables(site):
    restore(site)
    done = subprocess.run(
        [sys.executable, "-c", LOSES_A_WORKER, *arguments()],
        cwd=site,
        env=UNMEASURED,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(
        r"findrobots: One of [12] worker processes died unexpectedly, possibly out of memory\. "
        r"Try --scheduler sync, or use fewer workers \(--workers\)\.\n",
        done.stderr,
    )
    assert content(site / "site") == content(site / "old")
    assert {path.name for path in site.iterdir()} == {"logs", "robots.txt", "old", "site"}
