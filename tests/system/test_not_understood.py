"""Logs that no format fits, and filters that no request can pass, are reported with what helps."""

import json

import findrobots
import pyarrow.parquet as pq
import pytest
from findrobots.errors import NoKnownFormatError
from support.samples import combined, lines

pytestmark = pytest.mark.slow

SYSLOG = b"Nov 24 10:00:00 web01 systemd[1]: Started /usr/lib/apt/apt.systemd.daily.\n" * 9
PIPES = b"192.0.2.1|2026-09-01T10:00:00Z|GET /robots.txt HTTP/1.1|200\n"
OBJECT = {"at": 1, "client": {"ip": "192.0.2.1"}, "url": "/robots.txt", "ts": 1788256800.5}
JSON = json.dumps(OBJECT).encode() + b"\n"
FIELDS = ("--format", "json", "--fields", "host=client.ip,target=url,time=ts")
OTHERS = combined(request="GET /index.html HTTP/1.1") + b"\n"
NO_FORMAT = "findrobots: No line of the log has a known format; nothing written. "


def write(tmp_path, **logs):
    for name, text in logs.items():
        (tmp_path / f"{name}.log").write_bytes(text)


# Nothing understood is a failure


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (SYSLOG, "If these are access logs, describe their lines with --format; otherwise skip "),
        (PIPES, "Try --format '$remote_addr|$time_iso8601|$request|$status'. "),
        (JSON, "Try --format json --fields 'host=client.ip,time=ts,target=url'. "),
    ],
    ids=["syslog", "text", "JSON"],
)
def test_logs_without_any_line_of_a_known_format_are_a_failure(run_command, tmp_path, text, hint):
    write(tmp_path, a=text)
    done = run_command("scan", "a.log", "-o", "robots.parquet", "--rejects", "rejects.parquet")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(NO_FORMAT + hint)
    first = text.splitlines()[0].decode()
    assert done.stderr.endswith(f"a.log, for example, contains: {first}\n")
    assert {path.name for path in tmp_path.iterdir()} == {"a.log"}


def test_a_folder_without_an_access_log_is_a_failure(run_command, tmp_path):
    write(tmp_path, a=SYSLOG, b=b"x\n", c=b"")
    done = run_command("scan", ".")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No line of 2 logs has a known format" in done.stderr


@pytest.mark.parametrize(
    ("text", "arguments"),
    [(PIPES, ["--format", "$remote_addr|$time_iso8601|$request|$status"]), (JSON, FIELDS)],
    ids=["text", "JSON"],
)
def test_what_the_failure_proposes_works(run_command, tmp_path, text, arguments):
    write(tmp_path, a=text)
    assert run_command("scan", "a.log", *arguments).stdout == "192.0.2.1\n"


def test_an_option_that_prevents_understanding_is_named(run_command, tmp_path):
    write(tmp_path, a=lines(0, 3), b=JSON)
    done = run_command("scan", "a.log", "--format", "iis")
    assert done.returncode == 1
    assert "Drop --format: the format of the line is detected without it." in done.stderr
    done = run_command("scan", "b.log", *FIELDS, "--host-field", "xff")
    assert done.returncode == 1
    assert "The line has no client address in xff; check --host-field." in done.stderr
    done = run_command("scan", "b.log", "--format", "iis")
    assert "Try --format json --fields 'host=client.ip" in done.stderr


def test_a_header_without_a_client_is_a_warning_that_names_the_option(run_command, tmp_path):
    write(tmp_path, a=combined() + b' "-"\n')
    string = '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i" "%{X-Forwarded-For}i"'
    done = run_command("scan", "a.log", "--format", string, "--host-field", "X-Forwarded-For")
    assert done.returncode == 1
    assert "has no client address in X-Forwarded-For; check --host-field." in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n \r\n",
        bytes(5000),
        bytes(2_000_000),
        b"#Software: IIS\n#Fields: date time c-ip cs-method cs-uri-stem\n",
        OTHERS,
        OTHERS + combined()[:-3] + b"\n",
        SYSLOG + OTHERS,
        b"{}\n" * 50_000 + OTHERS,
    ],
    ids=["empty", "blank", "zeros", "many zeros", "W3C", "others", "broken", "banner", "late"],
)
def test_access_logs_and_logs_without_text_are_no_failure(run_command, tmp_path, text):
    write(tmp_path, a=text)
    done = run_command("scan", "a.log")
    assert (done.returncode, done.stdout) == (0, "")
    assert "0 hosts, 0 requests" in done.stderr
    assert "look like" not in done.stderr


def test_a_w3c_log_is_known_by_its_header(run_command, tmp_path):
    header = b"#Fields: x-a date time c-ip cs-method cs-uri-stem\n"
    write(tmp_path, a=header + b"z 2026-09-01 10:00:00 192.0.2.1 GET /index.html\n")
    done = run_command("scan", "a.log")
    assert done.returncode == 0
    assert "look like" not in done.stderr


def test_a_log_that_cannot_be_read_may_be_the_access_log(run_command, tmp_path):
    write(tmp_path, a=SYSLOG)
    (tmp_path / "b.log").symlink_to("nowhere")
    done = run_command("scan", ".")
    assert (done.returncode, done.stdout) == (3, "")
    assert "1 log does not look like an access log:\n  a.log: Nov 24 10:00:00" in done.stderr
    assert "warning: 1 log could not be opened:\n  b.log: No such file" in done.stderr


def test_an_update_of_a_table_goes_on(run_command, tmp_path):
    write(tmp_path, a=lines(0, 3))
    assert run_command("scan", ".", "-o", "t.parquet", "--update").returncode == 0
    write(tmp_path, b=SYSLOG)
    done = run_command("scan", ".", "-o", "t.parquet", "--update")
    assert done.returncode == 0
    assert "1 log does not look like an access log:\n  b.log: Nov" in done.stderr
    assert run_command("scan", "b.log", "-o", "u.parquet", "--update").returncode == 1


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_the_first_log_is_named_however_the_work_is_split(run_command, tmp_path, scheduler):
    write(tmp_path, **{f"a{number}": SYSLOG * 20_000 for number in range(8)})
    done = run_command("scan", ".", "--scheduler", scheduler, "--workers", 2)
    assert done.returncode == 1
    assert "No line of 8 logs has" in done.stderr
    assert "a0.log, for example, contains: Nov 24" in done.stderr


# Logs that do not look like access logs are named in the summary


def test_each_log_that_does_not_look_like_an_access_log_is_named(run_command, tmp_path):
    mentions = b"Nov 24 10:00:00 web01 crawler[7]: fetched /robots.txt\n"
    write(tmp_path, a=lines(0, 3), b=SYSLOG, c=SYSLOG + mentions, d=b"", e=OTHERS * 2, f=PIPES)
    done = run_command("scan", ".")
    assert done.returncode == 0
    assert (
        "\n3 logs do not look like access logs:\n"
        "  b.log: Nov 24 10:00:00 web01 systemd[1]: Started /usr/lib/apt/apt.systemd.daily.\n"
        "  c.log: Nov 24 10:00:00 web01 crawler[7]: fetched /robots.txt\n"
        "  f.log: 192.0.2.1|2026-09-01T10:00:00Z|GET /robots.txt HTTP/1.1|200\n"
    ) in done.stderr
    assert "look like" not in run_command("scan", ".", "--quiet").stderr
    result = findrobots.scan(tmp_path)
    assert [row["source"][-5:] for row in result.unrecognized.to_pylist()] == [
        *("b.log", "c.log", "f.log")
    ]


# Most lines rejected is a warning


@pytest.mark.parametrize("more", [[], ["--quiet"]])
def test_most_lines_rejected_is_a_warning(run_command, tmp_path, more):
    write(tmp_path, a=combined() + b"\n", b=PIPES * 3)
    done = run_command("scan", ".", *more)
    assert (done.returncode, done.stdout) == (0, "192.0.2.1\n")
    assert (
        "findrobots: warning: 3 of 4 lines that contain /robots.txt could not be parsed. "
        "Try --format '$remote_addr|$time_iso8601|$request|$status'. "
        f"The first is at b.log, byte 0 (unknown format): {PIPES.decode()}"
    ) in done.stderr


def test_half_of_the_lines_is_not_most(run_command, tmp_path):
    write(tmp_path, a=combined() + b"\n", b=PIPES)
    done = run_command("scan", ".")
    assert "2 unparsed" not in done.stderr
    assert "1 unparsed line" in done.stderr
    assert "warning" not in done.stderr


def test_lines_for_other_paths_count_as_parsed(run_command, tmp_path):
    referred = combined(request="GET /a?from=/robots.txt HTTP/1.1") + b"\n"
    write(tmp_path, a=referred * 5, b=PIPES * 4)
    done = run_command("scan", ".", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# Filters that no request can pass


@pytest.mark.parametrize(
    ("arguments", "warning"),
    [
        (["--vhost", "a.example"], "No line has a virtual host. Drop --vhost, or make the server"),
        (
            ["--since", "2027-01-01"],
            (
                "The last line that contains /robots.txt is of 2026-09-01 00:00:02 UTC. "
                "Give an earlier --since."
            ),
        ),
        (
            ["--until", "2026-09-01"],
            (
                "The first line that contains /robots.txt is of 2026-09-01 00:00:00 UTC. "
                "Give a later --until."
            ),
        ),
    ],
)
def test_a_filter_that_no_request_can_pass_is_reported(run_command, tmp_path, arguments, warning):
    write(tmp_path, a=lines(0, 3))
    done = run_command("scan", "a.log", "--quiet", *arguments)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"findrobots: warning: {warning}")


@pytest.mark.parametrize(
    "arguments", [["--vhost", "b.example"], ["--since", "2026-09-01"], ["--until", "2026-09-02"]]
)
def test_a_filter_that_some_request_could_pass_is_not(run_command, tmp_path, arguments):
    write(tmp_path, a=b"a.example " + combined() + b"\n")
    assert run_command("scan", "a.log", "--quiet", *arguments).stderr == ""


# The library


def test_the_library_raises_and_warns_in_its_own_words(tmp_path):
    write(tmp_path, a=PIPES * 2)
    with pytest.raises(
        NoKnownFormatError, match=r"nothing written\. Try format=… '\$remote_addr\|"
    ):
        findrobots.scan(tmp_path, output=tmp_path / "t.parquet")
    assert not (tmp_path / "t.parquet").exists()
    write(tmp_path, b=combined() + b"\n")
    with pytest.warns(findrobots.ScanWarning, match="2 of 3 lines that contain") as warned:
        findrobots.find_robots(tmp_path)
    assert warned[0].filename == __file__
    with pytest.warns(findrobots.ScanWarning, match=r"Drop vhost=…"):
        findrobots.scan(tmp_path / "b.log", vhost="a.example", output=tmp_path / "u.parquet")
    assert pq.read_table(tmp_path / "u.parquet").num_rows == 0
