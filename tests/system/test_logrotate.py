"""The real logrotate rotates logs that are written, updated and scanned at the same time."""

import gzip
import os
import shutil
import subprocess
import threading
import time
from itertools import count

import findrobots
import pytest
from click.testing import CliRunner
from findrobots.cli.main import cli
from support.histories import DAMAGED, DONE, host_requests
from support.traffic import make_line

LOGROTATE = shutil.which("logrotate", path=f"{os.environ.get('PATH')}:/usr/sbin:/sbin")
SECONDS = 6
NAMES = ("shop.log", "blog.log")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LOGROTATE, reason="logrotate is not installed"),
]


class Server(threading.Thread):
    """A server that writes to logs, and reopens them when a file asks it to, as nginx on USR1."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.folder, self.reopen = folder, folder.parent / "reopen"
        self.done, self.written = threading.Event(), []
        self.files = []

    def open(self):
        for file in self.files:
            os.close(file)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self.files = [os.open(self.folder / name, flags, 0o644) for name in NAMES]

    def run(self):
        self.open()
        for number in count():
            if self.done.is_set():
                break
            if self.reopen.exists():
                self.open()
                self.reopen.unlink()
            host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            line = make_line(host, number // 100, f"Bot/{number}")
            os.write(self.files[number % len(NAMES)], line.text)
            self.written.append(line.host)
            if number % 20 == 0:
                time.sleep(0.001)


class Rotations(threading.Thread):
    """Forced rotations, one after another."""

    def __init__(self, folder, words, pause):
        super().__init__(daemon=True)
        self.done, self.number, self.pause = threading.Event(), 0, pause
        self.configuration, self.state = folder / "logrotate.conf", folder / "state"
        reopen = (
            ""
            if "copytruncate" in words
            else f"""
            sharedscripts
            postrotate
                touch {folder}/reopen
                while [ -e {folder}/reopen ]; do sleep 0.01; done
            endscript"""
        )
        self.configuration.write_text(
            f"{folder}/logs/*.log {{\n rotate 1000\n {words}\n{reopen}\n}}\n"
        )
        self.configuration.chmod(0o644)  # logrotate refuses one that others may write to
        self.errors = []

    def run(self):
        while not self.done.is_set():
            done = subprocess.run(
                [LOGROTATE, "-f", "-s", self.state, self.configuration],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                self.errors.append(done.stderr)
            self.number += 1
            time.sleep(self.pause)


def run(logs, table, *options):
    arguments = ["scan", str(logs), "-o", str(table), "--scheduler", "sync", *options]
    return CliRunner().invoke(cli, arguments)


def failed(done):
    return done.exit_code not in {DONE, DAMAGED}


def on_disk(logs):
    """Return the hosts of all complete lines that are on the disk, by the simplest means."""
    hosts = []
    for path in logs.iterdir():
        stored = path.read_bytes()
        text = gzip.decompress(stored) if path.suffix == ".gz" else stored
        hosts += [line.split()[0].decode() for line in text.splitlines() if b"robots.txt" in line]
    return hosts


STYLES = {
    "create": "create",
    "create, compress": "create\n compress",
    "create, delaycompress": "create\n compress\n delaycompress",
    "create, dateext, compress": "create\n compress\n dateext\n dateformat -%Y%m%d-%s",
    "copytruncate": "copytruncate",
    "copytruncate, compress": "copytruncate\n compress",
}


@pytest.mark.parametrize("style", STYLES)
def test_logrotate_loses_and_doubles_nothing(tmp_path, style, record_property):
    logs, table, other = tmp_path / "logs", tmp_path / "table", tmp_path / "other"
    logs.mkdir(mode=0o755)
    server, updates, scans = Server(logs), [], []
    rotations = Rotations(tmp_path, STYLES[style], pause=1.1 if "dateext" in style else 0.05)
    server.start()
    while len(server.written) < len(NAMES):
        time.sleep(0.01)
    rotations.start()
    try:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            updates.append(run(logs, table, "--update"))
            if len(updates) % 4 == 0:
                before = len(server.written)
                done = run(logs, other)
                scans.append((before, total(other), len(server.written), done))
    finally:
        rotations.done.set()
        rotations.join(30)
        server.done.set()
        server.join(30)
    assert not rotations.errors
    updates.append(run(logs, table, "--update"))
    counted, there = host_requests(findrobots.read_hosts(table)), on_disk(logs)
    lost = len(server.written) - len(there)
    for name, value in {
        "rotations": rotations.number,
        "updates": len(updates),
        "failed": sum(map(failed, updates)),
        "scans": len(scans),
        "requests": len(server.written),
        "lost by copytruncate": lost,
        "lost": len(set(there) - set(counted)),
        "doubled": counted.total() - len(counted),
    }.items():
        record_property(name, value)
    assert rotations.number > 3
    assert not any(map(failed, updates))
    assert len(set(there)) == len(there)
    assert "copytruncate" in style or not lost
    assert counted.total() == len(counted)
    assert set(there) <= set(counted) <= set(server.written)
    for before, found, after, done in scans:
        assert not failed(done)
        # What is copied or compressed at the moment is there twice, for a scan without a ledger.
        named = done.exit_code == DAMAGED or "duplicate" in done.stderr
        assert before - lost <= found or done.exit_code == DAMAGED
        assert found <= after or named


def total(table):
    return sum(findrobots.read_hosts(table)["requests"].to_pylist())
