"""Parse lists of address prefixes, and find addresses in them by bisection."""

import json
import socket
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

__all__ = [
    "MAX_BYTES",
    "Intervals",
    "NotAListError",
    "Prefix",
    "check_public",
    "covers",
    "merge_prefixes",
    "parse_prefixes",
    "suffix_of",
]

Prefix = IPv4Network | IPv6Network

# The longest list of the snapshot, one of Google's, has less than 0.1 MB.
MAX_BYTES = 4_000_000
# The widest prefixes that a list may have. The widest in the snapshot are a /16 and a /48; Apple
# used to give 17.0.0.0/8 for Applebot, and no one company has more of IPv4. Of IPv6 the registries
# allocate at most a /19 or so to one network, and a /32 to most (RIPE-738, section 5.1.2).
WIDEST = {4: 8, 6: 19}
# IPv4-mapped IPv6 addresses (RFC 4291, section 2.5.5.2) are ::ffff:0:0/96.
MAPPED, MAPPED_BITS, V4_BITS = 0xFFFF, 96, 32

# The forms of JSON that operators publish: an object with a list under one of the first keys, of
# prefixes or of objects with a prefix under one of the others.
LIST_KEYS = ("prefixes", "ipv6_prefixes", "ips", "addresses", "ipv4", "ipv6")
PREFIX_KEYS = ("ipv4Prefix", "ipv6Prefix", "ip_prefix", "ipv6_prefix", "ip_address", "prefix")
SHOWN = 60


class NotAListError(ValueError):
    """A content is no list of prefixes; the message is untrusted text."""


class Intervals(NamedTuple):
    """Disjoint intervals of addresses as integers, in order; the ends belong to them."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]


def parse_prefixes(content: bytes) -> tuple[Prefix, ...]:
    r"""Return the distinct prefixes of a list, sorted: IPv4 first.

    Parameters
    ----------
    content
        JSON as an operator publishes it, or text with a prefix or an address per line, in
        which ``#`` starts a comment.

    Raises
    ------
    NotAListError
        It is neither, has no prefix, is too large, or has a prefix that is too wide.

    Examples
    --------
    >>> parse_prefixes(b'{"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}]}')
    (IPv4Network('192.0.2.0/24'),)
    >>> parse_prefixes(b"# our robot\n192.0.2.7\n")
    (IPv4Network('192.0.2.7/32'),)
    """
    if len(content) > MAX_BYTES:
        message = f"it has more than {MAX_BYTES:,} bytes"
        raise NotAListError(message)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "it is not UTF-8 text"
        raise NotAListError(message) from error
    if text.lstrip().startswith("<"):
        message = "it is HTML or XML"
        raise NotAListError(message)
    found = _from_json(text) if suffix_of(content) == ".json" else _from_lines(text)
    prefixes = {_prefix(each) for each in found}
    if not prefixes:
        message = "it contains no prefix"
        raise NotAListError(message)
    return tuple(sorted(prefixes, key=lambda each: (each.version, each)))


def suffix_of(content: bytes) -> str:
    """Return the suffix of a list's file, by its content: ``.json`` or ``.txt``."""
    start = content.removeprefix(BOM_UTF8).lstrip()[:1]
    return ".json" if start in {b"{", b"["} else ".txt"


def _from_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if prefix := line.partition("#")[0].strip():
            yield prefix


def _from_json(text: str) -> Iterator[str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"it is not complete JSON: {error}"
        raise NotAListError(message) from error
    lists = (
        [value[key] for key in LIST_KEYS if key in value] if isinstance(value, dict) else [value]
    )
    if not lists:
        message = f"it has none of the keys {', '.join(LIST_KEYS)}"
        raise NotAListError(message)
    for entries in lists:
        if not isinstance(entries, list):
            message = "its prefixes are not a JSON array"
            raise NotAListError(message)
        for entry in entries:
            yield from _from_entry(entry)


def _from_entry(entry: object) -> Iterator[str]:
    """Yield the prefixes of an entry: it is one, or an object with one or two."""
    named = [entry]
    if isinstance(entry, dict):
        named = [entry[key] for key in PREFIX_KEYS if key in entry]
    prefixes = [each for each in named if isinstance(each, str)]
    if not prefixes or len(prefixes) < len(named):
        message = f"it contains an entry without a prefix: {_clip(json.dumps(entry))}"
        raise NotAListError(message)
    yield from prefixes


def _prefix(text: str) -> Prefix:
    """Return a prefix, an IPv4-mapped one as IPv4."""
    try:
        # Some operators write any address of a network before the slash; firewalls take that.
        prefix = _unmapped(ip_network(text.strip(), strict=False))
    except ValueError as error:
        message = f"it contains '{_clip(text)}', which is not a prefix"
        raise NotAListError(message) from error
    if prefix.prefixlen < WIDEST[prefix.version]:
        message = f"it contains {prefix}, which is wider than /{WIDEST[prefix.version]}"
        raise NotAListError(message)
    return prefix


def _unmapped(prefix: Prefix) -> Prefix:
    number = int(prefix.network_address)
    if prefix.version == 4 or prefix.prefixlen < MAPPED_BITS or number >> V4_BITS != MAPPED:  # noqa: PLR2004
        return prefix
    return IPv4Network((number & 0xFFFF_FFFF, prefix.prefixlen - MAPPED_BITS))


def check_public(prefixes: Iterable[Prefix]) -> None:
    """Check that robots can come from all prefixes over the internet.

    Raises
    ------
    NotAListError
        One is private, reserved, multicast or otherwise not public.
    """
    for prefix in prefixes:
        if not prefix.is_global or prefix.is_multicast or prefix.is_reserved:
            message = f"it contains {prefix}, which is not public"
            raise NotAListError(message)


def merge_prefixes(prefixes: Iterable[Prefix]) -> tuple[Intervals, Intervals]:
    """Return the intervals that prefixes cover, those of IPv4 and those of IPv6."""
    versions: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for prefix in prefixes:
        ends = (int(prefix.network_address), int(prefix.broadcast_address))
        versions[prefix.version].append(ends)
    return _merge(versions[4]), _merge(versions[6])


def _merge(intervals: list[tuple[int, int]]) -> Intervals:
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(intervals):
        if ends and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return Intervals(tuple(starts), tuple(ends))


def covers(v4: Intervals, v6: Intervals, address: str) -> bool:
    """Return whether intervals cover an address; they cover no other text.

    >>> covers(*merge_prefixes([IPv4Network("192.0.2.0/24")]), "::ffff:192.0.2.1")
    True
    """
    # inet_pton reads what ipaddress reads, in a tenth of the time.
    try:
        if ":" not in address:
            number, intervals = int.from_bytes(socket.inet_pton(socket.AF_INET, address)), v4
        else:
            number, intervals = int.from_bytes(socket.inet_pton(socket.AF_INET6, address)), v6
            if number >> V4_BITS == MAPPED:
                number, intervals = number & 0xFFFF_FFFF, v4
    except (OSError, ValueError):  # ValueError: a NUL, or a letter that is not ASCII
        return False
    position = bisect_right(intervals.starts, number) - 1
    return position >= 0 and number <= intervals.ends[position]


def _clip(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
