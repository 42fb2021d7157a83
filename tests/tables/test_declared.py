import pyarrow as pa
import pytest
from findrobots.records import Requests, concat_requests
from findrobots.tables.declared import (
    IDENTIFIED_HOSTS,
    ROBOTS,
    count_purposes,
    find_declared,
    identify_hosts,
    merge_robots,
    tabulate_robots,
)
from findrobots.tables.hosts import HOSTS, merge_hosts, tabulate_hosts
from hypothesis import given
from hypothesis import strategies as st

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"
OWN = "ExampleFetcher/1 (+https://example.com/)"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
AGENTS = (GOOGLEBOT, GPTBOT, OWN, BROWSER, "curl/8.14.1", "")


def hosts_of(*rows):
    """Return the host table of requests, each with its host and user agent."""
    requests = [
        (
            host,
            1_000_000 * number,
            "GET",
            b"/robots.txt",
            200,
            70,
            agent,
            "",
            "combined",
            "a",
            number,
        )
        for number, (host, agent) in enumerate(rows)
    ]
    columns = concat_requests([Requests._make([v] for v in row) for row in requests])
    return merge_hosts([tabulate_hosts(columns)])


def identified(*agents):
    (row,) = identify_hosts(hosts_of(*(("192.0.2.1", agent) for agent in agents))).to_pylist()
    return tuple(row[name] for name in ("robot", "operator", "purpose", "declared_by"))


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        ([GOOGLEBOT], ("Googlebot", "Google", "search", "table")),
        ([BROWSER], ("", "", "", "none")),
        ([""], ("", "", "", "none")),
        ([BROWSER, GPTBOT], ("GPTBot", "OpenAI", "ai-training", "table")),
        (
            [GPTBOT, GOOGLEBOT],
            ("Googlebot, GPTBot", "Google, OpenAI", "search, ai-training", "table"),
        ),
        (
            ["Googlebot-Image/1.0", GOOGLEBOT],
            ("Googlebot, Googlebot-Image", "Google", "search", "table"),
        ),
        ([OWN, GOOGLEBOT], ("Googlebot, ExampleFetcher", "Google", "search", "table")),
        (["curl/8.14.1", OWN], ("ExampleFetcher, curl", "", "library", "itself")),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else " ".join(each[:12] for each in value),
)
def test_a_host_has_the_robots_of_its_user_agents_the_best_known_first(agents, expected):
    assert identified(*agents) == expected


def test_facts_are_not_changed_and_columns_come_last():
    hosts = hosts_of(("192.0.2.1", GOOGLEBOT), ("192.0.2.2", BROWSER))
    described = identify_hosts(hosts)
    assert described.select(HOSTS.names).equals(hosts)
    assert described.schema.equals(IDENTIFIED_HOSTS)
    assert identify_hosts(hosts.slice(0, 0)).schema.equals(IDENTIFIED_HOSTS)


def test_a_part_of_a_table_has_its_own_robots():
    hosts = hosts_of(("192.0.2.1", GOOGLEBOT), ("192.0.2.2", BROWSER), ("192.0.2.3", GPTBOT))
    assert identify_hosts(hosts.slice(1))["robot"].to_pylist() == ["", "GPTBot"]


def test_a_host_counts_once_by_purpose():
    rows = [("192.0.2.1", GOOGLEBOT), ("192.0.2.1", GPTBOT), ("192.0.2.2", OWN)]
    rows += [("192.0.2.3", BROWSER), ("192.0.2.4", "")]
    counts = count_purposes(find_declared(hosts_of(*rows)))
    assert counts == {"search": 1, "other": 1, "(undeclared)": 1, "(no user agent)": 1}


def test_a_host_counts_in_each_of_its_robots():
    rows = [("192.0.2.1", GOOGLEBOT), ("192.0.2.1", GPTBOT), ("192.0.2.2", GPTBOT)]
    hosts = hosts_of(*rows, ("192.0.2.3", BROWSER))
    declared = find_declared(hosts)
    robots = tabulate_robots(hosts, declared, ["verified", "impostor", "unknown"])
    columns = ["robot", "hosts", "requests", "verified", "impostor", "unknown"]
    assert sorted(tuple(row.values()) for row in robots.select(columns).to_pylist()) == [
        ("(undeclared)", 1, 1, 0, 0, 0),
        ("GPTBot", 2, 3, 0, 1, 1),
        ("Googlebot", 1, 2, 1, 0, 0),
    ]


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(AGENTS)), max_size=12
)


@given(ROWS, st.integers(0, 4))
def test_robots_of_parts_merge_into_those_of_the_whole(rows, cut):
    hosts = hosts_of(*rows)
    parts = [
        tabulate_robots(part, find_declared(part))
        for part in (hosts.slice(0, cut), hosts.slice(cut))
    ]
    whole = tabulate_robots(hosts, find_declared(hosts))
    merged = merge_robots(parts)
    assert merged.schema.equals(ROBOTS)
    assert merged.sort_by("robot").equals(whole.sort_by("robot"))


@given(ROWS)
def test_each_host_counts_once_whatever_it_declares(rows):
    hosts = hosts_of(*rows)
    assert count_purposes(find_declared(hosts)).total() == hosts.num_rows
    described = identify_hosts(hosts)
    order = pa.compute.is_in(described["declared_by"], pa.array(["none"]))
    assert order.to_pylist() == [name == "" for name in described["robot"].to_pylist()]
