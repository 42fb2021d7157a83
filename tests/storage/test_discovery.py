import errno
import os
import subprocess
from pathlib import Path

import pytest
from findrobots.errors import ListingError, LogNotFoundError, NoLogsError
from findrobots.storage import discovery
from findrobots.storage.discovery import DEFAULT_NAMES, NamePatterns
from findrobots.storage.sources import Source


def find_sources(*arguments, **options):
    """Find logs, which may come in any order."""
    return discovery.find_sources(*arguments, **options).sorted()


def names_of(sources, directory):
    return [os.path.relpath(source.path, directory) for source in sources]


def test_a_directory_is_searched_at_any_depth(logs):
    found = names_of(find_sources(logs), logs)
    assert found == ["a.log.gz", "b.log.gz", "c/access.log", "c/access.log.1", "d.log"]


def test_sizes_are_those_of_the_stored_files(logs):
    for source in find_sources(logs):
        assert source.size == Path(source.path).stat().st_size


@pytest.mark.parametrize(
    "name",
    [
        *("access.log", "access.log.1", "access.log.2.gz", "access.log-20260901.gz"),
        *("access_log", "ssl_access_log-20260901", "20121217.log.gz", "E2X.2026-09-01-10.gz"),
    ],
)
def test_names_that_count_as_logs(name):
    assert DEFAULT_NAMES.matcher()(name)


@pytest.mark.parametrize(
    "name", ["error.log", "nginx-error.log.1.gz", "error_log", "robots.parquet", "a.tar.gz", "a.py"]
)
def test_names_that_do_not(name):
    assert not DEFAULT_NAMES.matcher()(name)


def test_include_and_exclude_change_which_names_count(logs):
    (logs / "other.txt").write_text("")
    names = NamePatterns(include=("*.txt", "*.log"), exclude=("d.*",))
    assert names_of(find_sources(logs, names), logs) == ["c/access.log", "other.txt"]


def test_a_file_named_outright_is_taken_whatever_it_is_called(logs):
    (logs / "error.tar.gz").write_text("")
    assert names_of(find_sources(logs / "error.tar.gz"), logs) == ["error.tar.gz"]


def test_a_glob_takes_files_and_directories_but_what_is_excluded(logs):
    (logs / "c.error.log").write_text("")
    found = names_of(find_sources(f"{logs}/c*"), logs)
    assert found == ["c/access.log", "c/access.log.1"]


def test_a_double_star_reaches_every_depth(logs):
    assert names_of(find_sources(f"{logs}/**/*.1"), logs) == ["c/access.log.1"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path):
    (tmp_path / "a[1].log").write_text("")
    assert names_of(find_sources(tmp_path / "a[1].log"), tmp_path) == ["a[1].log"]


def test_a_log_named_twice_is_read_once(logs, monkeypatch):
    monkeypatch.chdir(logs)
    found = find_sources(["a.log.gz", "./a.log.gz", ".", "c/../a.log.gz"])
    assert names_of(found, ".") == [
        "a.log.gz",
        "b.log.gz",
        "c/access.log",
        "c/access.log.1",
        "d.log",
    ]
    assert find_sources([".", f"{logs}/a.log.gz"]) == find_sources([f"{logs}/a.log.gz", "."])
    assert len(find_sources([".", f"{logs}/a.log.gz"])) == 5


def test_a_file_is_found_once_by_its_own_name_and_links_to_directories_are_not_followed(logs):
    found = find_sources(logs)
    (logs / "a-link.log.gz").symlink_to(logs / "d.log")
    (logs / "hard-link.log").hardlink_to(logs / "a.log.gz")
    (logs / "loop").symlink_to(logs)
    assert find_sources(logs) == found
    assert find_sources(logs / "a-link.log.gz")[0].inode == (logs / "d.log").stat().st_ino


def test_a_name_that_is_not_utf8_is_found(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.log"
    with open(path, "wb"):  # noqa: PTH123 (pathlib takes no bytes)
        pass
    (source,) = find_sources(tmp_path)
    assert os.fsencode(source.path) == path


def test_a_dangling_link_is_found_for_the_reader_to_report(tmp_path):
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")
    place = str(tmp_path / "gone.log")
    assert find_sources(tmp_path) == [Source(place, 0)]


def test_no_excluded_names_and_no_included_ones_are_lists_too(logs):
    assert len(find_sources(logs, NamePatterns(("*",), ()))) == 5
    with pytest.raises(NoLogsError):
        find_sources(logs, NamePatterns((), ()))


def test_a_log_is_found_once_whatever_path_names_it(tmp_path, monkeypatch, logs):
    monkeypatch.chdir(logs / "c")
    here = find_sources([".", "..", str(logs), "../c/access.log", "../../logs"])
    assert len(here) == 5
    assert tmp_path.exists()


def test_a_dash_is_standard_input_and_a_file_of_that_name_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text("x")
    [dash] = find_sources("./-")
    assert (dash.path, dash.size, dash.place) == ("./-", 1, str(tmp_path / "-"))
    assert find_sources("-") == [Source("-", 0)]
    assert find_sources("./-") == find_sources(["./-", str(tmp_path / "-")]) == [dash]
    assert find_sources(".", NamePatterns(("*",), ())) == [dash]
    assert find_sources(["-", "./-", "-"]) == [Source("-", 0), dash]


def test_an_error_names_a_path_that_does_not_exist(tmp_path):
    with pytest.raises(LogNotFoundError, match="nowhere: No such file"):
        find_sources(tmp_path / "nowhere")


def test_an_error_names_a_directory_without_logs(tmp_path):
    (tmp_path / "readme.txt").write_text("")
    with pytest.raises(NoLogsError, match=r"No logs found \(looked for \*\.log"):
        find_sources([tmp_path])


def test_an_error_names_a_directory_that_cannot_be_listed(logs, monkeypatch):
    listed = os.scandir

    def refused(path):
        if path.endswith("/c"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refused)
    with pytest.raises(ListingError, match=r"Cannot read directory .*/c: Permission denied\."):
        find_sources(logs)
    unlisted = []
    found = names_of(find_sources(logs, unlisted=unlisted), logs)
    assert found == ["a.log.gz", "b.log.gz", "d.log"]
    assert [(error.path, error.reason) for error in unlisted] == [
        (f"{logs}/c", "Permission denied")
    ]
    find_sources([logs, logs / "c"], unlisted=unlisted)
    assert len(unlisted) == 1
    with pytest.raises(ListingError, match="chmod"):
        find_sources(logs / "c", unlisted=[])


def test_a_directory_is_searched_however_deep_it_is(tmp_path, monkeypatch):
    (tmp_path / "top.log").write_text("")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=descriptor)
        deeper = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(os.open("deep.log", os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)
    monkeypatch.chdir(tmp_path)
    unlisted = []
    found = [source.path for source in find_sources(".", unlisted=unlisted)]
    # Python's own removal is recursive.
    subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)
    assert (found, unlisted) == (["d/" * 1500 + "deep.log", "top.log"], [])


def test_a_directory_whose_listing_ends_in_an_error_is_named(logs, monkeypatch):
    class Failing:
        def __init__(self, path):
            self.entries = listed(path)

        def __enter__(self):
            yield from self.entries
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        def __exit__(self, *_):
            self.entries.close()

    listed = os.scandir
    monkeypatch.setattr(
        os, "scandir", lambda path: Failing(path) if path.endswith("c") else listed(path)
    )
    unlisted = []
    found = names_of(find_sources(logs, unlisted=unlisted), logs)
    assert found == ["a.log.gz", "b.log.gz", "c/access.log", "c/access.log.1", "d.log"]
    assert [error.reason for error in unlisted] == [os.strerror(errno.EIO)]
