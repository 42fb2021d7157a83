"""Recognise the hosts of a log that can be verified: public addresses."""

import socket
from bisect import bisect_right
from functools import cache
from ipaddress import ip_network

__all__ = ["why_not_public"]

NAME = "the log has a name, not an address"
NOT_PUBLIC = "not a public address"

# IANA's registries of special-purpose addresses (RFC 6890), and those for multicast and later
# use. Documentation addresses (RFC 5737, RFC 3849) count as public: no real log has them, and
# examples do.
SPECIAL_IPV4 = (
    "0.0.0.0/8",  # this network (RFC 791)
    "10.0.0.0/8",  # private (RFC 1918)
    "100.64.0.0/10",  # shared by the customers of a provider (RFC 6598)
    "127.0.0.0/8",  # loopback (RFC 1122)
    "169.254.0.0/16",  # link-local (RFC 3927)
    "172.16.0.0/12",  # private (RFC 1918)
    "192.0.0.0/24",  # protocol assignments (RFC 6890)
    "192.88.99.0/24",  # relays from 6to4 (RFC 7526)
    "192.168.0.0/16",  # private (RFC 1918)
    "198.18.0.0/15",  # benchmarks (RFC 2544)
    "224.0.0.0/3",  # multicast (RFC 5771), later use and broadcast (RFC 1112)
)
SPECIAL_IPV6 = (
    "::/3",  # loopback, translated and other addresses; global unicast begins at 2000::/3
    "2001::/23",  # Teredo and other protocol assignments (RFC 2928, RFC 4380)
    "2002::/16",  # 6to4 (RFC 3056)
    "3fff::/20",  # documentation (RFC 9637), too new for examples
    "4000::/2",  # not assigned (RFC 4291)
    "8000::/1",  # not assigned, private, link-local and multicast (RFC 4291)
)


@cache
def _intervals(networks: tuple[str, ...]) -> tuple[list[bytes], list[bytes]]:
    """Return the first and the last addresses of networks that do not overlap, sorted."""
    ends = sorted(
        (network.network_address.packed, network.broadcast_address.packed)
        for network in map(ip_network, networks)
    )
    return [first for first, _ in ends], [last for _, last in ends]


def _is_in(packed: bytes, networks: tuple[str, ...]) -> bool:
    first, last = _intervals(networks)
    position = bisect_right(first, packed)
    return position > 0 and packed <= last[position - 1]


def why_not_public(host: str) -> str:
    """Return why a host of a log cannot be verified; empty if it is a public address.

    A name in a log comes from a reverse lookup by the server, which may not have been
    confirmed, so it is no evidence.

    >>> why_not_public("66.249.66.1"), why_not_public("2001:4860::1")
    ('', '')
    >>> why_not_public("10.0.0.1"), why_not_public("crawl.example.org")
    ('not a public address', 'the log has a name, not an address')
    """
    try:
        if ":" in host:
            packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
            special = _is_in(packed, SPECIAL_IPV6)
        else:
            special = _is_in(socket.inet_pton(socket.AF_INET, host), SPECIAL_IPV4)
    except (OSError, ValueError):
        return NAME
    return NOT_PUBLIC if special else ""
