"""The benchmark runs, on tiny corpora, with whatever peers are here. Nothing is timed."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest
from support.project import PROJECT

from benchmarks.audit_peers import AUDITORS
from benchmarks.combined import AUDITED
from benchmarks.corpora import make
from benchmarks.logs import make_combined
from benchmarks.peers import missing

pytestmark = pytest.mark.slow

# Enough for the peers that are shell scripts, and neither ripgrep nor igzip.
PROGRAMS = ("sh", "find", "xargs", "sort", "zcat", "gzip", "awk")
SAMPLE = AUDITED[-1]
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"
SECONDS = re.compile(r"\| \d+\.\d\d s \| \d+\.\d\d–\d+\.\d\d \|")


def row_of(page, title):
    """Return the row of the page's first table that begins with that title."""
    return next(line for line in page.splitlines() if line.startswith(f"| {title}"))


def bench(folder, *arguments, programs, module="benchmarks"):
    """Run a benchmark with only those programs at hand; return what it did and the page."""
    page = folder / "docs" / "performance.md"
    command = [sys.executable, "-m", module, "--scale", "0.005", "--repetitions", "1"]
    places = ["--logs", folder / "none", "--cache", folder / "cache", "--output", page]
    done = subprocess.run(
        [*command, *places, *arguments],
        cwd=PROJECT,
        env=os.environ | {"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, page.read_text() if page.exists() else ""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("programs")
    for name in PROGRAMS:
        if place := shutil.which(name):
            (folder / name).symlink_to(place)
    return folder


@pytest.fixture(scope="module")
def all_peers(tmp_path_factory, programs):
    return bench(tmp_path_factory.mktemp("peers"), "--corpora", "24MB", programs=programs)


def test_all_peers_that_ran_found_the_hosts(all_peers):
    done, page = all_peers
    assert done.returncode == 0, done.stderr
    assert "failed" not in page
    assert not re.search(r"\D0 hosts", page)
    for title in ("**the limit**", "**findrobots**", "the Python Cookbook", "`dask.bag"):
        assert SECONDS.search(row_of(page, title)), title


def test_the_table_names_the_missing_peers(all_peers):
    _, page = all_peers
    assert "missing: rg |" in row_of(page, "`rg -z`")
    for package, title in (("chdb", "ClickHouse"), ("duckdb", "DuckDB"), ("polars", "Polars")):
        row = row_of(page, title)
        assert SECONDS.search(row) if find_spec(package) else f"missing: {package} |" in row


def test_the_limit_is_named_where_igzip_is_missing(all_peers):
    _, page = all_peers
    assert "`python -m isal.igzip" in row_of(page, "**the limit**")


def test_every_corpus_is_made_and_holds_the_hosts_that_are_found(tmp_path):
    # Without igzip, the limit starts a Python for each of hundreds of files.
    limits = ("limit", "loop") if shutil.which("igzip") else ("loop",)
    done, page = bench(tmp_path, "--peers", "ours", *limits, programs=os.environ["PATH"])
    assert done.returncode == 0, done.stderr
    assert "failed" not in page
    assert sum(line.startswith("| **findrobots**") for line in page.splitlines()) == 8
    assert "hosts a second" in page
    assert ("| parent |" in page) == (sys.platform == "linux")


def test_a_cluster_finds_the_same_hosts_as_processes(tmp_path):
    peers = ("processes-1", "cluster-1", "cluster-2")
    done, page = bench(
        tmp_path, "--corpora", "9.6GB", "--peers", *peers, programs=os.environ["PATH"]
    )
    assert done.returncode == 0, done.stderr
    for title in ("`--scheduler processes", "`--scheduler tcp://…`, workers there: 2"):
        assert SECONDS.search(row_of(page, f"findrobots {title}")), title


def test_audits_count_every_line_of_their_corpora(tmp_path):
    done, page = bench(
        tmp_path,
        *("--corpora", "combined", "common", "--peers", "audit", "audit-robots"),
        module="benchmarks.audits",
        programs=os.environ["PATH"],
    )
    assert done.returncode == 0, done.stderr
    rows = [line for line in page.splitlines() if line.startswith("| **findrobots audit")]
    assert len(rows) == 4
    for row in rows:
        assert SECONDS.search(row)
        assert row.endswith("| 0 |")


def test_the_peers_of_audits_count_the_lines_of_a_sample(tmp_path):
    done, page = bench(
        tmp_path, "--corpora", "sample", module="benchmarks.audits", programs=os.environ["PATH"]
    )
    assert done.returncode == 0, done.stderr
    for auditor in AUDITORS[1:]:
        row = row_of(page, auditor.title)
        if needed := missing(auditor):
            assert f"missing: {', '.join(needed)} |" in row
        else:
            assert SECONDS.search(row)
            assert row.endswith("| 0 |")


def test_a_corpus_in_the_combined_format_is_the_same_each_time(tmp_path):
    made = [make(SAMPLE, [make_combined()], 0.2, tmp_path / name) for name in "ab"]
    (one,), (other,) = ([*each.folder.iterdir()] for each in made)
    assert one.read_bytes() == other.read_bytes()
    text = gzip.decompress(one.read_bytes())
    truth = made[0].truth
    assert (len(text), text.count(b"\n")) == (truth.text, truth.lines)
    assert len({line.split(b" ")[3] for line in text.splitlines()}) > 10


@pytest.mark.parametrize(
    ("module", "arguments", "told"),
    [
        ("graphs", (), "| 100,000 | 2 | 934 | 998 | 3 |"),
        (
            "swarm",
            ("--logs", "50", "--workers", "2", "--hosts", "7"),
            "50 logs, 7 hosts, 2 workers",
        ),
    ],
)
def test_what_a_cluster_carries_is_told(tmp_path, module, arguments, told):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", *arguments],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout


def test_what_stands_around_the_markers_stays(tmp_path, programs):
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "performance.md"
    page.write_text(f"before\n{BEGIN}\nformer figures\n{END}\nafter\n")
    done, text = bench(tmp_path, "--corpora", "24MB", "--peers", "limit", programs=programs)
    assert done.returncode == 0, done.stderr
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "former figures" not in text


def test_a_page_without_markers_is_refused_and_stays(tmp_path, programs):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "performance.md").write_text("prose\n")
    done, text = bench(tmp_path, programs=programs)
    assert done.returncode == 1
    assert text == "prose\n"


def test_a_peer_that_finds_other_hosts_is_told(tmp_path, programs):
    liars = shutil.copytree(programs, tmp_path / "programs", symlinks=True)
    (liars / "rg").write_text("#!/bin/sh\necho 192.0.2.1\n")
    (liars / "rg").chmod(0o755)
    done, page = bench(tmp_path, "--corpora", "24MB", "--peers", "rg", "awk", programs=liars)
    assert done.returncode == 1
    assert "24MB: rg: other hosts: 1 too many" in done.stderr
    assert "failed: other hosts: 1 too many" in row_of(page, "`rg -z`")
    assert SECONDS.search(row_of(page, "`zcat"))
