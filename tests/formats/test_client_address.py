import pytest
from findrobots.formats.client_address import canonical_host, listed_host
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
        (b"192.0.2.01", "192.0.2.01"),
        (b"unix:", "unix"),
        (b"caf\xe9", "caf\\xe9"),
        ("KÄSE.example".encode(), "kÄse.example"),
        (b"a:b:c", "a:b:c"),
    ],
)
def test_ways_to_write_a_host_become_one(logged, host):
    assert canonical_host(logged) == host


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
