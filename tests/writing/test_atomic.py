import errno
import fcntl
import os
import threading
from contextlib import ExitStack
from functools import partial

import pytest
from findrobots.errors import OutputError
from findrobots.writing.atomic import check_not_a_log, check_output, reserve_outputs
from support.objects import listed, placed
from support.samples import filled


def write(*paths, content=b"new", **options):
    with reserve_outputs(paths, **options) as outputs:
        outputs.write(dict.fromkeys(paths, partial(filled, content=content)))


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_a_file_gets_the_permissions_that_the_user_asks_for(tmp_path):
    former = os.umask(0o027)
    try:
        write(tmp_path / "a")
    finally:
        os.umask(former)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_is_written_through(tmp_path):
    (tmp_path / "link").symlink_to("real")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
    assert names(tmp_path) == {"link", "real"}


def test_a_file_url_is_a_local_file(tmp_path):
    write(f"file://{tmp_path}/a")
    assert (tmp_path / "a").read_bytes() == b"new"
    with reserve_outputs([f"file://{tmp_path}/a"]):
        assert (tmp_path / ".a.tmp").exists()


def test_an_error_leaves_the_old_files_and_no_temporary_ones(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("old")

    def fail(file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with (
        pytest.raises(OutputError, match=r"Cannot write .*second: No space left"),
        reserve_outputs([first, second]) as outputs,
    ):
        outputs.write({first: filled, second: fail})
    assert first.read_text() == "old"
    assert names(tmp_path) == {"first"}


def test_a_reservation_without_a_write_leaves_nothing(tmp_path):
    with reserve_outputs([tmp_path / "a"]):
        assert names(tmp_path) == {".a.tmp"}
    assert names(tmp_path) == set()


def test_the_temporary_file_of_a_killed_run_is_reused(tmp_path):
    (tmp_path / ".a.tmp").write_bytes(b"a longer half")
    write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == {"a"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("folder", "it is a directory"),
        ("nowhere/x.parquet", "its directory does not exist"),
        ("/dev/null", "it is not a regular file"),
    ],
)
def test_a_path_that_cannot_be_a_file_is_refused(tmp_path, name, why):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=why):
        check_output(tmp_path / name)


def test_a_directory_that_may_not_be_written_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="permission denied for its directory"):
        check_output(tmp_path / "x.parquet")


def test_a_temporary_file_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / ".a.tmp").mkdir()
    with pytest.raises(OutputError, match=r"Cannot write .*a: \.a\.tmp: Is a directory"):
        write(tmp_path / "a")


def test_a_link_with_the_name_of_the_temporary_file_is_not_followed(tmp_path):
    (tmp_path / "other").write_text("precious")
    (tmp_path / ".a.tmp").symlink_to("other")
    with pytest.raises(OutputError, match=r"\.a\.tmp: Too many levels of symbolic links"):
        write(tmp_path / "a")
    assert (tmp_path / "other").read_text() == "precious"


@pytest.mark.parametrize("other", ["a", "./a", "link", "hard/../a"])
def test_two_outputs_to_one_file_are_refused_without_waiting(tmp_path, monkeypatch, other):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hard").mkdir()
    (tmp_path / "link").symlink_to("a")
    with (
        pytest.raises(OutputError, match="it is named for two outputs"),
        reserve_outputs(["a", other]),
    ):
        pass
    assert names(tmp_path) == {"hard", "link"}


# Two reservations in one process: flock(2) locks each opening of a file separately


def test_a_second_run_waits_for_the_first_and_then_writes(tmp_path):
    waits = []
    path = tmp_path / "a"
    with reserve_outputs([path]) as first:
        second = threading.Thread(
            target=write, args=(path,), kwargs={"content": b"second", "waiting": waits.append}
        )
        second.start()
        second.join(0.2)
        assert second.is_alive()
        first.write({path: partial(filled, content=b"first")})
        assert path.read_bytes() == b"first"
    second.join(10)
    assert not second.is_alive()
    assert path.read_bytes() == b"second"
    assert waits == [path]
    assert names(tmp_path) == {"a"}


def test_a_waiting_run_locks_the_new_temporary_file_and_not_the_old_one(tmp_path, monkeypatch):
    """While one run waits, the holder ends and a third run locks a new file of the same name."""
    path = tmp_path / "a"
    waits, calls = [], []
    flock = fcntl.flock
    with ExitStack() as first, ExitStack() as third:
        first.enter_context(reserve_outputs([path]))

        def change_hands(file, how):
            calls.append(how)
            if how == fcntl.LOCK_EX and first.pop_all().close() is None and len(calls) == 2:
                (tmp_path / ".a.tmp").unlink(missing_ok=True)
                third.enter_context((tmp_path / ".a.tmp").open("ab"))
            flock(file, how)

        monkeypatch.setattr(fcntl, "flock", change_hands)
        write(path, waiting=waits.append)
    assert calls == [fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_EX, fcntl.LOCK_EX]
    assert waits == [path]
    assert names(tmp_path) == {"a"}


def test_reservations_of_the_same_outputs_in_any_order_do_not_deadlock(tmp_path):
    places = [tmp_path / "a", tmp_path / "b"]
    threads = [
        threading.Thread(target=write, args=order)
        for order in (places, places[::-1])
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert names(tmp_path) == {"a", "b"}


def test_a_temporary_file_of_another_process_is_not_committed(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with reserve_outputs([path]) as outputs:
        (tmp_path / ".a.tmp").unlink()
        (tmp_path / ".a.tmp").write_text("another's half")
        with pytest.raises(
            OutputError,
            match=r"the temporary file \.a\.tmp was removed by another process. Run again",
        ):
            outputs.write({path: filled})
    assert path.read_text() == "old"
    assert (tmp_path / ".a.tmp").read_text() == "another's half"


# Outputs that would replace a log


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.log"
    path.write_text("precious")
    (tmp_path / "soft").symlink_to(path)
    (tmp_path / "hard").hardlink_to(path)
    return str(path)


@pytest.mark.parametrize("output", ["a.log", "./a.log", "soft", "hard", "file://{}"])
@pytest.mark.parametrize("named", ["{}", "soft", "hard", "file://{}", "zip://x::{}"])
def test_a_log_is_recognised_under_any_name(log, output, named):
    logs = ["gone", placed("memory://a.log"), "-", placed(named.format(log))]
    with pytest.raises(OutputError, match="it is one of the logs"):
        check_not_a_log([output.format(log)], map(listed, logs))


def test_a_log_on_standard_input_is_one_of_the_logs(run_command, log):
    with open(log) as standard_input:  # noqa: PTH123 (its path is a string)
        done = run_command("scan", "-", "-o", log, stdin=standard_input)
    assert done.returncode == 1
    assert "it is one of the logs" in done.stderr


def test_the_rejects_do_not_replace_a_log_either(run_command, log):
    done = run_command("scan", log, "--rejects", "hard")
    assert done.returncode == 1
    assert "Cannot write hard: it is one of the logs" in done.stderr


def test_other_files_are_not_logs(log):
    logs = [log, "-", placed("s3://logs/x")]
    check_not_a_log(["new", "memory://a.log"], map(listed, logs))


def test_a_temporary_file_with_the_name_of_a_log_is_refused(run_command, logs):
    done = run_command("scan", "logs", "-o", "logs/robots.log.parquet")
    assert done.returncode == 1
    assert "Cannot write logs/robots.log.parquet: it is one of the logs" in done.stderr
    assert not list(logs.glob(".*"))
