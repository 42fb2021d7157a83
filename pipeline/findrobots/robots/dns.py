"""Look up the names of addresses in DNS, if a user asks for it.

A lookup sends the addresses of a log to DNS servers. Its time and the number of lookups are
bounded, whatever the servers answer.
"""

import asyncio
import re
import resource
from collections.abc import Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, TypeVar

from findrobots.robots.dns_cache import default_cache, read_cache, write_cache
from findrobots.robots.errors import MissingDnsError, NameserverError
from findrobots.robots.names import NOT_ASKED, NameAnswer

__all__ = ["MAX_LOOKUPS", "Lookups", "NameAnswer", "find_names", "look_up"]

Result = TypeVar("Result")

# Seconds for one query with its retry. An address takes twice that at most: its reverse lookup,
# and then the forward lookups of all its names together.
LIFETIME = 2.5
# Addresses that are looked up at a time.
CONCURRENCY = 300
# Each of them has a socket. The other half of the files that a process may open is for others.
FILES_PER_LOOKUP = 2
MAX_LOOKUPS = 10_000
PORT = 53
# An address with a port: 192.0.2.53:53 or [2001:db8::53]:53.
WITH_PORT = re.compile(r"(?:\[([^]]*)\]|([^:]*)):(\d{1,5})", re.ASCII)
MAX_PORT = 65_535


class Lookups(NamedTuple):
    """The answers of DNS for some addresses, and how they were obtained.

    Attributes
    ----------
    answers
        An answer for each address.
    asked
        How many addresses were looked up.
    remembered
        How many answers are from the cache.
    not_asked
        How many addresses were not looked up, because there were too many.
    note
        What is wrong with the cache; empty if nothing is.
    """

    answers: dict[str, NameAnswer]
    asked: int
    remembered: int
    not_asked: int
    note: str


def find_names(
    wanted: Mapping[str, Iterable[str]],
    *,
    cache: Path | None = None,
    nameserver: str | None = None,
    max_lookups: int = MAX_LOOKUPS,
) -> Lookups:
    """Return the names of addresses, from the cache or from DNS; keep new ones in the cache.

    Parameters
    ----------
    wanted
        The domains of the operators whose robots an address declares, by address.
    cache
        File of the cache; by default one in the user's cache directory.
    nameserver, max_lookups
        As of ``look_up``.

    Raises
    ------
    MissingDnsError
        dnspython is not installed.
    NameserverError
        The DNS server is not given by an address.
    """
    path = default_cache() if cache is None else cache
    kept, note = read_cache(path, datetime.now(UTC))
    remembered = {
        address: kept[address]
        for address, suffixes in wanted.items()
        if address in kept and kept[address].covers(suffixes)
    }
    missing = {each: wanted[each] for each in wanted if each not in remembered}
    found = look_up(missing, nameserver=nameserver, max_lookups=max_lookups)
    asked = {answer.address: answer for answer in found if answer.failure != NOT_ASKED}
    if asked:
        note = write_cache(path, {**kept, **asked}.values()) or note
    answers = remembered | {answer.address: answer for answer in found}
    return Lookups(answers, len(asked), len(remembered), len(found) - len(asked), note)


def look_up(
    wanted: Mapping[str, Iterable[str]],
    *,
    nameserver: str | None = None,
    concurrency: int = CONCURRENCY,
    lifetime: float = LIFETIME,
    max_lookups: int = MAX_LOOKUPS,
) -> list[NameAnswer]:
    """Look up the names of addresses in DNS, and whether the names lead back to them.

    Each address is looked up by a PTR query (RFC 1035, section 3.5; RFC 3596, section 2.5), and
    each of its names that is under one of its domains by an A or AAAA query. A failure is an
    answer, too.

    Parameters
    ----------
    wanted
        The domains of the operators whose robots an address declares, by address.
    nameserver
        Address of the DNS server, perhaps with a port; by default the system's servers.
    concurrency
        How many addresses are looked up at a time, at most.
    lifetime
        Seconds after which a query fails. It is sent twice within that time.
    max_lookups
        How many addresses are looked up, the first ones; the others are returned as not asked.

    Returns
    -------
    An answer for each address, in the same order.

    Raises
    ------
    MissingDnsError
        dnspython is not installed.
    NameserverError
        The DNS server is not given by an address.
    """
    try:
        from findrobots.robots.dns_queries import make_resolver, query_all  # noqa: PLC0415 (dnspython is an extra)
    except ImportError as error:
        raise MissingDnsError from error
    server = None if nameserver is None else read_nameserver(nameserver)
    asked = dict(list(wanted.items())[:max_lookups])
    answers: dict[str, NameAnswer] = {}
    if asked:
        resolver = make_resolver(server, lifetime)
        limit = max(1, min(concurrency, len(asked), _max_sockets()))
        answers = _run(query_all(resolver, asked, limit, lifetime))
    now = datetime.now(UTC)
    return [answers.get(each) or NameAnswer(each, now, failure=NOT_ASKED) for each in wanted]


def read_nameserver(text: str) -> tuple[str, int]:
    """Return the address and the port of a DNS server.

    Raises
    ------
    NameserverError
        It is not an address, or the port is not valid.

    Examples
    --------
    >>> read_nameserver("192.0.2.53"), read_nameserver("[2001:db8::53]:5353")
    (('192.0.2.53', 53), ('2001:db8::53', 5353))
    """
    with_port = WITH_PORT.fullmatch(text)
    address, port = (with_port[1] or with_port[2], int(with_port[3])) if with_port else (text, PORT)
    try:
        ip_address(address)
    except ValueError as error:
        raise NameserverError(text) from error
    if not 0 < port <= MAX_PORT:
        raise NameserverError(text)
    return address, port


def _max_sockets() -> int:
    """Return how many sockets the lookups may have open at a time."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return CONCURRENCY if files == resource.RLIM_INFINITY else files // FILES_PER_LOOKUP


def _run(lookups: Coroutine[object, object, Result]) -> Result:
    """Run lookups to their end, also where an event loop runs already, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(lookups)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, lookups).result()
