"""Pass on what a user should know while a run waits, such as for workers of a cluster."""

from collections.abc import Callable
from contextvars import ContextVar

__all__ = ["listen", "notify"]

Listener = Callable[[str], object]


def _ignore(_: str) -> None:
    """Do nothing: a program that does not listen is not disturbed."""


_listener: ContextVar[Listener] = ContextVar("findrobots.notices", default=_ignore)


def listen(listener: Listener) -> None:
    """Call a function with each further notice, in this context."""
    _listener.set(listener)


def notify(notice: str) -> None:
    """Pass a notice, which is one line, to the listener."""
    _listener.get()(notice)
