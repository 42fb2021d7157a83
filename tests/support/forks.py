"""Run the command in forks of a process that has imported what it needs.

Starting Python and importing the libraries takes most of the time of a quick test that runs the
command. ``make test`` runs it in forks, by ``FINDROBOTS_TEST_FORKS=1``; ``make check`` runs it as a
user does.
"""

import json
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

ENABLED = "FINDROBOTS_TEST_FORKS"
SERVER = Path(__file__).with_name("fork_server.py")
# What Python and the libraries read when they start: where it differs, a process is started.
READ_AT_START = ("PYTHON", "DASK_", "OPENBLAS_", "LD_", "COVERAGE_", "MALLOC_")
_one_at_a_time = Lock()


class _Server:
    """A process that forks for each command; it ends when this process does."""

    def __init__(self):
        self.environment = _at_start(os.environ)
        self.socket, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            command = [sys.executable, str(SERVER), str(descriptor)]
            self.process = subprocess.Popen(
                command, pass_fds=[descriptor], stdin=subprocess.DEVNULL
            )
        self.replies = self.socket.makefile()

    def run(self, seconds, **request):
        """Run a command, and return the status with which it ended."""
        self.socket.settimeout(seconds)
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        return int(self.replies.readline())


_server = cache(_Server)


def _at_start(environment):
    return {key: value for key, value in environment.items() if key.startswith(READ_AT_START)}


def run_in_fork(arguments, *, cwd, env, timeout, **options):
    """Run the command, as ``subprocess.run`` does with text; return None if that needs a process.

    ``input`` is the only other option that is known. Commands that run at the same time are not
    forked, since they may wait for one another.
    """
    text = options.pop("input", None)
    if not os.environ.get(ENABLED) or options or not _one_at_a_time.acquire(blocking=False):
        return None
    try:
        server = _server()
        if _at_start(env) != server.environment or not Path(cwd).is_dir():
            return None
        with TemporaryDirectory() as folder:
            given, out, err = (Path(folder, name) for name in ("in", "out", "err"))
            given.write_text(text or "")
            files = [os.devnull if text is None else str(given), str(out), str(err)]
            status = server.run(timeout, arguments=arguments, cwd=str(cwd), env=env, files=files)
            return subprocess.CompletedProcess(arguments, status, out.read_text(), err.read_text())
    finally:
        _one_at_a_time.release()
