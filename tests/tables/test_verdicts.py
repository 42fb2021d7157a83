"""Verdicts of hosts: of several days, of several robots."""

import json
from collections import Counter
from datetime import UTC, datetime

import findrobots
import pyarrow.compute as pc
import pytest
from findrobots.robots.names import NameAnswer
from findrobots.robots.ranges import load_lists
from findrobots.tables.declared import add_robots, find_declared
from findrobots.tables.verdicts import Evidence, add_verdicts, judge_declared
from support.project import PROJECT
from support.samples import combined

LOG = PROJECT / "tests/data/robots.log"
LISTS = PROJECT / "tests/data/lists"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def lists(tmp_path):
    """Lists of addresses of 2030, which no list of the package is near to."""
    for day, prefixes in {
        "2030-05-01": ["66.249.64.0/24", "66.249.66.0/24"],
        "2030-05-20": ["66.249.64.0/24"],
    }.items():
        path = tmp_path / "lists/google-common" / f"{day}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"prefixes": [{"ipv4Prefix": each} for each in prefixes]}))
    return tmp_path / "lists"


def judged(tmp_path, lists, *requests):
    (tmp_path / "a.log").write_bytes(
        b"".join(
            combined(host=host, time=f"{day}/May/2030:10:00:00 +0000", user_agent=agent) + b"\n"
            for host, day, agent in requests
        )
    )
    hosts = findrobots.find_robots(tmp_path / "a.log")
    return findrobots.verify(hosts, lists).select(["verdict", "reason"]).to_pylist()


@pytest.mark.parametrize(
    ("host", "days", "verdict", "reason"),
    [
        ("66.249.64.1", ("01",), "verified", "range google-common 2030-05-01"),
        ("66.249.64.1", ("01", "20"), "verified", "range google-common 2030-05-20"),
        ("45.148.10.7", ("01", "20"), "impostor", "not in range google-common 2030-05-20"),
        (
            "66.249.66.1",
            ("01", "20"),
            "unknown",
            (
                "verified on 2030-05-01: range google-common 2030-05-01; "
                "impostor on 2030-05-20: not in range google-common 2030-05-20"
            ),
        ),
    ],
)
def test_a_verdict_holds_on_the_first_day_and_on_the_last(  # noqa: PLR0913, PLR0917 (fixtures)
    tmp_path, lists, host, days, verdict, reason
):
    requests = [(host, day, GOOGLEBOT) for day in days]
    assert judged(tmp_path, lists, *requests) == [{"verdict": verdict, "reason": reason}]


@pytest.mark.parametrize(
    ("others", "verdict"),
    [
        (["curl/8.14.1"], "verified"),
        (["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"], "verified"),
        (["ExampleFetcher/1 (+https://example.com/)"], "unknown"),
        (["Mozilla/5.0 (compatible; Bytespider; spider-feedback@bytedance.com)"], "unknown"),
    ],
)
def test_a_host_is_verified_if_each_of_its_robots_is(tmp_path, lists, others, verdict):
    requests = [("66.249.64.1", "01", agent) for agent in (GOOGLEBOT, *others)]
    assert judged(tmp_path, lists, *requests)[0]["verdict"] == verdict


def test_a_host_is_an_impostor_if_it_is_one_of_any_robot(tmp_path, lists):
    own = "ExampleFetcher/1 (+https://example.com/)"
    requests = [("45.148.10.7", "01", agent) for agent in (GOOGLEBOT, own)]
    (row,) = judged(tmp_path, lists, *requests)
    assert row["verdict"] == "impostor"
    assert row["reason"] == "Googlebot: not in range google-common 2030-05-01"


def test_a_host_that_declares_no_robot_has_no_verdict(tmp_path, lists):
    assert judged(tmp_path, lists, ("66.249.64.1", "01", "-")) == [{"verdict": "", "reason": ""}]


def test_only_addresses_that_lists_do_not_decide_are_looked_up():
    hosts = findrobots.find_robots(LOG)
    declared = find_declared(hosts)
    asked = []

    def find_names(wanted):
        asked.extend(wanted)
        when = datetime(2026, 10, 20, tzinfo=UTC)
        return {each: NameAnswer(each, when, ("a.example.net",)) for each in wanted}

    verdicts = judge_declared(hosts, declared, Evidence(load_lists(LISTS), find_names))
    described = add_verdicts(add_robots(hosts, declared), declared, verdicts)
    assert asked == ["45.148.10.7"]  # it declares bingbot, of which there is no list of that time
    row = described.filter(described["host"].to_numpy() == asked[0]).to_pylist()[0]
    assert row["verdict"] == "impostor"
    assert row["robot"] == "bingbot, Googlebot"


def test_robots_of_a_real_log_are_named_and_nobody_of_2015_is_accused(real_logs):
    hosts = findrobots.verify(findrobots.find_robots(real_logs / "combined"))
    counts = Counter(hosts["declared_by"].to_pylist())
    assert counts == {"none": 50, "pattern": 37, "table": 32, "itself": 2}
    assert Counter(hosts["verdict"].to_pylist()) == {"unknown": 71, "": 50}
    undeclared = hosts.filter(pc.equal(hosts["robot"], ""))
    assert pc.sum(undeclared["requests"]).as_py() == 58
    assert min(map(len, undeclared["user_agents"].to_pylist())) == 1
