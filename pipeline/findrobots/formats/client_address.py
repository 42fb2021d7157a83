"""Normalise client addresses and names, so that each host has one spelling."""

import re
import socket
from ipaddress import IPv6Address, ip_address

from findrobots.formats.field_cache import cached

__all__ = ["canonical_host", "canonical_vhost", "listed_host"]

MISSING = ("-", "")
WITH_PORT = re.compile(r"\[([^]]*)\](?::\d{1,5})?|([^:]*):\d{1,5}")
# A process name before a message is no host with an empty port, so clients need a number there.
WITH_ANY_PORT = re.compile(r"\[([^]]*)\](?::\d*)?|([^:]*):\d*")

# RFC 1123, section 2.1: labels of letters, digits and hyphens, of which the last one is not all
# digits, so that no time, number or broken address is a name. Names in DNS may have underscores
# (RFC 2181, section 11).
LABEL = r"[A-Za-z0-9_](?>(?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)"
NAME = re.compile(rf"(?>(?:{LABEL}\.)*)(?=[0-9_-]*+[A-Za-z]){LABEL}")
MAX_NAME = 253  # RFC 1035, section 2.3.4: 255 bytes on the wire
# RFC 6874, section 2: the characters of a zone, as in fe80::1%eth0.
ZONE = re.compile(r"[A-Za-z0-9._~-]+")


@cached(1 << 16)
def canonical_host(client: bytes) -> str | None:
    """Return the canonical form of a client's address or name; None if it is neither.

    Addresses are written as in RFC 5952, and an IPv4-mapped IPv6 address as the IPv4 address;
    names in lower case, without the trailing dot; ports are dropped.

    >>> canonical_host(b"2001:DB8:0::1"), canonical_host(b"[::ffff:192.0.2.1]:80")
    ('2001:db8::1', '192.0.2.1')
    >>> canonical_host(b"Crawl.Example.COM."), canonical_host(b"10:00:00")
    ('crawl.example.com', None)
    """
    text = client.decode("ascii", "replace")
    try:
        # Most clients are dotted quads: this is fast, and rejects leading zeros.
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return _address_or_name(text)
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


def canonical_vhost(name: bytes) -> str:
    """Return the canonical form of a virtual host; empty if the log has none.

    Clients choose the name of the host that they request, so any text is kept.

    >>> canonical_vhost(b"WWW.Example.ORG:80"), canonical_vhost(b"*"), canonical_vhost(b"-")
    ('www.example.org', '*', '')
    """
    text = name.decode("utf-8", "backslashreplace")
    if text in MISSING:
        return ""
    if port := WITH_ANY_PORT.fullmatch(text):
        text = port[1] or port[2]
    return _address(text) or "".join(map(_lower, text.removesuffix(".")))


def _address_or_name(text: str) -> str | None:
    if port := WITH_PORT.fullmatch(text):
        text = port[1] or port[2]
    text = text.removesuffix(".")
    if address := _address(text):
        return address
    return text.lower() if len(text) <= MAX_NAME and NAME.fullmatch(text) else None


def _address(text: str) -> str | None:
    """Return the canonical form of an address; None if it is not one."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    if address.scope_id is not None and not ZONE.fullmatch(address.scope_id):
        return None
    return str(address)


def _lower(letter: str) -> str:
    """Lower-case a letter of host names, which are ASCII (RFC 1123)."""
    return letter.lower() if letter.isascii() else letter
