"""Directories of outputs: what is there already is findrobots' own, or stays."""

import os
import shutil
import stat

import findrobots
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from findrobots.errors import OutputError
from findrobots.writing import lock
from findrobots.writing.directory import reserve_directory

SHARD = "part-00000-of-00001.parquet"


@pytest.fixture
def target(tmp_path):
    """A directory in which somebody else's program has written shards of the same name."""
    target = tmp_path / "out"
    target.mkdir()
    pq.write_table(pa.table({"x": [1, 2]}), target / SHARD)
    return target


def test_shards_of_another_program_are_kept(target):
    before = (target / SHARD).read_bytes()
    refused = pytest.raises(OutputError, match=rf"findrobots did not write {SHARD} there")
    with refused, reserve_directory(target):
        pass
    assert (target / SHARD).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"x", b"PAR1" + b"\xff" * 8, b"\xff" * 99])
def test_what_is_no_parquet_is_kept(target, content):
    (target / SHARD).write_bytes(content)
    with pytest.raises(OutputError, match="did not write"), reserve_directory(target):
        pass
    assert (target / SHARD).read_bytes() == content


def test_a_directory_with_the_name_of_a_shard_is_kept(target):
    (target / SHARD).unlink()
    (target / SHARD).mkdir()
    with pytest.raises(OutputError, match="it contains"), reserve_directory(target):
        pass
    assert (target / SHARD).is_dir()


def test_a_workspace_with_other_files_is_kept(logs, tmp_path):
    target, workspace = tmp_path / "out", tmp_path / ".out.new"
    findrobots.scan(logs, output=target, shards=1)
    workspace.mkdir()
    (workspace / "thesis.tex").write_text("mine")
    refused = pytest.raises(OutputError, match=r"\.out\.new is of no earlier run. Remove it")
    with refused, reserve_directory(target):
        pass
    assert (workspace / "thesis.tex").read_text() == "mine"


def test_what_a_killed_run_left_is_removed(logs, tmp_path):
    for name in ("temporary", "scratch"):
        (tmp_path / ".out.new" / name).mkdir(parents=True)
    (tmp_path / ".out.new/scratch/x").write_text("spilled")
    findrobots.scan(logs, output=tmp_path / "out", shards=1)
    assert {path.name for path in tmp_path.iterdir()} >= {"out"}
    assert not (tmp_path / ".out.new").exists()


@pytest.mark.parametrize("shards", [None, 2])
def test_an_error_after_the_rename_does_not_deny_it(logs, tmp_path, monkeypatch, shards):
    target, fsync, renamed = tmp_path / "out", os.fsync, []

    def fail_for_directories(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) and target.exists():
            renamed.append(descriptor)
            raise OSError(5, "Input/output error")
        fsync(descriptor)

    monkeypatch.setattr(lock.os, "fsync", fail_for_directories)
    findrobots.scan(logs, output=target, shards=shards)
    assert renamed
    assert pq.read_table(target).num_rows == 4


def test_ctrl_c_while_the_workspace_is_removed_leaves_nothing(tmp_path, monkeypatch):
    remove, calls = shutil.rmtree, []

    def interrupted(directory, **options):
        calls.append(directory)
        if len(calls) == 1:
            raise KeyboardInterrupt
        remove(directory, **options)

    monkeypatch.setattr(shutil, "rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt), reserve_directory(tmp_path / "shards") as directory:
        directory.commit()
    assert [path.name for path in tmp_path.iterdir()] == ["shards"]
    assert len(calls) == 2
