"""A rotation, or an error of the disk, at each moment of a run: each line counts once."""

import errno
import gzip
import shutil
from itertools import count

import findrobots
import pytest
from click.testing import CliRunner
from findrobots.cli.main import cli
from support.histories import DAMAGED, DONE, differences, host_requests
from support.hooks import at_open, failing
from support.processes import COMMAND, UNMEASURED, subprocess
from support.rotation import STYLES, rotate
from support.site import Site


def first_quick(values):
    """Return values of a parameter, of which the quick tests take the first."""
    first, *others = values
    return [first, *(pytest.param(value, marks=pytest.mark.slow) for value in others)]


ROTATIONS = first_quick(
    [
        *("numbers", "numbers, compress", "numbers, copytruncate, compress"),
        *("numbers, delaycompress", "dateext", "dateext, compress", "numbers, copytruncate"),
        *("dateext, olddir", "numbers, olddir, compress"),
    ]
)
TRAFFIC = first_quick(["unique_lines", "same_robots"])
ERRORS = first_quick(
    [
        *(("open", errno.EIO), ("open", errno.EMFILE), ("read", errno.EIO)),
        *((name, errno.EIO) for name in ("pread", "fstat", "lseek", "stat")),
        # As on NFS.
        *((name, errno.ESTALE) for name in ("open", "read", "pread", "stat")),
    ]
)


def run(site, *options):
    """Run the command in this process, and return its exit status and its summary."""
    arguments = ["scan", str(site.folder), "-o", str(site.folder.parent / "table"), *options]
    done = CliRunner().invoke(cli, [*arguments, "--scheduler", "sync"])
    assert done.exit_code in {DONE, DAMAGED}, (done.stderr, done.exception)
    return done.exit_code, done.stderr


def counted(site):
    return host_requests(findrobots.read_hosts(site.folder.parent / "table"))


def rotate_all(site, style):
    for _ in rotate(site, STYLES[style]._replace(rotate=99)):
        pass


def a_site(folder, style, traffic):
    """Return a site with two logs that were rotated twice, and have grown since."""
    folder.mkdir()
    site = Site(folder, 1, traffic, logs=2)
    for _ in range(2):
        site.write()
        site.write()
        rotate_all(site, style)
    site.write()
    site.write()
    return site


def each_moment(folder, style, traffic):
    """Yield new sites, with the number of the opening at which something is to happen."""
    for number in count(1):
        site = a_site(folder / str(number), style, traffic)
        try:
            yield number, site
        finally:
            site.close()


# Rotations


@pytest.mark.parametrize("traffic", TRAFFIC)
@pytest.mark.parametrize("known", first_quick([True, False]), ids=["known", "new"])
@pytest.mark.parametrize("style", ROTATIONS)
def test_a_rotation_at_any_opening_of_an_update_loses_and_doubles_nothing(
    tmp_path, style, known, traffic
):
    for number, site in each_moment(tmp_path, style, traffic):
        if known:
            run(site, "--update")
            site.write()
        with at_open(site.folder, number, lambda site=site: rotate_all(site, style)) as opened:
            run(site, "--update")
        site.write()
        for log in site.logs:
            log.finish_line()
        run(site, "--update")
        site.count_all()
        assert differences(site.requests(), counted(site)) == (0, 0), f"at opening {number}"
        if not opened.acted:
            assert number > len(site.logs)
            break


@pytest.mark.parametrize("traffic", TRAFFIC)
@pytest.mark.parametrize("style", ROTATIONS)
def test_a_rotation_at_any_opening_of_a_scan_doubles_nothing_and_loses_nothing_in_silence(
    tmp_path, style, traffic
):
    for number, site in each_moment(tmp_path, style, traffic):
        for log in site.logs:
            log.finish_line()
        with at_open(site.folder, number, lambda site=site: rotate_all(site, style)) as opened:
            status, _ = run(site)
        lost, doubled = differences(site.requests(site.on_disk()), counted(site))
        assert not doubled, f"at opening {number}"
        assert not lost or status == DAMAGED, f"at opening {number}"
        # A log under a new name is still there, so that nothing of it needs to be lost.
        if style in {"numbers", "dateext"}:
            assert not lost, f"at opening {number}"
        if not opened.acted:
            break


@pytest.mark.parametrize("update", first_quick([True, False]), ids=["update", "scan"])
def test_a_log_that_vanishes_at_any_opening_is_named(tmp_path, update):
    for number, site in each_moment(tmp_path, "numbers", "unique_lines"):
        gone = site.folder / "v1/access.log.1"
        with at_open(site.folder, number, gone.unlink) as opened:
            status, summary = run(site, *["--update"] * update)
        lost, doubled = differences(site.requests(site.on_disk()), counted(site))
        assert not doubled
        if lost:
            assert status == DAMAGED
            assert "access.log.1" in summary
            assert lost == site.requests(site.files[gone].identities()).total()
        if not opened.acted:
            break


# Errors of the disk


@pytest.mark.parametrize("style", first_quick(["numbers", "numbers, compress"]))
@pytest.mark.parametrize("call", ERRORS, ids=lambda call: f"{call[0]}-{call[1]}")
def test_one_error_in_an_update_is_named_and_doubles_nothing(tmp_path, style, call):
    name, error = call
    for number, site in each_moment(tmp_path, style, "unique_lines"):
        run(site, "--update")
        site.write()
        rotate_all(site, style)
        site.write()
        for log in site.logs:
            log.finish_line()
        site.count_all()
        with failing(site.folder, name, number, error) as calls:
            status, _ = run(site, "--update")
        lost, doubled = differences(site.requests(), counted(site))
        assert not doubled, f"at call {number}"
        assert not lost or status == DAMAGED, f"at call {number}"
        run(site, "--update")
        assert differences(site.requests(), counted(site)) == (0, 0), f"at call {number}"
        if not calls.acted:
            break


def known_and_more(tmp_path):
    """Write a log that an update counts, then store it compressed, with more in its end."""
    site = Site(tmp_path, 1, "unique_lines", logs=1)
    for line in site.traffic.unique(3000):
        site.logs[0].append(line)
    run(site, "--update")
    for line in site.traffic.unique(300):
        site.logs[0].append(line)
    return site


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("call", ["openat", "read", "pread64", "fstat,newfstatat"])
def test_one_error_of_the_system_is_named_and_doubles_nothing(tmp_path, call, compressed):
    site = known_and_more(tmp_path)
    log, table = site.logs[0].path, tmp_path / "table"
    if compressed:
        path = log.with_name("s0.log.1.gz")
        path.write_bytes(gzip.compress(log.read_bytes(), 1))
        log.unlink()
        log = path
    site.count_all()
    site.close()
    before = table.read_bytes()
    for number in range(1, 7):
        table.write_bytes(before)
        inject = f"inject={call}:error=EIO:when={number}"
        done = subprocess.run(
            [
                *("strace", "-f", "-o", tmp_path / "trace", "-P", log, "-e", inject, *COMMAND),
                *("scan", site.folder, "-o", table, "--update", "--scheduler", "sync"),
            ],
            env=UNMEASURED,
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode in {DONE, DAMAGED}
        lost, doubled = differences(site.requests(), counted(site))
        assert not doubled, f"at call {number}"
        assert not lost or done.returncode == DAMAGED, f"at call {number}"
        run(site, "--update")
        assert differences(site.requests(), counted(site)) == (0, 0), f"at call {number}"
        if "INJECTED" not in (tmp_path / "trace").read_text():
            break
