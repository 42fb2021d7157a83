import gzip
import re

from findrobots.cli.summary import summary_lines
from findrobots.jobs.scan import scan
from findrobots.jobs.update import update
from findrobots.robots.filter import RequestFilter, make_filter
from findrobots.storage.discovery import find_sources
from findrobots.tables.host_table import add, empty_host_table


def sum_up(folder, request_filter=RequestFilter(), seconds=1.234):  # noqa: B008 (immutable)
    sources = find_sources(folder)
    found = scan(sources, request_filter)
    table = add(empty_host_table(request_filter), found)
    return list(summary_lines(found, table, sources=len(sources), updated=False, seconds=seconds))


def test_a_summary_tells_all_that_was_done(logs):
    lines = sum_up(logs)
    assert lines[0] == "4 hosts made 6 requests for /robots.txt"
    assert re.fullmatch(
        r"5 logs, \d+ B read, \d{3} B decompressed, 1 line rejected, 1\.23 s", lines[1]
    )
    assert lines[2] == "requests by format: combined 6"
    assert f"{logs}/d.log, byte 0: unknown format: 192.0.2.4" in lines[3]
    assert len(lines) == 4


def test_a_summary_shows_the_first_rejects_and_counts_the_rest(tmp_path):
    (tmp_path / "a.log").write_bytes(b"\x1b[2J /robots.txt\n" * 9)
    lines = sum_up(tmp_path, make_filter(["/a", "/robots.txt"]))
    assert lines[0] == "0 hosts made 0 requests for /a or /robots.txt"
    assert len(lines) == 2 + 3 + 1
    assert lines[-1] == "  and 6 more; --rejects FILE keeps them"
    assert all(line.isprintable() for line in lines)


def test_a_summary_names_what_is_damaged(tmp_path):
    for number in range(4):
        (tmp_path / f"cut{number}.gz").write_bytes(gzip.compress(b"%d\n" % number * 99)[:-9])
    lines = sum_up(tmp_path)
    assert lines[2] == "4 logs damaged, and read as far as can be:"
    assert lines[3].startswith(f"  {tmp_path}/cut0.gz: it ends before its compressed")
    assert lines[6:] == ["  and 1 more"]


def test_a_summary_of_an_update_tells_what_is_new_and_what_is_known(logs):
    table, _ = update(empty_host_table(RequestFilter()), find_sources(logs))
    whole = (logs / "c/access.log.1").read_bytes()
    (logs / "e.log").write_bytes(whole[: whole.index(b"\n") + 1])
    with (logs / "c/access.log").open("ab") as file:
        file.write(b"no newline")
    sources = find_sources(logs)
    table, found = update(table, sources)
    lines = list(summary_lines(found, table, sources=len(sources), updated=True, seconds=0))
    assert lines[:3] == [
        "new: 0 hosts made 0 requests for /robots.txt",
        "in all: 4 hosts made 6 requests for /robots.txt",
        "2 logs, 189 B stored, 10 B of new text, 0 lines rejected, 0.00 s",
    ]
    assert lines[3:] == [
        "4 logs known from before",
        "1 log counted before, as a part of another or while damaged:",
        f"  {logs}/e.log",
        "1 log ending within a line, which counts when its newline is there:",
        f"  {logs}/c/access.log",
    ]


def test_a_summary_tells_of_logs_that_count_twice(logs):
    for name in ("copy.log", "copy.log.1"):
        (logs / name).write_bytes((logs / "c/access.log").read_bytes())
    (logs / "empty.log").touch()
    lines = sum_up(logs)
    assert lines[0] == "4 hosts made 8 requests for /robots.txt"
    assert "2 logs counted again, the same as others; --update counts each once" in lines
