"""Write the versions of a robots.txt as dated files."""

import os
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path

from findrobots.errors import OutputError
from findrobots.robots.errors import PolicyDateError
from findrobots.robots.policies import (
    MAX,
    MIN,
    UNKNOWN_SUFFIX,
    Policies,
    Policy,
    dated_name,
    read_date,
)
from findrobots.writing.atomic import os_errors_as, write_file

__all__ = ["write_policies"]


def write_policies(
    policies: Policies, directory: str, *, waiting: Callable[[str], object] = lambda _: None
) -> list[str]:
    """Write each robots.txt to a file whose name is the date from which it was in force.

    From the first moment of a gap on, there is an empty file whose name ends in ``.unknown``.
    Read as a directory of policies, the files give the same intervals. Each file is written
    atomically.

    Parameters
    ----------
    policies
        The robots.txt files.
    directory
        Where to write; it is created if it does not exist.
    waiting
        Called with the path of a file that another run is writing, before waiting for it.

    Returns
    -------
    list of str
        The names of the files, in order of time.

    Raises
    ------
    OutputError
        A file cannot be written, or the directory has dated files of other times.
    PolicyDateError
        A robots.txt was in force at all times, so that it has no date.
    """
    files: dict[str, Policy | None] = {}
    for begin, policy in policies.edges():
        if begin == MIN and policy:
            reason = "it has no date, since it is taken to have been in force at all times"
            raise PolicyDateError(policy.label, reason)
        if MIN < begin < MAX:
            files[dated_name(begin, ".txt" if policy else UNKNOWN_SUFFIX)] = policy
    with os_errors_as(directory):
        Path(directory).mkdir(exist_ok=True)
        _check_directory(directory, files.keys())
        for name, policy in files.items():
            target = Path(directory, name)
            content = policy.content.content if policy else b""
            write_file(target, content, partial(waiting, str(target)))
    return [*files]


def _check_directory(directory: str, names: Collection[str]) -> None:
    """Refuse a directory with other dated files, which would give other intervals."""
    for found in sorted(os.listdir(directory)):  # noqa: PTH208 (names, not paths)
        try:
            dated = read_date(found) is not None
        except ValueError:  # a date that is not valid
            dated = True
        if dated and found not in names:
            reason = f"it contains {found}, which is not a version of this robots.txt"
            raise OutputError(directory, reason, "name a new or empty directory")
