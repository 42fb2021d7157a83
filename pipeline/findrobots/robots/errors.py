"""Define the errors that concern what is known of robots and of a site's robots.txt.

::

    FindrobotsError
    ├── AddressListError         an address list that cannot be read, or is none
    ├── MissingDnsError          a lookup without the library for it
    ├── NoAddressListsError      a directory without any address list
    ├── NoListFetchedError       an update that could fetch no list
    ├── PolicyReadError          a robots.txt that cannot be read
    ├── RobotTableError          a row of the table of robots that is not valid
    └── UsageError
        ├── NameserverError      a DNS server that is not given by its address
        ├── PolicyDateError      a robots.txt without a valid date
        └── PolicyOverlapError   two robots.txt that would be in force at the same time
"""

from findrobots.errors import FindrobotsError, UsageError


class AddressListError(FindrobotsError):
    """An address list cannot be read, or is no list of prefixes."""

    path: object
    reason: object
    hint: str
    template = "{path}: Not an address list ({reason}). {hint}."


class NoAddressListsError(FindrobotsError):
    """A directory contains no address list."""

    directory: object
    reason: object
    parameter = "lists"
    template = (
        "{directory}: No address lists ({reason}). "
        "Fetch them: findrobots lists update {argument.lists} DIR"
    )


class NoListFetchedError(FindrobotsError):
    """No address list could be fetched; the earlier lists are kept."""

    lists: int
    directory: object
    template = (
        "None of {lists} address lists could be fetched; nothing written to {directory}. "
        "Check the network and the proxy (HTTPS_PROXY)."
    )


class RobotTableError(FindrobotsError):
    """A row of the table of robots is not valid."""

    line: int
    robot: str
    reason: str
    template = "agents.csv, line {line} ('{robot}'): {reason}. Correct the row."


class MissingDnsError(FindrobotsError):
    """The library that looks up names in DNS is not installed."""

    template = "Looking up names in DNS needs dnspython. Run: pip install 'findrobots[dns]'"
    field_names = ()


class NameserverError(UsageError):
    """A DNS server is not given by its address."""

    nameserver: str
    parameter = "nameserver"
    template = "'{nameserver}' is not the address of a DNS server. Write it like 192.0.2.53:53."


class PolicyDateError(UsageError):
    """A robots.txt has no date, or one that is not a valid time."""

    policy: str
    reason: str
    template = (
        "{policy}: {reason}. Write the date (UTC) from which a robots.txt was in force as "
        "2026-09-01 or 2026-09-01T1200."
    )


class PolicyOverlapError(UsageError):
    """Two robots.txt files cannot have been in force at the same time."""

    policy: str
    other_policy: str
    time: str
    template = (
        "{policy} and {other_policy} overlap: both would be in force {time}. Give each a date "
        "of its own, such as 2026-09-01=FILE, or drop one."
    )


class PolicyReadError(FindrobotsError):
    """A robots.txt, or its history, cannot be read."""

    policy: str
    reason: str
    hint: str
    template = "Cannot read robots.txt from {policy}: {reason}. {hint}."
