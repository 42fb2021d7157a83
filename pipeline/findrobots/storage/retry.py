"""Retry calls over a network after transient errors."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from findrobots.errors import FindrobotsError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from stamina.instrumentation import RetryDetails, RetryHook

__all__ = ["is_transient", "retry", "root_cause"]

T = TypeVar("T")

# Attempts in all, and the seconds between them: 0.25, 0.5, 1 and 2, each with up to 0.25 s
# of jitter, so that the workers of a cluster do not all come back at once.
ATTEMPTS = 5
FIRST_PAUSE = 0.25
MAX_JITTER = 0.25
MAX_PAUSE = 2.0 + MAX_JITTER
# The libraries below retry by themselves, some of them for long: an error that comes later
# than this many seconds after the first one is final.
GIVE_UP_SECONDS = 10
# Errors that another attempt cannot fix.
PERMANENT = (
    *(FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(ImportError, FindrobotsError),
    NotImplementedError,  # fsspec: this kind of storage does not support the operation
    KeyError,  # tarfile: a link leads out of its archive
)
# RFC 9110, section 15.5: client errors. Two of them are transient: 408 (Request Timeout) and
# 429 (Too Many Requests, RFC 6585).
NOT_FOUND = 404
CLIENT_ERRORS = {*range(400, 500)} - {408, 429}


def root_cause(error: Exception) -> Exception:
    """Return the error behind a misleading ``FileNotFoundError``.

    fsspec's HTTP file system raises that also where a server is unreachable or denies
    access; the real error is its cause.
    """
    cause = error.__cause__
    other = isinstance(cause, OSError) or getattr(cause, "status", NOT_FOUND) != NOT_FOUND
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception) and other:
        return cause
    return error


def is_transient(error: BaseException) -> bool:
    """Return whether the next attempt may succeed."""
    from tarfile import TarError  # noqa: PLC0415 (only an error needs these two)
    from zipfile import BadZipFile  # noqa: PLC0415 (see above)

    if not isinstance(error, Exception):  # an interrupt
        return False
    error = root_cause(error)
    permanent = isinstance(error, (*PERMANENT, BadZipFile, TarError))
    return not permanent and getattr(error, "status", 0) not in CLIENT_ERRORS


def retry(func: Callable[[], T]) -> T:
    """Call ``func``, retrying transient errors with exponential backoff.

    Parameters
    ----------
    func
        Called up to five times, at longer and longer intervals.

    Returns
    -------
    T
        What ``func`` returns.

    Raises
    ------
    Exception
        The error of the last attempt.
    """
    # The first attempt is made here: most succeed and need no stamina, whose timeout then
    # counts from the first error and not from the first call.
    try:
        return func()
    except Exception as error:
        if not is_transient(error):
            raise
        first_error = [error]

    import stamina  # noqa: PLC0415 (only an error needs it)

    _silence_hooks()

    @stamina.retry(
        on=is_transient,
        attempts=ATTEMPTS,
        timeout=GIVE_UP_SECONDS,
        wait_initial=FIRST_PAUSE,
        wait_max=MAX_PAUSE,
        wait_jitter=MAX_JITTER,
    )
    def attempt() -> T:
        if first_error:
            raise first_error.pop()
        return func()

    return attempt()


@cache
def _silence_hooks() -> None:
    """Keep our retries from the hooks that stamina calls by default.

    They write each retry to a log, or to standard output where structlog is installed, with
    an error that may show the credentials of a URL. Hooks can only be set for the whole
    process, so that these still run for the retries of others. Hooks that an application
    sets later run for ours too.
    """
    from stamina.instrumentation import (  # noqa: PLC0415 (only an error needs it)
        get_on_retry_hooks,
        set_on_retry_hooks,
    )

    set_on_retry_hooks([_except_ours(hook) for hook in get_on_retry_hooks()])


def _except_ours(hook: "RetryHook") -> "RetryHook":
    def filtered(details: "RetryDetails") -> "AbstractContextManager[None] | None":
        return None if details.name.startswith(__name__) else hook(details)

    return filtered
