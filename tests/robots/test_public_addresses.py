"""Which hosts of a log can be verified."""

from ipaddress import ip_address, ip_network

import pytest
from findrobots.robots.public_addresses import NAME, NOT_PUBLIC, why_not_public
from hypothesis import assume, given
from hypothesis import strategies as st

# Addresses on which Python and IANA's registries differ from what is meant here.
EXCEPTIONS = [
    *map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")),
    *map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3")),
    *map(ip_network, ("2001::/23", "2002::/16", "3fff::/20", "::/3", "4000::/2", "8000::/1")),
]


@pytest.mark.parametrize(
    "host",
    [
        *("66.249.66.1", "1.0.0.0", "223.255.255.255", "172.15.255.255", "172.32.0.0"),
        *("100.63.255.255", "100.128.0.0", "198.17.255.255", "198.20.0.0", "192.0.1.0"),
        *("2001:4860:4801::1", "2000::", "2001:200::", "2003::", "3ffe::", "3fff:1000::"),
        *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"),
    ],
)
def test_a_public_address_can_be_verified(host):
    assert why_not_public(host) == ""


@pytest.mark.parametrize(
    "host",
    [
        *("10.0.0.1", "127.0.0.1", "0.0.0.0", "169.254.1.1", "172.16.0.0", "172.31.255.255"),  # noqa: S104 (no socket)
        *("192.168.1.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::ffff:66.249.66.1", "64:ff9b::1", "fe80::1", "fe80::1%eth0", "fd00::1"),
        *("ff02::1", "2001::1", "2002::1", "3fff::1", "4000::"),
    ],
)
def test_any_other_address_cannot(host):
    assert why_not_public(host) == NOT_PUBLIC


@pytest.mark.parametrize(
    "host",
    ["crawl.example.org", "", "localhost", "66.249.66", "066.249.66.1", "1:2", "é", "\0", "a:b%c"],
)
def test_a_name_cannot(host):
    assert why_not_public(host) == NAME


@given(st.ip_addresses())
def test_an_address_is_public_as_python_has_it(address):
    assume(not any(address in network for network in EXCEPTIONS))
    assert why_not_public(str(address)) == ("" if ip_address(address).is_global else NOT_PUBLIC)
