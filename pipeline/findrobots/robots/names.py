"""Define what DNS answered about an address, and what that means for an operator's names."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

__all__ = ["NOT_ASKED", "NameAnswer", "Outcome", "is_under", "read_answer"]

# The failure of an answer to a question that was never sent.
NOT_ASKED = "not asked"


class Outcome(StrEnum):
    """What the names of an address say about one operator."""

    CONFIRMED = "confirmed"  # a name of the operator leads back to the address
    DENIED = "denied"  # the operator's own zone says that its name is not that of the address
    ELSEWHERE = "elsewhere"  # the address has names, and none is the operator's
    NO_NAME = "no name"  # the address has no name, which is no evidence
    FAILED = "failed"  # DNS gave no complete answer


class NameAnswer(NamedTuple):
    """The answer of DNS to the reverse lookup of an address, forward-confirmed.

    It holds all names, not a conclusion, so that it can be read for any operator.

    Attributes
    ----------
    address
        The address that was looked up.
    asked
        When it was looked up, UTC.
    names
        Its names (PTR records): lower case, without the trailing dot, sorted; other characters
        than those of host names escaped as in a zone file (RFC 1035, section 5.1).
    confirmed
        The names whose forward lookup gave the address.
    denied
        The names whose forward lookup was answered without the address.
    failure
        Why a lookup failed, as ``timeout`` or ``SERVFAIL``; empty if none did.
    omitted
        How many more names the address has, which were not kept.
    """

    address: str
    asked: datetime
    names: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    failure: str = ""
    omitted: int = 0

    @property
    def is_complete(self) -> bool:
        """Return whether every lookup was answered."""
        return not self.failure

    def covers(self, suffixes: Iterable[str]) -> bool:
        """Return whether a later answer could say no more about an operator's names."""
        followed = {*self.confirmed, *self.denied}
        return not self.is_complete or followed.issuperset(_own(self.names, suffixes))


def is_under(name: str, suffix: str) -> bool:
    r"""Return whether a name is a domain or below it, compared label by label.

    A name with an escape is no host name (RFC 1123, section 2.1) and under no domain: in
    ``x\.example.org``, the escaped dot is a letter of a label, so the domain is ``org``.

    >>> is_under("a.example.org.", "example.org"), is_under("Example.ORG", "example.org")
    (True, True)
    >>> is_under("badexample.org", "example.org"), is_under(r"x\.example.org", "example.org")
    (False, False)
    """
    if not name.isascii() or "\\" in name:
        return False
    host, domain = name.removesuffix(".").lower(), suffix.strip(".").lower()
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _own(names: Iterable[str], suffixes: Iterable[str]) -> list[str]:
    """Return the names that are under one of an operator's domains, sorted."""
    domains = tuple(suffixes)
    return sorted(name for name in names if any(is_under(name, domain) for domain in domains))


def read_answer(answer: NameAnswer, suffixes: Iterable[str]) -> tuple[Outcome, str]:
    """Return what an answer says about an operator, and the name that says it.

    Only complete answers count against an address: a name of the operator that could not be
    looked up, or names that were not kept, might have confirmed it.

    Parameters
    ----------
    answer
        The answer for an address.
    suffixes
        The domains under which the operator names its robots.

    Returns
    -------
    The outcome, and the name; for a failure, the failure instead.
    """
    own = _own(answer.names, suffixes)
    if confirmed := [name for name in own if name in answer.confirmed]:
        return Outcome.CONFIRMED, confirmed[0]
    if answer.failure:
        return Outcome.FAILED, answer.failure
    if answer.omitted:
        return Outcome.FAILED, f"more than {len(answer.names)} names"
    if own:
        unanswered = [name for name in own if name not in answer.denied]
        return (Outcome.FAILED, NOT_ASKED) if unanswered else (Outcome.DENIED, own[0])
    if answer.names:
        return Outcome.ELSEWHERE, min(answer.names)
    return Outcome.NO_NAME, ""
