import errno
import itertools
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import findrobots
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.errors import NotAHostTableError, OutputError
from findrobots.formats import parse_lines
from findrobots.jobs.shuffle import write_shards
from findrobots.records import Lines
from findrobots.robots.filter import RequestFilter, filter_requests
from findrobots.running.local import SYNC
from findrobots.tables.host_table import empty_host_table
from findrobots.tables.parquet import read_table
from findrobots.tables.results import BufferSizes, tabulate
from findrobots.tables.shards import list_shards, read_ledger
from findrobots.tables.spill import SpillDirectory, merge_bucket
from findrobots.writing.atomic import exists
from findrobots.writing.directory import reserve_directory
from support.processes import UNMEASURED
from support.samples import lines, write_log

OUT = "out"


@pytest.fixture
def many(tmp_path, monkeypatch):
    """Six logs of fifty hosts, all of which are in several of them."""
    monkeypatch.chdir(tmp_path)  # a table names its logs as they are named to it
    folder = Path("logs")
    folder.mkdir()
    for number in range(6):
        write_log(folder, lines(100 * number, 150), f"{number}.log")
    return folder


def names(folder):
    """Return the names in a folder, without the coverage data of workers."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".coverage")}


def whole(folder):
    """Return the table of all shards, each of which must be sorted."""
    shards = [pq.read_table(path) for path in list_shards(folder)]
    for shard in shards:
        hosts = shard["host"].to_pylist()
        assert hosts == sorted(hosts)
    return pa.concat_tables(shards).sort_by("host").replace_schema_metadata(None)


def single(logs):
    """Return the table of one file."""
    return findrobots.find_robots(logs).replace_schema_metadata(None)


# The shards are the table


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
@pytest.mark.parametrize("shards", [1, 7])
def test_the_shards_together_are_the_table_of_one_file(
    run_command, many, tmp_path, scheduler, shards
):
    done = run_command("scan", many, "-o", OUT, "--shards", shards, "--scheduler", scheduler)
    assert done.returncode == 0, done.stderr
    assert "25 hosts, 450 requests for /robots.txt (" in done.stderr
    assert names(tmp_path) == {"logs", OUT}
    assert names(tmp_path / OUT) == {
        f"part-{n + 1:05}-of-{shards:05}.parquet" for n in range(shards)
    }
    assert whole(OUT).equals(single(many))


def test_each_shard_says_which_it_is_and_what_it_counts(run_command, logs, tmp_path):
    run_command("scan", logs, "-o", OUT, "--shards", 2, "--path", "/a")
    for number, path in enumerate(list_shards(tmp_path / OUT), 1):
        metadata = pq.read_metadata(path).metadata
        assert metadata[b"findrobots.shard"] == f"{number}/2".encode()
        assert metadata[b"findrobots.paths"] == b'["/a"]'


def test_other_programs_read_the_directory_as_one_table(run_command, logs, tmp_path):
    run_command("scan", logs, "-o", OUT, "--shards", 3)
    hosts = single(logs)["host"].to_pylist()
    out = tmp_path / OUT
    assert sorted(pd.read_parquet(out)["host"]) == hosts
    assert sorted(pl.read_parquet(out)["host"]) == hosts
    rows = duckdb.sql(f"select host from '{out}/*.parquet' order by host").fetchall()  # noqa: S608 (the path is our own)
    assert [host for (host,) in rows] == hosts


@pytest.mark.parametrize("scheduler", ["auto", "processes"])
def test_logs_without_a_request_give_shards_without_a_row(run_command, tmp_path, scheduler):
    write_log(tmp_path, b"", "a.log")
    done = run_command("scan", "a.log", "-o", OUT, "--shards", 2, "--scheduler", scheduler)
    assert done.returncode == 0, done.stderr
    assert whole(tmp_path / OUT).num_rows == 0


def items_of(logs):
    """Yield the requests for robots.txt of some logs, one after another, and the rejects."""
    for log in sorted(logs.iterdir()):
        offset = 0
        for line in log.read_bytes().splitlines(keepends=True):
            for item in parse_lines(Lines(str(log), [offset], line.rstrip())):
                yield filter_requests(item, request_filter=RequestFilter())
            offset += len(line)


# The result does not depend on how hosts are spilled


@pytest.mark.parametrize("spill_size", [0, 1 << 30])
@pytest.mark.parametrize("piece_size", [1, 1000, 1 << 30])
def test_the_table_does_not_depend_on_when_hosts_are_spilled(
    many, tmp_path, spill_size, piece_size
):
    sizes = BufferSizes(batch_rows=20, merge_rows=30, spill_bytes=spill_size)
    spill = SpillDirectory(str(tmp_path), 3).spill
    found = tabulate(items_of(many), spill=spill, sizes=sizes)
    assert found.hosts.num_rows == 0
    assert (len(found.spill_files) > 1) == (spill_size == 0)
    pieces = [
        list(merge_bucket(found.spill_files, bucket, piece_size=piece_size, sample_step=3))
        for bucket in range(3)
    ]
    assert (max(map(len, pieces)) > 1) == (piece_size < 1 << 30)
    table = pa.concat_tables(itertools.chain(*pieces)).sort_by("host")
    assert table.equals(single(many))


def test_a_spill_file_that_no_result_names_does_not_count(many, tmp_path):
    """A task that is run twice leaves one."""
    spill = SpillDirectory(str(tmp_path), 1).spill
    hosts = single(many)
    first, second = spill(hosts), spill(hosts)
    assert first != second
    assert pa.concat_tables(merge_bucket([second], 0)).equals(hosts)


def test_a_shard_that_is_written_twice_is_there_once(many, tmp_path):
    """The task of a worker that died is run again."""
    table = empty_host_table(RequestFilter())
    with reserve_directory(tmp_path / OUT) as folder:
        spill_files = [SpillDirectory(str(folder.scratch), 2).spill(single(many))]
        for _ in range(2):
            write_shards(spill_files, table, folder, shards=2, runner=SYNC)
        assert whole(folder.temporary).equals(single(many))
        folder.commit()
    assert len(list_shards(tmp_path / OUT)) == 2


def test_a_spill_file_that_cannot_be_written_is_named(many, tmp_path):
    with pytest.raises(OutputError, match=r"Cannot write .*gone/.*: .*No such file"):
        SpillDirectory(str(tmp_path / "gone"), 2).spill(single(many))


# Updates, and what is shown


def test_an_update_of_shards_is_a_scan_of_all_in_whatever_number(run_command, many, tmp_path):
    (many / "5.log").rename(tmp_path / "later")
    assert run_command("scan", many, "-o", OUT, "--shards", 2).returncode == 0
    (tmp_path / "later").rename(many / "5.log")
    done = run_command("scan", many, "-o", OUT, "--shards", 3, "--update")
    assert done.returncode == 0, done.stderr
    assert "total: 25 hosts, 450 requests" in done.stderr
    assert "5 logs unchanged since the last update" in done.stderr
    assert len(list_shards(OUT)) == 3
    assert whole(OUT).equals(single(many))
    assert read_ledger(OUT).ledger.num_rows == 6


def test_an_update_begins_a_directory_that_is_not_there(run_command, logs, tmp_path):
    assert run_command("scan", logs, "-o", OUT, "--shards", 2, "--update").returncode == 0
    assert whole(tmp_path / OUT).equals(single(logs))


@pytest.mark.parametrize(
    "arguments",
    [("--limit", 3), ("--limit", 30, "--sort", "host"), ("--csv",), ("--sources", "--limit", 2)],
)
def test_shards_are_shown_like_the_table_of_one_file(run_command, many, arguments):
    run_command("scan", many, "-o", OUT, "--shards", 3)
    run_command("scan", many, "-o", "one")
    shards, one = (run_command("show", table, *arguments) for table in (OUT, "one"))
    assert shards.returncode == 0, shards.stderr
    assert (shards.stdout, shards.stderr) == (one.stdout, one.stderr)


def test_a_shard_alone_is_not_taken_for_the_table(run_command, logs, tmp_path):
    run_command("scan", logs, "-o", OUT, "--shards", 2)
    first, second = list_shards(tmp_path / OUT)
    with pytest.raises(NotAHostTableError, match="only shard 1/2 of one"):
        read_table(first)
    os.unlink(second)  # noqa: PTH108 (paths are strings here)
    with pytest.raises(NotAHostTableError, match="some shards are missing"):
        list_shards(tmp_path / OUT)
    with pytest.raises(NotAHostTableError, match="no shards in the directory"):
        list_shards(tmp_path)


# The directory is written atomically


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-o", "logs/a.log", "--shards", 2), "it is a file"),
        (("-o", "logs", "--shards", 2), "it is a directory of the logs. Name a file elsewhere"),
        (("-o", "others", "--shards", 2), "it contains b.log"),
        (("-o", "new.csv", "--shards", 2), "the output is Parquet, not .csv"),
        (("-o", "gone/out", "--shards", 2), "its directory does not exist"),
        (("-o", "memory://out", "--shards", 2), "directories are written on this machine only"),
        (("-o", "new", "--shards", 2, "--rejects", "new"), "it is in the directory new"),
        (
            ("-o", "empty", "--shards", 2, "--rejects", "empty/x"),
            "it is in the directory empty",
        ),
        (("-o", "empty"), "it is a directory. Name a file in it, or use "),
        (("-o", "new", "--shards", 0), "0 is not in the range"),
        (("--shards", 2), "--shards: Needs a table to write. Give its path with --output"),
    ],
)
def test_an_output_that_cannot_be_a_directory_of_shards_is_refused(
    run_command, tmp_path, arguments, why
):
    for name in ("logs", "empty", "others"):
        (tmp_path / name).mkdir()
    write_log(tmp_path / "logs", lines(0, 2), "a.log")
    write_log(tmp_path / "others", lines(0, 2), "b.log")
    done = run_command("scan", "logs", *arguments)
    assert done.returncode in {1, 2}
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert names(tmp_path) == {"logs", "empty", "others"}


def test_rejects_are_written_beside_the_shards(run_command, logs, tmp_path):
    done = run_command("scan", logs, "-o", OUT, "--shards", 2, "--rejects", "rejects")
    assert done.returncode == 0
    assert names(tmp_path) == {"logs", OUT, "rejects"}


# What a directory of shards may hold, by the names of its metadata.
OLD, NEW = "findrobots.old", "findrobots.new"


class RefusingLibrary:
    """A C library whose renameat2 fails with EINVAL."""

    def __init__(self, *_, **__):
        pass

    @staticmethod
    def renameat2(*_):
        return -1


def test_an_error_leaves_the_old_shards_and_no_temporary_files(tmp_path, monkeypatch):
    old = tmp_path / OUT / "part-00001-of-00001.parquet"
    old.parent.mkdir()
    old.write_text(OLD)
    monkeypatch.setattr("ctypes.CDLL", RefusingLibrary)
    monkeypatch.setattr("ctypes.get_errno", lambda: errno.EINVAL)
    with reserve_directory(old.parent) as folder:
        (folder.temporary / "new").write_text("new")
        with pytest.raises(OutputError, match="Invalid argument"):
            folder.commit()
    assert old.read_text() == OLD
    assert names(tmp_path) == {OUT}


def test_a_system_that_exchanges_no_directories_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    (tmp_path / OUT).mkdir()
    (tmp_path / OUT / "part-00001-of-00001.parquet").write_text(OLD)
    refused = pytest.raises(OutputError, match="this system cannot replace directories")
    with reserve_directory(tmp_path / OUT) as folder, refused:
        folder.commit()


def test_a_directory_that_cannot_be_renamed_is_named(tmp_path):
    with reserve_directory(tmp_path / OUT) as folder:
        (tmp_path / OUT).write_text("a file that came meanwhile")
        with pytest.raises(OutputError, match="Not a directory"):
            folder.commit()
    assert names(tmp_path) == {OUT}


# Replace a directory, killed at the n-th audit event.
WRITER = """
import os, signal, sys
from findrobots.writing.directory import reserve_directory

left = int(sys.argv[2])

def count(event, _):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
with reserve_directory(sys.argv[1]) as folder:
    (folder.scratch / "spill").write_text("half")
    for n in (1, 2):
        (folder.temporary / f"part-0000{n}-of-00002.parquet").write_text("findrobots.new")
    sys.audit("before commit")
    folder.commit()
    sys.audit("after commit")
left = -1
print("done")
"""


@pytest.mark.slow
def test_a_run_killed_at_any_event_leaves_the_old_shards_or_the_new(tmp_path):
    folder = tmp_path / OUT

    def write(event):
        arguments = [sys.executable, "-c", WRITER, folder, str(event)]
        return subprocess.run(arguments, env=UNMEASURED, capture_output=True, check=False)

    assert write(0).stdout == b"done\n"
    found = Counter()
    for event in itertools.count(1):
        for path in folder.iterdir():
            path.write_text(OLD)
        done = write(event)
        if done.stdout:
            break
        found[tuple(path.read_text() for path in folder.iterdir())] += 1
        assert names(tmp_path) <= {OUT, f".{OUT}.tmp", f".{OUT}.new"}
        assert write(0).stdout == b"done\n"
        assert names(tmp_path) == {OUT}
    assert set(found) == {(OLD, OLD), (NEW, NEW)}
    assert found.total() >= 20
    assert exists(folder)
