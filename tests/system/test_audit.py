"""The command audit, on a site whose robots' conduct is known by construction."""

import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from support.audited_site import (
    GPTBOTS,
    IMPOSTOR,
    SHOP,
    SITE,
    all_requests,
    planned_requests,
    write_site,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def site(tmp_path):
    """Logs, policies and lists of a site, as the arguments of the command."""
    logs, policies, lists = write_site(tmp_path, all_requests())
    return (logs, "--robots", policies, "--lists", lists, "--vhost", SITE)


def judged(requests, kind):
    return [request for request in requests if request.conduct == kind and request.vhost == SITE]


def read(directory, name):
    return pq.read_table(directory / f"{name}.parquet").to_pylist()


def test_exactly_the_violations_are_found_each_with_its_rule_and_line(run_command, tmp_path, site):
    done = run_command("audit", *site, "-o", tmp_path / "audit")
    assert done.returncode == 0, done.stderr
    expected = sorted(
        (each.time, each.host, each.target, each.line, each.policy)
        for each in judged(planned_requests(), "violation")
    )
    found = sorted(
        (row["time"], row["host"], row["target"], row["rule_line"], row["policy"])
        for row in read(tmp_path / "audit", "violations")
    )
    assert found == expected
    assert {row["rule"] for row in read(tmp_path / "audit", "violations")} == {
        *("/private/", "/old/", "/")
    }


def test_a_violation_leads_to_its_line_in_the_log(run_command, tmp_path, site):
    run_command("audit", *site, "-o", tmp_path / "audit")
    for row in read(tmp_path / "audit", "violations"):
        with gzip.open(row["source"]) as log:
            log.seek(row["offset"])
            line = log.readline().decode()
        assert row["host"] in line
        assert f'"GET {row["target"]} HTTP/1.1"' in line


def test_what_is_not_a_violation_is_counted_apart(run_command, tmp_path, site):
    run_command("audit", *site, "-o", tmp_path / "audit")
    counts = Counter()
    for row in read(tmp_path / "audit", "robots"):
        counts.update({name: row[name] for name in ("violations", "unread", "grace", "exempt")})
        counts["unreachable"] += row["unreachable"]
        counts["unknown_policy"] += row["unknown_policy"]
    plan = planned_requests()
    assert counts == {
        "violations": len(judged(plan, "violation")),
        "unread": len(judged(plan, "unread")),
        "grace": len(judged(plan, "grace")),
        "exempt": len(judged(plan, "exempt")),
        "unreachable": len(judged(plan, "unreachable")),
        "unknown_policy": 0,
    }


def test_every_request_of_a_robot_is_counted_once(run_command, tmp_path, site):
    run_command("audit", *site, "-o", tmp_path / "audit")
    expected = Counter(
        (request.robot, request.host)
        for request in all_requests()
        if request.vhost == SITE and request.robot != "browser"
    )
    expected["", "192.0.2.99"] = 1  # it asked for robots.txt with the user agent of a browser
    found = Counter()
    for row in read(tmp_path / "audit", "visits"):
        found[row["robot"], row["host"]] += row["requests"]
    assert found == expected


def test_every_line_is_of_a_robot_of_another_rejected_or_blank(run_command, tmp_path, site):
    logs, *_ = site
    (logs / "broken.log").write_text("no access log\n\n\n# a comment\n" * 3)
    done = run_command("audit", logs, "-o", tmp_path / "audit")
    assert done.returncode == 0, done.stderr
    metadata = pq.read_schema(tmp_path / "audit" / "visits.parquet").metadata
    counts = json.loads(metadata[b"findrobots.counts"])
    robots = sum(row["requests"] for row in read(tmp_path / "audit", "visits"))
    people = [each for each in all_requests() if each.robot == "browser"]
    assert counts == {
        "lines": len(all_requests()) + 12,
        "other_lines": len(people) - 1,  # one asked for robots.txt
        "blank_lines": 9,
        "rejects": 3,
    }
    assert robots + len(people) - 1 + 12 == counts["lines"]


def test_verdicts_rest_on_the_list_of_the_day(run_command, tmp_path, site):
    run_command("audit", *site, "-o", tmp_path / "audit")
    verdicts = defaultdict(set)
    for row in read(tmp_path / "audit", "visits"):
        verdicts[row["robot"], row["host"]].add((row["verdict"], row["reason"]))
    assert {verdict for host in GPTBOTS for verdict, _ in verdicts["GPTBot", host]} == {"verified"}
    assert verdicts["GPTBot", IMPOSTOR] == {("impostor", "not in range openai-gptbot 2027-01-06")}
    assert {verdict for verdict, _ in verdicts["MJ12bot", "198.51.100.7"]} == {"unknown"}


@pytest.mark.parametrize(
    "options",
    [
        ("--scheduler", "sync"),
        ("--scheduler", "threads"),
        ("--scheduler", "processes", "--workers", 3),
    ],
)
def test_every_scheduler_gives_the_same_bytes(run_command, tmp_path, site, options):
    run_command("audit", *site, "-o", tmp_path / "one")
    done = run_command("audit", *site, "-o", tmp_path / "two", *options)
    assert done.returncode == 0, done.stderr
    for path in sorted((tmp_path / "one").iterdir()):
        if path.name != "ledger.parquet":
            assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


@pytest.mark.cluster
def test_a_dask_cluster_gives_the_same_bytes(run_command, tmp_path, site):
    run_command("audit", *site, "-o", tmp_path / "one")
    done = run_command(
        "audit", *site, "-o", tmp_path / "two", "--scheduler", "local-cluster", "--workers", 2
    )
    assert done.returncode == 0, done.stderr
    for name in ("visits", "robots", "violations", "fetches"):
        one, two = (tmp_path / each / f"{name}.parquet" for each in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name


def test_updates_in_the_order_of_time_equal_one_audit(run_command, tmp_path, site):
    logs, *options = site
    in_order = sorted(logs.iterdir(), reverse=True)  # access.log.6.gz is the oldest
    for number in range(1, len(in_order) + 1):
        done = run_command(
            "audit", *in_order[:number], *options, "-o", tmp_path / "grown", "--update"
        )
        assert done.returncode == 0, done.stderr
        assert "--rejudge" not in done.stderr
    run_command("audit", *in_order, *options, "-o", tmp_path / "one")
    for name in ("visits", "robots", "violations", "fetches"):
        assert read(tmp_path / "grown", name) == read(tmp_path / "one", name), name


def test_an_earlier_log_that_arrives_later_asks_for_another_judgement(run_command, tmp_path, site):
    logs, *options = site
    in_order = sorted(logs.iterdir(), reverse=True)
    out = ("-o", tmp_path / "audit", "--update")
    run_command("audit", *in_order[1:], *options, *out)
    done = run_command("audit", *in_order, *options, *out)
    assert "were judged before an earlier request for robots.txt was known" in done.stderr
    done = run_command("audit", *in_order, *options, *out, "--rejudge")
    assert "were judged before" not in done.stderr
    run_command("audit", *in_order, *options, "-o", tmp_path / "one")
    for name in ("visits", "robots", "violations", "fetches"):
        assert read(tmp_path / "audit", name) == read(tmp_path / "one", name), name


def test_a_robots_txt_for_several_virtual_hosts_is_refused(run_command, tmp_path, site):
    logs, *_ = site
    (tmp_path / "shop.log").write_text(
        f'{SHOP}:443 198.51.100.7 - - [03/Jan/2027:12:00:00 +0000] "GET /robots.txt HTTP/1.1" '
        '200 5 "-" "MJ12bot/v2.0"\n'
    )
    done = run_command("audit", logs, tmp_path / "shop.log", "--robots", tmp_path / "policies")
    assert done.returncode == 2
    assert f"several virtual hosts ({SHOP}, {SITE})" in done.stderr
    assert "--vhost" in done.stderr


# A truth of its own: nothing of the project's parsers.
LINE = re.compile(
    r'(?P<host>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "(?P<request>(?:[^"\\]|\\.)*)" \d+ \S+ '
    r'"(?:[^"\\]|\\.)*" "(?P<agent>(?:[^"\\]|\\.)*)"'
)
TOKENS = {
    "Googlebot": r"Googlebot(-Mobile)?/",
    "bingbot": r"bingbot/",
    "YandexBot": r"YandexBot/",
    "Baiduspider": r"Baiduspider",
    "MJ12bot": r"MJ12bot/",
    "AhrefsBot": r"AhrefsBot/",
    "Twitterbot": r"Twitterbot/",
    "FeedFetcher-Google": r"Feedfetcher-Google",
}


def test_real_robots_are_counted_as_their_log_has_them(run_command, tmp_path, real_logs):
    requests, hosts, fetches = Counter(), defaultdict(set), Counter()
    for path in sorted((real_logs / "combined").glob("*.gz")):
        for line in gzip.decompress(path.read_bytes()).decode(errors="replace").splitlines():
            if not (found := LINE.match(line)):
                continue
            for robot, token in TOKENS.items():
                if re.search(token, found["agent"]):
                    requests[robot] += 1
                    hosts[robot].add(found["host"])
                    fetches[robot] += bool(re.match(r"\S+ /robots\.txt[ ?]", found["request"]))
    done = run_command("audit", real_logs / "combined", "-o", tmp_path / "audit")
    assert done.returncode == 0, done.stderr
    rows = {row["robot"]: row for row in read(tmp_path / "audit", "robots")}
    assert {robot: rows[robot]["requests"] for robot in TOKENS} == dict(requests)
    assert {robot: rows[robot]["hosts"] for robot in TOKENS} == {
        robot: len(hosts[robot]) for robot in TOKENS
    }
    assert {robot: rows[robot]["robots_txt_requests"] for robot in TOKENS} == {
        robot: fetches[robot] for robot in TOKENS
    }
    assert {row["verdict"] for row in rows.values()} == {"unknown"}
    assert datetime(2015, 5, 17, tzinfo=UTC) < rows["Googlebot"]["first_seen"]


def test_judging_again_needs_all_logs(run_command, tmp_path, site):
    logs, *options = site
    in_order = sorted(logs.iterdir())
    out = ("-o", tmp_path / "audit", "--update")
    run_command("audit", logs, *options, *out)
    before = {path.name: path.read_bytes() for path in (tmp_path / "audit").iterdir()}
    done = run_command("audit", *in_order[1:], *options, *out, "--rejudge")
    assert done.returncode == 1
    assert "1 logs that the audit counts are not among these" in done.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "audit").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-",), "An audit reads each log twice"),
        (("--update",), "--update: Needs a table to write"),
        (("--rejudge",), "--rejudge: Needs a table to write"),
        (("--robots", "gone.txt"), "Cannot read robots.txt from gone.txt: No such file"),
        (("--robots", "2026-13-01=x.txt"), "is not a valid date"),
        (("--robots", "git:gone:robots.txt"), "Cannot read robots.txt from git:gone:robots.txt"),
        (("--lists", "gone"), "gone: No address lists"),
        (("-o", "x.xlsx"), "the output is Parquet, not .xlsx"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(run_command, logs, arguments, message):
    done = run_command("audit", *([] if arguments == ("-",) else [logs]), *arguments)
    assert done.returncode in {1, 2}
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_what_is_assumed_of_a_robots_txt_is_said(run_command, tmp_path, site):
    logs, *_ = site
    policy = tmp_path / "policies" / "2027-01-01.txt"
    done = run_command("audit", logs, "--vhost", SITE, "--robots", policy)
    assert f"{policy} is taken to have been in force at all times" in done.stderr


def test_a_damaged_log_is_read_as_far_as_it_can_be(run_command, tmp_path, site):
    logs, *options = site
    path = min(logs.iterdir())
    path.write_bytes(path.read_bytes()[:-300])
    done = run_command("audit", logs, *options, "-o", tmp_path / "audit")
    assert done.returncode == 3
    assert "1 log could not be read completely" in done.stderr
    assert read(tmp_path / "audit", "visits")


def test_hostile_user_agents_are_shown_without_their_control_characters(run_command, tmp_path):
    line = (
        '192.0.2.1 - - [03/Jan/2027:12:00:00 +0000] "GET /robots.txt HTTP/1.1" 200 5 "-" '
        '"\x1b]0;x\x07=cmd bot/1.0 <script>"\n'
    )
    (tmp_path / "hostile.log").write_text(line)
    done = run_command("audit", tmp_path / "hostile.log")
    assert "\x1b" not in done.stdout + done.stderr
    assert "\x07" not in done.stdout + done.stderr
