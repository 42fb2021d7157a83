"""Define the errors that concern what is known of robots.

::

    FindrobotsError
    ├── AddressListError         an address list that cannot be read, or is none
    ├── NoAddressListsError      a directory without any address list
    └── NoListFetchedError       an update that could fetch no list
"""

from findrobots.errors import FindrobotsError


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
