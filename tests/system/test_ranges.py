"""The commands write the same bytes whether workers share a large log or one reads it."""

import re
import subprocess
import sys
from functools import partial

import pytest
from support.processes import UNMEASURED
from support.samples import combined, lines

pytestmark = pytest.mark.slow

# The command, with logs of a few megabytes taken for large ones.
IN_RANGES = """
from findrobots.jobs import ranges
from findrobots.__main__ import main
joined = ranges.join_ranges
def join_ranges(found, options):
    print("ranges:", len(found.ranges))
    return joined(found, options)
ranges.RANGE_SIZE = ranges.GZIP_RANGE_SIZE = 1_000_000
ranges.join_ranges = join_ranges
main()
"""
BROKEN = [b"/robots.txt is no request", b"\xff" * 300_000 + b"/robots.txt", b"", b"x" * 1_200_000]
TEXT = lines(0, 20_000)


def run(folder, *arguments):
    """Run the command on whole logs, then in ranges; return what it prints and writes."""
    results = []
    for program, output in ((["-m", "findrobots"], "whole"), (["-c", IN_RANGES], "ranges")):
        place = folder / output
        place.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, *program, *arguments, "--workers", "3"],
            cwd=place,
            env=UNMEASURED,  # coverage writes files there
            capture_output=True,
            text=True,
            check=True,
        )
        assert {*done.stdout.splitlines()} == ({"ranges: 12"} if output == "ranges" else set())
        files = {path.name: path.read_bytes() for path in place.rglob("*") if path.is_file()}
        results.append((re.sub(r"[0-9.]+ s\)", "s)", done.stderr), files))
    whole, split = results
    assert split == whole
    return whole


def test_a_scan_and_updates_of_a_large_log_write_the_same_bytes(tmp_path):
    log = tmp_path / "access.log"
    scan = partial(run, tmp_path, "scan", str(log), "-o", "robots.parquet")
    log.write_bytes(TEXT * 4 + b"\r\n".join(BROKEN) + b"\n" + TEXT * 4 + combined())
    printed, files = scan("--rejects", "rejects.parquet")
    assert "3 unparsed lines" in printed
    assert set(files) == {"robots.parquet", "rejects.parquet"}
    with log.open("ab") as file:
        file.write(b" more\n" + TEXT * 9 + b"the beginning of a line")
    scan("--update")
    with log.open("ab") as file:
        file.write(b" /robots.txt\n" + TEXT * 9)
    scan("--update")


def test_an_audit_of_a_large_log_writes_the_same_bytes(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(TEXT * 10 + b"\n".join(BROKEN))
    run(tmp_path, "audit", str(log), "-o", "audit", "--verify", "none")
