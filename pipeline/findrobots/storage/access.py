"""Find out why a path is not accessible, and what gives access to it."""

import os
import stat
from pathlib import Path

__all__ = ["access_hint", "locked_directory"]

RUN_AS_ROOT = "make it readable (chmod), or run findrobots with sudo"


def locked_directory(path: str) -> str | None:
    """Return the first directory on the way to a path that this process may not enter, if any.

    Parameters
    ----------
    path
        A local path, or a glob; what it names need not exist.
    """
    for parent in reversed(Path(path).parents):
        if parent.is_dir() and not os.access(parent, os.X_OK):
            return str(parent)
    return None


def access_hint(path: str) -> str:
    """Return how to get permission to read a local path, as the hint of an error.

    Parameters
    ----------
    path
        A file or directory that this process may not read.
    """
    group = _reading_group(locked_directory(path) or path)
    if group is None:
        return RUN_AS_ROOT
    return f"join the group {group} (sudo usermod -aG {group} $USER), or run findrobots with sudo"


def _reading_group(path: str) -> str | None:
    """Return the group whose members may read a path; None if that is unknown, or root's."""
    import grp  # noqa: PLC0415 (only a refused access needs it)

    try:
        status = Path(path).stat()
        name = grp.getgrgid(status.st_gid).gr_name
    except (OSError, KeyError):
        return None
    may_enter = stat.S_IXGRP if stat.S_ISDIR(status.st_mode) else 0
    needed = stat.S_IRGRP | may_enter
    return name if status.st_gid and status.st_mode & needed == needed else None
