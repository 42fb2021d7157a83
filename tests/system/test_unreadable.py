"""What may not be read is reported as such, with what helps, and the rest is read."""

import shutil

import pytest
from support.processes import obey_permissions
from support.samples import combined

HOST = "192.0.2.1\n"
CHMOD = "make it readable (chmod), or run findrobots with sudo"
# A group of any distribution (Linux Standard Base, "User & Group Names").
GROUP = "daemon"


@pytest.fixture
def scan(run_command, tmp_path):
    """The command, run by a user who may not read everything, beside logs that it may read."""
    for name in ("logs", "secret/inner"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.log").write_bytes(combined() + b"\n")
    yield lambda *arguments: run_command("scan", *arguments, preexec_fn=obey_permissions)
    for path in (tmp_path, *(tmp_path / name for name in ("logs", "secret"))):
        path.chmod(0o755)


def test_a_log_without_permission_is_not_called_damaged(scan, tmp_path):
    shutil.copy(tmp_path / "logs/a.log", tmp_path / "logs/b.log")
    (tmp_path / "logs/b.log").chmod(0)
    done = scan("logs", "--quiet", "-o", "robots.parquet")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "findrobots: warning: 1 log could not be opened:\n"
        "  logs/b.log: Permission denied\n"
        f"  to read it, {CHMOD}\n"
    )
    assert (tmp_path / "robots.parquet").exists()


def test_the_group_that_may_read_a_log_is_named(scan, tmp_path):
    (tmp_path / "logs/b.log").touch()
    try:
        shutil.chown(tmp_path / "logs/b.log", group=GROUP)
    except PermissionError:
        pytest.skip("only root may give a file to another group")
    (tmp_path / "logs/b.log").chmod(0o040)
    done = scan("logs", "--quiet")
    assert (done.returncode, done.stdout) == (3, HOST)
    assert (
        f"  to read it, join the group {GROUP} (sudo usermod -aG {GROUP} $USER), or" in done.stderr
    )


def test_a_directory_that_cannot_be_listed_does_not_end_the_scan(scan, tmp_path):
    (tmp_path / "secret").chmod(0)
    done = scan("logs", "secret", "--quiet")
    assert (done.returncode, done.stdout) == (3, HOST)
    assert done.stderr == (
        "findrobots: warning: 1 directory could not be listed:\n"
        "  secret: Permission denied\n"
        f"  to read it, {CHMOD}\n"
    )


def test_a_directory_is_reported_once_however_often_logs_are_listed(scan, tmp_path):
    (tmp_path / "secret").chmod(0)
    # A log that may be a copy of another one is decided on after logs are listed again.
    shutil.copy2(tmp_path / "logs/a.log", tmp_path / "logs/a.log.1")
    done = scan("logs", "secret", "--quiet")
    assert done.returncode == 3
    assert done.stderr.count("secret: Permission denied") == 1
    assert "1 directory could not be listed" in done.stderr


def test_so_does_one_below_the_directory_that_is_named(scan, tmp_path):
    (tmp_path / "logs/inner").mkdir(mode=0)
    done = scan("logs")
    assert (done.returncode, done.stdout) == (3, HOST)
    assert "1 host, 1 request for /robots.txt (1 log, " in done.stderr
    assert "warning: 1 directory could not be listed:\n  logs/inner: Permission" in done.stderr


@pytest.mark.parametrize("log", ["secret/inner/a.log", "secret/inner", "secret/*/a.log"])
def test_a_parent_that_cannot_be_entered_is_named(scan, tmp_path, log):
    (tmp_path / "secret").chmod(0)
    done = scan(log, "logs", "--quiet")
    assert (done.returncode, done.stdout) == (3, HOST)
    assert "1 directory could not be listed:\n  secret: Permission denied\n" in done.stderr


def test_logs_whose_directory_may_be_listed_and_not_entered_name_it(scan, tmp_path):
    (tmp_path / "logs").chmod(0o444)
    done = scan("logs", "--quiet")
    assert (done.returncode, done.stdout) == (3, "")
    place = "logs/a.log: Permission denied (directory logs cannot be entered)"
    assert f"1 log could not be opened:\n  {place}\n  to read it, {CHMOD}" in done.stderr


@pytest.mark.parametrize("log", ["secret", "secret/inner/a.log"])
def test_a_scan_that_finds_nothing_but_that_is_an_error(scan, tmp_path, log):
    (tmp_path / "secret").chmod(0)
    done = scan(log, "-o", "robots.parquet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "findrobots: Cannot read directory secret: Permission denied. "
        "Make it readable (chmod), or run findrobots with sudo.\n"
    )
    assert not (tmp_path / "robots.parquet").exists()


def test_a_strict_scan_writes_nothing(scan, tmp_path):
    (tmp_path / "secret").chmod(0)
    (tmp_path / "logs/b.log").touch(mode=0)
    done = scan("logs", "secret", "--strict", "-o", "robots.parquet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "findrobots: 2 logs could not be read completely (secret: Permission denied; "
        "logs/b.log: Permission denied); nothing written. "
        "Fix, make readable or skip (--exclude) these, or drop --strict.\n"
    )
    assert not (tmp_path / "robots.parquet").exists()


def test_an_update_reads_it_once_it_may(scan, tmp_path):
    (tmp_path / "logs/b.log").write_bytes(combined(host="192.0.2.2") + b"\n")
    (tmp_path / "logs/b.log").chmod(0)
    assert scan("logs", "-o", "robots.parquet", "--update").returncode == 3
    (tmp_path / "logs/b.log").chmod(0o644)
    done = scan("logs", "-o", "robots.parquet", "--update")
    assert done.returncode == 0
    assert "total: 2 hosts, 2 requests" in done.stderr
    assert "warning" not in done.stderr
