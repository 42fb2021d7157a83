"""Warn of what a scan could not read, and of arguments that are probably wrong."""

import errno
import os
from collections.abc import Iterator
from typing import Protocol

from findrobots.cli.console import option_style
from findrobots.cli.naming import named
from findrobots.errors import ListingError
from findrobots.jobs.advice import ScanWarning
from findrobots.storage.access import access_hint, locked_directory
from findrobots.storage.urls import is_url
from findrobots.tables.reconcile import EDITED
from findrobots.tables.results import ScanResult, describe_damage, list_unopened

__all__ = ["alert_lines"]


class Outcome(Protocol):
    """What of the outcome of a scan or an audit warnings are about."""

    @property
    def result(self) -> ScanResult: ...
    @property
    def unlisted(self) -> tuple[ListingError, ...]: ...
    @property
    def warnings(self) -> tuple[ScanWarning, ...]: ...


DENIED = os.strerror(errno.EACCES)


def alert_lines(outcome: Outcome) -> Iterator[str]:
    """Yield the warnings of a scan: they are printed even if the summary is not.

    What could not be opened is not called damaged: nothing is wrong with it.
    """
    for alert in (_unlisted(outcome), _unopened(outcome), _damaged(outcome), _edited(outcome)):
        for number, line in enumerate(alert):
            yield line if number else f"findrobots: warning: {line}"
    for warning in outcome.warnings:
        yield f"findrobots: warning: {warning.describe(option_style)}"


def _unlisted(outcome: Outcome) -> Iterator[str]:
    """Yield the directories that could not be listed, and what gives access."""
    refused = [f"{error.path}: {error.reason}" for error in outcome.unlisted]
    yield from named(refused, "could not be listed", "directory")
    for error in outcome.unlisted[:1]:
        yield f"  to read it, {error.hint}"


def _unopened(outcome: Outcome) -> Iterator[str]:
    """Yield the logs that could not be opened, and what gives access."""
    unopened = list_unopened(outcome.result.sources)
    refused = [f"{log}: {reason}{_where(log, reason)}" for log, reason in unopened]
    yield from named(refused, "could not be opened")
    denied = [log for log, reason in unopened if reason == DENIED and not is_url(log)]
    for log in denied[:1]:
        yield f"  to read it, {access_hint(log)}"


def _where(log: str, reason: str) -> str:
    """Return which directory denies access to a log, if it is not the log itself."""
    directory = locked_directory(log) if reason == DENIED and not is_url(log) else None
    return f" (directory {directory} cannot be entered)" if directory else ""


def _damaged(outcome: Outcome) -> Iterator[str]:
    """Yield the logs that were opened and could not be read completely."""
    statuses = outcome.result.sources
    unopened = {f"{log}: {reason}" for log, reason in list_unopened(statuses)}
    damaged = [each for each in describe_damage(statuses) if each not in unopened]
    damaged = [each for each in damaged if not each.endswith(f": {EDITED}")]
    yield from named(damaged, "could not be read completely")


def _edited(outcome: Outcome) -> Iterator[str]:
    """Yield the logs whose text was perhaps counted before it was edited."""
    damages = describe_damage(outcome.result.sources)
    edited = [each for each in damages if each.endswith(f": {EDITED}")]
    yield from named(edited, "perhaps counted twice")
