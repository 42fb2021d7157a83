"""Query DNS for the names of addresses with dnspython, many at a time.

No answer of a server raises: what cannot be understood is a failure, and a failure is no
evidence.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import NamedTuple

from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.message import Message
from dns.name import Name, from_text, root
from dns.rcode import to_text as rcode_text
from dns.rdatatype import AAAA, CNAME, PTR, SOA, A, RdataType
from dns.resolver import (
    NXDOMAIN,
    LifetimeTimeout,
    NoNameservers,
    NoResolverConfiguration,
)
from dns.reversename import from_address

from findrobots.robots.names import NameAnswer, is_under

__all__ = ["make_resolver", "query_all"]

# dnspython waits 0.1 s before it asks a server again: two attempts fill a lifetime.
BACKOFF = 0.1
# Names that are kept of an address. A robot's address has one; an attacker's may have thousands.
MAX_NAMES = 10
TIMEOUT = "timeout"
NO_RESOLVER = "no resolver"
NO_ADDRESS = "not an address"


class _Found(NamedTuple):
    """What a query gave: values, or none; a failure, if it was not answered."""

    values: tuple[str, ...] = ()
    failure: str = ""


def make_resolver(server: tuple[str, int] | None, lifetime: float) -> Resolver | None:
    """Return a resolver that asks a server, or the system's; None if the system has none."""
    try:
        resolver = Resolver(configure=server is None)
    except NoResolverConfiguration:
        return None
    if server is not None:
        address, resolver.port = server
        resolver.nameservers = [address]
    resolver.timeout = max((lifetime - BACKOFF) / 2, lifetime / 4)
    return resolver


async def query_all(
    resolver: Resolver | None,
    wanted: Mapping[str, Iterable[str]],
    concurrency: int,
    lifetime: float,
) -> dict[str, NameAnswer]:
    """Look up addresses, some at a time, and return their answers.

    Parameters
    ----------
    resolver
        Asks the DNS servers; None if there are none.
    wanted
        The domains under which an address may have a name, by address.
    concurrency
        How many addresses are looked up at a time.
    lifetime
        Seconds after which the lookup of an address fails, and those of its names together.
    """
    answers: dict[str, NameAnswer] = {}
    remaining = iter(wanted.items())

    async def work(remaining: Iterator[tuple[str, Iterable[str]]]) -> None:
        for address, suffixes in remaining:
            answers[address] = await _confirm(resolver, address, suffixes, lifetime)

    async with asyncio.TaskGroup() as workers:
        for _ in range(concurrency):
            workers.create_task(work(remaining))
    return answers


async def _confirm(
    resolver: Resolver | None, address: str, suffixes: Iterable[str], lifetime: float
) -> NameAnswer:
    """Look up the names of an address, then the addresses of those that are an operator's."""
    asked = datetime.now(UTC)
    if resolver is None:
        return NameAnswer(address, asked, failure=NO_RESOLVER)
    try:
        reverse = from_address(address)
    except DNSException:
        return NameAnswer(address, asked, failure=NO_ADDRESS)
    names, failure = await _query(resolver, reverse, PTR, lifetime)
    domains = tuple(suffixes)
    own = [name for name in names if any(is_under(name, domain) for domain in domains)]
    # The operator's names first: an attacker's hundred others must not hide them.
    kept = [*own, *(name for name in names if name not in own)][:MAX_NAMES]
    confirmed: list[str] = []
    denied: list[str] = []
    deadline = time.monotonic() + lifetime
    for name in kept[: len(own)]:
        addresses, fault = await _forward(resolver, name, address, deadline - time.monotonic())
        failure = failure or fault
        if not fault:
            (confirmed if address in addresses else denied).append(name)
    return NameAnswer(
        address,
        asked,
        tuple(sorted(kept)),
        tuple(sorted(confirmed)),
        tuple(sorted(denied)),
        failure,
        len(names) - len(kept),
    )


async def _forward(resolver: Resolver, name: str, address: str, lifetime: float) -> _Found:
    """Look up the addresses of a name, of the same family as an address."""
    if lifetime <= 0:
        return _Found((), TIMEOUT)
    family = AAAA if ":" in address else A
    found = await _query(resolver, from_text(name), family, lifetime)
    if found.values and not any(ip_address(each).is_global for each in found.values):
        # Filters answer so instead of the operator: 0.0.0.0, 127.0.0.1 or an address of their own.
        return found if address in found.values else _Found((), "filtered")
    return found


async def _query(resolver: Resolver, name: Name, kind: RdataType, lifetime: float) -> _Found:
    """Query for records of a kind; return them as text, sorted."""
    try:
        # dnspython's own lifetime leaves out its last pause.
        async with asyncio.timeout(lifetime):
            answer = await resolver.resolve(
                name, kind, lifetime=lifetime, search=False, raise_on_no_answer=False
            )
    except NXDOMAIN as error:
        return _Found((), _why_not_denied(error.response(name), name))
    except (LifetimeTimeout, TimeoutError):
        return _Found((), TIMEOUT)
    except NoNameservers as error:
        return _Found((), _why_no_answer(error))
    except (DNSException, OSError) as error:
        return _Found((), type(error).__name__)
    if answer.rrset is None:
        return _Found((), _why_not_denied(answer.response, name))
    texts = {_text(record.target) if kind == PTR else record.address for record in answer.rrset}
    return _Found(tuple(sorted(texts - {""})))


def _why_not_denied(response: Message, name: Name) -> str:
    """Return why an answer without records is no denial by the name's own zone; empty if it is.

    A denial comes with the start of authority of its zone (RFC 2308, section 3). One of another
    zone is a filter's. Some forwarders leave it out; then the answer is believed.
    """
    if any(records.rdtype == CNAME for records in response.answer):
        return "alias without address"
    zones = [records.name for records in response.authority if records.rdtype == SOA]
    if all(name.is_subdomain(zone) and zone != root for zone in zones):
        return ""
    return "denied by another zone"


def _why_no_answer(error: NoNameservers) -> str:
    """Return what the last server said instead of an answer: its code, or what went wrong."""
    errors = error.kwargs.get("errors") or []
    if not errors:
        return NO_RESOLVER
    *_, reason, response = errors[-1]
    if response is not None:
        return rcode_text(response.rcode())
    return type(reason).__name__


def _text(name: Name) -> str:
    """Return a name in lower case, without the trailing dot, odd characters escaped."""
    return name.canonicalize().to_text(omit_final_dot=True).removesuffix(".")
