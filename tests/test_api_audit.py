"""The library audits as the command does, with the command's own words."""

import re
import warnings

import findrobots
import pyarrow.parquet as pq
import pytest
from findrobots.errors import DamagedLogsError, FindrobotsError, MissingOutputError
from findrobots.tables.audit_files import read_audit
from support.audited_site import SITE, all_requests, write_site
from support.samples import combined

GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"
TABLES = ("robots", "visits", "violations")


def line(second, target, **columns):
    return combined(
        time=f"01/Sep/2026:10:00:{second:02} +0000",
        request=f"GET {target} HTTP/1.1",
        user_agent=GPTBOT,
        **columns,
    )


@pytest.fixture
def log(tmp_path):
    """A log in which a robot breaks a rule that it has read, and a line that is broken."""
    path = tmp_path / "access.log"
    requests = [line(0, "/robots.txt"), line(5, "/private/a"), line(9, "/"), b"not a request"]
    path.write_bytes(b"\n".join(requests) + b"\n")
    return path


@pytest.fixture
def robots_txt(tmp_path):
    path = tmp_path / "robots.txt"
    path.write_text("User-agent: *\nDisallow: /private/\n")
    return path


def files(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_an_audit_writes_the_bytes_that_the_command_writes(tmp_path, run_command):
    logs, policies, lists = write_site(tmp_path, all_requests())
    options = ("--robots", policies, "--lists", lists, "--vhost", SITE)
    done = run_command("audit", logs, *options, "-o", "command", "--rejects", "command.parquet")
    assert done.returncode == 0, done.stderr
    result = findrobots.audit(
        logs,
        robots=policies,
        lists=lists,
        vhost=SITE,
        output=tmp_path / "library",
        rejects=tmp_path / "library.parquet",
    )
    assert files(tmp_path / "library") == files(tmp_path / "command")
    rejects = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("command", "library")]
    assert rejects[0] == rejects[1]
    written = read_audit(tmp_path / "library")
    for name in TABLES:
        assert getattr(result, name).equals(getattr(written, name)), name
        assert len(result.to_pandas(name)) == getattr(result, name).num_rows


def test_an_outcome_has_the_tables_and_what_was_rejected(log, robots_txt):
    result = findrobots.audit(log, robots=robots_txt)
    assert result.to_pandas()[["robot", "requests", "violations"]].to_numpy().tolist() == [
        ["GPTBot", 3, 1]
    ]
    assert result.violations["target"].to_pylist() == ["/private/a"]
    assert result.visits["host"].to_pylist() == ["192.0.2.1"]
    assert result.rejects["text"].to_pylist() == ["not a request"]
    assert result.reject_count == 1
    assert result.sources["damage"].to_pylist() == [""]
    assert result.log_count == 1
    assert repr(result) == "<AuditOutcome: 1 robots, 3 requests, 1 violations of robots.txt>"
    assert repr(findrobots.audit(log)) == "<AuditOutcome: 1 robots, 3 requests>"


def test_rejected_lines_are_written_and_the_output_may_not_contain_them(log, tmp_path):
    findrobots.audit(log, rejects=tmp_path / "rejects.parquet")
    rejects = pq.read_table(tmp_path / "rejects.parquet")
    offset = log.read_bytes().index(b"not a")
    assert rejects.select(["offset", "text"]).to_pylist() == [
        {"offset": offset, "text": "not a request"}
    ]
    with pytest.raises(FindrobotsError, match="it is in the directory site"):
        findrobots.audit(log, output=tmp_path / "site", rejects=tmp_path / "site" / "r.parquet")
    assert {path.name for path in tmp_path.iterdir()} == {"access.log", "rejects.parquet"}


def test_no_log_is_replaced_by_its_rejected_lines(log, tmp_path):
    before = log.read_bytes()
    with pytest.raises(FindrobotsError, match=r"access\.log"):
        findrobots.audit(log, rejects=log)
    assert log.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"access.log"}


def test_an_update_adds_what_is_new_to_a_saved_audit(log, robots_txt, tmp_path):
    findrobots.audit(log, robots=robots_txt).save(tmp_path / "site")
    with log.open("ab") as file:
        file.write(line(20, "/private/b") + b"\n")
    after = findrobots.audit(log, robots=robots_txt, output=tmp_path / "site", update=True)
    assert after.violations["target"].to_pylist() == ["/private/a", "/private/b"]
    findrobots.audit(log, robots=robots_txt, output=tmp_path / "whole")
    assert files(tmp_path / "site") == files(tmp_path / "whole")


def test_rejudging_audits_all_logs_again(log, robots_txt, tmp_path):
    late = tmp_path / "late.log"
    late.write_bytes(line(30, "/private/c") + b"\n")
    site = tmp_path / "site"
    findrobots.audit(late, robots=robots_txt, output=site)
    with pytest.warns(findrobots.ScanWarning, match="rejudge=") as caught:
        findrobots.audit([log, late], robots=robots_txt, output=site, update=True)
    assert caught[0].filename == __file__
    result = findrobots.audit([log, late], robots=robots_txt, output=site, rejudge=True)
    assert result.violations["target"].to_pylist() == ["/private/a", "/private/c"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"logs": 5}, "logs: expected a path or a list of paths, not int"),
        ({"robots": 5}, "robots: expected a path or a list of paths, not int"),
        ({"lists": 5}, "lists: expected a path, not int"),
        ({"verify": None}, "verify: expected str, not NoneType"),
        ({"output": 5}, "output: expected a path, not int"),
        ({"rejects": 5}, "rejects: expected a path, not int"),
        ({"rejudge": "yes"}, "rejudge: expected bool, not str"),
        ({"update": 1}, "update: expected bool, not int"),
        ({"vhost": 5}, "vhost: expected a string or a list of strings, not int"),
    ],
)
def test_an_argument_of_a_wrong_type_is_named(arguments, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        findrobots.audit(**{"logs": "a.log"} | arguments)


def test_a_way_to_verify_that_is_unknown_is_named():
    message = "verify: expected 'ranges' or 'dns' or 'none', not 'names'"
    with pytest.raises(ValueError, match=re.escape(message)):
        findrobots.audit("a.log", verify="names")


@pytest.mark.parametrize(
    "arguments",
    [
        {"robots": "nowhere.txt"},
        {"robots": "2026-13-01=robots.txt"},
        {"robots": "git:nowhere:robots.txt"},
        {"lists": "nowhere"},
        {"output": "site.csv"},
        {"logs": "-"},
        {"since": "7d", "update": True, "output": "site"},
        {"scheduler": "slurm"},
    ],
)
def test_messages_speak_of_arguments(log, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FindrobotsError) as caught:
        findrobots.audit(**{"logs": log} | arguments)
    assert "--" not in str(caught.value)
    assert {path.name for path in tmp_path.iterdir()} == {"access.log"}


def test_an_update_without_an_output_is_refused(log):
    for name in ("update", "rejudge"):
        with pytest.raises(MissingOutputError, match="output="):
            findrobots.audit(log, **{name: True})


def test_an_unknown_table_is_named(log):
    with pytest.raises(ValueError, match="table: expected 'robots' or 'visits' or 'violations'"):
        findrobots.audit(log).to_pandas("hosts")


def test_a_damaged_log_is_a_warning_or_with_strict_an_error(log, tmp_path):
    (tmp_path / "gone.log").symlink_to("nowhere")
    logs = [log, tmp_path / "gone.log"]
    with pytest.warns(findrobots.DamagedLogsWarning, match=r"gone\.log: No such file") as caught:
        findrobots.audit(logs)
    assert caught[0].filename == __file__
    with pytest.raises(DamagedLogsError, match="strict="):
        findrobots.audit(logs, strict=True, output=tmp_path / "site", rejects=tmp_path / "r")
    assert {path.name for path in tmp_path.iterdir()} == {"access.log", "gone.log"}


def test_an_outcome_is_shown_in_a_notebook_without_obeying_what_it_shows(log):
    log.write_bytes(
        combined(user_agent="<img src=x onerror=alert(1)>bot/1 (+http://a.example)") + b"\n"
    )
    shown = findrobots.audit(log)._repr_html_()
    assert "<img" not in shown
    assert shown.count("<tr>") == 2
    assert "<caption>1 robots, 1 requests</caption>" in shown


def test_no_audit_warns_of_sound_logs(log, robots_txt):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        findrobots.audit(log, robots=robots_txt)
