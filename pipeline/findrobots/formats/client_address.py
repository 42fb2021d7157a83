"""Normalise client addresses, so that each host has one spelling."""

import re
import socket
from ipaddress import IPv6Address, ip_address

from findrobots.formats.field_cache import cached

__all__ = ["canonical_host", "listed_host"]

MISSING = ("-", "")
WITH_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([^:]*):\d*")


@cached(1 << 16)
def canonical_host(client: bytes) -> str | None:
    """Return the canonical form of a client address or host name, or None.

    Addresses are written as in RFC 5952, and an IPv4-mapped IPv6 address as the IPv4 address;
    names in lower case, without the trailing dot; ports are dropped. Any other text is kept.
    The result for a missing client is None.

    >>> canonical_host(b"2001:DB8:0::1"), canonical_host(b"[::ffff:192.0.2.1]:80")
    ('2001:db8::1', '192.0.2.1')
    >>> canonical_host(b"Crawl.Example.COM.")
    'crawl.example.com'
    """
    text = client.decode("utf-8", "backslashreplace")
    try:
        # Most clients are dotted quads: this is fast, and rejects leading zeros.
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return _canonical(text) if text not in MISSING else None
    return text


def listed_host(clients: bytes, position: int = 0) -> str | None:
    """Return the canonical form of one client in a list, by default of the first.

    >>> listed_host(b"192.0.2.1, 192.0.2.2"), listed_host(b"192.0.2.1, 192.0.2.2", -1)
    ('192.0.2.1', '192.0.2.2')
    """
    listed = clients.split(b",")
    if not -len(listed) <= position < len(listed):
        return None
    return canonical_host(listed[position].strip(b" +"))


def _canonical(text: str) -> str:
    if port := WITH_PORT.fullmatch(text):
        text = port[1] or port[2]
    try:
        address = ip_address(text)
    except ValueError:
        return "".join(map(_lower, text.removesuffix(".")))
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def _lower(letter: str) -> str:
    """Lower-case a letter of host names, which are ASCII (RFC 1123)."""
    return letter.lower() if letter.isascii() else letter
