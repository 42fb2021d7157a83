"""Who may read an output, and what stands at its place."""

import os
import stat
import threading
from functools import partial

import pytest
from findrobots.errors import OutputError
from findrobots.writing.atomic import reserve_outputs
from findrobots.writing.directory import reserve_directory
from hypothesis import given
from hypothesis import strategies as st
from support.samples import filled

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
# Users and groups that need not exist.
OTHER, ANOTHER = 23_456, 23_457


@pytest.fixture(autouse=True)
def _umask():
    former = os.umask(0o022)
    yield
    os.umask(former)


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def write(path, content=b"new"):
    with reserve_outputs([path]) as outputs:
        outputs.write({path: partial(filled, content=content)})


@given(st.integers(0, 0o777))
def test_a_new_output_has_what_the_umask_leaves_and_its_temporary_file_no_more(
    tmp_path_factory, mask
):
    path = tmp_path_factory.getbasetemp() / "new.parquet"
    path.unlink(missing_ok=True)
    former = os.umask(mask)
    try:
        with reserve_outputs([path]) as outputs:
            assert mode_of(path.with_name(".new.parquet.tmp")) == 0o666 & ~mask
            outputs.write({path: filled})
        assert os.umask(mask) == mask
    finally:
        os.umask(former)
    assert mode_of(path) == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o660])
def test_an_output_keeps_its_permissions_and_its_temporary_file_has_no_more(tmp_path, mode):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"old")
    path.chmod(mode)
    with reserve_outputs([path]) as outputs:
        assert mode_of(tmp_path / ".a.parquet.tmp") == mode
        outputs.write({path: filled})
    assert mode_of(path) == mode
    assert path.read_bytes() != b"old"


def test_an_output_that_is_made_private_during_the_run_stays_private(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"old")
    with reserve_outputs([path]) as outputs:
        path.chmod(0o600)
        outputs.write({path: filled})
    assert mode_of(path) == 0o600


def test_an_update_by_the_command_keeps_the_permissions(run_command, logs, tmp_path):
    for more in ((), ("--update",), ("--update",)):
        done = run_command("scan", logs, "-o", "t.parquet", "-q", *more)
        assert done.returncode == 0
        assert not more or mode_of(tmp_path / "t.parquet") == 0o600
        (tmp_path / "t.parquet").chmod(0o600)


@AS_ROOT
def test_root_leaves_an_output_to_its_owner(tmp_path):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"old")
    os.chown(path, OTHER, ANOTHER)
    path.chmod(0o640)
    write(path)
    status = path.stat()
    assert (status.st_uid, status.st_gid, mode_of(path)) == (OTHER, ANOTHER, 0o640)


def test_a_group_that_cannot_be_kept_gives_no_other_group_its_rights(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"old")
    path.chmod(0o664)

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    write(path)
    assert mode_of(path) == 0o644


def test_shards_and_what_they_are_made_in_are_no_more_readable_than_the_old_ones(tmp_path):
    target = tmp_path / "shards"
    for mode, files in ((0o755, 0o644), (0o700, 0o600), (0o750, 0o640)):
        with reserve_directory(target) as directory:
            expected = 0o755 if mode == 0o755 else mode
            if target.exists():
                assert mode_of(tmp_path / ".shards.new") == expected & 0o770
            (directory.temporary / "part-00001-of-00001.parquet").write_bytes(b"findrobots.new")
            directory.commit()
        if mode == 0o755:
            assert (mode_of(target), mode_of(next(target.iterdir()))) == (0o755, 0o644)
        else:
            assert (mode_of(target), mode_of(next(target.iterdir()))) == (mode, files)
        following = {0o755: (0o700, 0o600), 0o700: (0o750, 0o640)}.get(mode)
        if following:
            target.chmod(following[0])
            next(target.iterdir()).chmod(following[1])


# What stands at the place of the temporary file


def test_a_hard_link_at_the_place_of_the_temporary_file_is_refused_and_kept(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".a.parquet.tmp").hardlink_to(tmp_path / "precious")
    with pytest.raises(OutputError, match=r"\.a\.parquet\.tmp: it is no file of an earlier run"):
        write(tmp_path / "a.parquet")
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize("read", [False, True])
def test_a_pipe_at_the_place_of_the_temporary_file_is_refused_at_once(tmp_path, read):
    os.mkfifo(tmp_path / ".a.parquet.tmp")
    reader = os.open(tmp_path / ".a.parquet.tmp", os.O_RDONLY | os.O_NONBLOCK) if read else None
    with pytest.raises(OutputError, match=r"\.a\.parquet\.tmp: "):
        write(tmp_path / "a.parquet")
    if reader is not None:
        os.close(reader)


@AS_ROOT
def test_a_file_of_another_user_at_the_place_of_the_temporary_file_is_refused(tmp_path):
    temporary = tmp_path / ".a.parquet.tmp"
    temporary.write_bytes(b"x")
    temporary.chmod(0o666)
    os.chown(temporary, OTHER, OTHER)
    with pytest.raises(OutputError, match="it belongs to another user"):
        write(tmp_path / "a.parquet")
    assert not (tmp_path / "a.parquet").exists()


# What stands at the place of the output


def test_a_link_that_is_put_at_the_place_of_the_output_meanwhile_is_replaced(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "a.parquet"
    victim.write_text("precious")
    with reserve_outputs([path]) as outputs:
        path.symlink_to(victim)
        outputs.write({path: filled})
    assert victim.read_text() == "precious"
    assert not path.is_symlink()


def test_a_directory_that_is_exchanged_meanwhile_is_not_written_to(tmp_path):
    place, victim = tmp_path / "place", tmp_path / "victim"
    place.mkdir()
    victim.mkdir()
    (victim / "a.parquet").write_text("precious")
    with reserve_outputs([place / "a.parquet"]) as outputs:
        place.rename(tmp_path / "aside")
        place.symlink_to(victim)
        outputs.write({place / "a.parquet": filled})
    assert (victim / "a.parquet").read_text() == "precious"
    assert [each.name for each in victim.iterdir()] == ["a.parquet"]
    assert [each.name for each in (tmp_path / "aside").iterdir()] == ["a.parquet"]


def test_a_link_that_changes_all_the_time_leads_to_no_file_that_was_not_named(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "a.parquet"
    victim.write_text("precious")
    ended = threading.Event()

    def swap():
        while not ended.is_set():
            spare = tmp_path / "spare"
            spare.symlink_to(victim)
            spare.rename(tmp_path / ".a.parquet.tmp")
            (tmp_path / ".a.parquet.tmp").unlink(missing_ok=True)

    swapper = threading.Thread(target=swap)
    swapper.start()
    outcomes = set()
    try:
        for _ in range(200):
            path.unlink(missing_ok=True)  # it may be a link, which the next run would follow
            try:
                write(path)
                outcomes.add("written")
                assert not path.is_symlink()
            except OutputError as error:
                outcomes.add(error.reason)
    finally:
        ended.set()
        swapper.join()
    assert victim.read_text() == "precious"
    assert outcomes != {"written"}  # a link was met


@AS_ROOT
@pytest.mark.parametrize(
    ("owner", "mode", "followed"),
    [
        (OTHER, 0o1777, False),
        (0, 0o1777, True),
        (OTHER, 0o755, True),
        (OTHER, 0o777, True),
    ],
)
def test_a_link_of_another_user_in_a_shared_directory_is_refused(tmp_path, owner, mode, followed):
    shared, victim = tmp_path / "shared", tmp_path / "victim.parquet"
    shared.mkdir()
    shared.chmod(mode)
    link = shared / "a.parquet"
    link.symlink_to(victim)
    os.lchown(link, owner, owner)
    if followed:
        write(link)
        assert victim.read_bytes() == b"new"
        return
    with pytest.raises(OutputError, match="it is a link of another user"):
        write(link)
    with pytest.raises(OutputError, match="it is a link of another user"), reserve_directory(link):
        pass
    assert not victim.exists()
