import itertools
import os
import shutil

import findrobots
import pyarrow as pa
import pytest
from findrobots.cli.merge import merge
from findrobots.errors import NotAHostTableError
from findrobots.jobs import merge as merging
from findrobots.jobs.shuffle import spill_shards
from findrobots.running.local import SYNC
from findrobots.tables.parquet import read_table
from findrobots.tables.shards import check_unchanged, list_shards, read_ledger, read_whole
from findrobots.tables.spill import SpillDirectory, merge_bucket
from support.processes import unmeasured
from support.samples import lines, write_log

pytestmark = pytest.mark.slow

SHARDS = {"a": 2, "b": 3, "c": 1}


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Tables of three machines, each as a file and in shards, and what a merge of files gives.

    Many hosts are in all of them.
    """
    folder = tmp_path_factory.mktemp("made")
    for number, (name, shards) in enumerate(SHARDS.items()):
        write_log(folder, lines(100 * number, 70, every=number + 1), f"{name}.log")
        unmeasured("scan", f"{name}.log", "-o", f"{name}.parquet", cwd=folder)
        unmeasured("scan", f"{name}.log", "-o", name, "--shards", shards, cwd=folder)
    files = [f"{name}.parquet" for name in SHARDS]
    assert unmeasured("merge", *files, "-o", "t", cwd=folder).returncode == 0
    return folder


@pytest.fixture
def tables(made, tmp_path, monkeypatch):
    """The same in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def whole(tables):
    """What a merge of single files gives."""
    return read_table(tables / "t")


def names(folder):
    """Return the names in a folder, without the coverage data of workers."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".coverage")}


MIXES = [
    ("a.parquet", "b.parquet", "c.parquet"),
    ("a", "b.parquet", "c.parquet"),
    ("c", "b", "a"),
]


# A merge of shards equals a merge of single files


@pytest.mark.parametrize("mix", MIXES)
@pytest.mark.parametrize("shards", [1, 5])
def test_shards_of_a_mix_are_row_for_row_the_merge_of_files(
    run_command, tables, whole, mix, shards
):
    done = run_command("merge", *mix, "-o", "out", "--shards", shards)
    summary = f"{whole.hosts.num_rows} hosts of 3 logs\nout written\n"
    assert (done.returncode, done.stderr, done.stdout) == (0, summary, "")
    assert len(list_shards(tables / "out")) == shards
    assert read_whole(tables / "out") == whole


@pytest.mark.parametrize("mix", MIXES)
def test_a_mix_merges_to_the_bytes_of_one_file(run_command, tables, whole, mix):
    done = run_command("merge", *mix, "-o", "out")
    summary = f"{whole.hosts.num_rows} hosts of 3 logs\nout written\n"
    assert (done.returncode, done.stderr) == (0, summary)
    assert (tables / "out").read_bytes() == (tables / "t").read_bytes()


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_the_scheduler_does_not_change_the_merged_table(run_command, tables, whole, scheduler):
    arguments = ["--shards", 2, "--scheduler", scheduler, "--workers", 2]
    assert run_command("merge", *SHARDS, "-o", "out", *arguments).returncode == 0
    assert read_whole(tables / "out") == whole


def test_shards_become_the_one_file_that_a_scan_writes(run_command, tables):
    assert run_command("merge", "b", "-o", "out").returncode == 0
    assert (tables / "out").read_bytes() == (tables / "b.parquet").read_bytes()


def test_an_update_goes_on_from_merged_shards(run_command, tables):
    for name in ("a", "b"):
        run_command("scan", f"{name}.log", "-o", name, "--shards", 2)
    run_command("merge", "a", "b", "-o", "out", "--shards", 2)
    done = run_command("scan", "a.log", "c.log", "-o", "out", "--shards", 2, "--update")
    assert "1 log unchanged since the last update" in done.stderr
    assert read_ledger(tables / "out").ledger.num_rows == 3


def test_the_output_may_be_one_of_the_tables(run_command, tables, whole):
    before = names(tables)
    assert run_command("merge", *SHARDS, "-o", "a", "--shards", 4).returncode == 0
    assert names(tables) == before
    assert len(list_shards(tables / "a")) == 4
    assert read_whole(tables / "a") == whole


@pytest.mark.parametrize(("spill_size", "files"), [(0, 6 + 2), (1 << 30, 2)])
def test_no_more_than_a_piece_is_merged_at_a_time(tables, spill_size, files):
    directory = SpillDirectory(str(tables), 2)
    paths = [*itertools.chain.from_iterable(map(list_shards, SHARDS))]
    spilled = spill_shards(paths, directory, SYNC, spill_size=spill_size, tasks_per_worker=2)
    assert len(spilled) == files
    pieces = [
        piece
        for bucket in (0, 1)
        for piece in merge_bucket(spilled, bucket, piece_size=1000, sample_step=1)
    ]
    hosts = pa.concat_tables(pieces).sort_by("host")
    assert hosts == findrobots.merge_hosts(read_whole(name).hosts for name in SHARDS)
    assert max(piece.num_rows for piece in pieces) < hosts.num_rows / 4


# What is refused


def test_shards_that_count_the_same_log_are_refused_or_count_twice(run_command, tables):
    done = run_command("merge", "a", "b", "a.parquet", "-o", "out", "--shards", 2)
    assert done.returncode == 1
    assert done.stderr.startswith(
        "findrobots: a and a.parquet overlap: a.log and a.log are the same log. Merge tables of "
        "different logs, or count it twice with "
    )
    assert done.stderr.count("\n") == 1
    assert not (tables / "out").exists()
    arguments = ("-o", "out", "--shards", 2, "--allow-overlap")
    assert run_command("merge", "a", "a.parquet", *arguments).returncode == 0
    once, twice = (read_whole(tables / name) for name in ("a", "out"))
    assert sum(twice.hosts["requests"].to_pylist()) == 2 * sum(once.hosts["requests"].to_pylist())
    assert twice.ledger.num_rows == 2


def test_shards_that_count_other_requests_are_refused(run_command, tables):
    run_command("scan", "b.log", "-o", "other", "--shards", 2, "--path", "/ads.txt")
    done = run_command("merge", "a", "other", "-o", "out", "--shards", 2)
    assert done.returncode == 1
    assert "a was built for /robots.txt, other for /ads.txt. Use a separate table" in done.stderr
    assert not (tables / "out").exists()


@pytest.mark.parametrize("shards", [(), ("--shards", 2)])
@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("gone", "gone: Not a findrobots table (No such file or directory). Pass the"),
        ("a.log", "a.log: Not a findrobots table (not a Parquet file). Pass the complete"),
        ("empty", "empty: Not a findrobots table (there are no shards in the directory)"),
        ("part", "part: Not a findrobots table (some shards are missing, or belong to"),
        ("b/part-00001-of-00003.parquet", "(only shard 1/3 of one: name its directory)"),
        ("b/part-00002-of-00003.parquet", "(only shard 2/3 of one: name its directory)"),
    ],
)
def test_anything_but_a_complete_table_is_refused(run_command, tables, table, why, shards):
    (tables / "empty").mkdir()
    shutil.copytree(tables / "b", tables / "part")
    (tables / "part/part-00002-of-00003.parquet").unlink()
    before = names(tables)
    done = run_command("merge", "c", table, "-o", "out", *shards)
    assert done.returncode == 1
    assert why in done.stderr
    assert done.stderr.endswith(". Pass the complete output of findrobots scan -o.\n")
    assert done.stderr.count("\n") == 1
    assert names(tables) == before


def test_a_directory_that_cannot_be_listed_is_named(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(os, "listdir", refuse)
    with pytest.raises(NotAHostTableError, match=r": Not a .* \(Permission denied\)"):
        list_shards(tmp_path)


def test_a_table_that_changes_while_it_is_merged_is_refused(tables, monkeypatch):
    def spill(*arguments):
        shutil.copy("b.parquet", "a.parquet")
        return spill_shards(*arguments)

    monkeypatch.setattr(merging, "spill_shards", spill)
    again = pytest.raises(NotAHostTableError, match=r"a\.parquet: .* it meanwhile: run again")
    with again:
        merge.main(["a.parquet", "c", "-o", "out", "--shards", "2"], standalone_mode=False)
    assert not (tables / "out").exists()


def test_a_table_is_unchanged_as_long_as_its_ledger_is(run_command, tables):
    run_command("scan", "a.log", "-o", "a", "--shards", 2)
    before = [("a", read_ledger("a"))]
    run_command("scan", "a.log", "-o", "a", "--shards", 5)
    check_unchanged(before)
    run_command("scan", "b.log", "-o", "a", "--shards", 5, "--update")
    with pytest.raises(NotAHostTableError, match="another run has written it meanwhile"):
        check_unchanged(before)
    assert read_whole(tables / "a").ledger.num_rows == 2
