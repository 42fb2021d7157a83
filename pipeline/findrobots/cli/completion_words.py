"""List the words by which a shell completes the values of some options."""

from collections.abc import Iterable

import click

__all__ = ["SCHEDULER_NAMES", "format_names", "purpose_names", "scheduler_names", "timezone_names"]

# Those of findrobots.running.schedulers, which imports Dask.
SCHEDULER_NAMES = ("auto", "sync", "threads", "processes", "local-cluster", "tcp://")


def scheduler_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the schedulers that begin so."""
    return _beginning(SCHEDULER_NAMES, incomplete)


def format_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the log formats that begin so."""
    from findrobots.formats import FORMATS

    return _beginning(("auto", *(row.name for row in FORMATS), "json"), incomplete)


def timezone_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the time zones that begin so."""
    from zoneinfo import available_timezones

    return _beginning(sorted(available_timezones()), incomplete)


def purpose_names(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    """Return the purposes of robots that begin so."""
    from findrobots.robots.agents import PURPOSES

    return _beginning(PURPOSES, incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.lower().startswith(incomplete.lower())]
