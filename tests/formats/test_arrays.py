"""What is read in arrays is what Python reads of each text."""

import socket

import numpy as np
from findrobots.formats import slices
from findrobots.formats.dotted import HostFilter, find_addresses, keys_of
from findrobots.formats.slices import distinct, distinct_texts
from findrobots.formats.words import digit_run, mismatch, pattern_of, read_digits, words_at
from hypothesis import given
from hypothesis import strategies as st

PARTS = st.one_of(st.integers(0, 300).map(str), st.sampled_from(["", "00", "01", "0", "a", "\xe9"]))
CLIENTS = st.lists(PARTS, min_size=3, max_size=5).map(".".join)


def keys(clients):
    """Return the keys of some clients, as of lines that begin with them."""
    ends = np.cumsum([20 + len(client) for client in clients])
    text = b"".join(b" " * 20 + client for client in clients)
    sizes = np.array([len(client) for client in clients])
    return keys_of(*words_at(text, ends - 16, 2), sizes), sizes


def is_address(client):
    try:
        socket.inet_pton(socket.AF_INET, client.decode("ascii", "replace"))
    except (OSError, ValueError):
        return False
    return len(client) > 7


@given(st.lists(CLIENTS.map(lambda text: text.encode("latin-1")), min_size=1, max_size=60))
def test_addresses_are_those_that_the_system_takes(clients):
    # A client that begins with a dot has the key of one without; the caller looks at that.
    clients = [client.lstrip(b".") for client in clients]
    found = find_addresses(*keys(clients))
    assert found.tolist() == [*map(is_address, clients)]


@given(st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=60), st.data())
def test_a_filter_finds_all_its_hosts_and_few_others(addresses, data):
    hosts = frozenset(data.draw(st.lists(st.sampled_from(addresses))))
    found = HostFilter(hosts).may_contain(keys([host.encode() for host in addresses])[0])
    for address, may_be in zip(addresses, found, strict=True):
        assert may_be or address not in hosts or len(address) < 8


def test_few_other_hosts_are_found():
    hosts = [f"192.0.{number // 200}.{number % 200 + 10}" for number in range(2000)]
    others = [f"198.51.{number // 200}.{number % 200 + 10}".encode() for number in range(2000)]
    assert HostFilter(hosts).may_contain(keys(others)[0]).mean() < 0.05


@given(st.lists(st.binary(min_size=8, max_size=8) | st.from_regex(rb"\A[0-9]{1,8}.{7}\Z")))
def test_digits_are_read_up_to_the_first_other_byte(texts):
    texts = [text[:8].ljust(8, b" ") for text in texts]
    words = np.frombuffer(b"".join(texts), "<u8")
    widths, powers = digit_run(words)
    digits = [text[: len(text) - len(text.lstrip(b"0123456789"))] for text in texts]
    assert widths.tolist() == [*map(len, digits)]
    some = widths > 0
    numbers = read_digits(words[some], widths[some], powers[some])
    assert numbers.tolist() == [int(each) for each in digits if each]


LETTERS = {"d": "0123456789", "6": "012345", "3": "012", ":": ":", "/": "/"}


@given(st.text("d63:/_", min_size=8, max_size=8), st.binary(min_size=8, max_size=8), st.data())
def test_a_pattern_matches_what_it_describes(pattern, text, data):
    letters = [data.draw(st.sampled_from(LETTERS.get(letter, "x"))) for letter in pattern]
    places = data.draw(st.sets(st.integers(0, 7)))
    likely = bytes(ord(letters[at]) if at not in places else text[at] for at in range(8))
    fits = all(
        letter == "_" or chr(octet) in LETTERS[letter]
        for letter, octet in zip(pattern, likely, strict=True)
    )
    words = np.frombuffer(likely, "<u8")
    assert (mismatch(words, pattern_of(pattern))[0] == 0) == fits


def test_of_many_short_fields_each_is_found_where_it_is(monkeypatch):
    monkeypatch.setattr(slices, "MAX_HASHED", 3)
    text, begins = b"ab|a|b|ab|ab|b|ab", np.array([0, 3, 5, 7, 10, 13, 15])
    codes, values = slices.distinct(text, begins, np.array([2, 4, 6, 9, 12, 14, 17]))
    assert [values[code] for code in codes] == text.split(b"|")


@given(st.lists(st.text("ab", max_size=3), min_size=1))
def test_distinct_fields_are_found_with_their_places(fields):
    text = "|".join(fields).encode()
    ends = np.cumsum([len(field) + 1 for field in fields]) - 1
    begins = ends - np.array([*map(len, fields)])
    for find, kind in ((distinct, str.encode), (distinct_texts, str)):
        codes, values = find(text, begins, ends)
        assert len({*values}) == len(values)
        assert [values[code] for code in codes] == [*map(kind, fields)]
