"""Each row of the tables in docs/reference/requests.md is what a scan does."""

import re

import pytest
from support.project import PROJECT
from support.samples import combined

PAGE = PROJECT / "docs/reference/requests.md"
ROW = re.compile(
    r"^\| `(?P<request>[^`]+)` \| (?P<counts>yes|no|rejected|if found) \|", re.MULTILINE
)
ROWS = [row.groups() for row in ROW.finditer(PAGE.read_text())]
HOSTS = {f"192.0.2.{number}": counts for number, (_, counts) in enumerate(ROWS)}


@pytest.fixture
def log(tmp_path):
    """A log with the request of each row, each by a host of its own."""
    path = tmp_path / "access.log"
    lines = [combined(f"192.0.2.{n}", request=row[0]) for n, row in enumerate(ROWS)]
    path.write_bytes(b"\n".join([*lines, b""]))
    return path


def hosts(*answers):
    return sorted(host for host, counts in HOSTS.items() if counts in answers)


def test_all_answers_are_in_the_tables():
    assert len(ROWS) > 20
    assert {counts for _, counts in ROWS} == {"yes", "no", "rejected", "if found"}


def test_the_requests_that_count_are_those_of_the_tables(log, run_command):
    done = run_command("scan", log)
    assert sorted(done.stdout.split()) == hosts("yes")
    assert f"{len(hosts('rejected'))} unparsed line" in done.stderr


def test_a_spelling_with_encoded_letters_is_found_if_it_is_given(log, run_command):
    spellings = [f"--path={path}" for path in ("/robots.txt", "/%72obots.txt", "/robots%2Etxt")]
    done = run_command("scan", log, *spellings)
    assert sorted(done.stdout.split()) == hosts("yes", "if found")


def test_a_spelling_with_encoded_letters_is_found_beside_the_path(tmp_path, run_command):
    line = combined(request="GET /%72obots.txt HTTP/1.1").replace(b'"-"', b'"http://a/robots.txt"')
    (tmp_path / "access.log").write_bytes(line + b"\n")
    assert run_command("scan", "access.log", "--quiet").stdout == "192.0.2.1\n"
