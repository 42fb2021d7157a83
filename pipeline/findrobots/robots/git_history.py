"""Read the versions of a file from the history of a git repository, by the program ``git``."""

import os
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from findrobots.robots.errors import PolicyReadError
from findrobots.robots.rules import PARSING_LIMIT

__all__ = ["Version", "read_history"]

# Options of git that keep the user's configuration from changing its output.
GIT = ("git", "--no-pager", "--literal-pathspecs", "-c", "log.showRoot=true")
# The branch as its server saw it: a merge brings all its changes at the time of the merge.
LOG = (
    *("log", "--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "-z"),
    *("--no-show-signature", "--no-color", "--no-ext-diff", "--format=%x01%H %ct"),
)
# Variables that lead git to another repository than the one that is named.
REDIRECTING = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_INDEX_FILE"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
)
# git-cat-file(1), the modes of regular files; a symbolic link or a submodule is no robots.txt.
REGULAR_FILES = ("100644", "100755")
CHUNK = 1 << 16
NAME_ANOTHER = "name a repository and a path in it, such as git:/srv/site:public/robots.txt"


class Version(NamedTuple):
    """A file from one commit on.

    Attributes
    ----------
    time
        When it was committed, in seconds since 1970-01-01 UTC.
    commit
        The name of the commit.
    content
        The file, or as much of it as is parsed; None if the commit has removed it.
    """

    time: int
    commit: str
    content: bytes | None


def read_history(repository: str, path: str) -> list[Version]:
    """Return the versions of a file on the current branch, the oldest first.

    The times are those of the committer. They may decrease where clocks were wrong.

    Parameters
    ----------
    repository
        A local repository, or a directory in one.
    path
        The path of the file, relative to that directory.

    Raises
    ------
    PolicyReadError
        There is no such repository or file, or git is not installed.
    """
    policy = f"git:{repository}:{path}"
    if not repository or not path:
        raise PolicyReadError(policy, "it names no repository or no path in it", NAME_ANOTHER)
    if not Path(repository).is_dir():
        raise PolicyReadError(policy, f"there is no directory '{repository}'", NAME_ANOTHER)
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program; what is named comes after -C and --)
            [*GIT, *LOG, "HEAD", "--", path],
            cwd=repository,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        reason = f"the program git cannot be run ({error.strerror})"
        raise PolicyReadError(policy, reason, "install git") from error
    if done.returncode:
        raise PolicyReadError(policy, _first_line(done.stderr), NAME_ANOTHER)
    changes = [*_parse_log(done.stdout, os.fsencode(PurePosixPath(path).name))]
    if not changes:
        reason = "no commit of the current branch has this path"
        raise PolicyReadError(policy, reason, NAME_ANOTHER)
    contents = _read_blobs(policy, repository, {blob for _, _, blob in changes if blob})
    changes.reverse()
    return [Version(time, commit, contents.get(blob)) for time, commit, blob in changes]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in REDIRECTING}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def _first_line(text: bytes) -> str:
    lines = text.decode("utf-8", "backslashreplace").strip().splitlines()
    return lines[0].removeprefix("fatal: ").rstrip(".") if lines else "git failed"


def _parse_log(log: bytes, name: bytes) -> Iterator[tuple[int, str, str]]:
    r"""Yield the time, the name and the file's blob of each commit; no blob if it is removed.

    A commit is ``\x01NAME TIME``, then ``:OLDMODE NEWMODE OLDBLOB NEWBLOB STATUS`` and a path,
    each ended by a NUL (git-diff(1), raw output format).

    Parameters
    ----------
    log
        The output of ``git log``.
    name
        The name of the file without its directory. Other paths are skipped: those are of the
        files in a directory.
    """
    for part in log.split(b"\x01")[1:]:
        head, *raw = part.replace(b"\n", b"\0").split(b"\0")
        commit, time = head.decode("ascii").split()
        for change, path in pairwise(raw):
            if change.startswith(b":") and path.rpartition(b"/")[2] == name:
                _, mode, _, blob, _ = change.decode("ascii").split()
                yield int(time), commit, blob if mode in REGULAR_FILES else ""
                break


def _read_blobs(policy: str, repository: str, blobs: set[str]) -> dict[str, bytes]:
    """Return the content of each blob, read by one process, and no more than is parsed."""
    contents = {}
    with subprocess.Popen(  # noqa: S603 (a fixed program; the blobs are names that git wrote)
        [*GIT, "cat-file", "--batch"],
        cwd=repository,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        questions, answers = process.stdin, process.stdout
        if not questions or not answers:  # never so, with pipes
            raise AssertionError
        for blob in sorted(blobs):
            questions.write(f"{blob}\n".encode("ascii"))
            questions.flush()
            _, kind, *size = answers.readline().split() or (b"", b"missing")
            if kind != b"blob":
                reason = f"the object {blob[:12]} is missing"
                raise PolicyReadError(policy, reason, "fetch the complete repository")
            contents[blob] = _read_content(answers, int(size[0]))
    return contents


def _read_content(answers: IO[bytes], size: int) -> bytes:
    """Read a blob and the newline after it; return no more than is parsed."""
    kept = answers.read(min(size, PARSING_LIMIT + 1))
    rest = size + 1 - len(kept)
    while rest and (passed := len(answers.read(min(rest, CHUNK)))):
        rest -= passed
    return kept
