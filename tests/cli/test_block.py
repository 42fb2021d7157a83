"""The command block: what it writes, and what it says before."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from findrobots import __version__
from findrobots.cli.block import FORMATS
from findrobots.exports.formats import EXPORTS
from support.audited_site import IMPOSTOR, SITE, all_requests, write_site
from support.project import PROJECT

GOLDEN = PROJECT / "tests/data/golden/block"
SUFFIXES = {"robots.txt": "robots.txt", "goaccess": "browsers.list"}
CHOICE = ("--robot", "GPTBot", "--robot", "MJ12bot", "--since", "2027-01-01")

AGENT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"
LINE = '{host} - - [{day:%d/%b/%Y:%H:%M:%S} +0000] "GET /robots.txt HTTP/1.1" 200 5 "-" "{agent}"\n'


@pytest.fixture(scope="module")
def audit(tmp_path_factory):
    """The directory of an audit of the small site."""
    directory = tmp_path_factory.mktemp("block")
    logs, policies, lists = write_site(directory, all_requests(others=300))
    judged = ("--robots", policies, "--lists", lists, "--vhost", SITE)
    command = ("audit", logs, *judged, "-o", directory / "audit", "--quiet")
    subprocess.run([sys.executable, "-m", "findrobots", *map(str, command)], check=True, timeout=60)
    return directory / "audit"


@pytest.fixture
def host_table(tmp_path, run_command):
    """A host table of a day ago with a robot, an impostor and an address list to judge it by."""
    day = datetime.now(UTC) - timedelta(days=1)
    lines = [
        LINE.format(host=host, day=day, agent=agent)
        for host, agent in [
            *[("20.15.240.65", AGENT), ("8.8.8.8", AGENT), ("8.8.4.4", AGENT)],
            ("8.8.4.4", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"),
        ]
    ]
    (tmp_path / "access.log").write_text("".join(lines))
    lists = tmp_path / "lists" / "openai-gptbot"
    lists.mkdir(parents=True)
    (lists / f"{day:%Y-%m-%d}.txt").write_text("20.15.240.64/28\n")
    done = run_command("scan", tmp_path / "access.log", "-o", tmp_path / "robots.parquet")
    assert done.returncode == 0, done.stderr
    return (tmp_path / "robots.parquet", "--lists", tmp_path / "lists")


def test_the_command_offers_each_format():
    assert {*FORMATS} == EXPORTS.keys()


@pytest.mark.parametrize("form", EXPORTS)
def test_the_rules_of_each_format_are_known(form, audit, run_command):
    done = run_command("block", audit, "--for", form, *CHOICE)
    assert done.returncode == 0, done.stderr
    for text, name in (
        (done.stdout, SUFFIXES.get(form, f"{form}.conf")),
        (done.stderr, f"{form}.summary.txt"),
    ):
        text = text.replace(f"findrobots {__version__}", "findrobots VERSION")  # noqa: PLW2901 (of any version)
        path = GOLDEN / name
        if os.environ.get("RENEW_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        assert text == path.read_text()


def test_an_output_is_written_whole_and_named(audit, run_command, tmp_path):
    (tmp_path / "rules.conf").write_text("old")
    done = run_command("block", audit, "--for", "nginx", *CHOICE, "-o", tmp_path / "rules.conf")
    assert done.stdout == ""
    assert done.stderr.endswith(f"{tmp_path / 'rules.conf'} written\n")
    printed = run_command("block", audit, "--for", "nginx", *CHOICE).stdout
    assert (tmp_path / "rules.conf").read_text() == printed
    assert os.listdir(tmp_path) == ["rules.conf"]  # noqa: PTH208 (names, not paths)


def test_quiet_prints_only_the_rules(audit, run_command):
    done = run_command("block", audit, "--for", "nftables", "--verdict", "impostor", "-q")
    assert done.stderr == ""
    assert IMPOSTOR in done.stdout


def test_a_robots_txt_is_extended_byte_for_byte(audit, run_command, tmp_path):
    existing = b"User-agent: *\nDisallow: /\xe9t\xe9\n"
    (tmp_path / "robots.txt").write_bytes(existing)
    done = run_command(
        *("block", audit, "--for", "robots.txt", "--robot", "GPTBot"),
        *("--robots-txt", tmp_path / "robots.txt", "-o", tmp_path / "new.txt"),
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new.txt").read_bytes().startswith(existing)
    assert b"User-agent: gptbot\nDisallow: /\n" in (tmp_path / "new.txt").read_bytes()


def test_impostors_of_a_host_table_are_blocked_but_for_addresses_of_people(host_table, run_command):
    done = run_command("block", *host_table, "--for", "nftables", "--verdict", "impostor")
    assert done.returncode == 0, done.stderr
    assert "addresses4 { 8.8.8.8 }" in done.stdout
    assert "8.8.4.4" not in done.stdout
    assert "left out: 8.8.4.4 (its requests also have a user agent" in done.stderr
    assert "1 host with 1 of 4 requests for robots.txt (25.0%)" in done.stderr


def test_a_verified_address_of_a_host_table_is_blocked_if_its_robot_is_named(
    host_table, run_command
):
    done = run_command("block", *host_table, "--for", "nftables", "--robot", "gptbot")
    assert "addresses4 { 20.15.240.65 }" in done.stdout
    done = run_command("block", *host_table, "--for", "nftables", "--purpose", "ai-training")
    assert "20.15.240.65" not in done.stdout


def test_a_host_table_that_is_not_verified_has_no_impostors(host_table, run_command):
    done = run_command(
        *("block", *host_table, "--for", "nftables", "--verdict", "impostor", "--verify", "none")
    )
    assert "blocks nothing" in done.stderr


def test_addresses_that_were_not_seen_since_a_day_are_left_out(host_table, run_command):
    done = run_command(
        *("block", *host_table, "--for", "nginx", "--verdict", "impostor"),
        *("--since", datetime.now(UTC).date() + timedelta(days=1)),
    )
    assert "8.8.8.8" not in done.stdout
    assert "addresses change hands; see --since" in done.stderr


def test_addresses_that_were_last_seen_more_than_a_month_ago_are_left_out(run_command, tmp_path):
    day = datetime.now(UTC) - timedelta(days=40)
    (tmp_path / "access.log").write_text(LINE.format(host="8.8.8.8", day=day, agent=AGENT))
    lists = tmp_path / "lists" / "openai-gptbot"
    lists.mkdir(parents=True)
    (lists / f"{day:%Y-%m-%d}.txt").write_text("20.15.240.64/28\n")
    run_command("scan", "access.log", "-o", "robots.parquet", "-q")
    arguments = ("block", "robots.parquet", "--lists", "lists", "--for", "nginx")
    done = run_command(*arguments, "--verdict", "impostor")
    assert "8.8.8.8" not in done.stdout
    done = run_command(*arguments, "--verdict", "impostor", "--since", f"{day:%Y-%m-%d}")
    assert "8.8.8.8 1;" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--for", "nginx"), "Nothing is chosen. Choose robots with --robot NAME"),
        (("--for", "nginx", "--robot", "GPTBto"), "near: GPTBot"),
        (("--for", "nginx", "--purpose", "evil"), "'evil' is not a purpose"),
        (("--for", "nginx", "--host", "name.example"), "is not an IP address"),
        (("--for", "nginx", "--violators"), "has no violations"),
        (("--for", "nginx", "--robots-txt", "x", "--host", "8.8.8.8"), "needs --for robots.txt"),
        (("--for", "iis"), "'iis' is not one of"),
        (("--for", "nginx", "--host", "8.8.8.8", "--since", "then"), "--since"),
    ],
)
def test_wrong_usage_is_refused(host_table, run_command, arguments, message):
    done = run_command("block", *host_table, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr


def test_a_robots_txt_that_cannot_be_read_is_named(host_table, run_command):
    done = run_command(
        *("block", *host_table, "--for", "robots.txt", "--robot", "GPTBot"),
        *("--robots-txt", "missing.txt"),
    )
    assert done.returncode == 1
    assert "missing.txt: No such file" in done.stderr


@pytest.mark.parametrize(
    ("output", "message"),
    [(".", "it is a directory"), ("a/b", "does not exist"), ("s3://x/y", "to files only")],
)
def test_an_output_that_cannot_be_written_is_named(host_table, run_command, output, message):
    done = run_command(*("block", *host_table, "--for", "nginx", "--host", "8.8.8.8", "-o", output))
    assert done.returncode == 1
    assert message in done.stderr
