"""Warn the caller of a public function of what went wrong."""

import warnings

from findrobots.errors import DamagedLogsWarning
from findrobots.jobs.audit_outcome import AuditOutcome
from findrobots.jobs.outcome import ScanOutcome
from findrobots.tables.results import describe_damage

__all__ = ["warn_caller"]


def warn_caller(outcome: ScanOutcome | AuditOutcome, *, stacklevel: int) -> None:
    """Warn of what could not be read, and of arguments that are probably wrong.

    Parameters
    ----------
    outcome
        What the function returns.
    stacklevel
        How far up the stack the function's caller is, as for ``warnings.warn`` from here.
    """
    unlisted = [f"{error.path}: {error.reason}" for error in outcome.unlisted]
    if damaged := [*unlisted, *describe_damage(outcome.result.sources)]:
        warnings.warn("; ".join(damaged), DamagedLogsWarning, stacklevel=stacklevel)
    for warning in outcome.warnings:
        warnings.warn(warning, stacklevel=stacklevel)
