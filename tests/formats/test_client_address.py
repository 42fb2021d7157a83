from ipaddress import ip_address

import pytest
from findrobots.formats.client_address import canonical_host, canonical_vhost, listed_host
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("logged", "host"),
    [
        (b"192.0.2.1", "192.0.2.1"),
        (b"192.0.2.1:8080", "192.0.2.1"),
        (b"2001:DB8::1", "2001:db8::1"),
        (b"2001:db8:0::1", "2001:db8::1"),
        (b"[2001:db8::1]", "2001:db8::1"),
        (b"[2001:db8::1]:443", "2001:db8::1"),
        (b"::ffff:192.0.2.1", "192.0.2.1"),
        (b"[::FFFF:c000:0201]:1", "192.0.2.1"),
        (b"fe80::1%eth0", "fe80::1%eth0"),
        (b"[FE80:0::1%eth0]:80", "fe80::1%eth0"),
        (b"Crawl-66.Example.COM.", "crawl-66.example.com"),
        (b"crawl.example.com:80", "crawl.example.com"),
        (b"4-u.1and1.com", "4-u.1and1.com"),
        (b"_dmarc.a_b.example", "_dmarc.a_b.example"),
        (b"web01", "web01"),
        (b"1e5", "1e5"),
    ],
)
def test_ways_to_write_a_host_become_one(logged, host):
    assert canonical_host(logged) == host


@pytest.mark.parametrize(
    "logged",
    [
        # Times, numbers, broken addresses.
        *(b"10:00:00", b"2026-11-24", b"2026-11-24T10:00:00Z", b"[01/Sep/2026:10:00:00", b"24"),
        *(b"192.0.2.01", b"192.0.2.256", b"192.0.2", b"192.0.2.1.7", b"192.0.2.1:x", b"a:b:c"),
        *(b"[192.0.2.1", b"2001:db8::1::", b"fe80::1%<x>", b"192.0.2.1:123456"),
        # Processes, other text of prefixes, sockets.
        *(b"nginx:", b"nginx[7]:", b"<190>Nov", b"|", b'"', b"unix:", b"unix:/run/web.sock"),
        # No names of RFC 1123.
        *(b"-a", b"a-", b"a..b", b".a", b"a..", b"_", b"a b", b"a/b", b"a" * 64, b"a." * 128),
        *(b"caf\xe9", "käse.example".encode(), b"a.example\0", b"a.example\n", b"-", b""),
    ],
)
def test_what_is_no_address_and_no_name_is_no_host(logged):
    assert canonical_host(logged) is None


@given(st.from_regex(r"\A[0-9:./+-]+\Z").map(str.encode))
def test_digits_and_punctuation_are_an_address_or_no_host(client):
    host = canonical_host(client)
    assert host is None or ip_address(host)


@pytest.mark.parametrize(
    ("logged", "name"),
    [
        (b"WWW.Example.ORG.", "www.example.org"),
        (b"www.example.org:443", "www.example.org"),
        (b"[2001:DB8::1]:443", "2001:db8::1"),
        (b"*", "*"),
        (b"caf\xe9", "caf\\xe9"),
        ("KÄSE.example".encode(), "kÄse.example"),
        (b"-", ""),
    ],
)
def test_of_a_virtual_host_any_text_is_kept(logged, name):
    assert canonical_vhost(logged) == name


@given(st.ip_addresses().map(str))
def test_addresses_are_canonical_already_when_python_writes_them(address):
    once = canonical_host(address.encode())
    assert canonical_host(once.encode()) == once


@given(st.binary(min_size=1))
def test_any_bytes_have_a_canonical_form_that_can_be_stored(client):
    (canonical_host(client) or "none").encode("utf-8")


@pytest.mark.parametrize("client", [b"-", b""])
def test_a_client_that_a_log_leaves_out_is_none(client):
    assert canonical_host(client) is None


@pytest.mark.parametrize(
    ("position", "host"),
    [(0, "192.0.2.1"), (-1, "192.0.2.3"), (-2, "2001:db8::2"), (-3, "192.0.2.1"), (-4, None)],
)
def test_of_several_clients_one_is_the_host(position, host):
    assert listed_host(b"192.0.2.1, [2001:DB8::2]:80,192.0.2.3", position) == host


def test_a_list_of_no_clients_has_no_host():
    assert listed_host(b"-") is listed_host(b"", -1) is None
