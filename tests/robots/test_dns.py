"""Names are looked up at a DNS server of the tests' own, which gives every kind of answer."""

import asyncio
import socket
import sys
import time
from collections import Counter

import pytest
from findrobots.robots import dns
from findrobots.robots.dns import LIFETIME, find_names, look_up, read_nameserver
from findrobots.robots.dns_queries import MAX_NAMES
from findrobots.robots.errors import MissingDnsError, NameserverError
from findrobots.robots.names import NOT_ASKED, Outcome, read_answer
from support.dns_server import (
    NODATA,
    NXDOMAIN,
    SILENCE,
    Reply,
    addresses,
    dns_server,
    ptr,
    reverse,
)

ADDRESS, OTHER, SIX = "66.249.66.1", "66.249.66.2", "2001:4860:4801:10::1"
DOMAIN = "bot.example.org"
NAME = f"crawl-1.{DOMAIN}"
QUERY = (reverse(ADDRESS), "PTR")
FORWARD = (f"{NAME}.", "A")
TIMEOUT = (Outcome.FAILED, "timeout")
# A query that is not answered takes its whole lifetime.
SHORT = 0.3


def answer_of(server, address=ADDRESS, lifetime=LIFETIME):
    (answer,) = look_up({address: [DOMAIN]}, nameserver=server.address, lifetime=lifetime)
    assert answer.address == address
    return answer


def outcome_of(replies, address=ADDRESS, lifetime=LIFETIME):
    with dns_server(replies) as server:
        return read_answer(answer_of(server, address, lifetime), [DOMAIN])


def named(forward, *, names=(f"{NAME}.",)):
    """Return a table in which the address has names, of which the first leads to a reply."""
    return {QUERY: ptr(*names), FORWARD: forward}


@pytest.mark.parametrize(
    ("replies", "outcome"),
    [
        pytest.param(replies, outcome, id=name)
        for name, replies, outcome in (
            ("confirmed", named(addresses(ADDRESS)), (Outcome.CONFIRMED, NAME)),
            (
                "one of several addresses",
                named(addresses(OTHER, ADDRESS)),
                (Outcome.CONFIRMED, NAME),
            ),
            (
                "another case",
                named(addresses(ADDRESS), names=[f"{NAME.upper()}."]),
                (Outcome.CONFIRMED, NAME),
            ),
            (
                "an alias before the name (RFC 2317)",
                {
                    QUERY: Reply(("CNAME 1.0-63.example.net.", f"1.0-63.example.net. PTR {NAME}.")),
                    FORWARD: addresses(ADDRESS),
                },
                (Outcome.CONFIRMED, NAME),
            ),
            (
                "an alias before the address",
                named(Reply(("CNAME a.example.net.", f"a.example.net. A {ADDRESS}"))),
                (Outcome.CONFIRMED, NAME),
            ),
            (
                "a name of others, too",
                named(addresses(ADDRESS), names=["a.example.net.", f"{NAME}."]),
                (Outcome.CONFIRMED, NAME),
            ),
            (
                "a second name that is confirmed",
                {
                    QUERY: ptr(f"a.{DOMAIN}.", f"{NAME}."),
                    (f"a.{DOMAIN}.", "A"): NXDOMAIN,
                    FORWARD: addresses(ADDRESS),
                },
                (Outcome.CONFIRMED, NAME),
            ),
            ("a lying TTL", named(addresses(ADDRESS, ttl=2**31 - 1)), (Outcome.CONFIRMED, NAME)),
            (
                "truncated",
                {
                    QUERY: ptr(f"{NAME}.", is_truncated=True),
                    FORWARD: addresses(ADDRESS, is_truncated=True),
                },
                (Outcome.CONFIRMED, NAME),
            ),
            ("late", named(addresses(ADDRESS, delay=0.1)), (Outcome.CONFIRMED, NAME)),
            ("the name has another address", named(addresses(OTHER)), (Outcome.DENIED, NAME)),
            ("the name does not exist", named(NXDOMAIN), (Outcome.DENIED, NAME)),
            ("the name has no address", named(NODATA), (Outcome.DENIED, NAME)),
            (
                "denied by the operator's zone",
                named(Reply(code="NXDOMAIN", authority="example.org.")),
                (Outcome.DENIED, NAME),
            ),
            (
                "denied by a filter's zone",
                named(Reply(code="NXDOMAIN", authority="rpz.example.")),
                (Outcome.FAILED, "denied by another zone"),
            ),
            (
                "denied by the root",
                named(Reply(authority=".")),
                (Outcome.FAILED, "denied by another zone"),
            ),
            ("a filter's address", named(addresses("127.0.0.1")), (Outcome.FAILED, "filtered")),
            (
                "an alias to nothing",
                named(Reply(("CNAME a.example.net.",))),
                (Outcome.FAILED, "alias without address"),
            ),
            ("forward SERVFAIL", named(Reply(code="SERVFAIL")), (Outcome.FAILED, "SERVFAIL")),
            ("forward silence", named(SILENCE), TIMEOUT),
            (
                "a name of others",
                named(NXDOMAIN, names=["a.example.net."]),
                (Outcome.ELSEWHERE, "a.example.net"),
            ),
            (
                "a name that ends in the domain's letters",
                named(NXDOMAIN, names=[f"evil{DOMAIN}."]),
                (Outcome.ELSEWHERE, f"evil{DOMAIN}"),
            ),
            (
                "a name that begins with the domain",
                named(NXDOMAIN, names=[f"{NAME}.evil.example."]),
                (Outcome.ELSEWHERE, f"{NAME}.evil.example"),
            ),
            (
                "a label with a dot",
                named(NXDOMAIN, names=[rf"x\.{DOMAIN}."]),
                (Outcome.ELSEWHERE, rf"x\.{DOMAIN}"),
            ),
            (
                "odd bytes",
                named(NXDOMAIN, names=[rf"\027[2J\000\255.{DOMAIN}."]),
                (Outcome.ELSEWHERE, rf"\027[2j\000\255.{DOMAIN}"),
            ),
            ("no such name", {QUERY: NXDOMAIN}, (Outcome.NO_NAME, "")),
            ("no PTR record", {QUERY: NODATA}, (Outcome.NO_NAME, "")),
            ("the root as a name", {QUERY: ptr(".")}, (Outcome.NO_NAME, "")),
            ("SERVFAIL", {QUERY: Reply(code="SERVFAIL")}, (Outcome.FAILED, "SERVFAIL")),
            ("REFUSED", {QUERY: Reply(code="REFUSED")}, (Outcome.FAILED, "REFUSED")),
            ("FORMERR", {QUERY: Reply(code="FORMERR")}, (Outcome.FAILED, "FORMERR")),
            ("silence", {QUERY: SILENCE}, TIMEOUT),
            ("too late", {QUERY: ptr(f"{NAME}.", delay=2 * SHORT)}, TIMEOUT),
            ("garbage", {QUERY: Reply(raw=b"\xff" * 40)}, TIMEOUT),
            ("a single byte", {QUERY: Reply(raw=b"\0")}, TIMEOUT),
            (
                "another query's answer",
                {QUERY: ptr(f"{NAME}.", has_wrong_id=True)},
                TIMEOUT,
            ),
        )
    ],
)
def test_an_answer_has_its_outcome(replies, outcome):
    lifetime = SHORT if outcome == TIMEOUT else LIFETIME
    assert outcome_of(replies, lifetime=lifetime) == outcome


def test_a_truncated_answer_is_asked_for_again_over_tcp():
    with dns_server({QUERY: ptr("a.example.net.", is_truncated=True)}) as server:
        assert answer_of(server).names == ("a.example.net",)
    assert server.queries == [(*QUERY, "UDP"), (*QUERY, "TCP")]


def test_ipv6_is_confirmed_by_aaaa():
    replies = {(reverse(SIX), "PTR"): ptr(f"{NAME}."), (f"{NAME}.", "AAAA"): addresses(SIX)}
    assert outcome_of(replies, SIX) == (Outcome.CONFIRMED, NAME)
    assert outcome_of({**replies, (f"{NAME}.", "AAAA"): NODATA}, SIX) == (Outcome.DENIED, NAME)


def test_only_an_operators_names_are_followed():
    with dns_server({QUERY: ptr("a.example.net.")}) as server:
        assert answer_of(server).names == ("a.example.net",)
    assert server.queries == [(*QUERY, "UDP")]


def test_a_silent_server_is_asked_twice():
    with dns_server({QUERY: SILENCE}) as server:
        answer_of(server, lifetime=SHORT)
    assert server.queries == [(*QUERY, "UDP")] * 2


def test_a_bounded_number_of_names_is_followed_and_the_rest_prevents_an_accusation():
    names = [f"n{each:03}.{DOMAIN}." for each in range(500)]
    with dns_server({QUERY: ptr(*names, is_truncated=True)}) as server:
        answer = answer_of(server)
    assert len(server.queries) == 2 + MAX_NAMES
    assert (len(answer.names), answer.omitted) == (MAX_NAMES, 500 - MAX_NAMES)
    assert read_answer(answer, [DOMAIN]) == (Outcome.FAILED, f"more than {MAX_NAMES} names")


def test_hundreds_of_other_names_do_not_hide_an_operators():
    names = [f"a{each:03}.example.net." for each in range(500)]
    replies = named(addresses(ADDRESS), names=[*names, f"{NAME}."])
    assert outcome_of({**replies, QUERY: replies[QUERY]._replace(is_truncated=True)}) == (
        Outcome.CONFIRMED,
        NAME,
    )


def test_an_address_with_many_silent_names_takes_two_lifetimes():
    names = {(f"n{each}.{DOMAIN}.", "A"): SILENCE for each in range(MAX_NAMES)}
    with dns_server({QUERY: ptr(*(name for name, _ in names)), **names}) as server:
        begin = time.monotonic()
        answer = answer_of(server, lifetime=SHORT)
    assert time.monotonic() - begin < MAX_NAMES / 2 * SHORT
    assert read_answer(answer, [DOMAIN]) == TIMEOUT


def test_answers_are_in_the_order_of_the_addresses_and_bounded_in_number():
    wanted = {f"66.249.66.{each}": [DOMAIN] for each in range(20, 0, -1)}
    with dns_server(lambda *_: NXDOMAIN) as server:
        answers = look_up(wanted, nameserver=server.address, max_lookups=15)
    assert [answer.address for answer in answers] == [*wanted]
    assert [answer.failure for answer in answers] == [""] * 15 + [NOT_ASKED] * 5
    assert len(server.queries) == 15


def test_lookups_at_a_time_are_bounded():
    wanted = {f"66.249.66.{each}": [DOMAIN] for each in range(60)}
    with dns_server(lambda *_: Reply(code="NXDOMAIN", delay=0.01)) as server:
        look_up(wanted, nameserver=server.address, concurrency=7)
    assert server.most == 7


def test_a_process_that_may_open_few_files_looks_up_few_at_a_time(monkeypatch):
    monkeypatch.setattr(dns.resource, "getrlimit", lambda _: (10, 10))
    wanted = {f"66.249.66.{each}": [DOMAIN] for each in range(60)}
    with dns_server(lambda *_: Reply(code="NXDOMAIN", delay=0.01)) as server:
        look_up(wanted, nameserver=server.address)
    assert server.most == 5


def test_a_port_where_nothing_answers_is_a_failure():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        nameserver = f"127.0.0.1:{taken.getsockname()[1]}"
        (answer,) = look_up({ADDRESS: [DOMAIN]}, nameserver=nameserver, lifetime=SHORT)
    assert read_answer(answer, [DOMAIN]) == TIMEOUT


def test_a_system_without_dns_servers_is_a_failure(monkeypatch):
    monkeypatch.setattr("builtins.open", _no_resolv_conf(open))
    (answer,) = look_up({ADDRESS: [DOMAIN]})
    assert read_answer(answer, [DOMAIN]) == (Outcome.FAILED, "no resolver")


def _no_resolv_conf(opened):
    def open_file(path, *arguments, **options):
        if path == "/etc/resolv.conf":
            raise FileNotFoundError(path)
        return opened(path, *arguments, **options)

    return open_file


@pytest.mark.parametrize("host", ["", NAME, "66.249.66", "fe80::1%eth0%", "\x1b", "é"])
def test_what_is_no_address_is_a_failure(host):
    with dns_server({}) as server:
        answers = look_up({host: [DOMAIN], ADDRESS: [DOMAIN]}, nameserver=server.address)
    assert [answer.failure for answer in answers] == ["not an address", ""]


def test_names_are_looked_up_where_an_event_loop_runs_already():
    async def in_a_notebook(server):
        return answer_of(server)

    with dns_server(named(addresses(ADDRESS))) as server:
        assert asyncio.run(in_a_notebook(server)).confirmed == (NAME,)


def test_without_dnspython_the_error_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "findrobots.robots.dns_queries")
    monkeypatch.setitem(sys.modules, "dns.asyncresolver", None)
    with pytest.raises(MissingDnsError, match=r"pip install 'findrobots\[dns\]'"):
        look_up({ADDRESS: [DOMAIN]})


@pytest.mark.parametrize(
    "text",
    ["", "dns.example.org", "192.0.2.53:0", "192.0.2.53:65536", "[192.0.2.53", "::1:x", "\x1b"],
)
def test_a_nameserver_is_an_address(text):
    with pytest.raises(NameserverError, match="not the address of a DNS server"):
        read_nameserver(text)


def test_answers_come_from_the_cache_the_second_time(tmp_path):
    cache = tmp_path / "findrobots" / "dns.jsonl"
    wanted = {ADDRESS: [DOMAIN], OTHER: [DOMAIN]}
    with dns_server(named(addresses(ADDRESS))) as server:
        first = find_names(wanted, cache=cache, nameserver=server.address)
        asked = len(server.queries)
        second = find_names(wanted, cache=cache, nameserver=server.address)
        assert len(server.queries) == asked == 3
    assert (first.asked, first.remembered) == (2, 0)
    assert (second.asked, second.remembered) == (0, 2)
    assert first.answers == second.answers


def test_names_of_another_operator_are_looked_up_again(tmp_path):
    cache = tmp_path / "dns.jsonl"
    with dns_server(named(addresses(ADDRESS))) as server:
        find_names({ADDRESS: ["example.net"]}, cache=cache, nameserver=server.address)
        found = find_names({ADDRESS: [DOMAIN]}, cache=cache, nameserver=server.address)
    assert (found.asked, found.answers[ADDRESS].confirmed) == (1, (NAME,))


def test_what_was_not_asked_is_counted_and_not_kept(tmp_path):
    cache = tmp_path / "dns.jsonl"
    wanted = {ADDRESS: [DOMAIN], OTHER: [DOMAIN]}
    with dns_server(lambda *_: NXDOMAIN) as server:
        found = find_names(wanted, cache=cache, nameserver=server.address, max_lookups=1)
        assert (found.asked, found.not_asked) == (1, 1)
        found = find_names(wanted, cache=cache, nameserver=server.address)
        assert (found.asked, found.remembered, found.not_asked) == (1, 1, 0)


def test_nothing_is_written_where_nothing_is_asked(tmp_path):
    assert find_names({}, cache=tmp_path / "dns.jsonl").answers == {}
    assert [*tmp_path.iterdir()] == []


def test_lookups_are_made_together_and_silence_holds_up_nobody():
    wanted = {f"66.249.{each % 64}.1": [DOMAIN] for each in range(64)}
    silent = {reverse(f"66.249.{each}.1") for each in range(0, 64, 8)}
    with dns_server(
        lambda name, _: SILENCE if name in silent else Reply(code="NXDOMAIN", delay=0.02)
    ) as server:
        begin = time.monotonic()
        answers = look_up(wanted, nameserver=server.address, lifetime=1, concurrency=16)
    # One after another, the silent ones alone take 8 s.
    assert time.monotonic() - begin < 6
    assert [answer.failure for answer in answers] == ["timeout", *[""] * 7] * 8


@pytest.mark.slow
@pytest.mark.timing
def test_2048_addresses_of_which_an_eighth_is_silent_take_seconds():
    addresses_of = {}
    for each in range(2048):
        address = f"66.249.{each % 256}.{each // 256}"
        addresses_of[f"crawl-{address.replace('.', '-')}.{DOMAIN}."] = address
    names = {reverse(address): name for name, address in addresses_of.items()}

    def find_reply(name, kind):
        if kind == "A":
            return addresses(addresses_of[name], delay=0.02)
        number = int(addresses_of[names[name]].split(".")[2])
        return SILENCE if number % 8 == 0 else ptr(names[name], delay=0.02)

    with dns_server(find_reply) as server:
        begin = time.monotonic()
        answers = look_up(
            {address: [DOMAIN] for address in addresses_of.values()}, nameserver=server.address
        )
        seconds = time.monotonic() - begin
    outcomes = Counter(read_answer(answer, [DOMAIN])[0] for answer in answers)
    assert outcomes == {Outcome.CONFIRMED: 1792, Outcome.FAILED: 256}
    assert seconds < 30
