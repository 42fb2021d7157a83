import re

from findrobots.cli.summary import summary_lines
from findrobots.robots.filter import RequestFilter, make_filter
from findrobots.storage.discovery import find_sources
from findrobots.tables.host_table import empty_host_table
from support.samples import combined
from support.scans import scanned, update


def sum_up(folder, request_filter=RequestFilter(), seconds=1.234):  # noqa: B008 (immutable)
    sources = find_sources(folder)
    table, found = scanned(sources, request_filter)
    return list(summary_lines(found, table, sources=len(sources), updated=False, seconds=seconds))


def test_a_summary_has_all_that_was_done(logs):
    lines = sum_up(logs)
    assert re.fullmatch(
        r"4 hosts, 6 requests for /robots\.txt "
        r"\(5 logs, \d+ B stored, \d{3} B of text, 1 unparsed line, 1\.23 s\)",
        lines[0],
    )
    assert lines[1] == "requests by format: combined 6"
    assert lines[2] == "unparsed lines:"
    assert lines[3].startswith(f"  {logs}/d.log, byte 0: unknown format: 192.0.2.4"[:119])
    assert lines[4] == "1 log does not look like an access log:"
    assert lines[5].startswith(f"  {logs}/d.log: 192.0.2.4 - - ["[:119])
    assert lines[6] == "robots by requests: Abot 2, Bbot 1, Cbot 1; 1 host undeclared"
    assert len(lines) == 7


def test_a_summary_shows_the_first_rejects_and_counts_the_rest(tmp_path):
    (tmp_path / "a.log").write_bytes(b"\x1b[2J /robots.txt\n" * 9)
    lines = sum_up(tmp_path, make_filter(["/a", "/robots.txt"]))
    assert lines[0].startswith("0 hosts, 0 requests for /a or /robots.txt (1 log, 153 B, 9 unpa")
    assert len(lines) == 2 + 3 + 1 + 2
    assert lines[5] == "  and 6 more; --rejects FILE saves them"
    assert all(line.isprintable() for line in lines)


def test_a_summary_of_an_update_has_what_is_new_and_what_is_known(logs, monkeypatch):
    monkeypatch.chdir(logs.parent)
    table, _ = update(empty_host_table(RequestFilter()), find_sources("logs"))
    whole = (logs / "c/access.log.1").read_bytes()
    (logs / "e.log").write_bytes(whole[: whole.index(b"\n") + 1])
    with (logs / "c/access.log").open("ab") as file:
        file.write(b"no newline")
    sources = find_sources("logs")
    table, found = update(table, sources)
    lines = list(summary_lines(found, table, sources=len(sources), updated=True, seconds=0))
    assert lines[:2] == [
        (
            "added: 0 hosts, 0 requests for /robots.txt "
            "(2 logs, 189 B stored, 99 B of new text, 0 unparsed lines, 0.00 s)"
        ),
        "total: 4 hosts, 6 requests for /robots.txt",
    ]
    assert lines[2:] == [
        "4 logs unchanged since the last update",
        "1 log ends within a line, which will be counted once complete:",
        "  logs/c/access.log",
        "robots by requests: Abot 2, Bbot 1, Cbot 1; 1 host undeclared",
    ]


def test_a_summary_names_logs_with_the_same_text(logs):
    for name in ("copy.log", "copy.log.1", "copy.log.1.gz"):
        (logs / name).write_bytes((logs / "c/access.log").read_bytes())
    (logs / "empty.log").touch()
    lines = sum_up(logs)
    assert lines[0].startswith("4 hosts, 7 requests for /robots.txt (7 logs, ")
    assert "2 logs are copies being made, not counted:" in lines
    assert f"  {logs}/copy.log.1.gz (of {logs}/copy.log.1)"[:119] in [line[:119] for line in lines]
    at = lines.index(
        "1 log holds the text of another one, and was counted as well "
        "(--identical skip leaves it out):"
    )
    assert lines[at + 1].startswith(f"  {logs}/copy.log (as {logs}/c/access.log)"[:119])


def test_a_summary_names_five_robots_and_counts_the_others_and_the_hosts_without(tmp_path):
    agents = [
        *(f"Own{letter}bot/1" for letter in "abcdefg"),
        "Mozilla/5.0 (X11) Firefox/140.0",
        "-",
    ]
    lines = [
        combined(host=f"192.0.2.{number}", user_agent=agent)
        for number, agent in enumerate(agents)
        for _ in range(10 - number)
    ]
    (tmp_path / "a.log").write_bytes(b"\n".join(lines) + b"\n")
    assert sum_up(tmp_path)[-1] == (
        "robots by requests: Ownabot 10, Ownbbot 9, Owncbot 8, Owndbot 7, Ownebot 6, 2 others; "
        "1 host undeclared; 1 host without a user agent"
    )


def test_a_summary_says_that_no_robot_was_declared(tmp_path):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    (tmp_path / "a.log").write_bytes(combined(user_agent=agent) + b"\n")
    assert sum_up(tmp_path)[-1] == "robots by requests: none; 1 host undeclared"


def test_a_summary_of_a_log_without_user_agents_has_no_robots(tmp_path):
    (tmp_path / "a.log").write_bytes(combined(user_agent="-") + b"\n")
    assert not [line for line in sum_up(tmp_path) if "robots by" in line]
