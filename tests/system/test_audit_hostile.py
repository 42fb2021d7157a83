"""What untrusted input may not do to an audit: damaged logs, hostile and invented user agents."""

import csv
import gzip
import io
import re

import pyarrow.parquet as pq
import pytest
from findrobots.sanitize import printable
from findrobots.tables.own_names import MAX_OWN_NAMES, OTHERS
from support.hostile import FORMULAS, LURES, MARKUP, NASTY
from support.samples import combined
from support.terminal import on_a_terminal

pytestmark = pytest.mark.slow

ODD_AGENTS = ("a\\nb\\x0a", "x" * 8192, "\udcff\udcfe", "\\x22\\\\")


def is_shown(text):
    return all(line.isprintable() and printable(line) == line for line in text.splitlines())


@pytest.fixture
def hostile(tmp_path):
    """A log of robots whose user agents and targets are hostile, and a robots.txt they break."""
    texts = [
        re.sub(r"[\n\r\"]", "", each) for each in (*NASTY, *FORMULAS, *LURES, *MARKUP, *ODD_AGENTS)
    ]
    rows = [
        combined(
            host=f"192.0.2.{number % 250}",
            time=f"01/Sep/2026:1{second}:00:00 +0000",
            request=f"GET {target} HTTP/1.1",
            user_agent=f"{text} Abot/1 (+http://abot.example) {text}",
        )
        for number, text in enumerate(texts)
        for second, target in enumerate(("/robots.txt", f"/private/{text.replace(' ', '')}"))
    ]
    (tmp_path / "a.log").write_bytes(b"\n".join(rows) + b"\n")
    (tmp_path / "robots.txt").write_text("User-agent: *\nDisallow: /private/\n")
    return tmp_path


def test_hostile_user_agents_neither_steer_a_terminal_nor_are_formulas(run_command, hostile):
    audit = ("audit", "a.log", "--robots", "robots.txt")
    shown = [run_command(*audit, "-o", "site"), run_command(*audit), run_command(*audit, "--csv")]
    shown += [
        run_command("show", "site", *what, *more)
        for what in ((), ("--hosts",), ("--violations",), ("--undeclared",))
        for more in ((), ("--csv",), ("--ndjson",))
    ]
    for done in shown:
        assert done.returncode == 0, done.stderr
        assert is_shown(done.stderr)
        assert is_shown(done.stdout)
    violations = run_command("show", "site", "--violations", "--csv").stdout
    rows = list(csv.reader(io.StringIO(violations)))[1:]
    assert len(rows) > len(NASTY)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)
    terminal = on_a_terminal(["show", "site", "--hosts"], 80, hostile)
    terminal += on_a_terminal(audit, 80, hostile)
    # Of tqdm's: returns, and the sequence that goes up a line.
    assert is_shown(re.sub(r"\r|\x1b\[A", "", terminal))


def test_a_damaged_log_counts_as_far_as_it_can_be_read(run_command, hostile):
    # No user agent is like another, so that the compressed log has several blocks.
    text = b"".join(
        combined(host=f"192.0.2.{n % 200}", user_agent=f"Abot/{n * 7919} (+http://abot.example)")
        + b"\n"
        for n in range(20_000)
    )
    stored = gzip.compress(text)
    (hostile / "cut.log.gz").write_bytes(stored[: len(stored) // 2])
    done = run_command("audit", "cut.log.gz", "-o", "site")
    assert done.returncode == 3
    assert "cut.log.gz: unexpected end of gzip stream" in done.stderr
    (row,) = pq.read_table(hostile / "site" / "robots.parquet").to_pylist()
    assert row["robot"] == "Abot"
    assert 5_000 < row["requests"] < 20_000
    before = {path.name: path.read_bytes() for path in (hostile / "site").iterdir()}
    strict = run_command("audit", "cut.log.gz", "-o", "site", "--strict")
    assert strict.returncode == 1
    assert {path.name: path.read_bytes() for path in (hostile / "site").iterdir()} == before


def test_invented_names_are_counted_and_do_not_depend_on_how_logs_are_divided(
    run_command, tmp_path
):
    count = 2 * MAX_OWN_NAMES
    for part in range(4):
        rows = (
            combined(host="192.0.2.1", user_agent=f"x{n * 2654435761 % 2**32:08x}bot/1.0")
            for n in range(part, count, 4)
        )
        (tmp_path / f"{part}.log").write_bytes(b"\n".join(rows) + b"\n")
    for output, scheduler, logs in (("a", "sync", "0123"), ("b", "processes", "3210")):
        paths = [f"{part}.log" for part in logs]
        done = run_command("audit", *paths, "-o", output, "--scheduler", scheduler)
        assert done.returncode == 0, done.stderr
    one, other = (pq.read_table(tmp_path / name / "visits.parquet") for name in "ab")
    assert one.equals(other)
    assert one.num_rows == MAX_OWN_NAMES + 1
    assert sum(one["requests"].to_pylist()) == count
    shown = run_command("show", "a", "--limit", "1")
    assert OTHERS in shown.stdout
    assert "of the names that robots gave themselves, the shortest 10,000" in shown.stderr
