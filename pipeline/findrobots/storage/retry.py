"""A deed on a network to its result, tried again where a fault may pass."""

import time
from collections.abc import Callable
from typing import TypeVar

from findrobots.errors import FindrobotsError

__all__ = ["is_transient", "retry", "root_cause"]

T = TypeVar("T")

# Seconds to wait before each further try. The libraries below try again by themselves,
# some of them for long, so that no further try begins so many seconds after a fault.
PAUSES = (0.25, 0.5, 1.0, 2.0)
GIVE_UP_SECONDS = 10
# What another try does not mend.
PERMANENT = (
    *(FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(ImportError, FindrobotsError),
    NotImplementedError,  # which fsspec raises for what a kind of place cannot do at all
    KeyError,  # which tarfile raises for a link that leads out of its archive
)
# RFC 9110, 15.5: the client's own faults, but "Request Timeout" and RFC 6585's "Too Many
# Requests", which pass.
NOT_FOUND = 404
CLIENT_FAULTS = {*range(400, 500)} - {408, 429}


def root_cause(error: Exception) -> Exception:
    """Return the fault behind one that says that a file is missing.

    fsspec's HTTP says so too where a server is not reached, or refuses.
    """
    cause = error.__cause__
    told = isinstance(cause, OSError) or getattr(cause, "status", NOT_FOUND) != NOT_FOUND
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception) and told:
        return cause
    return error


def is_transient(error: Exception) -> bool:
    """Tell whether a fault may be gone at the next try."""
    from tarfile import TarError  # noqa: PLC0415 (only a fault pays for these)
    from zipfile import BadZipFile  # noqa: PLC0415 (likewise)

    error = root_cause(error)
    lasting = isinstance(error, (*PERMANENT, BadZipFile, TarError))
    return not lasting and getattr(error, "status", 0) not in CLIENT_FAULTS


def retry(func: Callable[[], T]) -> T:
    """Do it, and again after a passing fault: a few times, waiting longer each time.

    Raises
    ------
    Exception
        What the last try raised.
    """
    first_fault = None
    for pause in PAUSES:
        try:
            return func()
        except Exception as error:
            if first_fault is None:
                first_fault = time.monotonic()
            if not is_transient(error) or time.monotonic() - first_fault > GIVE_UP_SECONDS:
                raise
        time.sleep(pause)
    return func()
