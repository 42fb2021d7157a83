"""What findrobots doctor says of logs."""

import bz2
import gzip
import lzma

import pytest
from support.samples import combined

LINE = combined() + b"\n"
PRIVATE = combined(host="10.1.2.3") + b"\n"
PIPED = b"192.0.2.1|2026-09-01T10:00:00Z|GET /robots.txt HTTP/1.1|200\n"
JSON = b'{"peer": {"ip": "192.0.2.1"}, "t": "2026-09-01T10:00:00Z", "request": "GET / HTTP/1.1"}\n'


def paragraphs(done):
    return [" ".join(each.split()) for each in done.stdout.split("\n\n")]


def test_formats_come_with_their_shares_and_the_times_of_the_requests(run_command, tmp_path):
    common = b'192.0.2.1 - - [02/Sep/2026:10:00:00 +0200] "GET / HTTP/1.1" 200 70\n'
    (tmp_path / "a.log").write_bytes(LINE * 3 + common + b"\n")
    done = run_command("doctor", "a.log", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    head, shares, requests = paragraphs(done)
    assert head.endswith(
        "4 lines, 1 blank or comment, from 2026-09-01 10:00:00 to 2026-09-02 08:00:00 UTC"
    )
    assert shares == "format lines share combined 3 75.0% common 1 25.0%"
    assert requests == "robots.txt: 3 requests virtual hosts: the lines have none"


def test_compressions_are_counted(run_command, tmp_path):
    stores = {"a": bytes, "b": gzip.compress, "c": bz2.compress, "d": lzma.compress}
    for name, store in stores.items():
        (tmp_path / f"{name}.log").write_bytes(store(LINE))
    first = run_command("doctor", ".").stdout.splitlines()[0]
    assert first.startswith("4 logs, ")
    assert first.endswith(": bzip2 1, gzip 1, plain 1, xz 1")


def test_virtual_hosts_are_counted(run_command, tmp_path):
    (tmp_path / "a.log").write_bytes(b"a.example " + LINE + (b"b.example " + LINE) * 2)
    assert "virtual hosts (2): b.example 2, a.example 1\n" in run_command("doctor", "a.log").stdout


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (PIPED, "Try --format '$remote_addr|$time_iso8601|$request|$status'."),
        (JSON.replace(b'"t"', b'"time"'), "Try --format json --fields 'host=peer.ip,time=time"),
        (b"[notice] server started\n", "describe their lines with --format"),
        (combined(request="\\x16\\x03") + b"\n", "such as a TLS handshake or nothing"),
        (combined(time="41/Sep/2026:10:00:00 +0000") + b"\n", "no valid time"),
    ],
)
def test_lines_that_are_not_understood_come_with_what_may_help(run_command, tmp_path, text, hint):
    (tmp_path / "a.log").write_bytes(text)
    done = run_command("doctor", "a.log")
    assert done.returncode == 0
    assert "1 line not understood (" in done.stdout
    assert hint in " ".join(done.stdout.split())
    assert "\n  a.log, byte 0:\n    " in done.stdout


def test_the_option_that_is_advised_makes_the_log_understood(run_command, tmp_path):
    (tmp_path / "a.log").write_bytes(PIPED)
    advised = run_command("doctor", "a.log").stdout.partition("--format '")[2].partition("'")[0]
    done = run_command("doctor", "a.log", "--format", advised)
    assert "not understood" not in done.stdout
    assert "robots.txt: 1 request\n" in done.stdout


def test_a_few_unknown_lines_are_no_reason_to_name_a_format(run_command, tmp_path):
    (tmp_path / "a.log").write_bytes(LINE * 200 + PIPED)
    text = " ".join(run_command("doctor", "a.log").stdout.split())
    assert "1 line not understood (unknown format). These are few" in text
    assert "Try --format" not in text


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (PRIVATE, "1 of 1 requests come from addresses of private networks"),
        (LINE.rpartition(b' "')[0].rpartition(b' "')[0] + b"\n", "1 of 1 requests have no user"),
        (LINE.replace(b"robots.txt", b"a"), "No request is for /robots.txt"),
    ],
)
def test_what_all_requests_lack_is_found(run_command, tmp_path, text, finding):
    (tmp_path / "a.log").write_bytes(text)
    assert finding in " ".join(run_command("doctor", "a.log").stdout.split())
    (tmp_path / "a.log").write_bytes(LINE * 9 + text)
    assert finding.partition(" ")[2] not in run_command("doctor", "a.log").stdout


def test_a_damaged_log_is_read_as_far_as_it_goes_and_the_status_is_3(run_command, tmp_path):
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(LINE * 9)[:-9])
    done = run_command("doctor", "a.log.gz")
    assert done.returncode == 3
    assert "combined" in done.stdout
    assert "warning: 1 log could not be read completely:\n  a.log.gz: " in done.stderr


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_schedulers_find_the_same(run_command, logs, scheduler):
    done = run_command("doctor", logs, "--scheduler", scheduler, "-q")
    assert done.stdout == run_command("doctor", logs, "-q").stdout


def test_standard_input_is_examined(run_command):
    done = run_command("doctor", "-", input=LINE.decode() * 2)
    assert done.stdout.startswith("1 log, ")
    assert ": plain 1\n2 lines" in done.stdout


def test_control_characters_of_a_log_are_escaped(run_command, tmp_path):
    (tmp_path / "a.log").write_bytes(b"\x1b[2J" + LINE + b"\x1b]0;x\x07.example " + LINE)
    assert "\x1b" not in run_command("doctor", "a.log").stdout


def test_a_directory_without_logs_is_an_error(run_command, tmp_path):
    (tmp_path / "empty").mkdir()
    done = run_command("doctor", "empty")
    assert (done.returncode, done.stdout) == (1, "")
    assert "empty: No logs found" in done.stderr
