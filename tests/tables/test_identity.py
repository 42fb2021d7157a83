"""How a log is known: each row of the decision table, and each thing that cannot be known."""

import bz2
import gzip
import lzma
import os
import re
import shutil

import pytest
from findrobots.robots.filter import RequestFilter
from findrobots.storage.discovery import find_sources
from findrobots.tables.host_table import empty_host_table
from findrobots.tables.reconcile import EDITED
from support.samples import lines
from support.scans import scanned, update

# Longer than the 64 KiB that are compared first.
TEXT, MORE, OTHER = lines(0, 1000), lines(1000, 10), lines(5000, 20)


class Site:
    """A folder of logs, and the table that updates make of it."""

    def __init__(self, folder):
        self.folder, self.table = folder, empty_host_table(RequestFilter())
        folder.mkdir()

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    def append(self, name, content):
        with (self.folder / name).open("ab") as file:
            file.write(content)

    def rename(self, name, new):
        (self.folder / new).parent.mkdir(exist_ok=True)
        (self.folder / name).rename(self.folder / new)

    def update(self, logs=None, **options):
        """Update the table, and return what was added, and notes as pairs of kind and log."""
        before = self.requests
        sources = find_sources(logs or self.folder)
        self.table, found = update(self.table, sources, **options)
        self.found = found
        notes = {(note.kind, os.path.relpath(note.source, self.folder)) for note in found.notes}
        return self.requests - before, notes

    @property
    def requests(self):
        return sum(self.table.hosts["requests"].to_pylist())

    @property
    def damages(self):
        return [damage for damage in self.found.sources["damage"].to_pylist() if damage]


@pytest.fixture
def site(tmp_path):
    """A site whose live log was counted."""
    site = Site(tmp_path / "logs")
    site.write("access.log", TEXT)
    assert site.update() == (500, set())
    return site


# The rows of the table


def test_an_unchanged_file_is_not_opened_whatever_its_name(site, monkeypatch):
    site.rename("access.log", "access.log.1")
    sources = find_sources(site.folder)
    monkeypatch.setattr(os, "open", None)
    site.table, found = update(site.table, sources)
    assert found.sources.num_rows == 0
    assert site.table.ledger["source"].to_pylist() == [str(site.folder / "access.log.1")]


def test_a_file_goes_on_under_any_name_of_its_rotation(site):
    site.append("access.log", MORE)
    assert site.update() == (5, set())
    site.rename("access.log", "access.log-20260901")
    site.append("access.log-20260901", OTHER)
    assert site.update() == (10, set())


def test_a_place_goes_on_in_another_file(site):
    site.write("new", TEXT + MORE)
    site.rename("new", "access.log")
    assert site.update() == (5, set())


def test_other_text_in_the_same_place_is_another_log(site):
    site.write("access.log", OTHER)
    assert site.update() == (10, {("replaced", "access.log")})


@pytest.mark.parametrize("part", [1, 200, 9000, None], ids=["1", "200", "9000", "all"])
def test_what_gzip_has_written_beside_a_log_is_a_copy(site, part):
    site.write("access.log.gz", gzip.compress(TEXT)[:part])
    assert site.update() == (0, {("copy", "access.log.gz")})
    assert site.update() == (0, set())
    (site.folder / "access.log").unlink()
    site.write("access.log.gz", gzip.compress(TEXT + MORE))
    assert site.update() == (5, set())


@pytest.mark.parametrize("size", [0, 100, 70_000, len(TEXT)])
def test_what_copytruncate_has_written_beside_a_log_is_a_copy(site, size):
    site.write("access.log.1", TEXT[:size])
    assert site.update()[0] == 0
    site.write("access.log.1", TEXT + MORE)
    site.write("access.log", OTHER)
    assert site.update()[0] == 5 + 10


def test_a_log_that_is_compressed_again_is_a_copy_beside_the_former_one(site):
    site.rename("access.log", "access.log.1")
    site.write("access.log.1", gzip.compress(TEXT))
    site.rename("access.log.1", "access.log.1.gz")
    assert site.update() == (0, set())
    site.write("access.log.1.bz2", bz2.compress(TEXT)[:9000])
    assert site.update() == (0, {("copy", "access.log.1.bz2")})


def test_a_copy_that_gets_the_inode_of_the_log_is_a_copy(site):
    site.rename("access.log", "access.log.1.xz")
    site.write("access.log.1.gz", gzip.compress(TEXT + MORE))
    site.write("access.log.1.xz", lzma.compress(TEXT + MORE)[:-40])
    os.utime(site.folder / "access.log.1.gz", (1, 1))  # that of its original
    assert site.update() == (5, {("copy", "access.log.1.xz")})
    (site.folder / "access.log.1.gz").unlink()
    site.write("access.log.1.xz", lzma.compress(TEXT + MORE))
    assert site.update() == (0, set())


def test_a_compressed_log_that_gets_the_inode_of_another_one_is_not_that_one(tmp_path):
    site = Site(tmp_path / "logs")
    site.write("a.log", TEXT)  # as health checks of two servers
    site.write("b.log", TEXT + MORE)
    site.update()
    site.rename("a.log", "old/b.log.1.gz")
    site.write("old/b.log.1.gz", gzip.compress(TEXT + MORE + OTHER))
    site.write("old/a.log.1.gz", gzip.compress(TEXT + OTHER + MORE))
    (site.folder / "b.log").unlink()
    assert site.update()[0] == 10 + 15


@pytest.mark.parametrize("name", ["access.log.1", "access.log-20260901", "access.log.7.gz"])
def test_the_text_of_a_log_of_the_same_rotation_that_is_gone_goes_on(site, name):
    store = gzip.compress if name.endswith(".gz") else bytes
    site.write(name, store(TEXT + MORE))
    site.write("access.log", OTHER)
    assert site.update() == (5 + 10, set())


def test_a_log_that_has_moved_goes_on_and_is_named(site):
    site.write("archive/site.gz", gzip.compress(TEXT + MORE))
    (site.folder / "access.log").unlink()
    assert site.update() == (5, {("moved", "archive/site.gz")})
    stored = (site.folder / "archive/site.gz").read_bytes()
    site.write("elsewhere/site.gz", stored)  # before the inode of the old one is free
    shutil.rmtree(site.folder / "archive")
    assert site.update() == (0, {("moved", "elsewhere/site.gz")})


def test_a_log_that_is_not_listed_but_lies_where_it_did_has_not_moved(site):
    site.write("copies/site.log", TEXT)
    assert site.update(site.folder / "copies") == (500, {("identical", "copies/site.log")})


def test_a_damaged_log_that_may_be_a_known_one_is_not_read(site):
    (site.folder / "access.log").unlink()
    site.write("access.log.1.gz", gzip.compress(TEXT)[:5000])
    assert site.update() == (0, set())
    assert site.damages[0].startswith("unexpected end of gzip stream")
    site.write("access.log.1.gz", gzip.compress(TEXT + MORE))
    assert site.update() == (5, set())


def test_a_corrupt_log_that_is_repaired_is_reported_and_not_counted_twice(tmp_path):
    site = Site(tmp_path / "logs")
    members = [gzip.compress(lines(1000 * number, 300)) for number in range(3)]
    corrupt = bytearray(members[1])
    corrupt[len(corrupt) // 2] ^= 255
    site.write("access.log.gz", members[0] + corrupt + members[2])
    assert 300 <= site.update()[0] < 450
    site.write("access.log.gz", b"".join(members))
    assert site.update() == (0, set())
    assert site.damages[0].startswith("counted only up to an earlier damage")
    assert site.update() == (0, set())
    assert not site.damages


def test_logs_that_begin_alike_in_other_places_are_other_logs(site):
    site.write("s1/access.log", TEXT + OTHER)
    site.write("s2/access.log", TEXT)
    assert site.update() == (510 + 500, {("identical", "s2/access.log")})
    site.append("s2/access.log", MORE)
    assert site.update() == (5, set())


# Equal texts


def test_logs_of_the_same_text_are_left_out_if_asked_for(site):
    site.write("s1/access.log", TEXT)
    assert site.update(skip_identical=True) == (0, {("skipped", "s1/access.log")})
    assert site.update(skip_identical=True) == (0, set())
    for name in ("a", "b"):
        site.write(f"{name}/x.log", OTHER)
    assert site.update(skip_identical=True) == (10, {("skipped", "b/x.log")})


def test_equal_logs_that_move_together_are_each_known(site):
    for name in "abc":
        site.write(f"{name}.log", TEXT)
    assert site.update()[0] == 1500
    for name in "abc":
        site.write(f"old/{name}.gz", gzip.compress(TEXT + MORE))
        (site.folder / f"{name}.log").unlink()
    added, notes = site.update()
    assert added == 15
    assert {kind for kind, _ in notes} == {"moved"}


# Logs of equal lines


@pytest.mark.parametrize("number", [1, 2, 3, 2000])
def test_a_log_of_equal_lines_that_is_truncated_and_written_again_is_named(tmp_path, number):
    site, line = Site(tmp_path / "logs"), lines(0, 1)
    for name in ("a.log", "b.log"):
        site.write(name, line * number)
    site.update()
    site.write("a.log", line * number)  # in the same file
    assert site.update() == (0, {("repeated", "a.log")})
    site.write("a.log", line * (number + 1))
    assert site.update() == (1, {("repeated", "a.log")})


@pytest.mark.parametrize("more", [lines(1, 1), lines(0, 1)[:-9] + b"\n"])
def test_a_log_of_other_lines_is_not_named_for_them(tmp_path, more):
    site, line = Site(tmp_path / "logs"), lines(0, 1)
    site.write("a.log", line)
    site.update()
    site.append("a.log", more)
    assert site.update()[1] == set()
    site.append("a.log", line * 2000)
    assert site.update()[1] == set()
    site.rename("a.log", "a.log.1")
    site.write("a.log.1.gz", gzip.compress((site.folder / "a.log.1").read_bytes()))
    (site.folder / "a.log.1").unlink()
    assert site.update()[1] == set()


# Edited logs


def anonymized(text):
    return re.sub(rb"(?m)^(\d+\.\d+\.\d+)\.\d+", rb"\1.0", text)


@pytest.mark.parametrize(
    "edit",
    [
        anonymized,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"".join(text.splitlines(keepends=True)[1:]),
        lambda text: anonymized(text) + MORE,
    ],
    ids=["anonymized", "CRLF", "without its first line", "appended to"],
)
@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("store", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_rotated_log_that_is_edited_is_reported_and_counts_again(tmp_path, edit, in_place, store):
    site = Site(tmp_path / "logs")
    text, edited = lines(0, 1000), edit(lines(0, 1000))
    site.write("access.log-20260901", store(text))
    assert site.update() == (500, set())
    if in_place:
        site.write("access.log-20260901", store(edited))
    else:
        site.write("sed.tmp", store(edited))
        site.rename("sed.tmp", "access.log-20260901")
    added, notes = site.update()
    assert added == edited.count(b"/robots.txt")
    assert notes == {("replaced", "access.log-20260901")}
    assert site.damages == [EDITED]
    site.update()
    assert not site.damages
    assert site.table.ledger["damage"].to_pylist().count(EDITED) == 1


def test_a_log_whose_end_is_removed_is_known_and_does_not_count_again(tmp_path):
    site = Site(tmp_path / "logs")
    site.write("access.log.1", TEXT)
    site.update()
    site.write("access.log.1", TEXT[:-500])
    assert site.update() == (0, {("short", "access.log.1")})


def test_a_live_log_is_not_taken_for_edited(site):
    site.write("access.log", OTHER)
    assert site.update() == (10, {("replaced", "access.log")})
    assert not site.damages


def test_a_corrupt_copy_of_a_known_log_counts_and_is_reported(site):
    corrupt = bytearray(gzip.compress(TEXT))
    corrupt[len(corrupt) // 2] ^= 4
    (site.folder / "access.log").unlink()
    site.write("access.log.1.gz", bytes(corrupt))
    assert site.update()[0] > 200
    assert "gzip" in site.damages[0]


# Scans


def test_a_scan_counts_a_copy_once_too(tmp_path):
    site = Site(tmp_path / "logs")
    site.write("access.log.1", TEXT)
    site.write("access.log.1.gz", gzip.compress(TEXT)[:3000])
    table, found = scanned(find_sources(site.folder))
    assert sum(table.hosts["requests"].to_pylist()) == 500
    assert [note.kind for note in found.notes] == ["copy"]


def test_many_logs_that_begin_alike_are_read_a_few_times_each(tmp_path, monkeypatch):
    site, opened = Site(tmp_path / "logs"), []
    for number in range(200):
        site.write(f"{number}.log", lines(0, 40) + lines(1000 + number, 2))
    assert site.update()[0] == 200 * 21
    for number in range(200):  # each is another file by now
        site.write("new", lines(0, 40) + lines(1000 + number, 2) + lines(2000, 2))
        site.rename("new", f"old-{number}.log")
        (site.folder / f"{number}.log").unlink()
    open_file = os.open

    def count(path, *options):
        opened.append(path)
        return open_file(path, *options)

    monkeypatch.setattr(os, "open", count)
    assert site.update()[0] == 200
    assert len(opened) <= 6 * 200


def test_a_copy_that_lacks_counted_lines_is_not_another_log(site):
    site.write("access.log.1.gz", gzip.compress(TEXT[:-500]))
    site.write("access.log", OTHER)
    assert site.update() == (10, {("short", "access.log.1.gz"), ("replaced", "access.log")})
    assert site.update() == (0, set())
